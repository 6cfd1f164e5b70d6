import { describe, expect, it } from 'vitest';
import type { CertificateMode } from '../../../lib/core/certificates/mode.ts';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import { type Plan, plan } from '../../../lib/core/plan/plan.ts';
import type { IssueStep, Step } from '../../../lib/core/plan/step.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  historyOf,
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
  probeOf,
  record,
  requested,
  SHOP,
  SHOWN,
  type Situation,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

const WITHOUT = probeOf('pointing', 'none');
const VALID = probeOf('pointing', 'valid');
const NETWORK = record(host(PRIMARY.name), mapRequest(), { probe: VALID });

/** So many domains that are mapped, on RunCloud and ours, all seen alike. */
function counts(
  names: readonly string[],
  probe: ProbeState | undefined,
  more: DomainState = {},
  like: Partial<ActualDomain> = {},
): Required<Pick<Situation, 'objects' | 'records'>> {
  const ids = names.map((_, n) => 100 + n);
  return {
    objects: [PRIMARY, ...names.map((name, n) => object(name, { id: ids[n] as number, ...like }))],
    records: [
      NETWORK,
      ...names.map((name, n) =>
        record(host(name), mapRequest(), { ...owned(ids[n]), ...(probe && { probe }), ...more }),
      ),
    ],
  };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `n${String(n).padStart(3, '0')}.example`);
}

function planOf(situation: Situation, mode?: CertificateMode): Plan {
  return plan(input({ ...situation, certificates: { ...(mode && { mode }), ...situation.certificates } }));
}

function outcome(...given: Parameters<typeof planOf>): string[] {
  return inShort(planOf(...given)).filter((line) => !line.endsWith(PRIMARY.name));
}

function issues(...given: Parameters<typeof planOf>): IssueStep[] {
  return planOf(...given).steps.filter((step) => step.action === 'issue');
}

describe('a certificate for each domain', () => {
  it('one request for each domain that wants one, with the names that its object serves', () => {
    const { objects, records } = counts(['b.example', 'a.example'], WITHOUT);
    const [primary, b, a] = objects as [ActualDomain, ActualDomain, ActualDomain];
    const www = { ...a, www: true, redirection: 'non-www' };
    const here = { ...WITHOUT, www: { verdict: VERDICTS.pointing, since: ago(DAY) } };
    const [, ofB, ofA] = records as [DomainRecord, DomainRecord, DomainRecord];
    const seenWww = { ...ofA, state: { ...ofA.state, probe: here } };
    expect(issues({ objects: [primary, b, www], records: [ofB, seenWww] })).toEqual([
      {
        action: 'issue',
        domain: 'a.example',
        certificate: { kind: 'own', target: www },
        names: ['a.example', 'www.a.example'],
        order: 'new',
        why: 'a.example points here and has no certificate.',
      },
      {
        action: 'issue',
        domain: 'b.example',
        certificate: { kind: 'own', target: b },
        names: ['b.example'],
        order: 'new',
        why: 'b.example points here and has no certificate.',
      },
    ]);
  });

  it.each(['advanced', 'auto-ssl'] as const)('one that does not point here waits alone, in mode %s', (mode) => {
    const [a, b] = [counts(['a.example'], WITHOUT), counts(['b.example'], probeOf('absent', 'none'))];
    const objects = [...a.objects, object('b.example', { id: 100 })];
    expect(outcome({ objects, records: [...a.records, ...b.records.slice(1)] }, mode)).toEqual([
      'issue a.example',
      'hold dns b.example',
    ]);
  });

  it('a hold says why, what to do, and from when on it is looked at again', () => {
    const issuance = historyOf(0, 1);
    expect(only(planOf(counts(['shop.example'], WITHOUT, { issuance })).holds)).toEqual({
      domain: 'shop.example',
      code: 'certificate-requested',
      reason: `This service asked for the certificate of shop.example at ${ago(0)}, and the server does not show it yet.`,
      whatToDo: `Nothing: the next runs probe it. Checked again from ${iso(NOW + 10 * MINUTE)} on.`,
    });
    const absent = only(planOf(counts(['shop.example'], probeOf('absent', 'none'))).holds);
    expect(absent.whatToDo).toBe('Set A shop.example → 203.0.113.10.');
  });

  it('a domain that has one, or that was never looked at, is not spoken of', () => {
    expect(outcome(counts(['shop.example'], VALID))).toEqual([]);
    expect(outcome(counts(['shop.example'], undefined))).toEqual([]);
  });

  it('what was added a moment ago settles first, and what was adopted has long', () => {
    const state = (by: 'added' | 'adopted') => ({ owned: { id: 100, since: ago(0), by } });
    expect(outcome(counts(['shop.example'], WITHOUT, state('added')))).toEqual(['hold settling shop.example']);
    expect(outcome(counts(['shop.example'], WITHOUT, state('adopted')))).toEqual(['issue shop.example']);
  });

  it('a newer wish ends a pause, an unmapping does not', () => {
    const { objects, records } = counts(['shop.example'], WITHOUT, { issuance: historyOf(30 * MINUTE, 3) });
    const [, shop] = records as [DomainRecord, DomainRecord];
    const wished = (request: DomainRecord['request']) => ({
      objects,
      records: [{ ...shop, request }],
      desired: listed(SHOP),
    });
    expect(outcome(wished(mapRequest({ occurredAt: ago(MINUTE) })))).toEqual(['issue shop.example']);
    expect(outcome(wished(mapRequest({ occurredAt: ago(HOUR) })))).toEqual(['hold certificate-failed shop.example']);
    expect(outcome(wished(unmapRequest({ occurredAt: ago(MINUTE) })))).toContain(
      'hold certificate-failed shop.example',
    );
    expect(outcome(wished(undefined))).toEqual(['hold certificate-failed shop.example']);
  });

  it.each<[string, Situation]>([
    [
      'not ours',
      { objects: [PRIMARY, object('shop.example')], records: [record(SHOP, mapRequest(), { probe: WITHOUT })] },
    ],
    ['not mapped', { ...counts(['shop.example'], WITHOUT), desired: listed() }],
    ['protected', { ...counts(['shop.example'], WITHOUT), settings: { protectedDomains: ['shop.example'] } }],
    [
      'the primary',
      {
        objects: [object('shop.example', { type: 'primary' })],
        records: [record(SHOP, mapRequest(), { ...owned(), probe: WITHOUT })],
      },
    ],
    [
      'a wildcard',
      {
        objects: [PRIMARY, object('shop.example', { wildcard: true })],
        records: [record(SHOP, mapRequest(), { ...owned(), probe: WITHOUT })],
      },
    ],
    ['not on RunCloud', { objects: [PRIMARY], records: [record(SHOP, mapRequest(), { ...owned(), probe: WITHOUT })] }],
  ])('nothing is asked for what is %s', (_, situation) => {
    for (const mode of ['advanced', 'auto-ssl', 'basic'] as const) expect(issues(situation, mode)).toEqual([]);
  });

  it('it is asked for under create-only too', () => {
    expect(outcome({ ...counts(['shop.example'], WITHOUT), settings: { policy: 'create-only' } })).toEqual([
      'issue shop.example',
    ]);
  });

  it('where RunCloud does not say how it keeps them, nothing is asked for', () => {
    const situation = { ...counts(['shop.example'], WITHOUT), certificates: { mode: undefined } };
    expect(outcome(situation)).toEqual(['hold no-mode shop.example']);
  });
});

describe('where the limits leave little room', () => {
  const room = (count: number) =>
    Array.from({ length: 240 - count }, (_, n) => requested(HOUR, { names: [`x${n}.other${n}.example`] }));
  const since = (days: number, certificate: keyof typeof SHOWN): ProbeState => {
    return probeOf('pointing', certificate, { dns: { verdict: VERDICTS.pointing, since: ago(days * DAY) } });
  };

  it.each<[number, string[]]>([
    [0, []],
    [1, ['old.example']],
    [2, ['old.example', 'young.example']],
    [3, ['expiring.example', 'old.example', 'young.example']],
  ])('with room for %d, what is down comes first, and of that what has pointed here for longest', (count, first) => {
    const all = [
      counts(['expiring.example'], since(90, 'expiring')),
      counts(['young.example'], since(1, 'none')),
      counts(['old.example'], since(2, 'expired')),
    ];
    const objects = ['expiring.example', 'young.example', 'old.example'].map((name) => object(name, { id: 100 }));
    const records = all.flatMap((each) => each.records.slice(1));
    for (const some of [records, records.toReversed()]) {
      const situation = { objects: [PRIMARY, ...objects], records: some, certificates: { requests: room(count) } };
      expect(issues(situation).map(({ domain }) => domain)).toEqual(first);
      const held = planOf(situation).holds.filter(({ code }) => code === 'limit');
      expect(held).toHaveLength(3 - count);
    }
  });

  it('one of which DNS was never asked waits for that, and takes no room', () => {
    const never = { at: ago(0), certificate: { verdict: SHOWN.none, since: ago(DAY) }, dnsUnasked: 'time-out' };
    const { objects, records } = counts(['a.example', 'b.example'], WITHOUT);
    const [primary, a, b] = records as [DomainRecord, DomainRecord, DomainRecord];
    const unasked = { ...a, state: { ...a.state, probe: never } };
    const situation = { objects, records: [primary, unasked, b], certificates: { requests: room(1) } };
    expect(outcome(situation)).toEqual(['issue b.example', 'hold unasked a.example']);
  });

  it('of those alike the first by name', () => {
    const situation = { ...counts(['b.example', 'a.example'], WITHOUT), certificates: { requests: room(1) } };
    expect(issues(situation).map(({ domain }) => domain)).toEqual(['a.example']);
  });

  it('what waits for something else takes no room', () => {
    const { objects, records } = counts(['a.example', 'b.example'], WITHOUT);
    const [primary, a, b] = records as [DomainRecord, DomainRecord, DomainRecord];
    const waiting = { ...a, state: { ...a.state, issuance: historyOf(0) } };
    const situation = { objects, records: [primary, waiting, b], certificates: { requests: room(1) } };
    expect(issues(situation).map(({ domain }) => domain)).toEqual(['b.example']);
  });

  it('60 subdomains of the network: 40 now, and the way to need but one', () => {
    const names = Array.from({ length: 60 }, (_, n) => `s${n}.network.example`);
    const made = planOf(counts(names, WITHOUT));
    expect(made.steps).toHaveLength(40);
    const held = made.holds.filter(({ code }) => code === 'limit');
    expect(held).toHaveLength(20);
    expect(held[0]?.whatToDo).toContain('SUBDOMAINS=wildcard');
  });
});

describe('a change of names and its certificate', () => {
  const changing = (mode: CertificateMode, more: Partial<Situation> = {}) =>
    outcome({ ...counts(['shop.example'], WITHOUT), settings: { www: 'always' }, ...more }, mode);

  it.each(['advanced', 'basic'] as const)('are not in the same plan, in mode %s', (mode) => {
    expect(changing(mode)).toEqual(['update shop.example']);
  });

  it('where the change must wait the certificate is asked for', () => {
    expect(changing('advanced', { settings: { www: 'always', policy: 'create-only' } })).toEqual([
      'issue shop.example',
      'hold policy shop.example',
    ]);
    const certified = {
      ...counts(['shop.example'], VALID),
      settings: { www: 'always', policy: 'create-only' },
    } as const;
    expect(outcome(certified)).toEqual(['hold policy shop.example']);
    const result = counts(['shop.example'], WITHOUT, { requested: { www: true, redirection: 'non-www' } });
    expect(changing('advanced', result)).toEqual(['issue shop.example', 'hold not-taken shop.example']);
  });

  const wwwSince = (kind: keyof typeof VERDICTS, since: ProbeState['at']) => ({
    www: { verdict: VERDICTS[kind], since },
  });

  it('`www.` comes when its DNS does, valid certificate or not', () => {
    for (const certificate of ['none', 'valid'] as const) {
      const probe = probeOf('pointing', certificate, wwwSince('pointing', ago(0)));
      expect(outcome(counts(['shop.example'], probe))).toEqual(['update shop.example']);
    }
  });

  it('`www.` goes when it has been away for an hour and would spoil the certificate', () => {
    const { objects, records } = counts(
      ['shop.example'],
      probeOf('pointing', 'expired', wwwSince('absent', ago(HOUR))),
    );
    const [primary, shop] = objects as [ActualDomain, ActualDomain];
    const served = { ...shop, www: true, redirection: 'non-www' };
    expect(outcome({ objects: [primary, served], records })).toEqual(['update shop.example']);
    const lately = counts(['shop.example'], probeOf('pointing', 'expired', wwwSince('absent', ago(HOUR - 1))));
    expect(outcome({ objects: [primary, served], records: lately.records })).toEqual(['hold dns shop.example']);
  });
});

describe('one certificate for all', () => {
  it('one step for all, with every name of the application', () => {
    const made = planOf(counts(['b.example', 'a.example'], WITHOUT), 'basic');
    expect(made.steps).toEqual([
      {
        action: 'issue',
        domain: host('a.example'),
        certificate: { kind: 'shared' },
        names: ['a.example', 'b.example', 'network.example'],
        order: 'new',
        why: expect.stringContaining('1 more domain needs the same certificate'),
      },
    ] satisfies Step[]);
    expect(made.holds).toEqual([]);
    const reversed = planOf(counts(['a.example', 'b.example'], WITHOUT), 'basic');
    expect(reversed.steps).toEqual(made.steps);
  });

  it('59 of 60 get theirs, and the one that does not point here is not even added', () => {
    const names = numbered(59);
    const { objects, records } = counts(names, WITHOUT);
    const absent = record(SHOP, mapRequest(), { probe: probeOf('absent', undefined) });
    const made = planOf({ objects, records: [...records, absent] }, 'basic');
    expect(only(made.steps)).toMatchObject({ action: 'issue', names: [...names, PRIMARY.name] });
    expect(only(made.holds)).toMatchObject({
      domain: 'shop.example',
      code: 'dns',
      reason:
        'shop.example does not resolve: public DNS has no address for it. It is added once it points here, because all names share one certificate.',
    });
  });

  it('a name that would spoil it is named, ours or not', () => {
    const { objects, records } = counts(['a.example'], WITHOUT);
    const other = object('other.example', { id: 3 });
    const spoiler = record(host('other.example'), undefined, { probe: probeOf('elsewhere', 'other-name') });
    const made = planOf({ objects: [...objects, other], records: [...records, spoiler] }, 'basic');
    expect(made.steps).toEqual([]);
    expect(made.holds.find(({ domain }) => domain === 'a.example')).toMatchObject({
      code: 'spoilt',
      reason: expect.stringContaining('other.example points to 198.51.100.7'),
    });
  });

  it('a domain of which the ledger knows nothing is not known to point here', () => {
    const { objects, records } = counts(['a.example'], WITHOUT);
    for (const name of ['other.example', 'under_score.example']) {
      const made = planOf({ objects: [...objects, object(name, { id: 3 })], records }, 'basic');
      expect(made.holds.find(({ domain }) => domain === 'a.example')).toMatchObject({
        code: 'unasked',
        reason: expect.stringContaining(`${name} (not probed yet)`),
      });
    }
  });

  it('a separate www. object is looked up under its domain, and wildcards have no part in it', () => {
    const { objects, records } = counts(['a.example'], WITHOUT);
    const www = object('www.shop.example', { id: 3 });
    const probe = { ...VALID, www: { verdict: VERDICTS.pointing, since: ago(DAY) } };
    const made = planOf(
      {
        objects: [...objects, www, object('*.network.example', { id: 4 })],
        records: [...records, record(SHOP, mapRequest(), { ...owned(3), probe })],
      },
      'basic',
    );
    expect(only(made.steps)).toMatchObject({ names: ['a.example', PRIMARY.name, 'www.shop.example'] });
  });

  it('its requests are remembered of all together, and not of each', () => {
    const shared = { requests: [requested(MINUTE, { names: ['a.example', PRIMARY.name] })], attempts: 1 };
    const own = counts(['a.example'], WITHOUT, { issuance: historyOf(MINUTE, 3) });
    expect(outcome(own, 'basic')).toEqual(['issue a.example']);
    expect(outcome({ ...counts(['a.example'], WITHOUT), certificates: { mode: 'basic', shared } })).toEqual([
      'hold certificate-requested a.example',
    ]);
    expect(outcome({ ...counts(['a.example'], WITHOUT), certificates: { mode: 'advanced', shared } })).toEqual([
      'issue a.example',
    ]);
  });

  it('it is issued before names are added, and after that for them', () => {
    const { objects, records } = counts(['b.example'], WITHOUT);
    const coming = record(host('a.example'), mapRequest(), { probe: probeOf('pointing', undefined) });
    expect(outcome({ objects, records: [...records, coming] }, 'basic')).toEqual(['issue b.example', 'add a.example']);
    expect(outcome({ objects, records: [...records, coming] }, 'advanced')).toEqual([
      'add a.example',
      'issue b.example',
    ]);
  });
});

describe('what is to be added where all share one certificate', () => {
  const adding = (probe: ProbeState | undefined, more: Situation = {}) =>
    outcome({ records: [NETWORK, record(SHOP, mapRequest(), probe ? { probe } : {})], ...more }, 'basic');

  it.each<[string, ProbeState | undefined, string]>([
    ['it points here', probeOf('pointing', undefined), 'add shop.example'],
    ['it was never looked at', undefined, 'hold unasked shop.example'],
    ['nobody could be asked', { at: ago(0), dnsUnasked: 'time-out' }, 'hold unasked shop.example'],
    [
      'nobody could be asked just now',
      probeOf('pointing', undefined, { dnsUnasked: 'time-out' }),
      'hold unasked shop.example',
    ],
    ['it is absent', probeOf('absent', undefined), 'hold dns shop.example'],
    ['it is elsewhere', probeOf('elsewhere', undefined), 'hold dns shop.example'],
    ['it is partly here', probeOf('partly', undefined), 'hold dns shop.example'],
    ['it is proxied', probeOf('proxied', undefined), 'hold proxied shop.example'],
    ['CAA forbids a certificate', probeOf('blocked', undefined), 'hold caa shop.example'],
    ['it left', probeOf('absent', undefined, { leftAt: ago(HOUR) }), 'hold moved-away shop.example'],
  ])('%s', (_, probe, expected) => {
    expect(adding(probe)).toEqual([expected]);
    expect(outcome({ records: [record(SHOP, mapRequest(), probe ? { probe } : {})] }, 'advanced')).toEqual([
      'add shop.example',
    ]);
  });

  it('says what it waits for', () => {
    const never = only(planOf({ records: [record(SHOP, mapRequest())] }, 'basic').holds);
    expect(never.reason).toBe('It is not known yet where shop.example points.');
    const certificates = { mode: 'basic', server: undefined } as const;
    const unknown = only(planOf({ records: [record(SHOP, mapRequest(), { probe: VALID })], certificates }).holds);
    expect(unknown).toMatchObject({ code: 'unasked', reason: expect.stringContaining('address of the server') });
  });

  it('with `www.`, both must point here', () => {
    const www = (kind: keyof typeof VERDICTS) =>
      probeOf('pointing', undefined, { www: { verdict: VERDICTS[kind], since: ago(DAY) } });
    const settings = { www: 'always' } as const;
    expect(adding(www('pointing'), { settings })).toEqual(['add shop.example']);
    expect(adding(www('absent'), { settings })).toEqual(['hold dns shop.example']);
    // Where DNS decides about it, one that is not there is not asked for.
    expect(adding(www('absent'))).toEqual(['add shop.example']);
    expect(adding(www('absent'), { settings: { www: 'never' } })).toEqual(['add shop.example']);
  });

  const full = (count: number, names: readonly HostName[], probe: ProbeState, settings: Situation['settings'] = {}) => {
    // The primary is one name of them. What somebody set up as a redirect keeps its names.
    const { objects, records } = counts(numbered(count - 1), VALID, {}, { type: 'redirect' });
    const coming = names.map((name) => record(name, mapRequest(), { probe }));
    return outcome({ objects, records: [...records, ...coming], settings }, 'basic');
  };
  const here = probeOf('pointing', undefined);
  const both = probeOf('pointing', undefined, { www: { verdict: VERDICTS.pointing, since: ago(DAY) } });
  const OTHER = host('other.example');

  it('100 names fit, and 101 do not', () => {
    expect(full(99, [SHOP], here)).toEqual(['add shop.example']);
    expect(full(100, [SHOP], here)).toEqual(['hold too-many-names shop.example']);
  });

  it('what is added in the same plan counts', () => {
    expect(full(98, [OTHER, SHOP], here)).toEqual(['add other.example', 'add shop.example']);
    expect(full(99, [OTHER, SHOP], here)).toEqual(['add other.example', 'hold too-many-names shop.example']);
  });

  it('`www.` counts: by the setting, and by DNS where that decides', () => {
    for (const www of ['always', 'auto'] as const) {
      expect(full(98, [SHOP], both, { www })).toEqual(['add shop.example']);
      expect(full(99, [SHOP], both, { www })).toEqual(['hold too-many-names shop.example']);
    }
    expect(full(99, [SHOP], both, { www: 'never' })).toEqual(['add shop.example']);
  });

  it('one that finds no room takes none', () => {
    expect(full(99, [OTHER, SHOP], both, { www: 'always' })).toHaveLength(2);
    const { objects, records } = counts(numbered(98), VALID);
    const large = record(OTHER, mapRequest({ namedAs: 'www' }), { probe: both });
    const small = record(SHOP, mapRequest(), { probe: here });
    expect(outcome({ objects, records: [...records, large, small], settings: { www: 'never' } }, 'basic')).toEqual([
      'add shop.example',
      'hold too-many-names other.example',
    ]);
  });

  it('a `www.` that would be one name too many is not served, and says so', () => {
    const { objects, records } = counts(numbered(99), VALID);
    const [, ...ofFleet] = records;
    const last = ofFleet.at(-1) as DomainRecord;
    const state = { ...last.state, probe: { ...VALID, www: { verdict: VERDICTS.pointing, since: ago(DAY) } } };
    const situation = { objects, records: [...records.slice(0, -1), { ...last, state }] };
    expect(outcome(situation, 'basic')).toEqual([`hold too-many-names ${last.domain}`]);
    expect(only(planOf(situation, 'basic').holds)).toMatchObject({
      reason: `With www.${last.domain} the application would have 101 names in one certificate, and Let's Encrypt allows 100.`,
      whatToDo: expect.stringContaining('Advanced SSL'),
    });
    expect(outcome(situation, 'advanced')).toEqual([`update ${last.domain}`]);
    const roomy = { objects: objects.slice(0, -2).concat(objects.slice(-1)), records: situation.records };
    const gone = ofFleet.at(-2) as DomainRecord;
    expect(outcome({ ...roomy, records: roomy.records.filter((each) => each !== gone) }, 'basic')).toEqual([
      `update ${last.domain}`,
    ]);
  });

  it('a `www.` that is served already takes no room anew when its redirection is mended', () => {
    const { objects, records } = counts(numbered(98), VALID);
    const served = objects.map((each) => (each === objects.at(-1) ? { ...each, www: true } : each));
    expect(outcome({ objects: served, records }, 'basic')).toEqual([`update ${records.at(-1)?.domain}`]);
  });

  it('one less is always served less', () => {
    const { objects, records } = counts(numbered(99), VALID);
    const settings = { www: 'never' } as const;
    const served = objects.map((each) =>
      each === objects.at(-1) ? { ...each, www: true, redirection: 'non-www' } : each,
    );
    expect(outcome({ objects: served, records, settings }, 'basic')).toEqual([`update ${records.at(-1)?.domain}`]);
  });
});

describe('the checksum of a plan', () => {
  const checksum = (names: readonly string[], kind: 'own' | 'shared' = 'shared', more: Partial<IssueStep> = {}) => {
    const certificate = kind === 'own' ? ({ kind, target: object('shop.example') } as const) : { kind };
    return planChecksum([{ action: 'issue', domain: SHOP, certificate, names, order: 'new', why: '', ...more }]);
  };

  it('depends on the names that the certificate is for, and on whose it is', () => {
    expect(checksum(['a.example'])).not.toBe(checksum(['a.example', 'b.example']));
    expect(checksum(['a.example'])).not.toBe(checksum(['b.example']));
    expect(checksum(['a.example'])).not.toBe(checksum(['a.example'], 'own'));
  });

  it('and on nothing else', () => {
    expect(checksum(['a.example'], 'own', { why: 'other' })).toBe(checksum(['a.example'], 'own'));
    expect(checksum(['a.example'], 'shared', { order: 'renewal' })).toBe(checksum(['a.example']));
  });
});

it('a mapping that the list alone names has its certificate too', () => {
  const { objects, records } = counts(['shop.example'], WITHOUT);
  const [, shop] = records as [DomainRecord, DomainRecord];
  const desired = network([{ domain: SHOP, namedAs: 'bare' }]);
  expect(outcome({ desired, objects, records: [{ ...shop, request: undefined }] })).toEqual(['issue shop.example']);
});

describe('a plan of some domains only, where all share one certificate', () => {
  const some = (probe: ProbeState) =>
    outcome({ ...counts(['a.example'], probe), certificates: { mode: 'basic', scope: 'some' } });

  it('asks for none: whether another name would spoil it is not known', () => {
    expect(some(WITHOUT)).toEqual(['hold settling a.example']);
    expect(some(probeOf('absent', 'none'))).toEqual(['hold dns a.example']);
    expect(some({ ...VALID, leftAt: ago(HOUR), dns: { verdict: VERDICTS.proxied, since: ago(HOUR) } })).toEqual([]);
  });
});

describe('what is ours, where nothing says that it is mapped', () => {
  const silent = (desired: Situation['desired'], more: Partial<ActualDomain> = {}) => {
    const { objects, records } = counts(['a.example'], WITHOUT, {}, more);
    const wishless = records.map(({ domain, state }) => record(domain, undefined, state));
    return outcome({ objects, records: wishless, ...(desired && { desired }) });
  };

  it('keeps its certificate, while the network cannot be read and where there is none', () => {
    expect(silent({ from: 'nowhere', why: 'down' })).toEqual(['issue a.example']);
    expect(silent({ from: 'events' })).toEqual(['issue a.example']);
  });

  it('gets none where the network was asked and lacks it, and never where it is spared', () => {
    const answers = new Map([[host('a.example'), { kind: 'absent', readAt: iso(NOW) } as const]]);
    expect(silent({ from: 'asked', answers })).toEqual([]);
    expect(silent({ from: 'events' }, { wildcard: true })).toEqual([]);
    expect(silent({ from: 'events' }, { type: 'primary' })).toEqual([]);
  });

  it('is said nothing of where it is well', () => {
    const { objects, records } = counts(['a.example'], VALID);
    const wishless = records.map(({ domain, state }) => record(domain, undefined, state));
    expect(outcome({ objects, records: wishless, desired: { from: 'events' } })).toEqual([]);
  });
});
