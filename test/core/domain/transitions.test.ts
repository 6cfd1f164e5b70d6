import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDueToLook } from '../../../lib/core/certificates/next-probe.ts';
import { wishOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { glimpse, isSpent, type Outcome, settle, witness } from '../../../lib/core/domain/transitions.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  asked,
  mappedWish,
  NOW,
  object,
  owned,
  record,
  requested,
  SHOP,
  SHOWN,
  seen,
  trouble,
  unmappedWish,
  VERDICTS,
} from '../builders.ts';

const shop = object('shop.example');
const wish = mappedWish();
const serving = { www: true, redirection: 'non-www' } as const;

describe('settle', () => {
  it.each(['added', 'adopted'] as const)('what was %s is owned by its id, and its past is over', (kind) => {
    const before: DomainState = { trouble: trouble(wish), missingSince: ago(HOUR), asked: serving };
    expect(settle(record(SHOP, wish, before), { kind, domain: shop }, NOW)).toEqual({
      owned: { id: 7, since: iso(NOW), by: kind },
      seen: shop,
    });
  });

  it('what counts on stays, whatever becomes of the object: the removal for the brake, and what the network said of a wish', () => {
    const lasting: DomainState = { removedAt: ago(HOUR), refuted: wishOrder(wish) };
    for (const kind of ['added', 'adopted', 'found'] as const) {
      expect(settle(record(SHOP, wish, lasting), { kind, domain: shop }, NOW)).toMatchObject(lasting);
    }
    expect(settle(record(SHOP, wish, { ...owned(), ...lasting }), { kind: 'removed' }, NOW)).toEqual({
      ...lasting,
      removedAt: iso(NOW),
    });
    expect(settle(record(SHOP, wish, { ...owned(), ...lasting }), { kind: 'forgotten' }, NOW)).toEqual(lasting);
    expect(isSpent(record(SHOP, mappedWish({ occurredAt: ago(91 * DAY) }), { refuted: 'another' }), NOW)).toBe(false);
    const old = mappedWish({ occurredAt: ago(91 * DAY) });
    expect(isSpent(record(SHOP, old, { refuted: wishOrder(old) }), NOW)).toBe(true);
  });

  it('what was found is seen, and not owned', () => {
    const before = { ...owned(3), trouble: trouble(wish) };
    expect(settle(record(SHOP, wish, before), { kind: 'found', domain: shop }, NOW)).toEqual({ seen: shop });
  });

  it('the rows of the network that were set to done stay on record as long as the domain is there', () => {
    const before: DomainState = {
      ...owned(),
      seen: shop,
      writtenBack: [{ row: 5, at: ago(HOUR), answer: 'accepted' }],
    };
    const after = (outcome: Outcome) => settle(record(SHOP, wish, before), outcome, NOW).writtenBack;
    for (const kind of ['added', 'adopted', 'found'] as const) {
      expect(after({ kind, domain: shop })).toEqual(before.writtenBack);
    }
    expect(after({ kind: 'vanished' })).toEqual(before.writtenBack);
    expect(after({ kind: 'removed' })).toBeUndefined();
    expect(after({ kind: 'forgotten' })).toBeUndefined();
  });

  it('what was updated is seen as it was asked for', () => {
    const before = { ...owned(), seen: shop };
    expect(settle(record(SHOP, wish, before), { kind: 'updated', serving }, NOW)).toEqual({
      ...owned(),
      seen: { ...shop, ...serving },
      asked: serving,
    });
  });

  it('what was updated without ever having been seen stays unseen', () => {
    expect(settle(record(SHOP, wish, owned()), { kind: 'updated', serving }, NOW)).toEqual({
      ...owned(),
      asked: serving,
    });
  });

  it('what vanished is not seen any more; ownership stays for the planner to judge', () => {
    const before = { ...owned(), seen: shop, asked: serving };
    expect(settle(record(SHOP, wish, before), { kind: 'vanished' }, NOW)).toEqual(owned());
  });

  it('of what was removed only the time stays, for the brake', () => {
    const before = { ...owned(), seen: shop, missingSince: ago(HOUR) };
    expect(settle(record(SHOP, unmappedWish(), before), { kind: 'removed' }, NOW)).toEqual({ removedAt: iso(NOW) });
  });

  it('what is forgotten leaves nothing, but the brake still counts its removal', () => {
    const forget = { kind: 'forgotten' } as const;
    expect(settle(record(SHOP, undefined, owned()), forget, NOW)).toEqual({});
    const before = { ...owned(), removedAt: ago(HOUR) };
    expect(settle(record(SHOP, undefined, before), forget, NOW)).toEqual({ removedAt: ago(HOUR) });
  });

  const failed: Outcome = { kind: 'failed', why: 'No.', whatToDo: 'Look.', retry: 'soon' };

  it('what failed keeps all else, and is tried again after a minute', () => {
    const before = { ...owned(), seen: shop, missingSince: ago(HOUR) };
    expect(settle(record(SHOP, wish, before), failed, NOW)).toEqual({
      ...before,
      trouble: {
        attempts: 1,
        dueAt: iso(NOW + MINUTE),
        why: 'No.',
        whatToDo: 'Look.',
        under: wishOrder(wish),
      },
    });
  });

  it('what fails again waits longer', () => {
    const before = { trouble: trouble(wish, { attempts: 3 }) };
    expect(settle(record(SHOP, wish, before), failed, NOW).trouble).toMatchObject({
      attempts: 4,
      dueAt: iso(NOW + 8 * MINUTE),
    });
  });

  it('under a newer wish the count begins anew', () => {
    const before = { trouble: trouble(mappedWish({ eventId: 'e0' }), { attempts: 3 }) };
    expect(settle(record(SHOP, wish, before), failed, NOW).trouble?.attempts).toBe(1);
  });

  it('counts without a wish too', () => {
    const before = { trouble: trouble(undefined, { attempts: 3 }) };
    expect(settle(record(SHOP, undefined, before), failed, NOW).trouble).toMatchObject({ attempts: 4, under: '' });
  });

  it('what somebody has to look into is tried once a day', () => {
    const { trouble: noted } = settle(record(SHOP, wish), { ...failed, retry: 'daily' }, NOW);
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
  it.each(successes)('$kind ends the trouble', (outcome) => {
    expect(settle(record(SHOP, wish, { trouble: trouble(wish) }), outcome, NOW)).not.toHaveProperty('trouble');
  });
});

describe('what was seen from outside, and asked for', () => {
  const look = seen('pointing', 'valid');
  const issuing = asked(DAY, 2);
  const before: DomainState = { ...owned(), seen: shop, look, issuing };
  const after = (outcome: Outcome) => settle(record(SHOP, wish, before), outcome, NOW);

  it('does not depend on whose object stands on RunCloud', () => {
    expect(after({ kind: 'adopted', domain: shop })).toMatchObject({ look, issuing });
  });

  it.each<Outcome>([
    { kind: 'added', domain: shop },
    { kind: 'found', domain: shop },
    { kind: 'updated', serving },
  ])('$kind: another object, or other names, have another certificate, which the next run looks at', (outcome) => {
    const long = {
      ...before,
      look: seen('pointing', 'valid', { dns: { verdict: VERDICTS.pointing, since: ago(30 * DAY) } }),
    };
    const { look: known, issuing: kept } = settle(record(SHOP, wish, long), outcome, NOW);
    expect(known).toEqual({
      at: look.at,
      dns: long.look.dns,
      certificateUnasked: 'RunCloud was changed since the last look',
    });
    expect(kept).toBe(issuing);
    expect(isDueToLook(long.look, undefined, NOW)).toBe(false);
    expect(isDueToLook(known, undefined, NOW)).toBe(true);
  });

  it('what was updated serves as it was asked to', () => {
    const { look: _, ...rest } = after({ kind: 'updated', serving });
    expect(rest).toEqual({ ...owned(), seen: { ...shop, ...serving }, asked: serving, issuing });
  });

  it('what is gone is not looked at, and its requests count on', () => {
    const removedAt = ago(2 * DAY);
    expect(after({ kind: 'removed' })).toEqual({ removedAt: iso(NOW), issuing });
    expect(after({ kind: 'forgotten' })).toEqual({ issuing });
    expect(settle(record(SHOP, wish, { ...before, removedAt }), { kind: 'forgotten' }, NOW)).toEqual({
      removedAt,
      issuing,
    });
  });

  it('what is gone from RunCloud’s list and was not ours is not looked at any more', () => {
    expect(witness({ seen: shop, look, issuing }, undefined, false, NOW)).toEqual({ issuing });
  });

  it('what is waited for and never was there keeps what was seen of it', () => {
    const waiting = { look: seen('absent', undefined) };
    expect(witness(waiting, undefined, false, NOW)).toBe(waiting);
  });
});

describe('glimpse', () => {
  const sees = (dns: keyof typeof VERDICTS, certificate?: keyof typeof SHOWN) => ({
    dns: VERDICTS[dns],
    www: undefined,
    caaUnasked: undefined,
    certificate: certificate && SHOWN[certificate],
  });
  const look = seen('pointing', 'none', { at: ago(MINUTE) });
  const state: DomainState = { ...owned(), seen: shop, look };

  it('remembers what was seen beside all else', () => {
    expect(glimpse({ ...owned(), seen: shop }, sees('absent'), NOW)).toEqual({
      ...owned(),
      seen: shop,
      look: { at: iso(NOW), dns: { verdict: VERDICTS.absent, since: iso(NOW) } },
    });
  });

  it('gives the very same object where it is no news', () => {
    for (const same of [state, { ...state, issuing: asked(HOUR) }]) {
      expect(glimpse(same, sees('pointing', 'none'), NOW)).toBe(same);
    }
    const well = { ...state, look: seen('pointing', 'valid', { at: ago(MINUTE) }), issuing: asked(HOUR, 0) };
    expect(glimpse(well, sees('pointing', 'valid'), NOW)).toBe(well);
  });

  it('a valid certificate ends the count of attempts', () => {
    const after = glimpse({ ...state, issuing: asked(HOUR, 3, { says: 'no' }) }, sees('pointing', 'valid'), NOW);
    expect(after.issuing).toEqual({ requests: [requested(HOUR)], attempts: 0 });
    expect(after.look?.certificate?.verdict).toEqual(SHOWN.valid);
  });

  it('it ends the count too where the certificate is no news', () => {
    const well = { ...state, look: seen('pointing', 'valid', { at: ago(MINUTE) }), issuing: asked(HOUR, 3) };
    expect(glimpse(well, sees('pointing', 'valid'), NOW)).toEqual({ ...well, issuing: asked(HOUR, 0) });
  });

  it.each(['expiring', 'expired', 'untrusted', 'other-name', 'none'] as const)('%s does not end it', (certificate) => {
    const issuing = asked(HOUR, 3, { says: 'no' });
    expect(glimpse({ ...state, issuing }, sees('pointing', certificate), NOW).issuing).toBe(issuing);
  });

  it('nor does a server that could not be asked', () => {
    const unasked = { ...sees('pointing'), certificate: { kind: 'could-not-ask', why: 'time-out' } } as const;
    const issuing = asked(HOUR, 3);
    expect(glimpse({ ...state, issuing }, unasked, NOW).issuing).toBe(issuing);
  });

  it('requests that count no longer are dropped with it', () => {
    expect(glimpse({ ...state, issuing: asked(8 * DAY, 3) }, sees('pointing', 'valid'), NOW)).not.toHaveProperty(
      'issuing',
    );
  });
});

describe('witness', () => {
  const known: DomainState = { ...owned(), seen: shop };

  it('what is as it was gives the very same object', () => {
    expect(witness(known, { ...shop }, false, NOW)).toBe(known);
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
    expect(witness(known, changed, false, NOW)).toEqual({ ...known, seen: changed });
  });

  it('what turned up is seen, and not owned', () => {
    expect(witness({}, shop, false, NOW)).toEqual({ seen: shop });
  });

  it('what is ours and gone is not seen any more, with the time; ownership stays for the planner to judge', () => {
    const gone = { ...owned(), goneSince: iso(NOW) };
    for (const state of [owned(), known, { ...known, asked: serving }, { ...owned(), asked: serving }]) {
      expect(witness(state, undefined, false, NOW)).toEqual(gone);
    }
  });

  it('what is still gone keeps the time', () => {
    const gone = { ...owned(), goneSince: ago(HOUR) };
    expect(witness(gone, undefined, false, NOW)).toBe(gone);
    for (const more of [{ seen: shop }, { asked: serving }]) {
      expect(witness({ ...gone, ...more }, undefined, false, NOW)).toEqual(gone);
    }
  });

  it('what came back is not gone', () => {
    expect(witness({ ...owned(), goneSince: ago(HOUR) }, shop, false, NOW)).toEqual(known);
    expect(witness({ ...known, goneSince: ago(HOUR) }, shop, false, NOW)).toEqual(known);
  });

  it('what is not ours and gone is not seen any more', () => {
    expect(witness({ seen: shop }, undefined, false, NOW)).toEqual({});
    expect(witness({ asked: serving, removedAt: ago(HOUR) }, undefined, false, NOW)).toEqual({ removedAt: ago(HOUR) });
  });

  it('what was not there and is not there gives the very same object', () => {
    const gone = { removedAt: ago(HOUR) };
    expect(witness(gone, undefined, false, NOW)).toBe(gone);
    expect(witness(gone, undefined, true, NOW)).toBe(gone);
  });

  it('what turned up by our own doing is ours', () => {
    expect(witness({ removedAt: ago(HOUR) }, shop, true, NOW)).toEqual({
      removedAt: ago(HOUR),
      owned: { id: 7, since: iso(NOW), by: 'added' },
      seen: shop,
    });
  });

  it('and so it is where an older object had been', () => {
    expect(witness({ ...owned(3), seen: { ...shop, id: 3 } }, shop, true, NOW).owned?.id).toBe(7);
    expect(witness({ seen: { ...shop, id: 3 } }, shop, true, NOW).owned?.id).toBe(7);
  });

  it('what was there before is not by our doing', () => {
    const before = { seen: shop };
    expect(witness(before, shop, true, NOW)).toBe(before);
  });

  it('what is ours already keeps its date', () => {
    expect(witness(owned(), shop, true, NOW)).toEqual(known);
  });

  it('a change that shows is no longer waited for', () => {
    const asked = { ...shop, ...serving };
    expect(witness({ ...owned(), seen: asked, asked: serving }, asked, false, NOW)).toEqual({
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
    const asking = { ...owned(), seen: { ...shop, ...serving }, asked: serving };
    expect(witness(asking, actual, false, NOW)).toEqual({ ...owned(), seen: actual, asked: serving });
  });

  const objects = fc.record({
    id: fc.integer({ min: 7, max: 8 }),
    name: fc.constant('shop.example'),
    type: fc.constantFrom('alias', 'primary', undefined),
    www: fc.constantFrom(true, false, undefined),
    redirection: fc.constantFrom('none', 'non-www', undefined),
    wildcard: fc.boolean(),
    createdAt: fc.constant(undefined),
  });
  const servings = fc.record({ www: fc.boolean(), redirection: fc.constantFrom('none' as const, 'non-www' as const) });
  const states: fc.Arbitrary<DomainState> = fc.record(
    {
      owned: fc.constantFrom(7, 8).map((id) => ({ id, since: ago(DAY), by: 'added' as const })),
      seen: objects,
      asked: servings,
      missingSince: fc.constant(ago(HOUR)),
      goneSince: fc.constant(ago(HOUR)),
    },
    { requiredKeys: [] },
  );

  it('the second look at the same thing gives the very same object', () => {
    fc.assert(
      fc.property(states, fc.option(objects, { nil: undefined }), fc.boolean(), (state, actual, isOurDoing) => {
        const once = witness(state, actual, isOurDoing, NOW);
        expect(once.seen).toEqual(actual);
        expect(witness(once, actual, isOurDoing, NOW + HOUR)).toBe(once);
      }),
    );
  });

  it('what is not our doing neither gives ownership nor takes it', () => {
    fc.assert(
      fc.property(states, fc.option(objects, { nil: undefined }), (state, actual) => {
        expect(witness(state, actual, false, NOW).owned).toEqual(state.owned);
      }),
    );
  });
});

describe('isSpent', () => {
  const long = ago(91 * DAY);
  const recent = ago(89 * DAY);
  const oldUnmap = unmappedWish({ occurredAt: long });
  const recentUnmap = unmappedWish({ occurredAt: recent });

  it.each([
    ['never wished for and gone', true, record(SHOP)],
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
    ['mapped, however long ago', false, record(SHOP, mappedWish({ occurredAt: long }))],
    ['its last request 1 ms under a week old', false, record(SHOP, undefined, { issuing: asked(7 * DAY - 1, 0) })],
    ['its last request a week old', true, record(SHOP, undefined, { issuing: asked(7 * DAY, 3) })],
    ['unmapped long ago, asked for lately', false, record(SHOP, oldUnmap, { issuing: asked(DAY) })],
    [
      'looked at within a day',
      false,
      record(SHOP, undefined, { look: seen('absent', undefined, { at: ago(DAY - 1) }) }),
    ],
    ['looked at a day ago', true, record(SHOP, undefined, { look: seen('absent', undefined, { at: ago(DAY) }) })],
  ])('%s: %j', (_, answer, given) => {
    expect(isSpent(given, NOW)).toBe(answer);
  });

  it('90 days are the limit', () => {
    const at = unmappedWish({ occurredAt: ago(90 * DAY) });
    expect(isSpent(record(SHOP, at), NOW)).toBe(false);
    expect(isSpent(record(SHOP, at), NOW + 1)).toBe(true);
  });
});

describe('a record with trouble and nothing else', () => {
  it('is kept, because the next attempt depends on it', () => {
    expect(isSpent(record(SHOP, undefined, { trouble: trouble(undefined) }), NOW)).toBe(false);
  });
});
