import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState, FailureState } from '../../../lib/core/domain/record.ts';
import { type Hold, holds } from '../../../lib/core/plan/hold.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import { type KeptHolds, keepHolds, keepHoldsOf, withKeptHolds } from '../../../lib/core/report/kept-holds.ts';
import { HOUR, iso } from '../../../lib/core/values/time.ts';
import { ago, host, mapRequest, NOW, planOf, SHOP } from '../builders.ts';

const EMPTY: Plan = planOf({ desired: { from: 'nowhere', why: 'it was not asked' } });
const AT = ago(HOUR);

function told(kept: KeptHolds | undefined, records: readonly DomainRecord[] = [], planned = EMPTY): readonly Hold[] {
  return withKeptHolds(planned, kept, new Map(records.map((each) => [each.domain, each])), AT).holds;
}

function record(state: DomainState, request?: DomainRecord['request']): DomainRecord {
  return { domain: SHOP, request, state };
}

const shops = (count: number) =>
  Array.from({ length: count }, (_, index) => `shop-${String(index).padStart(4, '0')}.example`);

describe('the holds that are kept of a run', () => {
  it('come out as they went in, by name', () => {
    const held = [holds.brake('b.example', '2 of 3.'), holds.lastDomain('a.example'), holds.unmanaged('*.c.example')];
    expect(told(keepHolds(held, 'create'))).toEqual([held[2], held[1], held[0]].sort(byDomain));
  });

  it('say of each whether a person has to see to it', () => {
    const held: Hold = { ...holds.unmanaged('a.example'), pressing: true };
    const passing: Hold = { ...holds.brake('b.example', '2 of 3.'), pressing: false };
    expect(told(keepHolds([held, passing], 'create'))).toEqual([held, passing]);
  });

  it('share their words where only the name differs', () => {
    const held = shops(3).map((domain) => holds.brake(domain, '3 of 4.'));
    expect(keepHolds(held, 'create')).toEqual({
      alike: [
        {
          code: 'brake',
          reason: '{domain} would be removed, but 3 of 4.',
          whatToDo: holds.brake('', '').whatToDo,
          domains: shops(3),
        },
      ],
      leftOut: 0,
    });
  });

  it('keep a name that means something to a replacement', () => {
    const held = {
      domain: '$&.example',
      code: 'brake',
      reason: 'Why $&.example.',
      whatToDo: 'Mend $&.example.',
    } as const;
    expect(told(keepHolds([held], 'create'))).toEqual([held]);
  });

  it.each([
    ['brake', 'create'],
    ['subdomain', 'wildcard'],
  ] as const)('are cut at 20,000 characters, %s with SUBDOMAINS=%s last', (code, subdomains) => {
    const text = (length: number) => 'x'.repeat(length);
    const bare = JSON.stringify({ code: 'dns', reason: '', whatToDo: '' }).length;
    const waiting = { domain: 'a', code: 'dns', reason: text(20_000 - bare - 1), whatToDo: '' } as const;
    expect(keepHolds([waiting], subdomains).leftOut).toBe(0);
    expect(keepHolds([{ ...waiting, domain: 'bb' }], subdomains).leftOut).toBe(1);
    const urgent = { domain: 'c', code, reason: 'Why.', whatToDo: 'What.' } as const;
    expect(keepHolds([waiting, urgent], subdomains)).toEqual({
      alike: [{ code, reason: 'Why.', whatToDo: 'What.', domains: ['c'] }],
      leftOut: 1,
    });
  });

  it('of thousands of domains are cut with a count', () => {
    const { alike, leftOut } = keepHolds(
      shops(5_000).map((domain) => holds.brake(domain, '5,000 of 5,000.')),
      'create',
    );
    expect(JSON.stringify(alike).length).toBeLessThan(25_000);
    expect(leftOut + (alike[0]?.domains.length ?? 0)).toBe(5_000);
    expect(leftOut).toBeLessThan(4_000);
  });
});

describe('a plan of the ledger alone, with the holds of the last run', () => {
  const kept = keepHolds([holds.brake(SHOP, '1 of 1.')], 'create');

  it('is as it was where none are kept, or no run has ended', () => {
    expect(withKeptHolds(EMPTY, undefined, new Map(), AT)).toEqual(EMPTY);
    expect(withKeptHolds(EMPTY, kept, new Map(), undefined)).toEqual(EMPTY);
  });

  it('does nothing with what is held, and says no other reason', () => {
    const step = (domain: string) => ({ action: 'forget', domain: host(domain), why: 'why' }) as const;
    const planned = {
      ...EMPTY,
      steps: [step('shop.example'), step('b.example')],
      holds: [holds.lastDomain(SHOP), holds.lastDomain('c.example')],
    };
    const combined = withKeptHolds(planned, kept, new Map(), AT);
    expect(combined.steps).toEqual([step('b.example')]);
    expect(combined.holds).toEqual([holds.lastDomain('c.example'), holds.brake(SHOP, '1 of 1.')]);
  });

  const since = iso(NOW - HOUR + 1);
  const changes: [string, DomainRecord][] = [
    ['was asked for', record({}, mapRequest({ occurredAt: since }))],
    ['was added', record({ owned: { id: 1, since, by: 'added' } })],
    ['was added by its www name', record({ ownedWww: { id: 1, since, by: 'added' } })],
    ['was removed', record({ removedAt: since })],
    ['points elsewhere', record({ probe: { at: since, dns: { verdict: { kind: 'absent' }, since } } })],
    ['points elsewhere by its www name', record({ probe: { at: since, www: { verdict: { kind: 'absent' }, since } } })],
    [
      'has another certificate',
      record({ probe: { at: since, certificate: { verdict: { kind: 'none', why: 'x' }, since } } }),
    ],
  ];
  it.each(changes)('forgets the hold of a domain that %s since', (_, changed) => {
    expect(told(kept, [changed])).toEqual([]);
  });

  it.each([
    record({}),
    record({}, mapRequest({ occurredAt: AT })),
    record({ owned: { id: 1, since: AT, by: 'added' }, removedAt: AT }),
    record({ ownedWww: { id: 1, since: AT, by: 'added' } }),
    record({ probe: { at: since, www: { verdict: { kind: 'absent' }, since: AT } } }),
    record({ probe: { at: since } }),
    record({ probe: { at: since, dns: { verdict: { kind: 'absent' }, since: AT } } }),
  ])('keeps the hold of a domain of which nothing is new', (same) => {
    expect(told(kept, [same])).toEqual([holds.brake(SHOP, '1 of 1.')]);
  });

  const failure: FailureState = { attempts: 1, dueAt: iso(NOW), why: 'Why.', whatToDo: 'What.', requestOrder: '' };

  it('says why a step failed, where no step or hold is about the domain', () => {
    const failed = record({ failure });
    expect(told(undefined, [failed])).toEqual([holds.waiting(SHOP, failure)]);
    expect(told(kept, [failed])).toEqual([holds.brake(SHOP, '1 of 1.')]);
    const steps = [{ action: 'forget', domain: SHOP, why: 'why' }] as const;
    expect(told(undefined, [failed], { ...EMPTY, steps })).toEqual([]);
    expect(told(undefined, [record({ failure }, mapRequest())])).toEqual([]);
  });

  it('has its holds by name', () => {
    const failed = { ...record({ failure }), domain: host('a.example') };
    expect(told(kept, [failed]).map(({ domain }) => domain)).toEqual(['a.example', 'shop.example']);
  });
});

function byDomain(a: Hold | undefined, b: Hold | undefined): number {
  return (a?.domain ?? '') < (b?.domain ?? '') ? -1 : 1;
}

describe('the holds of a run about some domains', () => {
  const braked = (domain: string) => holds.brake(domain, '2 of 3.');
  const later = ago(HOUR / 2);

  it('take the place of what was kept of these, and of no others', () => {
    const before = keepHolds([braked('a.example'), holds.unmanaged('b.example')], 'create');
    const kept = keepHoldsOf(
      new Set(['a.example', 'c.example']),
      { held: [braked('c.example')], at: later, before },
      'create',
    );
    expect(told(kept)).toEqual([holds.unmanaged('b.example'), braked('c.example')]);
  });

  it('stand although the domain was asked for after the last run over all domains', () => {
    const asked = record({}, mapRequest({ occurredAt: ago(HOUR * 0.75) }));
    const kept = keepHoldsOf(new Set([SHOP]), { held: [braked(SHOP)], at: later, before: undefined }, 'create');
    expect(told(kept, [asked])).toEqual([braked(SHOP)]);
    expect(told(keepHolds([braked(SHOP)], 'create'), [asked])).toEqual([]);
  });

  it('leave the number of those that were left out', () => {
    const before = { alike: [], leftOut: 7 };
    expect(keepHoldsOf(new Set([SHOP]), { held: [], at: later, before }, 'create')).toEqual(before);
  });
});
