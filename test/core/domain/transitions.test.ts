import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../../lib/core/domain/event.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { applyProbe, isDisposable } from '../../../lib/core/domain/transitions.ts';
import { DAY, HOUR, type IsoTime, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  historyOf,
  mapRequest,
  NOW,
  owned,
  probeOf,
  record,
  requested,
  SHOP,
  SHOWN,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

describe('applyProbe', () => {
  const sees = (dns: keyof typeof VERDICTS, certificate?: keyof typeof SHOWN) => ({
    dns: VERDICTS[dns],
    www: undefined,
    caaUnasked: undefined,
    certificate: certificate && SHOWN[certificate],
  });
  const probe = probeOf('pointing', 'none', { at: ago(MINUTE) });
  const state: DomainState = { ...owned(), seen: shop, probe };

  it('keeps the probe beside all else', () => {
    expect(applyProbe({ ...owned(), seen: shop }, sees('absent'), NOW)).toEqual({
      ...owned(),
      seen: shop,
      probe: { at: iso(NOW), dns: { verdict: VERDICTS.absent, since: iso(NOW) } },
    });
  });

  it('gives the very same object where it is no news', () => {
    for (const same of [state, { ...state, issuance: historyOf(HOUR) }]) {
      expect(applyProbe(same, sees('pointing', 'none'), NOW)).toBe(same);
    }
    const well = { ...state, probe: probeOf('pointing', 'valid', { at: ago(MINUTE) }), issuance: historyOf(HOUR, 0) };
    expect(applyProbe(well, sees('pointing', 'valid'), NOW)).toBe(well);
  });

  it('a valid certificate ends the count of attempts', () => {
    const after = applyProbe(
      { ...state, issuance: historyOf(HOUR, 3, { says: 'no' }) },
      sees('pointing', 'valid'),
      NOW,
    );
    expect(after.issuance).toEqual({ requests: [requested(HOUR)], attempts: 0 });
    expect(after.probe?.certificate?.verdict).toEqual(SHOWN.valid);
  });

  it('it ends the count too where the certificate is no news', () => {
    const well = { ...state, probe: probeOf('pointing', 'valid', { at: ago(MINUTE) }), issuance: historyOf(HOUR, 3) };
    expect(applyProbe(well, sees('pointing', 'valid'), NOW)).toEqual({ ...well, issuance: historyOf(HOUR, 0) });
  });

  it.each(['expiring', 'expired', 'untrusted', 'other-name', 'none'] as const)('%s does not end it', (certificate) => {
    const issuance = historyOf(HOUR, 3, { says: 'no' });
    expect(applyProbe({ ...state, issuance }, sees('pointing', certificate), NOW).issuance).toBe(issuance);
  });

  it('nor does a server that could not be asked', () => {
    const unasked = { ...sees('pointing'), certificate: { kind: 'could-not-ask', why: 'time-out' } } as const;
    const issuance = historyOf(HOUR, 3);
    expect(applyProbe({ ...state, issuance }, unasked, NOW).issuance).toBe(issuance);
  });

  it('requests that count no longer are dropped with it', () => {
    expect(
      applyProbe({ ...state, issuance: historyOf(8 * DAY, 3) }, sees('pointing', 'valid'), NOW),
    ).not.toHaveProperty('issuance');
  });
});

const VIEW = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' } as const;

function eventAt(at: IsoTime): DomainEvent {
  return { number: 1, run: 'r', type: 'domain.live', at, before: VIEW, after: VIEW };
}

describe('isDisposable', () => {
  const long = ago(91 * DAY);
  const recent = ago(89 * DAY);
  const oldUnmap = unmapRequest({ occurredAt: long });
  const recentUnmap = unmapRequest({ occurredAt: recent });

  it.each([
    ['never requested and gone', true, record(SHOP)],
    ['unmapped long ago', true, record(SHOP, oldUnmap)],
    ['removed long ago', true, record(SHOP, undefined, { removedAt: long })],
    ['unmapped and removed long ago', true, record(SHOP, oldUnmap, { removedAt: long })],
    ['told of lately', false, record(SHOP, undefined, { removedAt: long, events: [eventAt(long), eventAt(recent)] })],
    ['told of long ago', true, record(SHOP, undefined, { events: [eventAt(long)] })],
    ['unmapped lately', false, record(SHOP, recentUnmap)],
    ['unmapped long ago, removed lately', false, record(SHOP, oldUnmap, { removedAt: recent })],
    ['removed long ago, unmapped lately', false, record(SHOP, recentUnmap, { removedAt: long })],
    ['removed lately', false, record(SHOP, undefined, { removedAt: recent })],
    ['owned', false, record(SHOP, undefined, owned())],
    ['owned, unmapped long ago', false, record(SHOP, oldUnmap, owned())],
    ['on RunCloud', false, record(SHOP, undefined, { seen: shop })],
    ['mapped, however long ago', false, record(SHOP, mapRequest({ occurredAt: long }))],
    ['its last request 1 ms under a week old', false, record(SHOP, undefined, { issuance: historyOf(7 * DAY - 1, 0) })],
    ['its last request a week old', true, record(SHOP, undefined, { issuance: historyOf(7 * DAY, 3) })],
    ['unmapped long ago, asked for lately', false, record(SHOP, oldUnmap, { issuance: historyOf(DAY) })],
    [
      'probed within a day',
      false,
      record(SHOP, undefined, { probe: probeOf('absent', undefined, { at: ago(DAY - 1) }) }),
    ],
    ['probed a day ago', true, record(SHOP, undefined, { probe: probeOf('absent', undefined, { at: ago(DAY) }) })],
  ])('%s: %j', (_, answer, kept) => {
    expect(isDisposable(kept, NOW)).toBe(answer);
  });

  it('90 days are the limit', () => {
    const at = unmapRequest({ occurredAt: ago(90 * DAY) });
    expect(isDisposable(record(SHOP, at), NOW)).toBe(false);
    expect(isDisposable(record(SHOP, at), NOW + 1)).toBe(true);
  });
});

describe('a record with a failure and nothing else', () => {
  it('is kept, because the next attempt depends on it', () => {
    expect(isDisposable(record(SHOP, undefined, { failure: failure(undefined) }), NOW)).toBe(false);
  });
});
