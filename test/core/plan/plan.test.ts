import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATEST_LIST_MS } from '../../../lib/core/domain/application.ts';
import { type MappingRequest, requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../../lib/core/domain/runcloud-domain.ts';
import { applyListing, applyOutcome, applyUpdate } from '../../../lib/core/domain/transitions.ts';
import { type DesiredSource, type DomainAnswer, mappedDomains } from '../../../lib/core/plan/desired.ts';
import type { PlanInput } from '../../../lib/core/plan/input.ts';
import { type Plan, plan } from '../../../lib/core/plan/plan.ts';
import { isLedgerStep, type Step, sortSteps } from '../../../lib/core/plan/step.ts';
import { redirectionFor } from '../../../lib/core/plan/www.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, epoch, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { runsOf } from '../../support/property-runs.ts';
import {
  ago,
  failure,
  fleetOf,
  host,
  input,
  inShort,
  listed,
  mapRequest,
  NOW,
  network,
  object,
  only,
  owned,
  PRIMARY,
  record,
  SHOP,
  type Situation,
  shuffled,
  UNREAD,
  unmapRequest,
  words,
  worlds,
} from '../builders.ts';

const shop = object('shop.example');
const mapped = mapRequest();
const unmapped = unmapRequest();

function planOf(situation: Situation): Plan {
  return plan(input(situation));
}

function outcome(situation: Situation): string[] {
  return inShort(planOf(situation));
}

function stepOf(situation: Situation): Step {
  return only(planOf(situation).steps);
}

/** shop.example is on RunCloud and ours, beside the primary. */
function ours(
  situation: Situation & { readonly request?: DomainRecord['request']; readonly state?: object },
): Situation {
  const { request, state, ...rest } = situation;
  return { objects: [PRIMARY, shop], records: [record(SHOP, request, { ...owned(), ...state })], ...rest };
}

describe('the truth table', () => {
  const WANTED: Record<string, Situation & { readonly request?: DomainRecord['request'] }> = {
    mapped: { request: mapped },
    unmapped: { request: unmapped },
    missing: { desired: listed() },
    'unread, asked off': { desired: UNREAD, request: unmapped },
    unread: { desired: UNREAD },
    unknown: {},
  };

  it.each([
    // wanted            on RunCloud  ours     outcome
    ['mapped', 'no', 'no', ['add shop.example']],
    ['mapped', 'no', 'yes', ['add shop.example']],
    ['mapped', 'yes', 'yes', []],
    ['mapped', 'yes', 'no', ['hold not-ours shop.example']],
    ['unmapped', 'yes', 'yes', ['remove shop.example']],
    ['unmapped', 'yes', 'no', ['hold not-ours shop.example']],
    ['unmapped', 'no', 'yes', ['hold gone shop.example']],
    ['unmapped', 'no', 'no', []],
    ['missing', 'yes', 'yes', ['hold grace shop.example']],
    ['missing', 'yes', 'no', ['hold unmanaged shop.example']],
    ['missing', 'no', 'yes', ['hold gone shop.example']],
    ['missing', 'no', 'no', []],
    ['unread, asked off', 'yes', 'yes', ['hold incomplete shop.example']],
    ['unread, asked off', 'no', 'yes', []],
    ['unread, asked off', 'no', 'no', []],
    ['unread', 'yes', 'yes', []],
    ['unread', 'no', 'yes', []],
    ['unread', 'no', 'no', []],
    ['unknown', 'yes', 'yes', []],
    ['unknown', 'yes', 'no', ['hold unmanaged shop.example']],
    ['unknown', 'no', 'yes', ['hold gone shop.example']],
    ['unknown', 'no', 'no', []],
  ])('%s, on RunCloud: %s, ours: %s', (wanted, there, isOurs, expected) => {
    const { request, ...rest } = WANTED[wanted] ?? {};
    const objects = there === 'yes' ? [PRIMARY, shop] : [PRIMARY];
    const records = [record(SHOP, request, isOurs === 'yes' ? owned() : {})];
    expect(outcome({ ...rest, objects, records: [record(host(PRIMARY.name), mapped), ...records] })).toEqual(expected);
  });

  it.each([
    ['mapped', mapped, []],
    ['unmapped', unmapped, ['hold protected shop.example']],
    ['unknown', undefined, []],
  ])('%s, and the primary: leave, owned or not', (_, request, expected) => {
    const objects = [object('shop.example', { type: 'primary' })];
    for (const state of [{}, owned()])
      expect(outcome({ objects, records: [record(SHOP, request, state)] })).toEqual(expected);
  });
});

describe('what the network wants', () => {
  const earlier = ago(2 * HOUR);

  it('the list has it: mapped, whatever the events said', () => {
    expect(outcome({ desired: listed(SHOP), records: [record(SHOP, unmapped)] })).toEqual(['add shop.example']);
    expect(outcome(ours({ desired: listed(SHOP), request: unmapped }))).toEqual(['hold still-mapped shop.example']);
    expect(outcome({ desired: listed(SHOP) })).toEqual(['add shop.example']);
  });

  it('the list has it, named as www. or not', () => {
    const desired = network([{ domain: SHOP, namedAs: 'www' }]);
    expect(stepOf({ desired, settings: { www: 'never' } })).toHaveProperty('www', 'yes');
    expect(stepOf({ desired, records: [record(SHOP, mapped)], settings: { www: 'never' } })).toHaveProperty(
      'www',
      'yes',
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

  it('mappedDomains is what is in the list, or mapped by an event the list does not know better', () => {
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

describe('a complete list with rows that nobody understands', () => {
  const desired: DesiredSource = { from: 'network', readAt: iso(NOW), mappings: [], doubt: 'mapping 4: no host name' };

  it('adds, and takes nothing for missing', () => {
    const listing: DesiredSource = { ...desired, mappings: [{ domain: SHOP, namedAs: 'bare' }] };
    expect(outcome({ desired: listing })).toEqual(['add shop.example']);
    expect(outcome(ours({ desired, request: undefined }))).toEqual(['hold incomplete shop.example']);
    expect(outcome(ours({ desired, request: unmapped }))).toEqual(['hold incomplete shop.example']);
  });
});

describe("the network's own host", () => {
  const ownHost = host('network.example');
  const sub = host('blog.network.example');

  it('is protected without being told', () => {
    const objects = [object('network.example')];
    expect(outcome({ ownHost, objects, records: [record(ownHost, unmapped, owned())] })).toEqual([
      'hold protected network.example',
    ]);
  });

  it.each(['wildcard', 'ignore'] as const)('has its subdomains left alone where SUBDOMAINS is %s', (subdomains) => {
    const situation = { ownHost, settings: { subdomains } };
    expect(outcome({ ...situation, records: [record(sub, mapped)] })).toEqual(['hold subdomain blog.network.example']);
    const there = { objects: [PRIMARY, object('blog.network.example')], records: [record(sub, unmapped, owned())] };
    expect(outcome({ ...situation, ...there })).toEqual(['hold subdomain blog.network.example']);
    const covered = [PRIMARY, object('*.network.example', { id: 77 })];
    expect(outcome({ ...situation, objects: covered, records: [record(sub, mapped)] })).toEqual([]);
    expect(outcome({ ...situation, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
  });

  it('has them created where it is create, or where nobody knows the host', () => {
    expect(outcome({ ownHost, records: [record(sub, mapped)] })).toEqual(['add blog.network.example']);
    expect(outcome({ settings: { subdomains: 'ignore' }, records: [record(sub, mapped)] })).toEqual([
      'add blog.network.example',
    ]);
  });
});

describe('adding', () => {
  it('says why, and with which www', () => {
    expect(stepOf({ records: [record(SHOP, mapped)] })).toEqual({
      action: 'add',
      domain: SHOP,
      www: 'auto',
      why: 'mapped, and not on RunCloud',
    });
  });

  it('adds again what is gone from RunCloud', () => {
    expect(stepOf({ records: [record(SHOP, mapped, owned())] }).why).toBe('mapped, but gone from RunCloud');
  });

  it('a separate www. object stands for its domain', () => {
    const objects = [PRIMARY, object('www.shop.example')];
    expect(outcome({ objects, records: [record(SHOP, mapped, owned())] })).toEqual([]);
    expect(outcome({ objects, records: [record(SHOP, mapped)] })).toEqual(['hold not-ours shop.example']);
  });

  it.each<[string, Situation]>([
    ['protected', { settings: { protectedDomains: ['other.example', 'shop.example'] } }],
    ['protected', { settings: { protectedDomains: ['*.other.example', '*.example'] } }],
    ['protected', { settings: { protectedDomains: ['www.shop.example'] } }],
    ['wildcard', { objects: [PRIMARY, object('*.example')] }],
    ['wildcard', { objects: [PRIMARY, object('example', { wildcard: true })] }],
    ['waiting', { records: [record(SHOP, mapped, { failure: failure(mapped) })] }],
  ])('is held: %s', (code, situation) => {
    expect(outcome({ records: [record(SHOP, mapped)], ...situation })).toEqual([`hold ${code} shop.example`]);
  });

  it('a name of which a wildcard domain only covers what is below is added', () => {
    const objects = [PRIMARY, object('*.shop.example')];
    expect(outcome({ objects, records: [record(SHOP, mapped)] })).toEqual(['add shop.example']);
  });

  it('what failed is tried again when it is due, and at once under a newer wish', () => {
    const due = failure(mapped, { dueAt: iso(NOW) });
    expect(outcome({ records: [record(SHOP, mapped, { failure: due })] })).toEqual(['add shop.example']);
    const older = failure(mapRequest({ occurredAt: ago(2 * HOUR) }));
    expect(outcome({ records: [record(SHOP, mapped, { failure: older })] })).toEqual(['add shop.example']);
  });
});

describe('keeping', () => {
  const off = { request: mapped, settings: { www: 'always' } } as const;

  it('updates where www or redirection differ, and says from what to what', () => {
    const made = planOf(ours(off));
    expect(only(made.steps)).toEqual({
      action: 'update',
      domain: SHOP,
      target: shop,
      www: true,
      redirection: 'non-www',
      why: 'is served with www off, redirection none; www on, redirection non-www is right',
    });
  });

  it('says what RunCloud does not show', () => {
    const objects = [PRIMARY, object('shop.example', { www: undefined })];
    expect(stepOf({ ...ours(off), objects }).why).toContain('www unknown, redirection none;');
    const hidden = [PRIMARY, object('shop.example', { redirection: undefined })];
    expect(stepOf({ ...ours(off), objects: hidden }).why).toContain('www off, redirection unknown;');
  });

  it('the mapping of the www. name asks for www', () => {
    expect(stepOf(ours({ request: mapRequest({ namedAs: 'www' }) }))).toMatchObject({ action: 'update', www: true });
    const desired = network([{ domain: SHOP, namedAs: 'www' }]);
    expect(stepOf(ours({ desired }))).toMatchObject({ action: 'update', www: true });
  });

  it('never updates what is not ours, primary or protected', () => {
    expect(outcome({ ...ours(off), records: [record(SHOP, mapped)] })).toEqual(['hold not-ours shop.example']);
    expect(outcome({ ...ours(off), records: [record(SHOP, mapped, owned(3))] })).toEqual([
      'hold not-ours shop.example',
    ]);
    expect(outcome({ ...ours(off), objects: [object('shop.example', { type: 'primary' })] })).toEqual([]);
    expect(outcome(ours({ ...off, settings: { www: 'always', protectedDomains: ['shop.example'] } }))).toEqual([]);
    expect(outcome(ours({ ...off, settings: { www: 'always', protectedDomains: ['www.shop.example'] } }))).toEqual([]);
  });

  it('never updates a wildcard domain, ours or not', () => {
    const objects = [PRIMARY, object('shop.example', { wildcard: true })];
    expect(outcome({ ...ours(off), objects })).toEqual([]);
    expect(outcome({ objects, records: [record(SHOP, mapped)] })).toEqual([]);
  });

  it('never asks twice for a change that RunCloud accepted and does not show', () => {
    const requested = { www: true, redirection: 'non-www' };
    expect(outcome(ours({ ...off, state: { requested } }))).toEqual(['hold not-taken shop.example']);
  });

  it.each([
    ['www', { www: false, redirection: 'non-www' }],
    ['redirection', { www: true, redirection: 'none' }],
  ])('asks for another %s than the one that was asked for before', (_, requested) => {
    expect(outcome(ours({ ...off, state: { requested } }))).toEqual(['update shop.example']);
  });

  it('waits after a failure until it is due', () => {
    expect(outcome(ours({ ...off, state: { failure: failure(mapped) } }))).toEqual(['hold waiting shop.example']);
    const due = failure(mapped, { dueAt: ago(1) });
    expect(outcome(ours({ ...off, state: { failure: due } }))).toEqual(['update shop.example']);
  });

  it('create-only mends nothing', () => {
    const made = planOf(ours({ ...off, settings: { www: 'always', policy: 'create-only' } }));
    expect(inShort(made)).toEqual(['hold policy shop.example']);
    expect(words(only(made.holds))).toContain('the step "update" is due, but POLICY is create-only');
  });
});

describe('removing', () => {
  it('removes what a signed event unmapped, by the id of its object', () => {
    expect(stepOf(ours({ request: unmapped }))).toEqual({
      action: 'remove',
      domain: SHOP,
      target: shop,
      cause: 'unmapped',
      why: 'unmapped by a signed event',
    });
  });

  it('removes the separate www. object that stands for the domain', () => {
    const www = object('www.shop.example');
    expect(stepOf({ ...ours({ request: unmapped }), objects: [PRIMARY, www] })).toMatchObject({ target: www });
  });

  it.each<[string, Situation]>([
    ['protected', ours({ request: unmapped, settings: { protectedDomains: ['shop.example'] } })],
    ['protected', ours({ request: unmapped, settings: { protectedDomains: ['*.example'] } })],
    ['protected', ours({ request: unmapped, settings: { protectedDomains: ['www.shop.example'] } })],
    [
      'protected',
      ours({
        request: unmapped,
        objects: [PRIMARY, object('www.shop.example')],
        settings: { protectedDomains: ['*.shop.example'] },
      }),
    ],
    ['protected', ours({ request: unmapped, objects: [object('shop.example', { type: 'primary' })] })],
    ['wildcard', ours({ request: unmapped, objects: [PRIMARY, shop, object('*.example', { id: 9 })] })],
    ['wildcard', ours({ request: unmapped, objects: [PRIMARY, object('shop.example', { wildcard: true })] })],
    ['waiting', ours({ request: unmapped, state: { failure: failure(unmapped) } })],
    ['policy', ours({ request: unmapped, settings: { policy: 'create-only' } })],
    ['last-domain', ours({ request: unmapped, objects: [shop] })],
    ['brake', ours({ request: unmapped, settings: { brake: { count: 0, percent: 0 } } })],
    ['not-ours', { ...ours({}), records: [record(SHOP, unmapped, owned(3))] }],
    ['incomplete', ours({ request: unmapped, desired: UNREAD })],
  ])('is held: %s', (code, situation) => {
    expect(outcome(situation)).toEqual([`hold ${code} shop.example`]);
  });

  it('says which step the policy forbids, and why the list could not be read', () => {
    const held = only(planOf(ours({ request: unmapped, settings: { policy: 'create-only' } })).holds);
    expect(words(held)).toContain('the step "remove" is due');
    expect(words(only(planOf(ours({ request: unmapped, desired: UNREAD })).holds))).toContain('status 500');
  });

  it('says of what was unmapped and is not ours how to remove it all the same', () => {
    const held = only(planOf({ objects: [PRIMARY, shop], records: [record(SHOP, unmapped)] }).holds);
    expect(words(held)).toContain('was unmapped');
  });

  it.each<[string, Situation]>([
    ['protected by name', { settings: { protectedDomains: ['shop.example'] } }],
    ['protected by a pattern', { settings: { protectedDomains: ['*.example'] } }],
    ['the primary', { objects: [object('shop.example', { type: 'primary' })] }],
  ])('what was unmapped and is not ours but %s is held as that', (_, situation) => {
    const base = { objects: [PRIMARY, shop], records: [record(SHOP, unmapped)] };
    expect(outcome({ ...base, ...situation })).toEqual(['hold protected shop.example']);
  });
});

describe('forgetting', () => {
  const gone = (goneSince: number, more: Situation = {}) => ({
    records: [record(SHOP, unmapped, { ...owned(), goneSince: ago(goneSince) })],
    ...more,
  });

  it('forgets what has stayed away, and says why', () => {
    expect(stepOf(gone(LATEST_LIST_MS))).toEqual({
      action: 'forget',
      domain: SHOP,
      why: 'neither mapped nor on RunCloud any more',
    });
    expect(outcome(gone(LATEST_LIST_MS, { desired: listed() }))).toEqual(['forget shop.example']);
    const unknown = [record(SHOP, undefined, { ...owned(), goneSince: ago(LATEST_LIST_MS) })];
    expect(outcome({ records: unknown })).toEqual(['forget shop.example']);
  });

  it('holds what may only be missing from a list that is late', () => {
    const made = planOf(gone(LATEST_LIST_MS - 1));
    expect(inShort(made)).toEqual(['hold gone shop.example']);
    expect(words(only(made.holds))).toContain(`not shown it since ${ago(LATEST_LIST_MS - 1)}`);
  });

  it('begins to count now where nobody noted it before', () => {
    const made = planOf({ records: [record(SHOP, unmapped, owned())] });
    expect(words(only(made.holds))).toContain(`not shown it since ${ago(0)}`);
  });

  it('forgets nothing on half an answer', () => {
    expect(outcome(gone(LATEST_LIST_MS, { desired: UNREAD }))).toEqual([]);
  });
});

describe('a wish that the network contradicted', () => {
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
  ] as [string, MappingRequest, DesiredSource][])('is marked: %s', (_, request, desired) => {
    expect(refuting(request, desired).updates).toContainEqual({
      kind: 'refuted',
      domain: SHOP,
      request: requestOrder(request),
    });
    // What happened after it was asked it cannot know.
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
    ['its list is doubted', mapped, { ...network([]), doubt: 'a row' }],
  ] as [string, MappingRequest, DesiredSource][])('is not, where %s', (_, request, desired) => {
    expect(refuting(request, desired).updates.filter(({ kind }) => kind === 'refuted')).toEqual([]);
  });

  it('is carried out no more, also when the network cannot be asked or is gone from the settings', () => {
    const refuted = (request: MappingRequest) => ({ ...owned(), refuted: requestOrder(request) });
    const after = (request: MappingRequest, desired: DesiredSource) =>
      outcome(ours({ desired, request, state: refuted(request) }));
    for (const desired of [UNREAD, { from: 'events' } as const]) expect(after(unmapped, desired)).toEqual([]);
    // Missing is not unmapped: it takes its grace.
    expect(after(unmapped, listed())).toEqual(['hold grace shop.example']);
    expect(outcome({ desired: UNREAD, records: [record(SHOP, mapped, { refuted: requestOrder(mapped) })] })).toEqual(
      [],
    );
    // Marked once is enough, and a newer event is another wish.
    expect(plan(input(ours({ desired: listed(SHOP), request: unmapped, state: refuted(unmapped) }))).updates).toEqual(
      [],
    );
    expect(outcome(ours({ desired: { from: 'events' }, request: later(unmapped), state: refuted(unmapped) }))).toEqual([
      'remove shop.example',
    ]);
  });
});

describe('grace', () => {
  const missing = (since: number, readAt = NOW) =>
    // One of several domains: the last one is never removed for want of being listed.
    ({ ...ours({ desired: network([], iso(readAt)), state: { missingSince: ago(since) } }), counts: { owned: 9 } });

  it('begins with the first complete list that lacks a domain', () => {
    const made = planOf(ours({ desired: network([], ago(MINUTE)) }));
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([{ kind: 'missing', domain: SHOP, since: ago(MINUTE) }]);
    expect(words(only(made.holds))).toContain(`since ${ago(MINUTE)}`);
    expect(words(only(made.holds))).toContain('at least 60 minutes later');
  });

  it('is not begun anew by the next one', () => {
    const made = planOf(missing(HOUR - 1));
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([]);
    expect(words(only(made.holds))).toContain(`since ${ago(HOUR - 1)}`);
  });

  it('is over when a list read that much later lacks it still', () => {
    expect(stepOf(missing(HOUR))).toMatchObject({
      action: 'remove',
      domain: SHOP,
      cause: 'unlisted',
      why: 'missing from the network beyond its grace',
    });
  });

  it('is counted between the reads, not until now', () => {
    expect(outcome(missing(HOUR, NOW - 1))).toEqual(['hold grace shop.example']);
  });

  it('takes two reads even where it is nothing', () => {
    const settings = { graceMs: 0 };
    expect(outcome({ ...ours({ desired: listed() }), settings })).toEqual(['hold grace shop.example']);
    expect(outcome({ ...missing(1), settings })).toEqual(['remove shop.example']);
  });

  it('ends when the domain is mapped again', () => {
    const made = planOf(ours({ desired: listed(SHOP), state: { missingSince: ago(HOUR) } }));
    expect(made.updates).toEqual([{ kind: 'not missing', domain: SHOP }]);
    expect(inShort(made)).toEqual([]);
    expect(planOf(ours({ desired: listed(SHOP) })).updates).toEqual([]);
  });

  it('is neither begun nor ended by a list that could not be read', () => {
    expect(planOf(ours({ desired: UNREAD, state: { missingSince: ago(9 * HOUR) } }))).toMatchObject({
      steps: [],
      updates: [],
    });
  });

  it('marks are in order', () => {
    const names = ['b.example', 'a.example', 'c.example'].map(host);
    const objects = names.map((name, position) => object(name, { id: position + 10 }));
    const records = names.map((name, position) => record(name, undefined, owned(position + 10)));
    const made = planOf({ desired: listed(), objects: [PRIMARY, ...objects], records });
    expect(made.updates.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'c.example']);
  });
});

describe('many removals at once', () => {
  const names = ['d.example', 'b.example', 'a.example', 'c.example'].map(host);
  const objects = names.map((name, position) => object(name, { id: position + 10 }));
  const records = names.map((name, position) => record(name, unmapped, owned(position + 10)));
  const brake = { count: 3, percent: 20 };

  it('are held all together by the brake, each with the numbers', () => {
    const made = planOf({ objects: [PRIMARY, ...objects], records, settings: { brake } });
    expect(inShort(made)).toEqual(['a', 'b', 'c', 'd'].map((name) => `hold brake ${name}.example`));
    for (const hold of made.holds) expect(words(hold)).toContain('4 removals within 24 hours (4 planned, 0 done)');
    expect(made.braked.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'c.example', 'd.example']);
  });

  it('are let through up to the limit, in order', () => {
    const made = planOf({ objects: [PRIMARY, ...objects.slice(1)], records: records.slice(1), settings: { brake } });
    expect(inShort(made)).toEqual(['remove a.example', 'remove b.example', 'remove c.example']);
    expect(made.braked).toEqual([]);
  });

  it('do not hold up anything else', () => {
    const more = [...records, record(SHOP, mapped)];
    const made = planOf({ objects: [PRIMARY, ...objects], records: more, settings: { brake } });
    expect(made.steps.map(({ action }) => action)).toEqual(['add']);
  });

  it('have one checksum, held or not', () => {
    const all = { objects: [PRIMARY, ...objects], records: [record(SHOP, mapped), ...records] };
    const held = planOf({ ...all, settings: { brake } });
    const free = planOf(all);
    expect(free.steps).toHaveLength(5);
    expect(held.checksum).toBe(free.checksum);
    expect(held.checksum).not.toBe(planOf({ objects: [PRIMARY] }).checksum);
  });

  it('never take the last domain where no primary is known', () => {
    expect(outcome({ objects, records })).toEqual([
      'remove a.example',
      'remove b.example',
      'remove c.example',
      'hold last-domain d.example',
    ]);
  });

  it('leave as many as are there besides those that were looked at', () => {
    expect(outcome({ objects, records, counts: { present: 5 } })).toHaveLength(4);
    expect(outcome({ objects, records, counts: { present: 5 } })).not.toContain('hold last-domain d.example');
    expect(outcome({ objects, records, counts: { present: 3 } })).toEqual([
      'remove a.example',
      'remove b.example',
      'hold last-domain c.example',
      'hold last-domain d.example',
    ]);
  });

  it('may take all that is not the primary, however few are counted', () => {
    const made = planOf({ objects: [...objects, PRIMARY], records, counts: { present: 2 } });
    expect(made.steps).toHaveLength(4);
  });

  it('do not happen where the number of objects is 0 against all evidence', () => {
    const made = planOf({ objects, records, counts: { present: 0 } });
    expect(made.steps).toEqual([]);
    expect(made.holds).toHaveLength(4);
  });

  it('are counted by the brake without those that are held for another reason', () => {
    const settings = { brake, protectedDomains: ['d.example'] };
    expect(planOf({ objects: [PRIMARY, ...objects], records, settings }).braked).toEqual([]);
  });
});

describe('what nobody asked for', () => {
  it('is reported where it is on RunCloud and nothing is known of it', () => {
    expect(outcome({ objects: [PRIMARY, shop, object('www.other.example', { id: 9 })] })).toEqual([
      'hold unmanaged shop.example',
      'hold unmanaged www.other.example',
    ]);
  });

  it.each<[string, Situation]>([
    ['the primary domain', { objects: [PRIMARY] }],
    ['a wildcard domain', { objects: [object('*.network.example')] }],
    ['a domain marked as wildcard', { objects: [object('other.example', { wildcard: true })] }],
    ['a protected name', { objects: [shop], settings: { protectedDomains: ['shop.example'] } }],
    ['a name under a protected pattern', { objects: [shop], settings: { protectedDomains: ['*.example'] } }],
  ])('is not reported where it is %s', (_, situation) => {
    expect(outcome(situation)).toEqual([]);
  });

  it('a second object for a domain is reported under its own name', () => {
    const www = object('www.shop.example', { id: 9 });
    expect(outcome(ours({ request: mapped, objects: [PRIMARY, shop, www] }))).toEqual([
      'hold unmanaged www.shop.example',
    ]);
    expect(outcome({ desired: listed(SHOP), objects: [shop, www] })).toEqual([
      'hold not-ours shop.example',
      'hold unmanaged www.shop.example',
    ]);
  });

  it('an object that stands for a mapped domain is not reported beside it', () => {
    const www = object('www.shop.example');
    expect(outcome({ desired: listed(SHOP), objects: [www] })).toEqual(['hold not-ours shop.example']);
    expect(outcome({ desired: listed(SHOP), objects: [shop] })).toEqual(['hold not-ours shop.example']);
  });
});

describe('the order of doing', () => {
  it('names come before names are lost, and the ledger before both', () => {
    const b = host('b.example');
    const objects = [PRIMARY, object('b.example', { id: 8 }), object('a.example', { id: 9 })];
    const records = [
      record(b, unmapped, owned(8)),
      record(host('d.example'), mapped),
      record(host('e.example'), unmapped, { ...owned(3), goneSince: ago(HOUR) }),
      record(host('a.example'), mapRequest({ namedAs: 'www' }), owned(9)),
      record(host('c.example'), mapped),
    ];
    expect(outcome({ objects, records })).toEqual([
      'forget e.example',
      'add c.example',
      'add d.example',
      'update a.example',
      'remove b.example',
    ]);
  });

  it('adopting and forgetting change nothing but the ledger', () => {
    const adopt: Step = { action: 'adopt', domain: SHOP, target: shop, why: '' };
    const forget: Step = { action: 'forget', domain: SHOP, why: '' };
    const add: Step = { action: 'add', domain: SHOP, www: 'no', why: '' };
    expect([add, forget, adopt].map(isLedgerStep)).toEqual([false, true, true]);
    expect(sortSteps([add, forget, adopt])).toEqual([adopt, forget, add]);
  });

  it('holds are in the order of their names', () => {
    const objects = ['b.example', 'c.example', 'a.example'].map((name, position) => object(name, { id: position }));
    expect(planOf({ objects }).holds.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'c.example']);
  });
});

type Touch = { readonly domain: HostName; readonly id: number; readonly action: Step['action'] };

/** Every removal and update of a plan, held by the brake or not. */
function touched(made: Plan): Touch[] {
  return [...made.steps, ...made.braked].flatMap((step): Touch[] => {
    return step.action === 'update' || step.action === 'remove' ? [{ ...step, id: step.target.id }] : [];
  });
}

function runCloudSteps(made: Plan): string[] {
  return made.steps.filter((step) => !isLedgerStep(step)).map(({ action, domain }) => `${action} ${domain}`);
}

function check(property: (world: PlanInput, made: Plan) => void, runs: { readonly numRuns?: number } = {}): void {
  fc.assert(
    fc.property(worlds, (world) => property(world, plan(world))),
    runs,
  );
}

/** RunCloud and the ledger after a plan was carried out and RunCloud looked at again. */
function carriedOut(world: PlanInput, { steps, updates }: Plan, wwwPointsHere: boolean): PlanInput {
  const objects = new Map(world.actual.map((each) => [each.id, each]));
  const ledger = new Map(world.ledger);
  let highest = Math.max(0, ...objects.keys());
  const recordOf = (domain: HostName) => ledger.get(domain) ?? record(domain);
  for (const mark of updates) {
    const known = recordOf(mark.domain);
    ledger.set(mark.domain, { ...known, state: applyUpdate(known.state, mark) });
  }
  const remember = (domain: HostName, result: Parameters<typeof applyOutcome>[1]) =>
    ledger.set(domain, { ...recordOf(domain), state: applyOutcome(recordOf(domain), result, world.now) });
  for (const step of steps) {
    const { domain } = step;
    if (step.action === 'forget') remember(domain, { kind: 'forgotten' });
    if (step.action === 'remove') {
      objects.delete(step.target.id);
      remember(domain, { kind: 'removed' });
    }
    if (step.action === 'add') {
      const www = step.www === 'yes' || (step.www === 'auto' && wwwPointsHere);
      highest += 1;
      const added = object(domain, { id: highest, www, redirection: redirectionFor(www) });
      objects.set(added.id, added);
      remember(domain, { kind: 'added', domain: added });
    }
    if (step.action === 'update') {
      const { www, redirection } = step;
      objects.set(step.target.id, shownAs(objects.get(step.target.id), { www, redirection }));
      remember(domain, { kind: 'updated', serving: { www, redirection } });
    }
  }
  const actual = [...objects.values()];
  const index = new ActualIndex(actual);
  for (const each of ledger.values()) {
    ledger.set(each.domain, { ...each, state: applyListing(each.state, index.find(each.domain), false, world.now) });
  }
  return { ...world, actual, ledger, counts: fleetOf(actual, [...ledger.values()], world.now) };
}

/** What RunCloud did not show before it does not show afterwards. */
function shownAs(before: ActualDomain | undefined, after: Pick<ActualDomain, 'www' | 'redirection'>): ActualDomain {
  if (!before) throw new Error('there is no such object');
  return {
    ...before,
    ...(before.www !== undefined && { www: after.www }),
    ...(before.redirection !== undefined && { redirection: after.redirection }),
  };
}

describe('in every world', () => {
  it('nothing is removed or changed that is not owned by its id, or is the primary, protected or a wildcard', () => {
    check((world, made) => {
      for (const { domain, id } of touched(made)) {
        const target = world.actual.find((each) => each.id === id);
        expect(target).toBeDefined();
        expect(target?.type).not.toBe('primary');
        expect(world.ledger.get(domain)?.state.owned?.id).toBe(id);
        for (const name of [domain, target?.name ?? '', `www.${domain}`]) {
          expect(world.settings.protectedDomains).not.toContain(name);
        }
        for (const pattern of world.settings.protectedDomains.filter((each) => each.startsWith('*'))) {
          for (const name of [domain, target?.name]) expect(name?.endsWith(pattern.slice(1))).toBe(false);
        }
        expect(target && wildcardSuffix(target)).toBeUndefined();
      }
    }, runsOf('removals'));
  });

  it('a removal has a signed event, or two complete reads at least the grace apart', () => {
    check((world, made) => {
      for (const { domain, action } of touched(made)) {
        if (action !== 'remove') continue;
        const { desired, settings } = world;
        const { request, state } = world.ledger.get(domain) ?? record(domain);
        const signed = request?.kind === 'unmapped' && request.trust === 'signed';
        const twice =
          desired.from === 'network' &&
          state.missingSince !== undefined &&
          epoch(desired.readAt) - epoch(state.missingSince) >= settings.graceMs;
        expect(signed || twice).toBe(true);
        if (desired.from === 'network') expect(desired.mappings.map((each) => each.domain)).not.toContain(domain);
      }
    }, runsOf('removals'));
  });

  it('a list that could not be read removes and forgets nothing', () => {
    check((world) => {
      const made = plan({ ...world, desired: UNREAD });
      expect(made.braked).toEqual([]);
      for (const { action } of made.steps) expect(['add', 'update']).toContain(action);
    });
  });

  it('a domain that is mapped is neither removed nor forgotten', () => {
    check((world, made) => {
      const mappedNow = mappedDomains(world.desired, world.ledger);
      for (const { action, domain } of [...made.steps, ...made.braked]) {
        expect(mappedNow.has(domain)).toBe(action === 'add' || action === 'update');
      }
    });
  });

  it('the plan does not depend on the order in which things are told', () => {
    const pairs = worlds.chain((world) => fc.tuple(fc.constant(world), shuffled(world)));
    fc.assert(
      fc.property(pairs, ([world, reordered]) => {
        const made = plan(world);
        expect(plan(world)).toEqual(made);
        expect(plan(reordered)).toEqual(made);
      }),
    );
  });

  it('planning changes nothing', () => {
    check((world) => {
      const before = structuredClone(world);
      plan(world);
      expect(world).toEqual(before);
    });
  });

  it('observe plans what sync plans', () => {
    check((world) => {
      const under = (policy: 'observe' | 'sync') => plan({ ...world, settings: { ...world.settings, policy } });
      expect(under('observe')).toEqual(under('sync'));
    });
  });

  it('create-only plans nothing but what sync adds and forgets, and holds the rest', () => {
    check((world) => {
      const under = (policy: 'create-only' | 'sync') => plan({ ...world, settings: { ...world.settings, policy } });
      const { steps, braked, holds } = under('create-only');
      expect(braked).toEqual([]);
      const all = under('sync').steps;
      expect(steps).toEqual(all.filter(({ action }) => action === 'add' || action === 'forget'));
      const held = holds.map(({ domain }) => domain);
      for (const { domain } of all.slice(steps.length)) expect(held).toContain(domain);
    });
  });

  it('the brake lets through no more than it allows, and all or none', () => {
    check((world, { steps, braked, holds }) => {
      const removals = steps.filter(({ action }) => action === 'remove').length;
      const { owned: left, removedLastDay } = world.counts;
      const { count, percent } = world.settings.brake;
      const allowed = Math.max(count, Math.floor(((left + removedLastDay) * percent) / 100));
      if (removals > 0) expect(removals + removedLastDay).toBeLessThanOrEqual(allowed);
      if (braked.length > 0) expect(removals).toBe(0);
      const held = holds.filter(({ code }) => code === 'brake').map(({ domain }) => domain);
      expect(held).toEqual(braked.map(({ domain }) => domain));
    });
  });

  it('has the same checksum with the brake open: an operator applies what was reviewed', () => {
    check((world, made) => {
      const open = { ...world.settings, brake: { count: 1_000, percent: 100 } };
      expect(plan({ ...world, settings: open }).checksum).toBe(made.checksum);
    });
  });

  it('at least one domain stays on RunCloud', () => {
    check((world, made) => {
      const removals = touched(made).filter(({ action }) => action === 'remove').length;
      if (removals > 0) expect(removals).toBeLessThan(world.actual.length);
    });
  });

  it('of a domain there is one step at most, or a hold', () => {
    check((_, { steps, holds }) => {
      const names = [...steps, ...holds].map(({ domain }) => domain);
      expect(new Set(names).size).toBe(names.length);
      expect(sortSteps(steps)).toEqual(steps);
    });
  });

  it('what is mapped is on RunCloud, or about to be, or held with a reason', () => {
    check((world, { steps, holds }) => {
      const index = new ActualIndex(world.actual);
      const seen = [...steps, ...holds].map(({ domain }) => domain as string);
      for (const domain of mappedDomains(world.desired, world.ledger)) {
        if (!index.find(domain)) expect(seen).toContain(domain);
      }
    });
  });

  it('what a signed event unmapped is gone, or about to go, or held with a reason', () => {
    check((world, { steps, holds }) => {
      fc.pre(world.desired.from !== 'nowhere');
      const index = new ActualIndex(world.actual);
      const seen = [...steps, ...holds].map(({ domain }) => domain as string);
      const mappedNow = mappedDomains(world.desired, world.ledger);
      for (const { domain, request } of world.ledger.values()) {
        if (request?.kind !== 'unmapped' || mappedNow.has(domain) || !index.find(domain)) continue;
        expect(seen).toContain(domain);
      }
    });
  });

  it('the plan after a plan that was carried out changes nothing on RunCloud', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), (world, wwwPointsHere) => {
        // Here no removal waits for another: the brake is open and a primary stays.
        // And what one list lacks for the first time is not gone by the same list.
        fc.pre(world.actual.some(({ type }) => type === 'primary'));
        const graceMs = Math.max(1, world.settings.graceMs);
        const settings = { ...world.settings, graceMs, brake: { count: 1_000, percent: 100 } };
        const given = { ...world, settings };
        const next = plan(carriedOut(given, plan(given), wwwPointsHere));
        expect(next.steps).toEqual([]);
        expect(next.updates).toEqual([]);
      }),
    );
  });

  it('a few runs are enough to come to rest, whatever waits for what', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), (world, wwwPointsHere) => {
        let current = world;
        for (let run = 0; run < 4; run++) current = carriedOut(current, plan(current), wwwPointsHere);
        expect(runCloudSteps(plan(current))).toEqual([]);
      }),
    );
  });

  it('the worlds hold what the properties are about', () => {
    const found = new Set<string>();
    for (const world of fc.sample(worlds, { numRuns: 2_000, seed: 1 })) {
      const made = plan(world);
      for (const { action } of [...made.steps, ...made.braked]) found.add(action);
      for (const { code } of made.holds) found.add(code);
    }
    expect([...found].sort()).toEqual(
      [
        ...['add', 'forget', 'remove', 'update'],
        ...['brake', 'gone', 'grace', 'incomplete', 'last-domain', 'not-ours', 'not-taken', 'policy', 'protected'],
        ...['unmanaged', 'waiting', 'wildcard', 'still-mapped', 'not-listed'],
      ].sort(),
    );
  });
});

describe('a list that names both forms of a domain', () => {
  it.each([
    ['bare first', ['bare', 'www']],
    ['www first', ['www', 'bare']],
  ] as const)('(%s) has both served', (_, forms) => {
    const desired = network(forms.map((namedAs) => ({ domain: SHOP, namedAs })));
    expect(stepOf({ desired, settings: { www: 'never' } })).toMatchObject({ action: 'add', www: 'yes' });
  });
});

describe('no grace', () => {
  it('still takes a second read', () => {
    const state = { ...owned(), missingSince: iso(NOW) };
    const missing = {
      objects: [PRIMARY, object('shop.example')],
      records: [record(SHOP, undefined, state)],
      settings: { graceMs: 0 },
      counts: { owned: 9 },
    };
    expect(outcome({ ...missing, desired: network([]) })).toEqual(['hold grace shop.example']);
    expect(outcome({ ...missing, desired: network([], iso(NOW + 1)) })).toEqual(['remove shop.example']);
  });
});

describe('a list that could not be read', () => {
  it.each([
    ['what is not ours', [PRIMARY, object('shop.example')], 'hold not-ours shop.example'],
    ['the primary domain', [object('shop.example', { type: 'primary' })], 'hold protected shop.example'],
  ])('leaves %s alone when it was unmapped, and says so', (_, objects, origin) => {
    expect(outcome({ desired: UNREAD, objects, records: [record(SHOP, unmapped)] })).toEqual([origin]);
  });
});

describe('a protected www name', () => {
  it('is neither added nor changed by its pattern', () => {
    const settings = { protectedDomains: ['*.shop.example'], www: 'never' } as const;
    const records = [record(SHOP, mapRequest({ namedAs: 'www' }), owned())];
    expect(outcome({ records, settings })).toEqual(['hold protected shop.example']);
    expect(outcome({ records, settings, objects: [PRIMARY, object('shop.example')] })).toEqual([]);
  });
});
