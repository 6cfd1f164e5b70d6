import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEventId, type MappingRequest, supersedes } from '../../../lib/core/domain/mapping-request.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { requests } from '../arbitraries.ts';
import { ago, mapRequest, unmapRequest } from '../builders.ts';

/** What stands after requests arrived in this order. */
function standing(arrivals: readonly MappingRequest[]): MappingRequest | undefined {
  return arrivals.reduce<MappingRequest | undefined>(
    (stands, arrived) => (supersedes(arrived, stands) ? arrived : stands),
    undefined,
  );
}

describe('isEventId', () => {
  it.each(['x', ' ', '~', 'msg_2b3c', 'x'.repeat(256)])('lets %j be one', (text) => {
    expect(isEventId(text)).toBe(true);
  });

  it.each(['', 'x'.repeat(257), 'é', 'xé', 'éx', '\u001f', '\u007f', '\u{1f600}', '\ud800', 'x\n'])(
    'refuses %j',
    (text) => {
      expect(isEventId(text)).toBe(false);
    },
  );

  it('leaves only ids that are sorted by their bytes as by their characters, as the ledgers do', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        expect(isEventId(a) && isEventId(b)).toBe(true);
        expect(a < b).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0);
      }),
    );
  });
});

describe('supersedes', () => {
  it('the first request stands', () => {
    expect(supersedes(unmapRequest(), undefined)).toBe(true);
  });

  it.each<[string, MappingRequest, MappingRequest]>([
    ['a later removal wins over a mapping', unmapRequest({ occurredAt: ago(MINUTE) }), mapRequest()],
    ['a later mapping wins over a removal', mapRequest({ occurredAt: ago(MINUTE) }), unmapRequest()],
    ['a later hint wins, as it can only add', mapRequest({ trust: 'hint', occurredAt: ago(MINUTE) }), unmapRequest()],
    ['at one instant a mapping wins over a removal', mapRequest({ eventId: 'e1' }), unmapRequest({ eventId: 'e2' })],
    ['even a mere hint of it does', mapRequest({ trust: 'hint' }), unmapRequest({ eventId: 'e2' })],
    ['at one instant signed wins over a hint', mapRequest(), mapRequest({ trust: 'hint', eventId: 'e2' })],
    ['the identity of the event decides the rest', unmapRequest({ eventId: 'e2' }), unmapRequest({ eventId: 'e1' })],
  ])('%s', (_, winner, loser) => {
    expect(supersedes(winner, loser)).toBe(true);
    expect(supersedes(loser, winner)).toBe(false);
  });

  it('a second delivery changes nothing', () => {
    expect(supersedes(mapRequest(), mapRequest())).toBe(false);
  });

  it('the newest request stands, whatever order requests and their duplicates arrive in', () => {
    const arrivals = fc
      .array(requests, { minLength: 1 })
      .chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray([...all, ...all, ...all], { minLength: 3 * all.length, maxLength: 3 * all.length }),
        ),
      );
    fc.assert(
      fc.property(arrivals, ([once, again]) => {
        const [one, other] = [standing(once), standing(again)];
        // Of two requests that are equal in everything that counts either may stand.
        const rank = (request: MappingRequest | undefined) => [
          request?.occurredAt,
          request?.kind,
          request?.trust,
          request?.eventId,
        ];
        expect(rank(other)).toEqual(rank(one));
        for (const request of once) expect(request.occurredAt <= (one?.occurredAt ?? '')).toBe(true);
      }),
    );
  });

  it('is a total order: of two different events one wins, and winning is handed on', () => {
    fc.assert(
      fc.property(requests, requests, requests, (a, b, c) => {
        if (a.eventId !== b.eventId) expect(supersedes(a, b)).toBe(!supersedes(b, a));
        if (supersedes(a, b) && supersedes(b, c)) expect(supersedes(a, c)).toBe(true);
        expect(supersedes(a, a)).toBe(false);
      }),
    );
  });
});
