import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import type { Hold } from '../../../lib/core/plan/hold.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  host,
  inShort,
  listed,
  mapped,
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
  probeOf,
  record,
  removalSent,
  SHOP,
  type Situation,
  sentencesOf,
  shop,
  unmapped,
} from '../builders.ts';

describe('a removal that was sent, and of which nobody knows the outcome', () => {
  const names = ['a.example', 'b.example', 'c.example', 'd.example'].map(host);
  const objects = [PRIMARY, ...names.map((name, position) => object(name, { id: position + 10 }))];
  const [b, c, d] = names.slice(1).map((name, position) => record(name, unmapped, owned(position + 11)));
  const others = [b, c, d].filter((each) => each !== undefined);
  const sent = (state: DomainState = {}, msAgo = HOUR): DomainRecord =>
    record(host('a.example'), unmapped, { ...removalSent(msAgo, 10), ...state });
  const waiting = { failure: failure(unmapped) };
  const settings = { brake: { count: 3, percent: 0 } };

  it('counts as done for the brake while it waits for its next attempt', () => {
    const made = planOf({ objects, records: [sent(waiting), ...others], settings });
    expect(inShort(made)).toEqual([
      'hold waiting a.example',
      ...['b', 'c', 'd'].map((name) => `hold brake ${name}.example`),
    ]);
    expect(made.holds[1]?.reason).toContain('4 removals within 24 hours (3 planned, 1 done)');
    expect(planOf({ objects, records: [sent(waiting, DAY), ...others], settings }).braked).toEqual([]);
  });

  it('counts once where it is planned again', () => {
    const steps = ['a', 'b', 'c'].map((name) => `remove ${name}.example`);
    expect(outcome({ objects: objects.slice(0, 4), records: [sent(), ...others.slice(0, 2)], settings })).toEqual(
      steps,
    );
    expect(planOf({ objects, records: [sent(), ...others], settings }).holds[0]?.reason).toContain(
      '(4 planned, 0 done)',
    );
  });

  it('counts beside that of another object of its domain', () => {
    const www = object('www.a.example', { id: 20 });
    const ownedWww = { id: 20, since: ago(DAY), by: 'added' } as const;
    const gone = { objects: [...objects.slice(2), PRIMARY, www], records: [sent({ ownedWww }), ...others.slice(0, 2)] };
    expect(planOf({ ...gone, settings }).holds[0]?.reason).toContain('4 removals within 24 hours (3 planned, 1 done)');
  });

  it('leaves one domain fewer, also for the share of the owned that the brake lets through', () => {
    const percent = { brake: { count: 0, percent: 50 } };
    expect(planOf({ objects, records: [sent(waiting), ...others.slice(0, 2)], settings: percent }).braked).toHaveLength(
      2,
    );
    const share = planOf({ objects, records: [sent(waiting), ...others], settings: percent });
    expect(share.holds[1]?.reason).toContain('for 4 owned domains');
    const all = [sent(waiting), record(host('b.example'), undefined, { ...owned(11), missingSince: ago(2 * HOUR) })];
    const asked = new Map([[host('b.example'), { kind: 'absent', readAt: iso(NOW) } as const]]);
    const made = planOf({ objects, records: all, desired: network([], iso(NOW), asked) });
    expect(made.braked.map(({ domain }) => domain)).toEqual(['b.example']);
    expect(made.holds.find(({ code }) => code === 'brake')?.reason).toContain('would leave none');
  });

  it('of a subdomain of the network says nothing about the domains of customers', () => {
    const ownHost = host('network.example');
    const sub = record(host('sub.network.example'), unmapped, { ...removalSent(HOUR, 30), ...waiting });
    const records = [
      sub,
      record(host('b.example'), undefined, { ...owned(11), missingSince: ago(2 * HOUR) }),
      record(host('c.example'), undefined, owned(12)),
    ];
    const asked = new Map([[host('b.example'), { kind: 'absent', readAt: iso(NOW) } as const]]);
    const desired = network([{ domain: host('c.example'), namedAs: 'bare' }], iso(NOW), asked);
    expect(outcome({ objects, records, ownHost, desired })).toContain('remove b.example');
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
    for (const hold of made.holds)
      expect(sentencesOf(hold)).toContain('4 removals within 24 hours (4 planned, 0 done)');
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

  it('leave the objects that the input does not list', () => {
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

  it('do not happen where the count of objects is 0 although some are listed', () => {
    const made = planOf({ objects, records, counts: { present: 0 } });
    expect(made.steps).toEqual([]);
    expect(made.holds).toHaveLength(4);
  });

  it('are counted by the brake without those that are held for another reason', () => {
    const settings = { brake, protectedDomains: ['d.example'] };
    expect(planOf({ objects: [PRIMARY, ...objects], records, settings }).braked).toEqual([]);
  });
});

describe('the order of a plan', () => {
  it('names are added before names are removed, and ledger steps come before both', () => {
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

  it('of two holds of one domain the one about the domain itself comes before that of its certificate', () => {
    const state = { failure: failure(mapped), probe: probeOf('absent', 'none') };
    expect(outcome(ours({ request: mapped, state, settings: { www: 'always' } }))).toEqual([
      'hold waiting shop.example',
      'hold dns shop.example',
    ]);
  });

  it('holds are in the order of their names', () => {
    const objects = ['b.example', 'c.example', 'a.example'].map((name, position) => object(name, { id: position }));
    expect(planOf({ objects }).holds.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'c.example']);
  });
});

describe('removals that nobody asked for', () => {
  const OTHER = host('other.example');
  // shop.example is beyond its grace, and other.example was unmapped.
  const made = (ownedNow: number, settings = {}) =>
    planOf({
      desired: listed(),
      objects: [PRIMARY, shop, object('other.example', { id: 8 })],
      records: [record(SHOP, undefined, { ...owned(7), missingSince: ago(HOUR) }), record(OTHER, unmapped, owned(8))],
      counts: { owned: ownedNow, removedLastDay: 0 },
      settings,
    });

  it('are held by themselves where they and the others would leave none', () => {
    const { braked, holds } = made(2);
    expect(braked.map(({ domain }) => domain)).toEqual([SHOP]);
    expect(sentencesOf(only(holds.filter(({ code }) => code === 'brake')))).toContain(
      "the network's list lacks 1 of 2 owned domains",
    );
    expect(inShort(made(2))).not.toContain('hold brake other.example');
  });

  it('go where one domain stays', () => {
    expect(made(3).braked).toEqual([]);
    expect(inShort(made(3))).toContain('remove shop.example');
  });

  it('are held with the others where all of them are too many', () => {
    const { braked, holds } = made(3, { brake: { count: 1, percent: 0 } });
    expect(braked.map(({ domain }) => domain)).toEqual([OTHER, SHOP]);
    for (const hold of holds) expect(sentencesOf(hold)).toContain('2 removals within 24 hours (2 planned, 0 done)');
  });

  it('are held where they would leave none of the customers, though subdomains of the network stay', () => {
    const subdomains = ['a', 'b', 'c', 'd'].map((name) => host(`${name}.network.example`));
    const names = [SHOP, host('other.example'), ...subdomains];
    const objects = [PRIMARY, ...names.map((name, index) => object(name, { id: 10 + index }))];
    const records = names.map((name, index) =>
      record(name, undefined, { ...owned(10 + index), missingSince: ago(DAY) }),
    );
    const { braked, steps } = planOf({
      desired: listed(...subdomains),
      objects,
      records,
      ownHost: host('network.example'),
    });
    expect(steps).toEqual([]);
    expect(braked.map(({ domain }) => domain)).toEqual(['other.example', SHOP]);
  });
});

describe('changes of www', () => {
  const names = Array.from({ length: 12 }, (_, position) => host(`shop-${position}.example`));
  const all = (count: number): Situation => ({
    objects: [PRIMARY, ...names.slice(0, count).map((name, position) => object(name, { id: position + 10 }))],
    records: names.slice(0, count).map((name, position) => record(name, mapped, owned(position + 10))),
    settings: { www: 'always' },
  });

  it('are steps, up to what the brake allows', () => {
    const made = planOf(all(10));
    expect([made.steps.length, made.brakedUpdates, made.holds]).toEqual([10, [], []]);
  });

  it('are held all of them beyond that, each with the numbers, in the order of their names', () => {
    const made = planOf(all(12));
    expect(made.steps).toEqual([]);
    expect(made.brakedUpdates.map(({ domain }) => domain)).toEqual([...names].sort());
    expect(inShort(made)).toEqual([...names].sort().map((name) => `hold brake ${name}`));
    expect(sentencesOf(made.holds[0] as Hold)).toContain('12 such changes at once are more than the 10');
  });
});
