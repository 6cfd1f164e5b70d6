/** What the planner of certificates answers, whole, and SharedAdmission by itself. */
import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import {
  countNames,
  isQuiet,
  planCertificates,
  type Served,
  SharedAdmission,
} from '../../../lib/core/plan/certificates.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  CERTIFICATES,
  historyOf,
  host,
  input,
  mapRequest,
  NOW,
  object,
  only,
  PRIMARY,
  probeOf,
  record,
  SHOP,
  type Situation,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';
import { numbered, VALID, WITHOUT } from './certificate-situations.ts';

const LEFT = probeOf('proxied', 'valid', { leftAt: ago(HOUR) });
const BASIC = { mode: 'basic' } as const;

function served(
  state: DomainState,
  name = 'shop.example',
  { request }: Pick<DomainRecord, 'request'> = { request: mapRequest() },
): Served {
  return { record: record(host(name), request, state), target: object(name), names: 'settled' };
}

function planned(all: readonly Served[], situation: Situation = {}) {
  const objects = [PRIMARY, ...all.map(({ target }) => target)];
  const primary = record(host(PRIMARY.name), undefined, { probe: VALID });
  const records = [primary, ...all.map((each) => each.record)];
  return planCertificates(all, input({ objects, records, ...situation }));
}

describe('isQuiet', () => {
  it('is a valid certificate of a domain that did not leave, and nothing else', () => {
    expect(isQuiet(VALID, NOW)).toBe(true);
    expect(isQuiet({ ...VALID, leftAt: ago(HOUR) }, NOW)).toBe(false);
    for (const probe of [WITHOUT, probeOf('pointing', 'expiring'), probeOf('pointing', undefined), undefined]) {
      expect(isQuiet(probe, NOW)).toBe(false);
    }
  });
});

describe('planCertificates', () => {
  const nothing = { steps: [], holds: [] };
  const modes = ['advanced', 'auto-ssl', 'basic'] as const;

  it.each(modes)('plans nothing for what was never probed, in mode %s', (mode) => {
    expect(planned([], { certificates: { mode } })).toEqual(nothing);
    expect(planned([served({})], { certificates: { mode } })).toEqual(nothing);
  });

  it.each(modes)('plans nothing for what has a certificate, left or not, in mode %s', (mode) => {
    for (const probe of [VALID, LEFT]) {
      for (const scope of ['all', 'some'] as const) {
        expect(planned([served({ probe })], { certificates: { mode }, scope })).toEqual(nothing);
      }
    }
  });

  it('a server that was never asked for one certificate keeps the other in its place', () => {
    const all = [
      served({ probe: probeOf('pointing', undefined) }, 'a.example'),
      served({ probe: WITHOUT }, 'b.example'),
    ];
    for (const some of [all, all.toReversed()]) {
      const made = planned(some);
      expect(made.steps.map(({ domain }) => domain)).toEqual(['b.example']);
      expect(made.holds.map(({ code }) => code)).toEqual(['unasked']);
    }
  });

  it('one that was never probed keeps nobody else waiting', () => {
    const made = planned([served({}, 'a.example'), served({ probe: WITHOUT }, 'b.example')]);
    expect(made.steps.map(({ domain }) => domain)).toEqual(['b.example']);
    expect(made.holds).toEqual([]);
  });

  it('plans each domain by what the server shows, those that are down before those that expire', () => {
    const expiring = probeOf('pointing', 'expired', { dns: { verdict: VERDICTS.pointing, since: ago(9 * DAY) } });
    const renewing = {
      ...expiring,
      certificate: {
        verdict: { kind: 'expiring', until: iso(NOW + DAY), expiringFrom: ago(29 * DAY) } as const,
        since: ago(9 * DAY),
      },
    };
    const all = [served({ probe: renewing }, 'a.example'), served({ probe: WITHOUT }, 'b.example')];
    expect(planned(all).steps.map(({ domain, order }) => `${domain} ${order}`)).toEqual([
      'b.example new',
      'a.example renewal',
    ]);
  });

  it('what was added waits a minute, and what was adopted, or has no owner on record, does not', () => {
    const since = ago(MINUTE - 1);
    const codes = (state: DomainState) => planned([served({ probe: WITHOUT, ...state })]).holds.map(({ code }) => code);
    expect(codes({ owned: { id: 7, since, by: 'added' } })).toEqual(['settling']);
    expect(codes({ owned: { id: 7, since, by: 'adopted' } })).toEqual([]);
    expect(codes({})).toEqual([]);
  });

  it('only a mapping request ends a pause, and one need not be there', () => {
    const issuance = historyOf(30 * MINUTE, 3);
    const codes = (request: DomainRecord['request']) =>
      planned([served({ probe: WITHOUT, issuance }, 'shop.example', { request })]).holds.map(({ code }) => code);
    const occurredAt = ago(MINUTE);
    expect(codes(mapRequest({ occurredAt }))).toEqual([]);
    expect(codes(unmapRequest({ occurredAt }))).toEqual(['certificate-failed']);
    expect(codes(undefined)).toEqual(['certificate-failed']);
  });
});

describe('planCertificates in a plan of some domains, where all share one certificate', () => {
  const some = (state: DomainState) => only(planned([served(state)], { certificates: BASIC, scope: 'some' }).holds);

  it('leaves what is needed to the next reconcile, with the reason', () => {
    expect(some({ probe: WITHOUT })).toEqual({
      domain: 'shop.example',
      code: 'settling',
      reason: 'shop.example points here and has no certificate.',
      whatToDo: 'Nothing: all names share one certificate, and the next reconcile asks for it.',
    });
  });

  it('looks neither at earlier requests nor at when the domain was added: they concern all names', () => {
    const state = { probe: WITHOUT, owned: { id: 7, since: ago(0), by: 'added' }, issuance: historyOf(0) } as const;
    expect(some(state).whatToDo).toContain('the next reconcile asks for it');
  });
});

describe('SharedAdmission', () => {
  const admission = (names: number, more: Partial<typeof CERTIFICATES> = BASIC) =>
    new SharedAdmission(
      { ...CERTIFICATES, ...more },
      numbered(names).map((name) => object(name)),
      NOW,
    );
  const here = record(SHOP, mapRequest(), { probe: probeOf('pointing', undefined) });
  const both = record(SHOP, mapRequest(), {
    probe: probeOf('pointing', undefined, { www: { verdict: VERDICTS.pointing, since: ago(DAY) } }),
  });

  it('admits whatever comes in other modes, probed or not', () => {
    for (const mode of ['advanced', 'auto-ssl', undefined] as const) {
      const full = admission(200, { mode });
      expect(full.admit(record(SHOP), 'yes')).toBeUndefined();
      expect(full.admitWww(here)).toBeUndefined();
    }
  });

  it('waits for the first probe', () => {
    expect(admission(1).admit(record(SHOP), 'auto')).toEqual({
      kind: 'wait',
      cause: 'unasked',
      why: 'It is not known yet where shop.example points.',
      whatToDo: 'Nothing: the next run probes it.',
    });
  });

  it('waits for the name that does not point here, and says why that keeps it', () => {
    const absent = record(SHOP, mapRequest(), { probe: probeOf('absent', undefined) });
    expect(admission(1).admit(absent, 'no')).toEqual({
      kind: 'wait',
      cause: 'dns',
      why: 'shop.example does not resolve: public DNS has no address for it. It is added once it points here, because all names share one certificate.',
      whatToDo: 'Set A shop.example → 203.0.113.10.',
    });
  });

  it('waits for the `www.` name by its own name', () => {
    const www = { www: { verdict: VERDICTS.absent, since: ago(DAY) } };
    const coming = record(SHOP, mapRequest(), { probe: probeOf('pointing', undefined, www) });
    expect(admission(1).admit(coming, 'yes')?.why).toMatch(/^www\.shop\.example does not resolve: /);
  });

  it('counts no `www.` name in other modes, however many come', () => {
    const free = admission(0, { mode: 'advanced' });
    for (let n = 0; n <= 100; n++) expect(free.admitWww(here)).toBeUndefined();
  });

  it('names the name that is one too many, and what there is to do', () => {
    expect(admission(100).admit(here, 'no')).toEqual({
      kind: 'wait',
      cause: 'too-many-names',
      why: "With shop.example the application would have 101 names in one certificate, and Let's Encrypt allows 100.",
      whatToDo:
        'Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.',
    });
  });

  it.each([
    ['yes', both, 2],
    ['auto', both, 2],
    ['auto', here, 1],
    ['no', both, 1],
  ] as const)('www %s: counts the names that will be served', (www, coming, count) => {
    expect(admission(100 - count).admit(coming, www)).toBeUndefined();
    expect(admission(101 - count).admit(coming, www)?.cause).toBe('too-many-names');
  });

  it('counts what it admitted, and not what it refused', () => {
    const one = admission(98);
    expect(one.admit(both, 'yes')).toBeUndefined();
    expect(one.admit(here, 'no')?.cause).toBe('too-many-names');
    const other = admission(99);
    expect(other.admit(both, 'yes')?.cause).toBe('too-many-names');
    expect(other.admit(here, 'no')).toBeUndefined();
  });

  it('counts one name more for the `www.` of what is there, whatever DNS says', () => {
    expect(admission(99).admitWww(record(SHOP))).toBeUndefined();
    expect(admission(100).admitWww(record(SHOP))?.why).toMatch(
      /^With www\.shop\.example the application would have 101 /,
    );
  });
});

describe('countNames', () => {
  it('counts every name that is served, and none of a wildcard domain', () => {
    expect(countNames([])).toBe(0);
    expect(countNames([PRIMARY, { ...shop, www: true }, object('*.network.example')])).toBe(3);
  });
});
