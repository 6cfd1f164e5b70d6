import { describe, expect, it } from 'vitest';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import type { Step } from '../../../lib/core/plan/step.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  historyOf,
  host,
  mapRequest,
  object,
  only,
  owned,
  PRIMARY,
  probeOf,
  record,
  requested,
  SHOP,
  type Situation,
  VERDICTS,
} from '../builders.ts';
import { alike, NETWORK, numbered, outcome, planOf, VALID, WITHOUT } from './certificate-situations.ts';

describe('a shared certificate', () => {
  it('one step for all, with every name of the application', () => {
    const made = planOf(alike(['b.example', 'a.example'], WITHOUT), 'basic');
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
    const reversed = planOf(alike(['a.example', 'b.example'], WITHOUT), 'basic');
    expect(reversed.steps).toEqual(made.steps);
  });

  it('59 of 60 get theirs, and the one that does not point here is not even added', () => {
    const names = numbered(59);
    const { objects, records } = alike(names, WITHOUT);
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

  it('a name that would make it fail is named, ours or not', () => {
    const { objects, records } = alike(['a.example'], WITHOUT);
    const other = object('other.example', { id: 3 });
    const wrong = record(host('other.example'), undefined, { probe: probeOf('elsewhere', 'other-name') });
    const made = planOf({ objects: [...objects, other], records: [...records, wrong] }, 'basic');
    expect(made.steps).toEqual([]);
    expect(made.holds.find(({ domain }) => domain === 'a.example')).toMatchObject({
      code: 'spoilt',
      reason: expect.stringContaining('other.example points to 198.51.100.7'),
    });
  });

  it('a domain of which the ledger knows nothing is not known to point here', () => {
    const { objects, records } = alike(['a.example'], WITHOUT);
    for (const name of ['other.example', 'under_score.example']) {
      const made = planOf({ objects: [...objects, object(name, { id: 3 })], records }, 'basic');
      expect(made.holds.find(({ domain }) => domain === 'a.example')).toMatchObject({
        code: 'unasked',
        reason: expect.stringContaining(`${name} (not probed yet)`),
      });
    }
  });

  it('a separate www. object is looked up under its domain, and wildcards have no part in it', () => {
    const { objects, records } = alike(['a.example'], WITHOUT);
    const www = object('www.shop.example', { id: 3 });
    const probe = probeOf('elsewhere', 'valid', { www: { verdict: VERDICTS.pointing, since: ago(DAY) } });
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
    const own = alike(['a.example'], WITHOUT, { issuance: historyOf(MINUTE, 3) });
    expect(outcome(own, 'basic')).toEqual(['issue a.example']);
    expect(outcome({ ...alike(['a.example'], WITHOUT), certificates: { mode: 'basic', shared } })).toEqual([
      'hold certificate-requested a.example',
    ]);
    expect(outcome({ ...alike(['a.example'], WITHOUT), certificates: { mode: 'advanced', shared } })).toEqual([
      'issue a.example',
    ]);
  });

  it('it is issued before names are added, and after that for them', () => {
    const { objects, records } = alike(['b.example'], WITHOUT);
    const coming = record(host('a.example'), mapRequest(), { probe: probeOf('pointing', undefined) });
    expect(outcome({ objects, records: [...records, coming] }, 'basic')).toEqual(['issue b.example', 'add a.example']);
    expect(outcome({ objects, records: [...records, coming] }, 'advanced')).toEqual([
      'add a.example',
      'issue b.example',
    ]);
  });
});

describe('SharedAdmission: what is to be added where all share one certificate', () => {
  const adding = (probe: ProbeState | undefined, more: Situation = {}) =>
    outcome({ records: [NETWORK, record(SHOP, mapRequest(), probe ? { probe } : {})], ...more }, 'basic');

  it.each<[string, ProbeState | undefined, string]>([
    ['it points here', probeOf('pointing', undefined), 'add shop.example'],
    ['it was never probed', undefined, 'hold unasked shop.example'],
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

  it('the reason is what it waits for', () => {
    const never = only(planOf({ records: [record(SHOP, mapRequest())] }, 'basic').holds);
    expect(never.reason).toBe('It is not known yet where shop.example points.');
    const certificates = { mode: 'basic', server: undefined } as const;
    const unknown = only(planOf({ records: [record(SHOP, mapRequest(), { probe: VALID })], certificates }).holds);
    expect(unknown).toMatchObject({ code: 'unasked', reason: expect.stringContaining('address of the server') });
  });

  it.each([
    ['r3--shop.example.net', 'r3--shop has hyphens in the third and fourth place and does not begin with xn--'],
    ['a.b.c.d.e.f.g.h.i.shop.example', 'it has 11 labels, and 10 are the most'],
  ])('%s is never certified: it is not added, wherever it points, and spoils nobody else’s', (name, why) => {
    const domain = host(name);
    for (const kind of ['pointing', 'absent'] as const) {
      const { objects, records } = alike(['a.example'], WITHOUT);
      const made = planOf(
        { objects, records: [...records, record(domain, mapRequest(), { probe: probeOf(kind, undefined) })] },
        'basic',
      );
      expect(only(made.steps)).toMatchObject({ action: 'issue', names: ['a.example', PRIMARY.name] });
      expect(only(made.holds)).toEqual({
        domain,
        code: 'uncertifiable',
        reason: `Let's Encrypt never certifies ${name}, because ${why}. It is not added, because all names share one certificate.`,
        whatToDo:
          'Map the site under another name. Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.',
      });
    }
    expect(outcome({ records: [record(domain, mapRequest())] }, 'advanced')).toEqual([`add ${name}`]);
  });

  it('a name that a refusal blamed is not added again until somebody maps it anew', () => {
    const blamed = [{ name: 'shop.example', at: ago(HOUR), says: 'status 422: no' }];
    const certificates = { mode: 'basic', shared: { requests: [], attempts: 0, blamed } } as const;
    const coming = (occurredAt = ago(HOUR)) => ({
      records: [NETWORK, record(SHOP, mapRequest({ occurredAt }), { probe: probeOf('pointing', undefined) })],
      certificates,
    });
    expect(only(planOf(coming()).holds)).toEqual({
      domain: SHOP,
      code: 'certificate-failed',
      reason: `At ${ago(HOUR)} the certificate of all names was refused because of shop.example: status 422: no. It is not added again, because all names share one certificate.`,
      whatToDo: 'Mend what the answer names, then {"action":"map","domain":"shop.example"} tries it once more.',
    });
    expect(outcome(coming(ago(HOUR - 1)))).toEqual(['add shop.example']);
    expect(outcome({ ...coming(), certificates: { ...certificates, mode: 'advanced' } })).toEqual(['add shop.example']);
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
    const { objects, records } = alike(numbered(count - 1), VALID, {}, { type: 'redirect' });
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

  it('one that is not admitted counts for nothing', () => {
    expect(full(99, [OTHER, SHOP], both, { www: 'always' })).toHaveLength(2);
    const { objects, records } = alike(numbered(98), VALID);
    const large = record(OTHER, mapRequest({ namedAs: 'www' }), { probe: both });
    const small = record(SHOP, mapRequest(), { probe: here });
    expect(outcome({ objects, records: [...records, large, small], settings: { www: 'never' } }, 'basic')).toEqual([
      'add shop.example',
      'hold too-many-names other.example',
    ]);
  });

  it('a `www.` that would be one name too many is not served, and has a hold', () => {
    const { objects, records } = alike(numbered(99), VALID);
    const [, ...ofDomains] = records;
    const last = ofDomains.at(-1) as DomainRecord;
    const state = { ...last.state, probe: { ...VALID, www: { verdict: VERDICTS.pointing, since: ago(DAY) } } };
    const situation = { objects, records: [...records.slice(0, -1), { ...last, state }] };
    expect(outcome(situation, 'basic')).toEqual([`hold too-many-names ${last.domain}`]);
    expect(only(planOf(situation, 'basic').holds)).toMatchObject({
      reason: `With www.${last.domain} the application would have 101 names in one certificate, and Let's Encrypt allows 100.`,
      whatToDo: expect.stringContaining('Advanced SSL'),
    });
    expect(outcome(situation, 'advanced')).toEqual([`update ${last.domain}`]);
    const roomy = { objects: objects.slice(0, -2).concat(objects.slice(-1)), records: situation.records };
    const gone = ofDomains.at(-2) as DomainRecord;
    expect(outcome({ ...roomy, records: roomy.records.filter((each) => each !== gone) }, 'basic')).toEqual([
      `update ${last.domain}`,
    ]);
  });

  it('a `www.` that is served already counts no second time when its redirection is mended', () => {
    const { objects, records } = alike(numbered(98), VALID);
    const served = objects.map((each) => (each === objects.at(-1) ? { ...each, www: true } : each));
    expect(outcome({ objects: served, records }, 'basic')).toEqual([`update ${records.at(-1)?.domain}`]);
  });

  it('one less is always served less', () => {
    const { objects, records } = alike(numbered(99), VALID);
    const settings = { www: 'never' } as const;
    const served = objects.map((each) =>
      each === objects.at(-1) ? { ...each, www: true, redirection: 'non-www' } : each,
    );
    expect(outcome({ objects: served, records, settings }, 'basic')).toEqual([`update ${records.at(-1)?.domain}`]);
  });
});

describe('a plan of some domains only, where all share one certificate', () => {
  const some = (probe: ProbeState) =>
    outcome({ ...alike(['a.example'], probe), certificates: { mode: 'basic' }, scope: 'some' });

  it('requests none: whether another name would make it fail is not known', () => {
    expect(some(WITHOUT)).toEqual(['hold settling a.example']);
    expect(some(probeOf('absent', 'none'))).toEqual(['hold dns a.example']);
    expect(some({ ...VALID, leftAt: ago(HOUR), dns: { verdict: VERDICTS.proxied, since: ago(HOUR) } })).toEqual([]);
  });
});
