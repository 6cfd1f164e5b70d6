import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import type { PlanSettings } from '../../../lib/core/plan/input.ts';
import { HOUR, iso } from '../../../lib/core/values/time.ts';
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
  SHOP,
  type Situation,
  sentencesOf,
  shop,
  stepOf,
  UNREAD,
  unmapped,
  VERDICTS,
} from '../builders.ts';

describe('the table of rows.ts', () => {
  const DESIRED: Record<string, Situation & { readonly request?: DomainRecord['request'] }> = {
    mapped: { request: mapped },
    unmapped: { request: unmapped },
    missing: { desired: listed() },
    'unread, unmapped': { desired: UNREAD, request: unmapped },
    unread: { desired: UNREAD },
    unknown: {},
  };

  it.each([
    // desired           on RunCloud  ours     outcome
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
    ['unread, unmapped', 'yes', 'yes', ['hold incomplete shop.example']],
    ['unread, unmapped', 'no', 'yes', []],
    ['unread, unmapped', 'no', 'no', []],
    ['unread', 'yes', 'yes', []],
    ['unread', 'no', 'yes', []],
    ['unread', 'no', 'no', []],
    ['unknown', 'yes', 'yes', []],
    ['unknown', 'yes', 'no', ['hold unmanaged shop.example']],
    ['unknown', 'no', 'yes', ['hold gone shop.example']],
    ['unknown', 'no', 'no', []],
  ])('%s, on RunCloud: %s, ours: %s', (state, there, isOurs, expected) => {
    const { request, ...rest } = DESIRED[state] ?? {};
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

describe('a domain whose row in the ledger cannot be read', () => {
  const broken = { ...record(SHOP), unreadable: 'its state is not JSON' };

  it.each([
    ['mapped', listed(SHOP)],
    ['missing', listed()],
    ['unread', UNREAD],
    ['unknown', { from: 'events' } as const],
  ])('is held and left alone where it is %s, on RunCloud or not', (_state, desired) => {
    for (const objects of [[PRIMARY, shop], [PRIMARY], [object('shop.example', { type: 'primary' })]]) {
      const made = planOf({ desired, objects, records: [broken] });
      expect(inShort(made)).toEqual(['hold unreadable shop.example']);
      expect(made.updates).toEqual([]);
    }
  });

  it('holds up no other', () => {
    const other = host('other.example');
    expect(outcome({ objects: [PRIMARY, shop], records: [broken, record(other, mapped)] })).toEqual([
      'add other.example',
      'hold unreadable shop.example',
    ]);
  });
});

describe("the network's own host", () => {
  const ownHost = host('network.example');
  const sub = host('blog.network.example');

  it('is protected without standing in PROTECTED_DOMAINS', () => {
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

  it('has them added where it is create, or where the host is not known', () => {
    expect(outcome({ ownHost, records: [record(sub, mapped)] })).toEqual(['add blog.network.example']);
    expect(outcome({ settings: { subdomains: 'ignore' }, records: [record(sub, mapped)] })).toEqual([
      'add blog.network.example',
    ]);
  });
});

describe('adding', () => {
  it('gives the reason, and which www', () => {
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

  it('a separate www. object stands for its domain where that is mapped by its www. name, or is not ours', () => {
    const objects = [PRIMARY, object('www.shop.example')];
    const named = mapRequest({ namedAs: 'www' });
    expect(outcome({ objects, records: [record(SHOP, named, owned())] })).toEqual([]);
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

  it('what failed is tried again when it is due, and at once under a newer request', () => {
    const due = failure(mapped, { dueAt: iso(NOW) });
    expect(outcome({ records: [record(SHOP, mapped, { failure: due })] })).toEqual(['add shop.example']);
    const older = failure(mapRequest({ occurredAt: ago(2 * HOUR) }));
    expect(outcome({ records: [record(SHOP, mapped, { failure: older })] })).toEqual(['add shop.example']);
  });
});

describe('keeping', () => {
  const off = { request: mapped, settings: { www: 'always' } } as const;

  it('updates where www or redirection differ, and the reason names both values', () => {
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

  it('the reason calls unknown what RunCloud does not show', () => {
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
    const requested = { www: true, redirection: 'non-www' } as const;
    expect(outcome(ours({ ...off, state: { requested } }))).toEqual(['hold not-taken shop.example']);
  });

  it.each([
    ['www', { www: false, redirection: 'non-www' }],
    ['redirection', { www: true, redirection: 'none' }],
  ] as const)('asks for another %s than the one that was asked for before', (_, requested) => {
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
    expect(sentencesOf(only(made.holds))).toContain('the step "update" is due, but POLICY is create-only');
  });
});

describe('an object on RunCloud without a mapping', () => {
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

  const www = object('www.shop.example', { id: 9 });
  const both = [PRIMARY, shop, www];

  it.each<[string, Situation]>([
    ['mapped by an event', ours({ request: mapped, objects: both })],
    ['ours, and no event tells', ours({ request: undefined, objects: both })],
    ['ours, while the network cannot be read', ours({ request: mapped, desired: UNREAD, objects: both })],
  ])('a second object of a domain that is %s stands beside it, under its own name', (_, situation) => {
    expect(outcome(situation)).toEqual(['hold beside www.shop.example']);
  });

  it('a second object stands beside a mapped domain that is not ours, too', () => {
    expect(outcome({ desired: listed(SHOP), objects: [shop, www] })).toEqual([
      'hold not-ours shop.example',
      'hold beside www.shop.example',
    ]);
    const namesakes = [shop, object('shop.example', { id: 9 })];
    expect(outcome({ desired: listed(SHOP), objects: namesakes })).toEqual([
      'hold not-ours shop.example',
      'hold beside shop.example',
    ]);
  });

  it.each<[string, Situation, string[]]>([
    ['nobody mapped', { objects: both }, ['hold unmanaged shop.example', 'hold unmanaged www.shop.example']],
    [
      'is unmapped',
      ours({ request: unmapped, objects: both }),
      ['hold unmanaged www.shop.example', 'remove shop.example'],
    ],
    [
      'is not listed any more',
      ours({ request: undefined, desired: listed(), objects: both }),
      ['hold grace shop.example', 'hold unmanaged www.shop.example'],
    ],
    [
      'is not ours, and is not known',
      { desired: UNREAD, records: [record(SHOP)], objects: both },
      ['hold unmanaged shop.example', 'hold unmanaged www.shop.example'],
    ],
    [
      'is another one',
      { desired: listed(SHOP), objects: [object('www.other.example')] },
      ['add shop.example', 'hold unmanaged www.other.example'],
    ],
  ])('a second object of a domain that %s is unmanaged', (_, situation, expected) => {
    expect(outcome(situation).sort()).toEqual(expected);
  });

  it('a second object that is protected is not reported', () => {
    const protectedWww = { protectedDomains: ['*.shop.example'] };
    expect(outcome({ desired: listed(SHOP), objects: both, settings: protectedWww })).toEqual([
      'hold not-ours shop.example',
    ]);
  });

  it('an object that stands for a mapped domain is not reported beside it', () => {
    const www = object('www.shop.example');
    expect(outcome({ desired: listed(SHOP), objects: [www] })).toEqual(['hold not-ours shop.example']);
    expect(outcome({ desired: listed(SHOP), objects: [shop] })).toEqual(['hold not-ours shop.example']);
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

describe('what was adopted', () => {
  const adopted = { owned: { id: 7, since: ago(HOUR), by: 'adopted' } } as const;
  const wanted = mapRequest({ namedAs: 'www' });
  const www = {
    here: { probe: probeOf('pointing', 'valid', { www: { verdict: VERDICTS.pointing, since: ago(HOUR) } }) },
  };
  const gone = { probe: probeOf('pointing', 'none', { www: { verdict: VERDICTS.absent, since: ago(2 * HOUR) } }) };

  it.each<[string, Partial<ActualDomain>, Situation & { request?: DomainRecord['request']; state?: DomainState }]>([
    ['redirects to www, as the network maps it', { www: true, redirection: 'www' }, { request: wanted }],
    ['redirects nowhere', { www: true, redirection: 'none' }, { request: mapped }],
    ['redirects to non-www without www', { www: false, redirection: 'non-www' }, { request: mapped }],
    ['does not serve the www. name that points here', { www: false }, { request: mapped, state: www.here }],
    ['shows neither', { www: undefined, redirection: undefined }, { request: wanted }],
  ])('and %s stays as it was found under WWW=auto', (_, shown, { request, state }) => {
    const probe = probeOf('pointing', 'valid');
    const objects = [PRIMARY, object('shop.example', shown)];
    expect(outcome(ours({ objects, request, state: { probe, ...state, ...adopted } }))).toEqual([]);
  });

  it('goes on serving a www. name that has left, where what was added gives it up', () => {
    const objects = [PRIMARY, object('shop.example', { www: true, redirection: 'www' })];
    expect(outcome(ours({ objects, request: mapped, state: gone }))).toEqual(['update shop.example']);
    expect(outcome(ours({ objects, request: mapped, state: { ...gone, ...adopted } }))).toEqual([
      'hold dns shop.example',
    ]);
  });

  it.each<[PlanSettings['www'], Partial<ActualDomain>, boolean]>([
    ['always', { www: true, redirection: 'www' }, true],
    ['always', { www: false, redirection: 'none' }, true],
    ['never', { www: true, redirection: 'www' }, false],
  ])('is changed by WWW=%s, because then somebody asks for it: %j', (setting, shown, served) => {
    const objects = [PRIMARY, object('shop.example', shown)];
    const situation = { objects, settings: { www: setting }, request: mapped, state: adopted };
    expect(stepOf(ours(situation))).toMatchObject({
      action: 'update',
      www: served,
      redirection: served ? 'non-www' : 'none',
    });
  });

  it('and added by this service once more is served as what it adds', () => {
    const objects = [PRIMARY, object('shop.example', { www: true, redirection: 'www' })];
    expect(outcome(ours({ objects, request: mapped }))).toEqual(['update shop.example']);
  });

  describe('and mapped as www. while only the bare name is served', () => {
    const unserved = ours({ request: wanted, state: { ...adopted, probe: probeOf('pointing', 'valid') } });

    it('is held, also where its certificate needs nothing', () => {
      expect(outcome(unserved)).toEqual(['hold as-found shop.example']);
    });

    it('still gets its certificate', () => {
      const state = { ...adopted, probe: probeOf('pointing', 'none') };
      expect(outcome(ours({ request: wanted, state }))).toEqual(['issue shop.example', 'hold as-found shop.example']);
    });

    it.each<[string, Situation]>([
      ['a separate object serves it', { objects: [PRIMARY, shop, object('www.shop.example', { id: 8 })] }],
      ['RunCloud does not show it', { objects: [PRIMARY, object('shop.example', { www: undefined })] }],
      ['it is served', { objects: [PRIMARY, object('shop.example', { www: true })] }],
      ['only some objects are known', { scope: 'some' }],
      ['it is protected', { settings: { protectedDomains: ['shop.example'] } }],
      ['somebody asks for www', { settings: { www: 'never' } }],
    ])('is not held where %s', (_, more) => {
      expect(outcome({ ...unserved, ...more }).filter((each) => each.includes('as-found'))).toEqual([]);
    });

    it('is not held where the bare name is what is mapped', () => {
      const state = { ...adopted, probe: probeOf('pointing', 'valid') };
      expect(outcome(ours({ request: mapped, state }))).toEqual([]);
    });
  });
});
