import { describe, expect, it } from 'vitest';
import { isProbeDue } from '../../../lib/core/certificates/next-probe.ts';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { applyListing, applyOutcome, isDisposable, type Outcome } from '../../../lib/core/domain/transitions.ts';
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
  removalSent,
  SHOP,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

const request = mapRequest();
const serving = { www: true, redirection: 'non-www' } as const;

describe('applyOutcome', () => {
  it('a removal of which nothing was heard counts as done once the object is gone, and stays open while it fails', () => {
    const sent: DomainState = { ...removalSent(HOUR), removedAt: ago(DAY) };
    const after = (outcome: Outcome): DomainState => applyOutcome(record(SHOP, undefined, sent), outcome, NOW);
    expect(after({ kind: 'forgotten' })).toEqual({ removedAt: ago(HOUR) });
    expect(after({ kind: 'removed', id: 7 })).toEqual({ removedAt: iso(NOW) });
    const other = { ...shop, id: 8 };
    expect(after({ kind: 'found', domain: other })).toEqual({ seen: other, removedAt: ago(HOUR) });
    expect(after({ kind: 'failed', why: '', whatToDo: '', retry: 'soon' })).toMatchObject(sent);
  });

  it('a removal of which nothing was heard counts also where another object of ours is left', () => {
    const ownedWww = { id: 8, since: ago(DAY), by: 'added' } as const;
    const both: DomainState = { ...removalSent(HOUR), ownedWww };
    expect(applyOutcome(record(SHOP, undefined, both), { kind: 'forgotten', id: 7 }, NOW)).toEqual({
      ownedWww,
      removedAt: ago(HOUR),
    });
    expect(applyOutcome(record(SHOP, undefined, both), { kind: 'removed', id: 7 }, NOW)).toEqual({
      ownedWww,
      removedAt: iso(NOW),
    });
  });

  it('a removal of which nothing was heard stays open while another object of the domain goes', () => {
    const ownedWww = { id: 8, since: ago(DAY), by: 'added', removalSentAt: ago(MINUTE) } as const;
    const both: DomainState = { ...owned(), ownedWww };
    expect(applyOutcome(record(SHOP, undefined, both), { kind: 'removed', id: 7 }, NOW)).toEqual({
      ownedWww,
      removedAt: iso(NOW),
    });
    const found = applyOutcome(record(SHOP, undefined, removalSent(HOUR)), { kind: 'added', domain: shop }, NOW);
    expect(found).toEqual({ ...removalSent(HOUR), seen: shop });
  });

  it.each(['added', 'adopted'] as const)('what was %s is owned by its id, and its past is over', (kind) => {
    const before: DomainState = { failure: failure(request), missingSince: ago(HOUR), requested: serving };
    expect(applyOutcome(record(SHOP, request, before), { kind, domain: shop }, NOW)).toEqual({
      owned: { id: 7, since: iso(NOW), by: kind },
      seen: shop,
    });
  });

  it('what outlives the object stays, whatever becomes of the object: the removal for the brake, and the request that the network contradicted', () => {
    const lasting: DomainState = { removedAt: ago(HOUR), refuted: requestOrder(request) };
    for (const kind of ['added', 'adopted', 'found'] as const) {
      expect(applyOutcome(record(SHOP, request, lasting), { kind, domain: shop }, NOW)).toMatchObject(lasting);
    }
    expect(applyOutcome(record(SHOP, request, { ...owned(), ...lasting }), { kind: 'removed', id: 7 }, NOW)).toEqual({
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

  it('what was ours already stays as it came to be ours: an add that finds it makes nothing adopted added', () => {
    const adopted = { id: 7, since: ago(DAY), by: 'adopted' } as const;
    const added = { kind: 'added', domain: shop } as const;
    expect(applyOutcome(record(SHOP, request, { owned: adopted }), added, NOW).owned).toEqual(adopted);
    const other = { ...adopted, id: 8 };
    expect(applyOutcome(record(SHOP, request, { owned: other }), added, NOW).owned).toEqual({
      id: 7,
      since: iso(NOW),
      by: 'added',
    });
  });

  describe('a separate `www.` object', () => {
    const www = object('www.shop.example', { id: 8 });
    const ofWww = { id: 8, since: ago(30 * DAY), by: 'added' } as const;
    const alone: DomainState = { owned: ofWww, seen: www };
    const both: DomainState = { ...owned(), ownedWww: ofWww, seen: shop };
    const after = (state: DomainState, outcome: Outcome) => applyOutcome(record(SHOP, request, state), outcome, NOW);

    it('that is ours stays so when the domain’s own is added, adopted or found beside it', () => {
      for (const state of [alone, { ownedWww: ofWww, seen: www }, { ownedWww: ofWww }]) {
        for (const kind of ['added', 'adopted'] as const) {
          const owned = { id: 7, since: iso(NOW), by: kind };
          expect(after(state, { kind, domain: shop })).toEqual({ owned, ownedWww: ofWww, seen: shop });
        }
        expect(after(state, { kind: 'found', domain: shop })).toEqual({ ownedWww: ofWww, seen: shop });
      }
      // It was added before, and somebody took it away.
      expect(after({ ...both, seen: www }, { kind: 'added', domain: shop })).toMatchObject({ ownedWww: ofWww });
    });

    it('that is not ours does not become so', () => {
      const foreign = { ...alone, owned: { ...ofWww, id: 9 } };
      expect(after(foreign, { kind: 'added', domain: shop })).not.toHaveProperty('ownedWww');
      expect(after({ owned: ofWww }, { kind: 'added', domain: shop })).not.toHaveProperty('ownedWww');
    });

    it('that is added beside the domain’s own is ours by its id, and the certificate is looked at anew', () => {
      const probe = probeOf('elsewhere', 'none');
      const before = { ...owned(), seen: shop, probe, requested: serving, failure: failure(request) };
      const { certificate: _, ...rest } = probe;
      expect(after(before, { kind: 'added', domain: www })).toEqual({
        ...owned(),
        ownedWww: { id: 8, since: iso(NOW), by: 'added' },
        seen: shop,
        requested: serving,
        probe: { ...rest, certificateUnasked: 'RunCloud was changed since the last probe' },
      });
      expect(after({ ...owned(), seen: shop }, { kind: 'added', domain: www })).not.toHaveProperty('probe');
    });

    it('that is found beside the domain’s own is not ours, and the domain’s own stays', () => {
      expect(after({ ...both, ownedWww: { ...ofWww, id: 9 } }, { kind: 'found', domain: www })).toEqual({
        ...owned(),
        seen: shop,
      });
      expect(after(both, { kind: 'found', domain: www })).toEqual(both);
    });

    it('has a place of its own, whatever stood in that of the domain’s own', () => {
      const ownedWww = { id: 8, since: iso(NOW), by: 'added' };
      expect(after({}, { kind: 'added', domain: www })).toEqual({ ownedWww, seen: www });
      // What was ours already stays as it came to be ours.
      expect(after(alone, { kind: 'added', domain: www })).toEqual({ ownedWww: ofWww, seen: www });
      expect(after(owned(), { kind: 'added', domain: www })).toEqual({ ...owned(), ownedWww, seen: www });
      expect(after({ ...owned(9), seen: shop }, { kind: 'added', domain: www })).toMatchObject({
        ...owned(9),
        ownedWww,
      });
    });

    it('of the two the one that was removed is gone, and all else stays for the other one', () => {
      const missingSince = ago(2 * DAY);
      const state = { ...both, missingSince, requested: serving };
      expect(after(state, { kind: 'removed', id: 7 })).toEqual({
        ownedWww: ofWww,
        missingSince,
        removedAt: iso(NOW),
      });
      expect(after(state, { kind: 'removed', id: 8 })).toEqual({
        ...owned(),
        seen: shop,
        missingSince,
        removedAt: iso(NOW),
      });
      expect(after({ ...owned(), ownedWww: ofWww }, { kind: 'forgotten', id: 7 })).toEqual({ ownedWww: ofWww });
      const byHand = object('shop.example', { id: 9 });
      expect(after({ ownedWww: ofWww, seen: byHand, missingSince }, { kind: 'removed', id: 8 })).toEqual({
        seen: byHand,
        removedAt: iso(NOW),
      });
      expect(after(alone, { kind: 'removed', id: 8 })).toEqual({ removedAt: iso(NOW) });
    });

    it('goes with the other where nothing of the domain is left', () => {
      expect(after(both, { kind: 'forgotten' })).toEqual({});
    });
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
    expect(after({ kind: 'removed', id: 7 })).toBeUndefined();
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
    expect(applyOutcome(record(SHOP, unmapRequest(), before), { kind: 'removed', id: 7 }, NOW)).toEqual({
      removedAt: iso(NOW),
    });
  });

  it('what is forgotten leaves nothing, but the brake still counts its removal', () => {
    const forget = { kind: 'forgotten' } as const;
    expect(applyOutcome(record(SHOP, undefined, owned()), forget, NOW)).toEqual({});
    const before = { ...owned(), removedAt: ago(HOUR) };
    expect(applyOutcome(record(SHOP, undefined, before), forget, NOW)).toEqual({ removedAt: ago(HOUR) });
  });

  it('what became of the domain decides no contest of requests', () => {
    const contested = { eventId: 'ahead', by: request };
    for (const outcome of [{ kind: 'forgotten' }, { kind: 'found', domain: shop }] as const) {
      expect(applyOutcome(record(SHOP, undefined, { ...owned(), contested }), outcome, NOW)).toMatchObject({
        contested,
      });
    }
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

  it('what may be the fault of all waits for nothing, and its attempts count', () => {
    const { failure: noted } = applyOutcome(record(SHOP, request), { ...failed, retry: 'next run' }, NOW);
    expect(noted).toMatchObject({ attempts: 1, dueAt: iso(NOW) });
  });

  const successes: Outcome[] = [
    { kind: 'added', domain: shop },
    { kind: 'adopted', domain: shop },
    { kind: 'found', domain: shop },
    { kind: 'updated', serving },
    { kind: 'removed', id: 7 },
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
    expect(after({ kind: 'removed', id: 7 })).toEqual({ removedAt: iso(NOW), issuance });
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
