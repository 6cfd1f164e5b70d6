import { describe, expect, it } from 'vitest';
import { LATEST_LIST_MS } from '../../../lib/core/domain/application.ts';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import { HOUR, type IsoTime, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  host,
  inShort,
  listed,
  mapRequest,
  NOW,
  network,
  object,
  only,
  ours,
  outcome,
  owned,
  PRIMARY,
  planOf,
  record,
  SHOP,
  type Situation,
  sentencesOf,
  shop,
  stepOf,
  UNREAD,
  unmapped,
  unmapRequest,
} from '../builders.ts';

describe('removing', () => {
  it('removes what a signed event unmapped, by the id of its object', () => {
    expect(stepOf(ours({ request: unmapped }))).toEqual({
      action: 'remove',
      domain: SHOP,
      target: shop,
      cause: 'unmapped',
      proof: { kind: 'signed-event', eventId: unmapped.eventId },
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

  it('names the step that the policy forbids, and why no list counts', () => {
    const held = only(planOf(ours({ request: unmapped, settings: { policy: 'create-only' } })).holds);
    expect(sentencesOf(held)).toContain('the step "remove" is due');
    expect(sentencesOf(only(planOf(ours({ request: unmapped, desired: UNREAD })).holds))).toContain('status 500');
  });

  it('what was unmapped and is not ours has a hold of its own', () => {
    const held = only(planOf({ objects: [PRIMARY, shop], records: [record(SHOP, unmapped)] }).holds);
    expect(sentencesOf(held)).toContain('was unmapped');
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

  it('forgets what has stayed away, with the reason', () => {
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
    expect(sentencesOf(only(made.holds))).toContain(`not shown it since ${ago(LATEST_LIST_MS - 1)}`);
  });

  it('begins to count now where the record has no time yet', () => {
    const made = planOf({ records: [record(SHOP, unmapped, owned())] });
    expect(sentencesOf(only(made.holds))).toContain(`not shown it since ${ago(0)}`);
  });

  it('forgets nothing on half an answer', () => {
    expect(outcome(gone(LATEST_LIST_MS, { desired: UNREAD }))).toEqual([]);
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
    expect(sentencesOf(only(made.holds))).toContain(`since ${ago(MINUTE)}`);
    expect(sentencesOf(only(made.holds))).toContain('at least 60 minutes later');
  });

  it('is not begun anew by the next one', () => {
    const made = planOf(missing(HOUR - 1));
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([]);
    expect(sentencesOf(only(made.holds))).toContain(`since ${ago(HOUR - 1)}`);
  });

  it('is over when a list read that much later lacks it still', () => {
    expect(stepOf(missing(HOUR))).toMatchObject({
      action: 'remove',
      domain: SHOP,
      cause: 'unlisted',
      proof: { kind: 'whole-list', readAt: iso(NOW), askedAt: iso(NOW) },
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

  it('begins with the first list after the newest mapping request, also where the network contradicted that', () => {
    const since = ago(2 * HOUR);
    const remapped = (occurredAt: IsoTime, missingSince = since, readAt = iso(NOW)) => {
      const request = mapRequest({ occurredAt });
      const state = { missingSince, refuted: requestOrder(request) };
      return { ...ours({ desired: network([], readAt), request, state }), counts: { owned: 9 } };
    };
    const made = planOf(remapped(ago(2 * MINUTE)));
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([{ kind: 'missing', domain: SHOP, since: iso(NOW) }]);
    // What was mapped before a list lacked it, or at the same moment, puts nothing off.
    for (const occurredAt of [since, ago(3 * HOUR)]) {
      expect(outcome(remapped(occurredAt))).toEqual(['remove shop.example']);
    }
    expect(outcome(remapped(ago(HOUR + MINUTE), ago(HOUR)))).toEqual(['remove shop.example']);
  });

  it('that a mapping request from after the list puts off is noted once', () => {
    const request = mapRequest({ occurredAt: iso(NOW + MINUTE) });
    const state = { missingSince: iso(NOW), refuted: requestOrder(request) };
    const made = planOf({ ...ours({ desired: network([]), request, state }), counts: { owned: 9 } });
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([]);
  });

  it('is not put off by an event that unmapped it', () => {
    const request = unmapRequest({ occurredAt: ago(MINUTE) });
    const state = { missingSince: ago(HOUR), refuted: requestOrder(request) };
    const missing = { ...ours({ desired: network([]), request, state }), counts: { owned: 9 } };
    expect(outcome(missing)).toEqual(['remove shop.example']);
  });

  it('is neither begun nor ended by a list that could not be read', () => {
    expect(planOf(ours({ desired: UNREAD, state: { missingSince: ago(9 * HOUR) } }))).toMatchObject({
      steps: [],
      updates: [],
    });
  });

  it('updates are in order', () => {
    const names = ['b.example', 'a.example', 'c.example'].map(host);
    const objects = names.map((name, position) => object(name, { id: position + 10 }));
    const records = names.map((name, position) => record(name, undefined, owned(position + 10)));
    const made = planOf({ desired: listed(), objects: [PRIMARY, ...objects], records });
    expect(made.updates.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'c.example']);
  });
});

describe('a grace of 0', () => {
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

describe('where no list counts', () => {
  it.each([
    ['what is not ours', [PRIMARY, object('shop.example')], 'hold not-ours shop.example'],
    ['the primary domain', [object('shop.example', { type: 'primary' })], 'hold protected shop.example'],
  ])('leaves %s alone when it was unmapped, and holds it', (_, objects, expected) => {
    expect(outcome({ desired: UNREAD, objects, records: [record(SHOP, unmapped)] })).toEqual([expected]);
  });
});
