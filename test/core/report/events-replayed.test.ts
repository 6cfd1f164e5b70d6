/** Whoever hears all events knows of each domain what the ledger knows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainEvent, DomainEventType } from '../../../lib/core/domain/event.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { viewOf, withNews } from '../../../lib/core/report/domain-news.ts';
import { stateOf } from '../../../lib/core/report/listing.ts';
import { presenceOf } from '../../../lib/core/report/told.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, historyOf, NOW, object, owned, probeOf, SERVER, SHOP, SHOWN, shop, VERDICTS } from '../builders.ts';

/** What a listener knows. */
type Known = {
  readonly there: boolean;
  /** Absent: it was adopted, and how it was found is no news. */
  readonly live?: boolean;
  readonly lost: boolean;
  readonly trouble?: 'failed' | 'expiring';
};

const NOTHING: Known = { there: false, live: false, lost: false };

function hear(known: Known, { type, reason }: Pick<DomainEvent, 'type' | 'reason'>): Known {
  const { trouble: _, ...well } = known;
  const { live: __, ...found } = known;
  const after: Readonly<Record<DomainEventType, Known>> = {
    'domain.added': { ...(reason?.includes('adopted') ? found : known), there: true },
    'domain.removed': NOTHING,
    'domain.live': { ...known, live: true },
    'domain.not-live': { ...known, live: false },
    'dns.lost': { ...known, lost: true },
    'dns.restored': { ...known, lost: false },
    'certificate.issued': well,
    'certificate.failed': { ...known, trouble: 'failed' },
    'certificate.expiring': { ...known, trouble: 'expiring' },
  };
  return after[type];
}

const keys = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

/** The domain as a run may find or leave it at `now`. */
const draws: fc.Arbitrary<(now: number) => DomainState> = fc.oneof(
  { weight: 1, arbitrary: fc.constant((now: number): DomainState => ({ removedAt: iso(now) })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<((now: number) => DomainState)[]>(
      () => ({}),
      () => ({ ...owned(), goneSince: ago(0) }),
      () => ({ seen: object('shop.example', { id: 8 }) }),
      (now) => ({ owned: { id: 7, since: iso(now), by: 'added' }, goneSince: iso(now) }),
    ),
  },
  {
    weight: 8,
    arbitrary: fc
      .record({
        dns: fc.constantFrom('pointing' as const, ...keys(VERDICTS)),
        certificate: fc.constantFrom('valid' as const, 'valid' as const, undefined, ...keys(SHOWN)),
        attempts: fc.nat(3),
        requestedAgo: fc.constantFrom(0, HOUR),
        isProbed: fc.constantFrom(true, true, true, false),
        by: fc.constantFrom('added' as const, 'added' as const, 'adopted' as const),
        left: fc.boolean(),
      })
      .map(
        ({ dns, certificate, attempts, requestedAgo, isProbed, by, left }) =>
          (now: number): DomainState => ({
            owned: { id: 7, since: ago(30 * DAY), by },
            seen: shop,
            ...(isProbed && { probe: probeOf(dns, certificate, { ...(left && { leftAt: ago(0) }) }) }),
            ...(attempts > 0 && { issuance: historyOf(NOW - now + requestedAgo, attempts) }),
          }),
      ),
  },
);
const steps = fc.array(
  fc.record({ draw: draws, afterMs: fc.constantFrom(0, MINUTE, 20 * MINUTE, 2 * HOUR, 2 * DAY, 8 * DAY) }),
  { minLength: 1, maxLength: 60 },
);

describe('the events of a domain, replayed', () => {
  it('give what the ledger has, and what status shows where it is known and at rest', () => {
    let compared = 0;
    fc.assert(
      fc.property(steps, (drawn) => {
        let [state, known, last, now]: [DomainState, Known, number, number] = [{}, NOTHING, 0, NOW];
        for (const { draw, afterMs } of drawn) {
          now += afterMs;
          const context = { now, ages: now, run: 'run', last, toldUpTo: last, shared: undefined, server: SERVER };
          const { state: after, made } = withNews(SHOP, state, draw(now), context);
          state = after;
          last += made;
          const { told, events = [] } = state;
          known = events.slice(events.length - made).reduce(hear, known);
          const trouble = told?.certificate;
          expect(known).toEqual({
            there: told !== undefined,
            ...(known.live !== undefined && { live: told?.live === 'live' }),
            lost: told?.dns === 'lost',
            ...((trouble === 'failed' || trouble === 'expiring') && { trouble }),
          });
          const view = viewOf(state, context);
          if (presenceOf(state, now) !== 'unclear') expect(known.there).toBe(presenceOf(state, now) !== 'absent');
          if (!known.there || told?.unrest || view.dns === 'unknown' || view.certificate === 'unknown') continue;
          const row = { domain: SHOP, owned: true, next: '', ...view };
          if (known.live !== undefined) expect(known.live).toBe(['live', 'expiring'].includes(stateOf(row)));
          if (known.lost) expect(['pending', 'moved away']).toContain(view.dns);
          if (view.certificate === 'failed' || view.certificate === 'expiring')
            expect(known.trouble).toBe(view.certificate);
          if (view.certificate === 'valid') expect(known).not.toHaveProperty('trouble');
          compared += 1;
        }
      }),
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('are numbered without a gap, in the order of time', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        let [state, last, now]: [DomainState, number, number] = [{}, 0, NOW];
        for (const { draw, afterMs } of drawn) {
          now += afterMs;
          const context = { now, ages: now, run: 'run', last, toldUpTo: 0, shared: undefined, server: SERVER };
          const after = withNews(SHOP, state, draw(now), context);
          state = after.state;
          last += after.made;
        }
        const events = state.events ?? [];
        expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => last - events.length + index + 1));
        expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
      }),
    );
  });
});
