import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { applyBeside, applyListing } from '../../../lib/core/domain/transitions.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, object, owned, removalSent, shop } from '../builders.ts';

const serving = { www: true, redirection: 'non-www' } as const;

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
    expect(applyListing(known, changed, false, NOW).seen).toEqual(changed);
  });

  it('a `www.` object that is ours stays so when an add that was never answered turns up beside it', () => {
    const www = object('www.shop.example', { id: 8 });
    const alone: DomainState = { ...owned(8), seen: www };
    expect(applyListing(alone, shop, true, NOW)).toEqual({
      owned: { id: 7, since: iso(NOW), by: 'added' },
      ownedWww: alone.owned,
      seen: shop,
    });
    expect(applyListing({ ...owned(9), seen: www }, shop, true, NOW)).not.toHaveProperty('ownedWww');
    expect(applyListing(alone, shop, false, NOW)).toEqual({ ...alone, seen: shop });
    const ofWwwAlone = { ...(alone.owned && { ownedWww: alone.owned }), seen: www };
    expect(applyListing(ofWwwAlone, shop, true, NOW)).toMatchObject({
      owned: { id: 7 },
      ownedWww: alone.owned,
    });
  });

  it('a `www.` object of ours that a ledger of 0.1.0 has in the place of the other gets its own', () => {
    const www = object('www.shop.example', { id: 8 });
    const { owned: ofWww } = owned(8);
    expect(applyListing(owned(8), www, false, NOW)).toEqual({ ownedWww: ofWww, seen: www });
    expect(applyListing({ ...owned(9), seen: www }, www, false, NOW)).toEqual({ ...owned(9), seen: www });
    const byHand = { ...owned(8), seen: object('shop.example', { id: 9 }) };
    expect(applyBeside(byHand, www, false, NOW)).toEqual({ ownedWww: ofWww, seen: byHand.seen });
    // A domain may begin so by itself.
    const label = object('www.example', { id: 8 });
    expect(applyListing(owned(8), label, false, NOW)).toEqual({ ...owned(8), seen: label });
  });

  it('a `www.` object that an add of ours made, and that was never answered, is ours', () => {
    const www = object('www.shop.example', { id: 8 });
    const ownedWww = { id: 8, since: iso(NOW), by: 'added' } as const;
    expect(applyBeside(known, www, true, NOW)).toEqual({ ...known, ownedWww });
    expect(applyBeside(known, www, false, NOW)).toBe(known);
    const both: DomainState = { ...known, ownedWww: { ...ownedWww, since: ago(HOUR) } };
    expect(applyBeside(both, www, true, NOW)).toBe(both);
    // It was there before the add, and not ours.
    expect(applyBeside({ seen: www }, www, true, NOW)).not.toHaveProperty('ownedWww');
  });

  it('a removal whose outcome is not known is disproved by a list that shows the object a quarter of an hour later', () => {
    const sent = (ms: number): DomainState => ({ ...removalSent(ms), seen: shop });
    expect(applyListing(sent(15 * MINUTE + 1), shop, false, NOW)).toEqual(known);
    const early = sent(15 * MINUTE);
    expect(applyListing(early, shop, false, NOW)).toBe(early);
    const other = { ...shop, id: 8 };
    expect(applyListing(sent(HOUR), other, false, NOW)).toEqual({ ...sent(HOUR), seen: other });
    expect(applyListing(sent(HOUR), undefined, false, NOW)).toEqual({ ...removalSent(HOUR), goneSince: iso(NOW) });
  });

  it('no removal is disproved by a clock that is not confirmed, by which nothing is old', () => {
    const sent: DomainState = { ...removalSent(HOUR), seen: shop };
    expect(applyListing(sent, shop, false, NOW, 0)).toBe(sent);
    expect(applyBeside(sent, shop, false, NOW, 0)).toBe(sent);
  });

  it('a removal is disproved by its own object alone, not by another one of the domain', () => {
    const www = object('www.shop.example', { id: 8 });
    const ownedWww = { id: 8, since: ago(DAY), by: 'added' } as const;
    const sentOfWww: DomainState = { ...known, ownedWww: { ...ownedWww, removalSentAt: ago(HOUR) } };
    expect(applyListing(sentOfWww, shop, false, NOW)).toBe(sentOfWww);
    expect(applyBeside(sentOfWww, www, false, NOW)).toEqual({ ...known, ownedWww });
    const sentOfBare: DomainState = { ...removalSent(HOUR), ownedWww, seen: www };
    expect(applyListing(sentOfBare, www, false, NOW)).toBe(sentOfBare);
  });

  it('a removal counts as carried out where an add of ours made another object of the name', () => {
    const other = { ...shop, id: 8 };
    expect(applyListing({ ...removalSent(HOUR), seen: shop }, other, true, NOW)).toEqual({
      owned: { id: 8, since: iso(NOW), by: 'added' },
      removedAt: ago(HOUR),
      seen: other,
    });
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
