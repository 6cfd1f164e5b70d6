import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { supersedes, type Wish } from '../../../lib/core/domain/mapping-request.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { ago, mappedWish, unmappedWish, wishes } from '../builders.ts';

/** What stands after wishes arrived in this order. */
function standing(arrivals: readonly Wish[]): Wish | undefined {
  return arrivals.reduce<Wish | undefined>(
    (stands, arrived) => (supersedes(arrived, stands) ? arrived : stands),
    undefined,
  );
}

describe('supersedes', () => {
  it('the first wish stands', () => {
    expect(supersedes(unmappedWish(), undefined)).toBe(true);
  });

  it.each<[string, Wish, Wish]>([
    ['a later removal wins over a mapping', unmappedWish({ occurredAt: ago(MINUTE) }), mappedWish()],
    ['a later mapping wins over a removal', mappedWish({ occurredAt: ago(MINUTE) }), unmappedWish()],
    ['a later hint wins, as it can only add', mappedWish({ trust: 'hint', occurredAt: ago(MINUTE) }), unmappedWish()],
    ['at one instant a mapping wins over a removal', mappedWish({ eventId: 'e1' }), unmappedWish({ eventId: 'e2' })],
    ['even a mere hint of it does', mappedWish({ trust: 'hint' }), unmappedWish({ eventId: 'e2' })],
    ['at one instant signed wins over a hint', mappedWish(), mappedWish({ trust: 'hint', eventId: 'e2' })],
    ['the identity of the event decides the rest', unmappedWish({ eventId: 'e2' }), unmappedWish({ eventId: 'e1' })],
  ])('%s', (_, winner, loser) => {
    expect(supersedes(winner, loser)).toBe(true);
    expect(supersedes(loser, winner)).toBe(false);
  });

  it('a second delivery changes nothing', () => {
    expect(supersedes(mappedWish(), mappedWish())).toBe(false);
  });

  it('the newest wish stands, whatever order wishes and their duplicates arrive in', () => {
    const arrivals = fc
      .array(wishes, { minLength: 1 })
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray([...all, ...all, ...all], { minLength: 3 * all.length, maxLength: 3 * all.length }),
        ),
      );
    fc.assert(
      fc.property(arrivals, ([once, again]) => {
        const [one, other] = [standing(once), standing(again)];
        // Of two wishes with one identity in everything that counts either may stand.
        const place = (wish: Wish | undefined) => [wish?.occurredAt, wish?.kind, wish?.trust, wish?.eventId];
        expect(place(other)).toEqual(place(one));
        for (const wish of once) expect(wish.occurredAt <= (one?.occurredAt ?? '')).toBe(true);
      }),
    );
  });

  it('is a total order: of two different events one wins, and winning is handed on', () => {
    fc.assert(
      fc.property(wishes, wishes, wishes, (a, b, c) => {
        if (a.eventId !== b.eventId) expect(supersedes(a, b)).toBe(!supersedes(b, a));
        if (supersedes(a, b) && supersedes(b, c)) expect(supersedes(a, c)).toBe(true);
        expect(supersedes(a, a)).toBe(false);
      }),
    );
  });
});
