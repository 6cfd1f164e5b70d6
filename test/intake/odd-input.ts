/** What senders write into an event, much of it at the edge of what can be stored. */
import fc from 'fast-check';
import { iso } from '../../lib/core/values/time.ts';
import { START } from '../support/clock.ts';

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

/** ISO times as people write them, many of them at the edge of what can be stored. */
export const times = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1970-01-01T01:00:00+01:00', '2026-11-22T07:59:59.9999Z', iso(START - 1)) },
  fc
    .record({
      year: fc.oneof(fc.constantFrom(0, 1, 1969, 1970, 2026, 9999, 10_000), fc.nat(9999)),
      month: fc.constantFrom(1, 2, 11, 12),
      day: fc.constantFrom(1, 22, 29, 30, 31),
      hour: fc.constantFrom(0, 8, 23, 24),
      second: fc.constantFrom('', ':00', ':59', ':60', ':00.1', ':00.123456789', ':00,5'),
      between: fc.constantFrom('T', 't', ' '),
      zone: fc.constantFrom('Z', 'z', '+01:00', '-23:59', '+23:59', '+24:00', '-00:00', '+0100', ''),
    })
    .map(
      ({ year, month, day, hour, second, between, zone }) =>
        `${pad(year, 4)}-${pad(month)}-${pad(day)}${between}${pad(hour)}:00${second}${zone}`,
    ),
  {
    weight: 2,
    arbitrary: fc.constantFrom('0000-01-01T00:00:00+01:00', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59-01:00'),
  },
  fc.constantFrom('-000001-12-31T23:00:00Z', '+010000-01-01T00:00:00Z', '2026', '', '2026-11-22'),
  fc.constantFrom(0, START, null, true),
);

const odd = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
export const domains = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('shop.example', 'www.shop.example', 'Bücher.example.', 'www.co.uk') },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.constantFrom('a', 'www', 'xn--bcher-kva', 'ß', 'a'.repeat(63), 'a'.repeat(64), '1', '-'), {
        minLength: 1,
        maxLength: 6,
      })
      .map((labels) => `${labels.join('.')}.example`),
  },
  { weight: 1, arbitrary: odd },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 260 }).map((length) => octets(length)) },
);

function octets(length: number): string {
  const labels = 'abcdefg.'.repeat(40).slice(0, length - '.example'.length);
  return `${labels.replace(/\.$/, 'x')}.example`;
}

export const siteIds = fc.oneof(
  fc.constantFrom<unknown>(2, '2', 0, -1, 1.5, 2 ** 53, 2 ** 53 - 1, '1e400', 'x', null, true, [4], {}, undefined),
  fc.constant({ valueOf: 'x', toString: 'y' }),
);
export const networks = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('https://www.Network.example/blogs/', 'localhost:8080', null, 7) },
  { weight: 1, arbitrary: odd },
);
export const types = fc.constantFrom('domain.mapped', 'domain.unmapped');
export const ids = fc.oneof(
  fc.constantFrom<unknown>('msg_1', 'x'.repeat(256), 'x'.repeat(257), 'é', '\u{1f600}', '\ud800', '\u0000', '', 7),
  odd,
);

/** As HTTP carries a header: bytes of Latin-1 without white space at the ends. Control characters do not get through. */
export const headerIds = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('msg_1', 'a b', '~'.repeat(256)) },
  fc.constantFrom('msg_1', 'a b', 'x'.repeat(256), 'x'.repeat(257), 'é', '\xa0', '\xff', '"\\', '{}'),
  fc
    .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
    .map((id) => id.trim()),
);
