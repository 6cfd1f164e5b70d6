import { describe, expect, it } from 'vitest';
import type { CertificateMode } from '../../../lib/core/certificates/mode.ts';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import type { IssueStep } from '../../../lib/core/plan/step.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  historyOf,
  host,
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
import { alike, issues, outcome, planOf, VALID, WITHOUT } from './certificate-situations.ts';

describe('a certificate for each domain', () => {
  it('one request for each domain that needs one, with the names that its object serves', () => {
    const { objects, records } = alike(['b.example', 'a.example'], WITHOUT);
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
    const [a, b] = [alike(['a.example'], WITHOUT), alike(['b.example'], probeOf('absent', 'none'))];
    const objects = [...a.objects, object('b.example', { id: 100 })];
    expect(outcome({ objects, records: [...a.records, ...b.records.slice(1)] }, mode)).toEqual([
      'issue a.example',
      'hold dns b.example',
    ]);
  });

  it('a hold gives the reason, what to do, and when it is checked again', () => {
    const issuance = historyOf(0, 1);
    expect(only(planOf(alike(['shop.example'], WITHOUT, { issuance })).holds)).toEqual({
      domain: 'shop.example',
      code: 'certificate-requested',
      reason: `This service asked for the certificate of shop.example at ${ago(0)}, and the server does not show it yet.`,
      whatToDo: `Nothing: the next runs probe it. Checked again from ${iso(NOW + 10 * MINUTE)} on.`,
    });
    const absent = only(planOf(alike(['shop.example'], probeOf('absent', 'none'))).holds);
    expect(absent.whatToDo).toBe('Set A shop.example → 203.0.113.10.');
  });

  it('a domain that has one, or that was never probed, has neither step nor hold', () => {
    expect(outcome(alike(['shop.example'], VALID))).toEqual([]);
    expect(outcome(alike(['shop.example'], undefined))).toEqual([]);
  });

  it('what was added a moment ago waits, and what was adopted does not', () => {
    const state = (by: 'added' | 'adopted') => ({ owned: { id: 100, since: ago(0), by } });
    expect(outcome(alike(['shop.example'], WITHOUT, state('added')))).toEqual(['hold settling shop.example']);
    expect(outcome(alike(['shop.example'], WITHOUT, state('adopted')))).toEqual(['issue shop.example']);
  });

  it('a newer mapping request ends a pause, an unmapping does not', () => {
    const { objects, records } = alike(['shop.example'], WITHOUT, { issuance: historyOf(30 * MINUTE, 3) });
    const [, shop] = records as [DomainRecord, DomainRecord];
    const withRequest = (request: DomainRecord['request']) => ({
      objects,
      records: [{ ...shop, request }],
      desired: listed(SHOP),
    });
    expect(outcome(withRequest(mapRequest({ occurredAt: ago(MINUTE) })))).toEqual(['issue shop.example']);
    expect(outcome(withRequest(mapRequest({ occurredAt: ago(HOUR) })))).toEqual([
      'hold certificate-failed shop.example',
    ]);
    expect(outcome(withRequest(unmapRequest({ occurredAt: ago(MINUTE) })))).toContain(
      'hold certificate-failed shop.example',
    );
    expect(outcome(withRequest(undefined))).toEqual(['hold certificate-failed shop.example']);
  });

  it.each<[string, Situation]>([
    [
      'not ours',
      { objects: [PRIMARY, object('shop.example')], records: [record(SHOP, mapRequest(), { probe: WITHOUT })] },
    ],
    ['not mapped', { ...alike(['shop.example'], WITHOUT), desired: listed() }],
    ['protected', { ...alike(['shop.example'], WITHOUT), settings: { protectedDomains: ['shop.example'] } }],
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
  ])('nothing is requested for what is %s', (_, situation) => {
    for (const mode of ['advanced', 'auto-ssl', 'basic'] as const) expect(issues(situation, mode)).toEqual([]);
  });

  it('it is requested under create-only too', () => {
    expect(outcome({ ...alike(['shop.example'], WITHOUT), settings: { policy: 'create-only' } })).toEqual([
      'issue shop.example',
    ]);
  });

  it('where RunCloud does not say how it keeps them, nothing is requested', () => {
    const situation = { ...alike(['shop.example'], WITHOUT), certificates: { mode: undefined } };
    expect(outcome(situation)).toEqual(['hold no-mode shop.example']);
  });
});

describe('near the limits of Let’s Encrypt', () => {
  const left = (count: number) =>
    Array.from({ length: 240 - count }, (_, n) => requested(HOUR, { names: [`x${n}.other${n}.example`] }));
  const since = (days: number, certificate: keyof typeof SHOWN): ProbeState => {
    return probeOf('pointing', certificate, { dns: { verdict: VERDICTS.pointing, since: ago(days * DAY) } });
  };

  it.each<[number, string[]]>([
    [0, []],
    [1, ['old.example']],
    [2, ['old.example', 'young.example']],
    [3, ['expiring.example', 'old.example', 'young.example']],
  ])('with %d left, what is down comes first, and of that what has pointed here for longest', (count, first) => {
    const all = [
      alike(['expiring.example'], since(90, 'expiring')),
      alike(['young.example'], since(1, 'none')),
      alike(['old.example'], since(2, 'expired')),
    ];
    const objects = ['expiring.example', 'young.example', 'old.example'].map((name) => object(name, { id: 100 }));
    const records = all.flatMap((each) => each.records.slice(1));
    for (const some of [records, records.toReversed()]) {
      const situation = { objects: [PRIMARY, ...objects], records: some, certificates: { requests: left(count) } };
      expect(issues(situation).map(({ domain }) => domain)).toEqual(first);
      const held = planOf(situation).holds.filter(({ code }) => code === 'limit');
      expect(held).toHaveLength(3 - count);
    }
  });

  it('one of which DNS was never asked waits for that, and counts for nothing', () => {
    const never = { at: ago(0), certificate: { verdict: SHOWN.none, since: ago(DAY) }, dnsUnasked: 'time-out' };
    const { objects, records } = alike(['a.example', 'b.example'], WITHOUT);
    const [primary, a, b] = records as [DomainRecord, DomainRecord, DomainRecord];
    const unasked = { ...a, state: { ...a.state, probe: never } };
    const situation = { objects, records: [primary, unasked, b], certificates: { requests: left(1) } };
    expect(outcome(situation)).toEqual(['issue b.example', 'hold unasked a.example']);
  });

  it('of those alike the first by name', () => {
    const situation = { ...alike(['b.example', 'a.example'], WITHOUT), certificates: { requests: left(1) } };
    expect(issues(situation).map(({ domain }) => domain)).toEqual(['a.example']);
  });

  it('what waits for something else counts for nothing', () => {
    const { objects, records } = alike(['a.example', 'b.example'], WITHOUT);
    const [primary, a, b] = records as [DomainRecord, DomainRecord, DomainRecord];
    const waiting = { ...a, state: { ...a.state, issuance: historyOf(0) } };
    const situation = { objects, records: [primary, waiting, b], certificates: { requests: left(1) } };
    expect(issues(situation).map(({ domain }) => domain)).toEqual(['b.example']);
  });

  it('60 subdomains of the network: 40 now, and the way to need but one', () => {
    const names = Array.from({ length: 60 }, (_, n) => `s${n}.network.example`);
    const made = planOf(alike(names, WITHOUT));
    expect(made.steps).toHaveLength(40);
    const held = made.holds.filter(({ code }) => code === 'limit');
    expect(held).toHaveLength(20);
    expect(held[0]?.whatToDo).toContain('SUBDOMAINS=wildcard');
  });
});

describe('a change of names and its certificate', () => {
  const changing = (mode: CertificateMode, more: Partial<Situation> = {}) =>
    outcome({ ...alike(['shop.example'], WITHOUT), settings: { www: 'always' }, ...more }, mode);

  it.each(['advanced', 'basic'] as const)('are not in the same plan, in mode %s', (mode) => {
    expect(changing(mode)).toEqual(['update shop.example']);
  });

  it('where the change must wait the certificate is requested', () => {
    expect(changing('advanced', { settings: { www: 'always', policy: 'create-only' } })).toEqual([
      'issue shop.example',
      'hold policy shop.example',
    ]);
    const certified = {
      ...alike(['shop.example'], VALID),
      settings: { www: 'always', policy: 'create-only' },
    } as const;
    expect(outcome(certified)).toEqual(['hold policy shop.example']);
    const result = alike(['shop.example'], WITHOUT, { requested: { www: true, redirection: 'non-www' } });
    expect(changing('advanced', result)).toEqual(['issue shop.example', 'hold not-taken shop.example']);
  });

  const wwwSince = (kind: keyof typeof VERDICTS, since: ProbeState['at']) => ({
    www: { verdict: VERDICTS[kind], since },
  });

  it('`www.` comes when its DNS does, valid certificate or not', () => {
    for (const certificate of ['none', 'valid'] as const) {
      const probe = probeOf('pointing', certificate, wwwSince('pointing', ago(0)));
      expect(outcome(alike(['shop.example'], probe))).toEqual(['update shop.example']);
    }
  });

  it('shows what keeps the certificate away beside the step, by the names after it', () => {
    const always = { settings: { www: 'always' } } as const;
    for (const dns of ['proxied', 'absent'] as const) {
      const hold = dns === 'absent' ? 'dns' : dns;
      for (const mode of ['advanced', 'basic', 'auto-ssl'] as const) {
        const situation = { ...alike(['shop.example'], probeOf(dns, 'none')), ...always, certificates: { mode } };
        expect(outcome(situation)).toEqual(['update shop.example', `hold ${hold} shop.example`]);
      }
    }
    // It is the `www.` name to come that does not point here.
    const probe = probeOf('pointing', 'none', wwwSince('absent', ago(HOUR)));
    expect(outcome({ ...alike(['shop.example'], probe), ...always })).toEqual([
      'update shop.example',
      'hold dns shop.example',
    ]);
  });

  it('shows a request in vain beside the step, where that was for the domain alone', () => {
    const situation = alike(['shop.example'], probeOf('pointing', 'none', wwwSince('pointing', ago(0))), {
      issuance: historyOf(20 * MINUTE, 2),
    });
    expect(outcome(situation)).toEqual(['update shop.example', 'hold certificate-failed shop.example']);
    expect(outcome({ ...situation, certificates: { mode: 'basic' } })).toEqual(['update shop.example']);
  });

  it('`www.` goes when it has been away for an hour and the certificate could not be issued with it', () => {
    const { objects, records } = alike(['shop.example'], probeOf('pointing', 'expired', wwwSince('absent', ago(HOUR))));
    const [primary, shop] = objects as [ActualDomain, ActualDomain];
    const served = { ...shop, www: true, redirection: 'non-www' };
    expect(outcome({ objects: [primary, served], records })).toEqual(['update shop.example']);
    const lately = alike(['shop.example'], probeOf('pointing', 'expired', wwwSince('absent', ago(HOUR - 1))));
    expect(outcome({ objects: [primary, served], records: lately.records })).toEqual(['hold dns shop.example']);
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
  const { objects, records } = alike(['shop.example'], WITHOUT);
  const [, shop] = records as [DomainRecord, DomainRecord];
  const desired = network([{ domain: SHOP, namedAs: 'bare' }]);
  expect(outcome({ desired, objects, records: [{ ...shop, request: undefined }] })).toEqual(['issue shop.example']);
});

describe('what is ours, where nothing says that it is mapped', () => {
  const silent = (desired: Situation['desired'], more: Partial<ActualDomain> = {}) => {
    const { objects, records } = alike(['a.example'], WITHOUT, {}, more);
    const withoutRequests = records.map(({ domain, state }) => record(domain, undefined, state));
    return outcome({ objects, records: withoutRequests, ...(desired && { desired }) });
  };

  it('keeps its certificate, while the network cannot be read and where there is none', () => {
    expect(silent({ from: 'nowhere', why: 'down' })).toEqual(['issue a.example']);
    expect(silent({ from: 'events' })).toEqual(['issue a.example']);
  });

  it('gets none where the network was asked and lacks it, and never where it is protected', () => {
    const answers = new Map([[host('a.example'), { kind: 'absent', readAt: iso(NOW) } as const]]);
    expect(silent({ from: 'asked', answers })).toEqual([]);
    expect(silent({ from: 'events' }, { wildcard: true })).toEqual([]);
    expect(silent({ from: 'events' }, { type: 'primary' })).toEqual([]);
  });

  it('has neither step nor hold where it is well', () => {
    const { objects, records } = alike(['a.example'], VALID);
    const withoutRequests = records.map(({ domain, state }) => record(domain, undefined, state));
    expect(outcome({ objects, records: withoutRequests, desired: { from: 'events' } })).toEqual([]);
  });
});
