import { inspect } from 'node:util';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOCK_TOLERANCE_MS, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import {
  decodeKey,
  isGuessable,
  type SignedHeaders,
  type SigningKey,
  signatureHeader,
  type Verdict,
  verifySignature,
} from '../../lib/intake/signature.ts';

const NOW = Date.parse('2026-11-22T08:00:00.000Z');
const TIMESTAMP = `${NOW / SECOND}`;
const ID = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
const BODY = Buffer.from('{"type":"domain.mapped"}');

function whsec(bytes: Uint8Array): string {
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}

function keyOf(text: string): SigningKey {
  const key = decodeKey(text);
  if (typeof key === 'string') throw new Error(key);
  return key;
}

const TEXT = whsec(Buffer.alloc(24, 'MARKED'));
const KEY = keyOf(TEXT);
const OTHER = keyOf(whsec(Buffer.alloc(32, 2)));
const SIGNATURE = signatureHeader(KEY, ID, TIMESTAMP, BODY);

function headers(more: Partial<SignedHeaders> = {}): SignedHeaders {
  return { id: ID, timestamp: TIMESTAMP, signature: SIGNATURE, ...more };
}

function verdict(more: Partial<SignedHeaders> = {}, body: Uint8Array = BODY, keys = [KEY], now = NOW): Verdict {
  return verifySignature(headers(more), body, keys, now);
}

function whyNot(...given: Parameters<typeof verdict>): string {
  const result = verdict(...given);
  return result.kind === 'genuine' ? 'genuine' : result.why;
}

/** A message sent at that time and signed as it should be, received at NOW. */
function sentAt(seconds: number | string, id = ID): Verdict {
  const timestamp = `${seconds}`;
  return verdict({ id, timestamp, signature: signatureHeader(KEY, id, timestamp, BODY) });
}

const keys = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(whsec);
const bodies = fc.oneof(fc.json(), fc.string({ unit: 'grapheme' }));
const ids = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 });

describe('verify', () => {
  it('a message signed with the key is genuine', () => {
    expect(verdict()).toEqual({ kind: 'genuine', id: ID, sentAt: NOW });
  });

  it('any bytes can be signed, UTF-8 or not', () => {
    fc.assert(
      fc.property(keys, fc.uint8Array(), ids, (text, body, id) => {
        const signature = signatureHeader(keyOf(text), id, TIMESTAMP, body);
        expect(verdict({ id, signature }, body, [keyOf(text)]).kind).toBe('genuine');
      }),
    );
  });

  it.each(['id', 'timestamp', 'signature'] as const)('without the header webhook-%s it is refused', (name) => {
    for (const value of [undefined, '']) expect(whyNot({ [name]: value })).toContain('headers webhook-id');
  });

  it('a changed body is refused, if only by a bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, bits) => {
        const signature = signatureHeader(KEY, ID, TIMESTAMP, body);
        const changed = body.map((byte, position) => (position === at % body.length ? byte ^ bits : byte));
        expect(whyNot({ signature }, changed)).toContain('signature does not fit');
        expect(whyNot({ signature }, body.subarray(1))).toContain('signature does not fit');
      }),
    );
  });

  it('a changed id or time is refused', () => {
    expect(whyNot({ id: `${ID}x` })).toContain('signature does not fit');
    expect(whyNot({ timestamp: `${NOW / SECOND + 1}` })).toContain('signature does not fit');
    expect(whyNot({ timestamp: `0${TIMESTAMP}` })).toContain('signature does not fit');
  });

  it('another key is refused, and no key at all too', () => {
    const why = 'the signature does not fit: another key, or a changed body';
    for (const wrong of [[OTHER], []]) expect(verdict({}, BODY, wrong)).toEqual({ kind: 'unknown-key', why });
  });

  it('while keys rotate either of the two is accepted', () => {
    expect(verdict({}, BODY, [OTHER, KEY]).kind).toBe('genuine');
    expect(verdict({}, BODY, [KEY, OTHER]).kind).toBe('genuine');
  });

  it('of several signatures in the header one must fit', () => {
    const wrong = signatureHeader(OTHER, ID, TIMESTAMP, BODY);
    expect(verdict({ signature: `${wrong} ${SIGNATURE}` }).kind).toBe('genuine');
    expect(verdict({ signature: `v1a,AAAA v2,AAAA v1,%% ${SIGNATURE} ${wrong}` }).kind).toBe('genuine');
    expect(whyNot({ signature: `${wrong} ${wrong}` })).toContain('signature does not fit');
  });

  it.each([
    ['no version', SIGNATURE.slice(3)],
    ['another version', SIGNATURE.replace('v1,', 'v2,')],
    ['the version of public keys', SIGNATURE.replace('v1,', 'v1a,')],
    ['a version that only ends as ours', `x${SIGNATURE}`],
    ['nothing but the version', 'v1,'],
    ['half a signature', SIGNATURE.slice(0, 23)],
    ['a longer signature', `v1,${Buffer.alloc(33, SIGNATURE.slice(3), 'base64').toString('base64')}`],
    ['no padding', SIGNATURE.replace(/=+$/, '')],
    ['junk behind', `${SIGNATURE}!`],
    ['junk before', SIGNATURE.replace('v1,', 'v1,!')],
  ])('a signature with %s is refused', (_, signature) => {
    expect(whyNot({ signature })).toContain('signature does not fit');
  });

  it('no random signature is accepted, and none makes it fail', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.base64String({ minLength: 4 }).map((text) => `v1,${text}`),
        ),
        (signature) => {
          expect(verdict({ signature }).kind).not.toBe('genuine');
        },
      ),
    );
  });

  it('5 minutes off in either direction is accepted, a second more is not', () => {
    expect(CLOCK_TOLERANCE_MS).toBe(5 * MINUTE);
    for (const off of [-300, 300]) expect(sentAt(NOW / SECOND + off).kind).toBe('genuine');
    for (const off of [-301, 301]) {
      expect(sentAt(NOW / SECOND + off)).toEqual({
        kind: 'refused',
        why: expect.stringContaining('more than 5 minutes'),
      });
    }
  });

  it('says when a message that came too late was sent', () => {
    expect(sentAt(NOW / SECOND - 3_600)).toHaveProperty('why', expect.stringContaining('2026-11-22T07:00:00.000Z'));
  });

  it('a stranger learns nothing about the clock', () => {
    const stale = `${NOW / SECOND - 3_600}`;
    expect(whyNot({ timestamp: stale })).toBe(whyNot({ id: 'another' }));
  });

  it.each(['soon', '-1', '1.5', '1e9', ` ${TIMESTAMP}`, `${TIMESTAMP}s`, '1234567890123', '2026-11-22T08:00:00Z'])(
    'a time of %j is none',
    (timestamp) => {
      expect(sentAt(timestamp)).toHaveProperty('why', expect.stringContaining('not a number of seconds'));
    },
  );

  it('a time of twelve digits is one, if far off', () => {
    expect(sentAt('999999999999')).toHaveProperty('why', expect.stringContaining('more than 5 minutes'));
  });

  it('an id has 256 characters at most', () => {
    expect(sentAt(TIMESTAMP, 'x'.repeat(256)).kind).toBe('genuine');
    expect(sentAt(TIMESTAMP, 'x'.repeat(257))).toHaveProperty(
      'why',
      expect.stringContaining('1 to 256 printable ASCII'),
    );
  });
});

describe('the reference implementation of Standard Webhooks', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('signs what is genuine here', () => {
    fc.assert(
      fc.property(keys, ids, bodies, fc.integer({ min: -300, max: 300 }), (key, id, body, off) => {
        const sent = NOW + off * SECOND;
        const signature = new Webhook(key).sign(id, new Date(sent), body);
        const given = { id, timestamp: `${sent / SECOND}`, signature };
        expect(verifySignature(given, Buffer.from(body), [keyOf(key)], NOW)).toEqual({
          kind: 'genuine',
          id,
          sentAt: sent,
        });
      }),
    );
  });

  it('verifies what is signed here', () => {
    fc.assert(
      fc.property(keys, ids, bodies, fc.integer({ min: -300, max: 300 }), (key, id, body, off) => {
        const timestamp = `${NOW / SECOND + off}`;
        const signature = signatureHeader(keyOf(key), id, timestamp, Buffer.from(body));
        const given = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        expect(() => new Webhook(key).verify(body, given, { jsonParse: false })).not.toThrow();
      }),
    );
  });

  it('agrees on what is refused: another key, a changed body, a time too far off', () => {
    const offs = fc.oneof(fc.integer({ min: -900, max: 900 }), fc.constantFrom(-301, -300, 300, 301));
    fc.assert(
      fc.property(fc.tuple(keys, keys), fc.tuple(bodies, bodies), offs, ([key, otherKey], [body, otherBody], off) => {
        const timestamp = `${NOW / SECOND + off}`;
        const signature = signatureHeader(keyOf(otherKey), ID, timestamp, Buffer.from(otherBody));
        for (const [withKey, withBody] of [
          [key, body],
          [otherKey, body],
          [key, otherBody],
          [otherKey, otherBody],
        ] as const) {
          const given = { 'webhook-id': ID, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
          const theirs = () => new Webhook(withKey).verify(withBody, given, { jsonParse: false });
          const ours = verdict({ timestamp, signature }, Buffer.from(withBody), [keyOf(withKey)]);
          if (ours.kind === 'genuine') expect(theirs).not.toThrow();
          else expect(theirs).toThrow();
        }
      }),
    );
  });
});

describe('decodeKey', () => {
  it('takes whsec_ and the base64 of 24 bytes or more', () => {
    fc.assert(
      fc.property(keys, (text) => {
        expect(keyOf(text).export().toString('base64')).toBe(text.slice('whsec_'.length));
      }),
    );
  });

  it.each([
    ['no prefix', TEXT.slice('whsec_'.length), 'begins with whsec_'],
    ['the prefix in capitals', TEXT.replace('whsec_', 'WHSEC_'), 'begins with whsec_'],
    ['white space before', ` ${TEXT}`, 'begins with whsec_'],
    ['nothing behind the prefix', 'whsec_', 'not base64'],
    ['junk in the base64', `${TEXT.slice(0, 20)}*${TEXT.slice(20)}`, 'not base64'],
    ['junk behind the base64', `${TEXT}*`, 'not base64'],
    ['white space in the base64', `${TEXT.slice(0, 20)}\n${TEXT.slice(20)}`, 'not base64'],
    ['no padding', whsec(Buffer.alloc(25, 1)).replace(/=+$/, ''), 'not base64'],
    ['the alphabet of URLs', whsec(Buffer.alloc(24, 255)).replaceAll('/', '_'), 'not base64'],
    ['23 bytes', whsec(Buffer.alloc(23, 1)), 'at least 24 bytes, not 23'],
    ['one byte', whsec(Buffer.alloc(1, 1)), 'at least 24 bytes, not 1'],
  ])('refuses a key with %s', (_, text, why) => {
    expect(decodeKey(text)).toContain(why);
  });

  it('does not repeat a key that it refuses', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 23 }), fc.constantFrom('', 'whsec_'), (bytes, prefix) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const why = decodeKey(`${prefix}${base64}`);
        expect(why).toBeTypeOf('string');
        expect(why).not.toContain(base64.slice(0, 8));
      }),
    );
  });

  it.each<[string, () => string]>([
    ['JSON', () => JSON.stringify(KEY)],
    ['inspect', () => inspect(KEY, { showHidden: true, depth: null })],
    ['a template', () => `${KEY} ${String(KEY)} ${KEY.toString()}`],
    ['an error', () => inspect(new Error('no', { cause: KEY }))],
  ])('never shows the key in %s', (_, print) => {
    expect(print()).not.toContain('MARKED');
    expect(print()).not.toContain(TEXT.slice(6, 16));
  });
});

describe('isGuessable', () => {
  const from = (first: number, count = 24) => Array.from({ length: count }, (_, n) => first + n);

  it.each<[string, number[], boolean]>([
    ['all its bytes can be typed, from a space on', from(0x20), true],
    ['all its bytes can be typed, up to a tilde', from(0x7e - 23), true],
    ['one byte is before the space', from(0x1f), false],
    ['one byte is behind the tilde', from(0x7f - 23), false],
    ['eleven bytes differ', [...from(0x80, 11), ...from(0x80, 11), 0x80, 0x80], true],
    ['twelve bytes differ', [...from(0x80, 12), ...from(0x80, 12)], false],
  ])('where %s', (_, bytes, guessable) => {
    expect(isGuessable(keyOf(whsec(Uint8Array.from(bytes))))).toBe(guessable);
  });
});
