import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProbeDue } from '../../../lib/core/certificates/next-probe.ts';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import {
  applyListing,
  applyOutcome,
  applyProbe,
  isDisposable,
  type Outcome,
} from '../../../lib/core/domain/transitions.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  historyOf,
  mapRequest,
  NOW,
  object,
  owned,
  probeOf,
  record,
  requested,
  SHOP,
  SHOWN,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

const shop = object('shop.example');
const request = mapRequest();
const serving = { www: true, redirection: 'non-www' } as const;

describe('applyOutcome', () => {
  it.each(['added', 'adopted'] as const)('what was %s is owned by its id, and its past is over', (kind) => {
    const before: DomainState = { failure: failure(request), missingSince: ago(HOUR), requested: serving };
    expect(applyOutcome(record(SHOP, request, before), { kind, domain: shop }, NOW)).toEqual({
      owned: { id: 7, since: iso(NOW), by: kind },
      seen: shop,
    });
  });

  it('what counts on stays, whatever becomes of the object: the removal for the brake, and what the network said of a wish', () => {
    const lasting: DomainState = { removedAt: ago(HOUR), refuted: requestOrder(request) };
    for (const kind of ['added', 'adopted', 'found'] as const) {
      expect(applyOutcome(record(SHOP, request, lasting), { kind, domain: shop }, NOW)).toMatchObject(lasting);
    }
    expect(applyOutcome(record(SHOP, request, { ...owned(), ...lasting }), { kind: 'removed' }, NOW)).toEqual({
      ...lasting,
      removedAt: iso(NOW),
    });
    expect(applyOutcome(record(SHOP, request, { ...owned(), ...lasting }), { kind: 'forgotten' }, NOW)).toEqual(
      lasting,
    );
    expect(isDisposable(record(SHOP, mapRequest({ occurredAt: ago(91 * DAY) }), { refuted: 'another' }), NOW)).toBe(
      false,
    );
    const old = mapRequest({ occurredAt: ago(91 * DAY) });
    expect(isDisposable(record(SHOP, old, { refuted: requestOrder(old) }), NOW)).toBe(true);
  });

  it('what was found is seen, and not owned', () => {
    const before = { ...owned(3), failure: failure(request) };
    expect(applyOutcome(record(SHOP, request, before), { kind: 'found', domain: shop }, NOW)).toEqual({ seen: shop });
  });

  it('the rows of the network that were set to done stay on record as long as the domain is there', () => {
    const before: DomainState = {
      ...owned(),
      seen: shop,
      writtenBack: [{ row: 5, at: ago(HOUR), answer: 'accepted' }],
    };
    const after = (outcome: Outcome) => applyOutcome(record(SHOP, request, before), outcome, NOW).writtenBack;
    for (const kind of ['added', 'adopted', 'found'] as const) {
      expect(after({ kind, domain: shop })).toEqual(before.writtenBack);
    }
    expect(after({ kind: 'vanished' })).toEqual(before.writtenBack);
    expect(after({ kind: 'removed' })).toBeUndefined();
    expect(after({ kind: 'forgotten' })).toBeUndefined();
  });

  it('what was updated is seen as it was asked for', () => {
    const before = { ...owned(), seen: shop };
    expect(applyOutcome(record(SHOP, request, before), { kind: 'updated', serving }, NOW)).toEqual({
      ...owned(),
      seen: { ...shop, ...serving },
      requested: serving,
    });
  });

  it('what was updated without ever having been seen stays unseen', () => {
    expect(applyOutcome(record(SHOP, request, owned()), { kind: 'updated', serving }, NOW)).toEqual({
      ...owned(),
      requested: serving,
    });
  });

  it('what vanished is not seen any more; ownership stays for the planner to judge', () => {
    const before = { ...owned(), seen: shop, requested: serving };
    expect(applyOutcome(record(SHOP, request, before), { kind: 'vanished' }, NOW)).toEqual(owned());
  });

  it('of what was removed only the time stays, for the brake', () => {
    const before = { ...owned(), seen: shop, missingSince: ago(HOUR) };
    expect(applyOutcome(record(SHOP, unmapRequest(), before), { kind: 'removed' }, NOW)).toEqual({
      removedAt: iso(NOW),
    });
  });

  it('what is forgotten leaves nothing, but the brake still counts its removal', () => {
    const forget = { kind: 'forgotten' } as const;
    expect(applyOutcome(record(SHOP, undefined, owned()), forget, NOW)).toEqual({});
    const before = { ...owned(), removedAt: ago(HOUR) };
    expect(applyOutcome(record(SHOP, undefined, before), forget, NOW)).toEqual({ removedAt: ago(HOUR) });
  });

  const failed: Outcome = { kind: 'failed', why: 'No.', whatToDo: 'Look.', retry: 'soon' };

  it('what failed keeps all else, and is tried again after a minute', () => {
    const before = { ...owned(), seen: shop, missingSince: ago(HOUR) };
    expect(applyOutcome(record(SHOP, request, before), failed, NOW)).toEqual({
      ...before,
      failure: {
        attempts: 1,
        dueAt: iso(NOW + MINUTE),
        why: 'No.',
        whatToDo: 'Look.',
        requestOrder: requestOrder(request),
      },
    });
  });

  it('what fails again waits longer', () => {
    const before = { failure: failure(request, { attempts: 3 }) };
    expect(applyOutcome(record(SHOP, request, before), failed, NOW).failure).toMatchObject({
      attempts: 4,
      dueAt: iso(NOW + 8 * MINUTE),
    });
  });

  it('under a newer request the count begins anew', () => {
    const before = { failure: failure(mapRequest({ eventId: 'e0' }), { attempts: 3 }) };
    expect(applyOutcome(record(SHOP, request, before), failed, NOW).failure?.attempts).toBe(1);
  });

  it('counts without a request too', () => {
    const before = { failure: failure(undefined, { attempts: 3 }) };
    expect(applyOutcome(record(SHOP, undefined, before), failed, NOW).failure).toMatchObject({
      attempts: 4,
      requestOrder: '',
    });
  });

  it('what a person has to look into is tried once a day', () => {
    const { failure: noted } = applyOutcome(record(SHOP, request), { ...failed, retry: 'daily' }, NOW);
    expect(noted?.dueAt).toBe(iso(NOW + DAY));
  });

  const successes: Outcome[] = [
    { kind: 'added', domain: shop },
    { kind: 'adopted', domain: shop },
    { kind: 'found', domain: shop },
    { kind: 'updated', serving },
    { kind: 'removed' },
    { kind: 'vanished' },
    { kind: 'forgotten' },
  ];
  it.each(successes)('$kind ends the failure', (outcome) => {
    expect(applyOutcome(record(SHOP, request, { failure: failure(request) }), outcome, NOW)).not.toHaveProperty(
      'failure',
    );
  });
});

describe('applyOutcome, on probes and certificate requests', () => {
  const probe = probeOf('pointing', 'valid');
  const issuance = historyOf(DAY, 2);
  const before: DomainState = { ...owned(), seen: shop, probe, issuance };
  const after = (outcome: Outcome) => applyOutcome(record(SHOP, request, before), outcome, NOW);

  it('does not depend on whose object stands on RunCloud', () => {
    expect(after({ kind: 'adopted', domain: shop })).toMatchObject({ probe, issuance });
  });

  it.each<Outcome>([
    { kind: 'added', domain: shop },
    { kind: 'found', domain: shop },
    { kind: 'updated', serving },
  ])('$kind: another object, or other names, have another certificate, which the next run probes', (outcome) => {
    const long = {
      ...before,
      probe: probeOf('pointing', 'valid', { dns: { verdict: VERDICTS.pointing, since: ago(30 * DAY) } }),
    };
    const { probe: known, issuance: kept } = applyOutcome(record(SHOP, request, long), outcome, NOW);
    expect(known).toEqual({
      at: probe.at,
      dns: long.probe.dns,
      certificateUnasked: 'RunCloud was changed since the last probe',
    });
    expect(kept).toBe(issuance);
    expect(isProbeDue(long.probe, undefined, NOW)).toBe(false);
    expect(isProbeDue(known, undefined, NOW)).toBe(true);
  });

  it('what was updated serves as it was asked to', () => {
    const { probe: _, ...rest } = after({ kind: 'updated', serving });
    expect(rest).toEqual({ ...owned(), seen: { ...shop, ...serving }, requested: serving, issuance });
  });

  it('what is gone is not probed, and its certificate requests count on', () => {
    const removedAt = ago(2 * DAY);
    expect(after({ kind: 'removed' })).toEqual({ removedAt: iso(NOW), issuance });
    expect(after({ kind: 'forgotten' })).toEqual({ issuance });
    expect(applyOutcome(record(SHOP, request, { ...before, removedAt }), { kind: 'forgotten' }, NOW)).toEqual({
      removedAt,
      issuance,
    });
  });

  it('what is gone from RunCloud’s list and was not ours is not probed any more', () => {
    expect(applyListing({ seen: shop, probe, issuance }, undefined, false, NOW)).toEqual({ issuance });
  });

  it('a domain that waits and never was there keeps its probe', () => {
    const waiting = { probe: probeOf('absent', undefined) };
    expect(applyListing(waiting, undefined, false, NOW)).toBe(waiting);
  });
});

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

describe('applyListing', () => {
  const known: DomainState = { ...owned(), seen: shop };

  it('what is as it was gives the very same object', () => {
    expect(applyListing(known, { ...shop }, false, NOW)).toBe(known);
  });

  it.each<[string, Partial<ActualDomain>]>([
    ['id', { id: 8 }],
    ['name', { name: 'www.shop.example' }],
    ['type', { type: 'primary' }],
    ['www', { www: true }],
    ['redirection', { redirection: 'www' }],
    ['wildcard', { wildcard: true }],
  ])('a new %s is noticed', (_, change) => {
    const changed = { ...shop, ...change };
    expect(applyListing(known, changed, false, NOW)).toEqual({ ...known, seen: changed });
  });

  it('what turned up is seen, and not owned', () => {
    expect(applyListing({}, shop, false, NOW)).toEqual({ seen: shop });
  });

  it('what is ours and gone is not seen any more, with the time; ownership stays for the planner to judge', () => {
    const gone = { ...owned(), goneSince: iso(NOW) };
    for (const state of [owned(), known, { ...known, requested: serving }, { ...owned(), requested: serving }]) {
      expect(applyListing(state, undefined, false, NOW)).toEqual(gone);
    }
  });

  it('what is still gone keeps the time', () => {
    const gone = { ...owned(), goneSince: ago(HOUR) };
    expect(applyListing(gone, undefined, false, NOW)).toBe(gone);
    for (const more of [{ seen: shop }, { requested: serving }]) {
      expect(applyListing({ ...gone, ...more }, undefined, false, NOW)).toEqual(gone);
    }
  });

  it('what came back is not gone', () => {
    expect(applyListing({ ...owned(), goneSince: ago(HOUR) }, shop, false, NOW)).toEqual(known);
    expect(applyListing({ ...known, goneSince: ago(HOUR) }, shop, false, NOW)).toEqual(known);
  });

  it('what is not ours and gone is not seen any more', () => {
    expect(applyListing({ seen: shop }, undefined, false, NOW)).toEqual({});
    expect(applyListing({ requested: serving, removedAt: ago(HOUR) }, undefined, false, NOW)).toEqual({
      removedAt: ago(HOUR),
    });
  });

  it('what was not there and is not there gives the very same object', () => {
    const gone = { removedAt: ago(HOUR) };
    expect(applyListing(gone, undefined, false, NOW)).toBe(gone);
    expect(applyListing(gone, undefined, true, NOW)).toBe(gone);
  });

  it('what turned up by our own doing is ours', () => {
    expect(applyListing({ removedAt: ago(HOUR) }, shop, true, NOW)).toEqual({
      removedAt: ago(HOUR),
      owned: { id: 7, since: iso(NOW), by: 'added' },
      seen: shop,
    });
  });

  it('and so it is where an older object had been', () => {
    expect(applyListing({ ...owned(3), seen: { ...shop, id: 3 } }, shop, true, NOW).owned?.id).toBe(7);
    expect(applyListing({ seen: { ...shop, id: 3 } }, shop, true, NOW).owned?.id).toBe(7);
  });

  it('what was there before is not by our doing', () => {
    const before = { seen: shop };
    expect(applyListing(before, shop, true, NOW)).toBe(before);
  });

  it('what is ours already keeps its date', () => {
    expect(applyListing(owned(), shop, true, NOW)).toEqual(known);
  });

  it('a change that shows is no longer waited for', () => {
    const asked = { ...shop, ...serving };
    expect(applyListing({ ...owned(), seen: asked, requested: serving }, asked, false, NOW)).toEqual({
      ...owned(),
      seen: asked,
    });
  });

  it.each([
    ['the old www', { redirection: 'non-www' }],
    ['the old redirection', { www: true }],
    ['neither change', {}],
  ])('a change of which RunCloud shows %s is remembered', (_, shown) => {
    const actual = { ...shop, ...shown };
    const asking = { ...owned(), seen: { ...shop, ...serving }, requested: serving };
    expect(applyListing(asking, actual, false, NOW)).toEqual({ ...owned(), seen: actual, requested: serving });
  });

  const objects = fc.record({
    id: fc.integer({ min: 7, max: 8 }),
    name: fc.constant('shop.example'),
    type: fc.constantFrom('alias', 'primary', undefined),
    www: fc.constantFrom(true, false, undefined),
    redirection: fc.constantFrom('none', 'non-www', undefined),
    wildcard: fc.boolean(),
  });
  const servings = fc.record({ www: fc.boolean(), redirection: fc.constantFrom('none' as const, 'non-www' as const) });
  const states: fc.Arbitrary<DomainState> = fc.record(
    {
      owned: fc.constantFrom(7, 8).map((id) => ({ id, since: ago(DAY), by: 'added' as const })),
      seen: objects,
      requested: servings,
      missingSince: fc.constant(ago(HOUR)),
      goneSince: fc.constant(ago(HOUR)),
    },
    { requiredKeys: [] },
  );

  it('the same list a second time gives the very same object', () => {
    fc.assert(
      fc.property(states, fc.option(objects, { nil: undefined }), fc.boolean(), (state, actual, isOurDoing) => {
        const once = applyListing(state, actual, isOurDoing, NOW);
        expect(once.seen).toEqual(actual);
        expect(applyListing(once, actual, isOurDoing, NOW + HOUR)).toBe(once);
      }),
    );
  });

  it('what is not our doing neither gives ownership nor takes it', () => {
    fc.assert(
      fc.property(states, fc.option(objects, { nil: undefined }), (state, actual) => {
        expect(applyListing(state, actual, false, NOW).owned).toEqual(state.owned);
      }),
    );
  });
});

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
