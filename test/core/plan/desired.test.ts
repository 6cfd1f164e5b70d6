import { describe, expect, it } from 'vitest';
import { type MappingRequest, requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import { mappedDomains } from '../../../lib/core/plan/desired.ts';
import type { DesiredSource, DomainAnswer } from '../../../lib/core/plan/desired-source.ts';
import { type Plan, plan } from '../../../lib/core/plan/plan.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import {
  ago,
  doubted,
  host,
  input,
  listed,
  mapped,
  NOW,
  network,
  ours,
  outcome,
  owned,
  record,
  SHOP,
  stepOf,
  UNREAD,
  unmapped,
} from '../builders.ts';

describe('desiredStateOf and mappedDomains', () => {
  const earlier = ago(2 * HOUR);

  it('the list has it: mapped, whatever the events said', () => {
    expect(outcome({ desired: listed(SHOP), records: [record(SHOP, unmapped)] })).toEqual(['add shop.example']);
    expect(outcome(ours({ desired: listed(SHOP), request: unmapped }))).toEqual(['hold still-mapped shop.example']);
    expect(outcome({ desired: listed(SHOP) })).toEqual(['add shop.example']);
  });

  it('the list has it, named as www. or not', () => {
    const desired = network([{ domain: SHOP, namedAs: 'www' }]);
    expect(stepOf({ desired, settings: { www: 'never' } })).toHaveProperty('www', 'named');
    expect(stepOf({ desired, records: [record(SHOP, mapped)], settings: { www: 'never' } })).toHaveProperty(
      'www',
      'named',
    );
    expect(stepOf({ desired: listed(SHOP), settings: { www: 'never' } })).toHaveProperty('www', 'no');
  });

  it('the event is newer than the list: mapped', () => {
    const desired = network([], earlier);
    expect(outcome({ desired, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
  });

  it('the list is newer than the event, or as new, and lacks it: missing', () => {
    for (const readAt of [iso(NOW), mapped.occurredAt]) {
      expect(outcome(ours({ desired: network([], readAt), request: mapped }))).toEqual(['hold grace shop.example']);
    }
  });

  it('an unmap event that the list agrees with needs no grace', () => {
    expect(outcome(ours({ desired: listed(), request: unmapped }))).toEqual(['remove shop.example']);
  });

  it('a list that could not be read keeps what the events mapped', () => {
    expect(outcome({ desired: UNREAD, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
  });

  it('mappedDomains is what is in the list, or mapped by an event that the list does not contradict', () => {
    const other = host('other.example');
    const ledgerOf = (...records: DomainRecord[]) => input({ records }).ledger;
    const names = (...args: Parameters<typeof mappedDomains>) => [...mappedDomains(...args)].sort();
    expect(names({ from: 'events' }, ledgerOf(record(SHOP, mapped), record(other, unmapped)))).toEqual([SHOP]);
    expect(names(UNREAD, ledgerOf(record(SHOP, mapped), record(other)))).toEqual([SHOP]);
    expect(names(listed(other), ledgerOf(record(SHOP, mapped)))).toEqual([other]);
    expect(names(network([{ domain: other, namedAs: 'bare' }], earlier), ledgerOf(record(SHOP, mapped)))).toEqual([
      other,
      SHOP,
    ]);
  });
});

describe('the network, where it was asked about single domains', () => {
  const asked = (answer: DomainAnswer): DesiredSource => ({ from: 'asked', answers: new Map([[SHOP, answer]]) });

  it('maps: the domain is added, and not removed whatever an event says', () => {
    const desired = asked({ kind: 'mapped', namedAs: 'bare', readAt: iso(NOW) });
    expect(outcome({ desired, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
    expect(outcome(ours({ desired, request: unmapped }))).toEqual(['hold still-mapped shop.example']);
  });

  it('does not map: nothing is added, and what an event unmapped waits for the whole list', () => {
    const desired = asked({ kind: 'absent', readAt: iso(NOW) });
    expect(outcome({ desired, records: [record(SHOP, mapped)] })).toEqual(['hold not-listed shop.example']);
    expect(outcome(ours({ desired, request: unmapped }))).toEqual(['hold incomplete shop.example']);
    // One question is no complete list: it does not begin the grace.
    expect(outcome(ours({ desired, request: mapped }))).toEqual(['hold not-listed shop.example']);
    expect(plan(input(ours({ desired, request: mapped }))).updates).toEqual([
      { kind: 'refuted', domain: SHOP, request: requestOrder(mapped) },
    ]);
  });

  it('does not map yet what was mapped after the question', () => {
    const desired = asked({ kind: 'absent', readAt: ago(2 * HOUR) });
    expect(outcome({ desired, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
  });

  it('does not answer: a mapping goes ahead, and a removal waits', () => {
    const none: DesiredSource = { from: 'asked', answers: new Map() };
    for (const desired of [asked({ kind: 'unasked', why: 'status 500' }), none]) {
      expect(outcome({ desired, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
      expect(outcome(ours({ desired, request: unmapped }))).toEqual(['hold incomplete shop.example']);
    }
  });

  it('is contradicted for a day; after that the event is history', () => {
    const desired = asked({ kind: 'absent', readAt: iso(NOW) });
    const old = { ...mapped, occurredAt: ago(DAY + 1) };
    expect(outcome({ desired, records: [record(SHOP, old)] })).toEqual([]);
  });
});

describe('a doubted list', () => {
  const desired = doubted('mapping 4 has no name');

  it('adds, and nothing counts as missing', () => {
    const listing = doubted('a row', [{ domain: SHOP, namedAs: 'bare' }]);
    expect(outcome({ desired: listing })).toEqual(['add shop.example']);
    expect(outcome(ours({ desired, request: undefined }))).toEqual(['hold incomplete shop.example']);
    expect(outcome(ours({ desired, request: unmapped }))).toEqual(['hold incomplete shop.example']);
  });
});

describe('refutedBy: a request that the network contradicts', () => {
  const refuting = (request: MappingRequest, desired: DesiredSource): Plan => plan(input(ours({ desired, request })));
  const later = (request: MappingRequest) => ({ ...request, occurredAt: iso(NOW + 1) });

  it.each([
    ['an unmapping of what it lists', unmapped, listed(SHOP)],
    [
      'an unmapping of what it maps when asked',
      unmapped,
      { from: 'asked', answers: new Map([[SHOP, { kind: 'mapped', namedAs: 'bare', readAt: iso(NOW) }]]) },
    ],
    ['a mapping of what it does not list', mapped, listed()],
    [
      'a mapping of what it does not map when asked',
      mapped,
      { from: 'asked', answers: new Map([[SHOP, { kind: 'absent', readAt: iso(NOW) }]]) },
    ],
  ] as [string, MappingRequest, DesiredSource][])('is recorded: %s', (_, request, desired) => {
    expect(refuting(request, desired).updates).toContainEqual({
      kind: 'refuted',
      domain: SHOP,
      request: requestOrder(request),
    });
    // What happened after it was asked the network cannot know.
    expect(refuting(later(request), desired).updates.filter(({ kind }) => kind === 'refuted')).toEqual([]);
  });

  it.each([
    ['it agrees', unmapped, listed()],
    ['it agrees', mapped, listed(SHOP)],
    ['it could not be read', unmapped, UNREAD],
    [
      'it could not be asked',
      unmapped,
      { from: 'asked', answers: new Map([[SHOP, { kind: 'unasked', why: 'down' }]]) },
    ],
    ['it was not asked', mapped, { from: 'asked', answers: new Map() }],
    ['there is none', unmapped, { from: 'events' }],
    ['its list is doubted', mapped, doubted('a row')],
  ] as [string, MappingRequest, DesiredSource][])('is not, where %s', (_, request, desired) => {
    expect(refuting(request, desired).updates.filter(({ kind }) => kind === 'refuted')).toEqual([]);
  });

  it('is void for good, also when the network cannot be asked or is gone from the settings', () => {
    const refuted = (request: MappingRequest) => ({ ...owned(), refuted: requestOrder(request) });
    const after = (request: MappingRequest, desired: DesiredSource) =>
      outcome(ours({ desired, request, state: refuted(request) }));
    for (const desired of [UNREAD, { from: 'events' } as const]) expect(after(unmapped, desired)).toEqual([]);
    // Missing is not unmapped: it takes its grace.
    expect(after(unmapped, listed())).toEqual(['hold grace shop.example']);
    expect(outcome({ desired: UNREAD, records: [record(SHOP, mapped, { refuted: requestOrder(mapped) })] })).toEqual(
      [],
    );
    // Recorded once is enough, and a newer event is another request.
    expect(plan(input(ours({ desired: listed(SHOP), request: unmapped, state: refuted(unmapped) }))).updates).toEqual(
      [],
    );
    expect(outcome(ours({ desired: { from: 'events' }, request: later(unmapped), state: refuted(unmapped) }))).toEqual([
      'remove shop.example',
    ]);
  });
});

describe('a list that names both forms of a domain', () => {
  it.each([
    ['bare first', ['bare', 'www']],
    ['www first', ['www', 'bare']],
  ] as const)('(%s) has both served', (_, forms) => {
    const desired = network(forms.map((namedAs) => ({ domain: SHOP, namedAs })));
    expect(stepOf({ desired, settings: { www: 'never' } })).toMatchObject({ action: 'add', www: 'named' });
  });
});
