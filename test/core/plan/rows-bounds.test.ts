/** Rows of the plan where two rules meet, and where a time is just reached. */
import { describe, expect, it } from 'vitest';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DesiredSource } from '../../../lib/core/plan/desired-source.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import {
  ago,
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
  SHOP,
  type Situation,
  sentencesOf,
  shop,
  UNREAD,
  unmapped,
} from '../builders.ts';

const ABSENT: DesiredSource = { from: 'asked', answers: new Map([[SHOP, { kind: 'absent', readAt: iso(NOW) }]]) };
const VALID = probeOf('pointing', 'valid');

describe('a subdomain that is left to others', () => {
  const sub = host('blog.network.example');
  const there = object('blog.network.example');
  const left = (situation: Situation) =>
    outcome({ ownHost: host('network.example'), settings: { subdomains: 'ignore' }, ...situation });

  it('has no hold where nobody asks for a change', () => {
    expect(left({ objects: [PRIMARY, there], records: [record(sub, mapped)] })).toEqual([]);
    expect(left({ objects: [PRIMARY, there], records: [record(sub, mapped, owned())] })).toEqual([]);
    expect(left({ objects: [PRIMARY, there], records: [record(sub, unmapped)] })).toEqual([]);
    expect(left({ records: [record(sub, unmapped, owned())] })).toEqual([]);
    expect(left({ records: [record(sub, unmapped)] })).toEqual([]);
  });

  it('is none where the own host is not known, however the name ends', () => {
    const records = [record(host('shop.undefined'), mapped)];
    expect(outcome({ settings: { subdomains: 'ignore' }, records })).toEqual(['add shop.undefined']);
  });
});

describe('a contradiction between the network and an event', () => {
  const missing = (occurredAt = mapped.occurredAt) => ({
    desired: listed(),
    records: [record(SHOP, mapRequest({ occurredAt }))],
  });

  it('is told of a mapping that the list lacks, with the time of the event', () => {
    expect(outcome(missing())).toEqual(['hold not-listed shop.example']);
    expect(sentencesOf(only(planOf(missing()).holds))).toContain(`An event of ${mapped.occurredAt} said`);
  });

  it('is told for a day to the millisecond', () => {
    expect(outcome(missing(ago(DAY)))).toEqual(['hold not-listed shop.example']);
    expect(outcome(missing(ago(DAY + 1)))).toEqual([]);
  });

  it('is none where the event unmapped what the network lacks', () => {
    const refuted = { refuted: requestOrder(unmapped) };
    for (const desired of [listed(), ABSENT]) {
      expect(outcome({ desired, records: [record(SHOP, unmapped, refuted)] })).toEqual([]);
    }
  });

  it('is not told beside another hold, nor of what is protected', () => {
    expect(outcome({ ...ours({ desired: listed(SHOP) }), records: [record(SHOP, unmapped)] })).toEqual([
      'hold not-ours shop.example',
    ]);
    const settings = { protectedDomains: ['shop.example'] };
    expect(outcome(ours({ desired: listed(SHOP), request: unmapped, settings }))).toEqual([]);
    const objects = [object('shop.example', { type: 'primary' })];
    expect(outcome(ours({ desired: listed(SHOP), request: unmapped, objects }))).toEqual([]);
    expect(outcome({ ...missing(), settings })).toEqual([]);
  });
});

describe('what is on RunCloud and not ours, where no list counts or the list is doubted', () => {
  it.each<[string, DesiredSource]>([
    ['no list counts', UNREAD],
    ['a doubted list lacks it', { from: 'network', readAt: iso(NOW), mappings: [], odd: [], doubt: 'a row' }],
  ])('is held as unmanaged where %s, and as not ours only where an event unmapped it', (_, desired) => {
    const objects = [PRIMARY, shop];
    expect(outcome({ desired, objects, records: [record(SHOP)] })).toEqual(['hold unmanaged shop.example']);
    expect(outcome({ desired, objects, records: [record(SHOP, unmapped)] })).toEqual(['hold not-ours shop.example']);
  });
});

describe('a protected `www.` name', () => {
  const settings = { protectedDomains: ['*.shop.example'] };

  it('keeps nobody from adding the bare name, or from serving `www.` as WWW says', () => {
    expect(outcome({ records: [record(SHOP, mapped)], settings })).toEqual(['add shop.example']);
    expect(outcome(ours({ request: mapped, settings: { ...settings, www: 'always' } }))).toEqual([
      'update shop.example',
    ]);
  });
});

describe('what has a valid certificate', () => {
  const certificates = { server: undefined };

  it('has no hold while the address of the server is not known', () => {
    expect(outcome(ours({ request: mapped, state: { probe: VALID }, certificates }))).toEqual([]);
    expect(outcome(ours({ state: { probe: VALID }, certificates }))).toEqual([]);
    const without = { probe: probeOf('pointing', 'none') };
    expect(outcome(ours({ request: mapped, state: without, certificates }))).toEqual(['hold unasked shop.example']);
    expect(outcome(ours({ state: without, certificates }))).toEqual(['hold unasked shop.example']);
  });

  it('is held all the same where it is not ours', () => {
    const records = [record(SHOP, mapped, { probe: VALID })];
    expect(outcome({ objects: [PRIMARY, shop], records })).toEqual(['hold not-ours shop.example']);
  });
});

describe('grace', () => {
  const at = (missingSince: string | undefined, more: Situation = {}) =>
    planOf({
      ...ours({
        desired: network([]),
        ...(missingSince && { state: { missingSince: iso(Date.parse(missingSince)) } }),
      }),
      counts: { owned: 9 },
      ...more,
    });

  it('that began with this very reading does not begin anew', () => {
    const made = at(iso(NOW));
    expect(inShort(made)).toEqual(['hold grace shop.example']);
    expect(made.updates).toEqual([]);
  });

  it('that begins after the reading comes from a clock that was wrong, and begins with the reading', () => {
    const made = at(iso(NOW + 1));
    expect(sentencesOf(only(made.holds))).toContain(`since ${iso(NOW)}`);
    expect(made.updates).toEqual([{ kind: 'missing', domain: SHOP, since: iso(NOW) }]);
  });

  it('goes on beyond its end in a plan of some domains, which removes nothing that nobody unmapped', () => {
    expect(inShort(at(ago(HOUR)))).toEqual(['remove shop.example']);
    const some = at(ago(HOUR), { scope: 'some' });
    expect(inShort(some)).toEqual(['hold grace shop.example']);
    expect(some.updates).toEqual([]);
    expect(outcome({ ...ours({ request: unmapped }), scope: 'some' })).toEqual(['remove shop.example']);
  });

  it('begins in the same plan that finds a mapping contradicted', () => {
    const made = planOf(ours({ desired: listed(), request: mapped }));
    expect(made.updates.map(({ kind }) => kind).sort()).toEqual(['missing', 'refuted']);
  });
});
