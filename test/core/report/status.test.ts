import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { Hold } from '../../../lib/core/plan/hold.ts';
import type { PlanInput } from '../../../lib/core/plan/input.ts';
import { plan } from '../../../lib/core/plan/plan.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import {
  countCertificates,
  type DomainStatus,
  joinReasons,
  statusOf,
  unseenDomain,
} from '../../../lib/core/report/status.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { planInputs } from '../arbitraries.ts';
import {
  ago,
  failure,
  historyOf,
  host,
  input,
  mapped,
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
  type Situation,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

function rowsOf(given: PlanInput): DomainStatus[] {
  return statusOf(given, plan(given));
}

/** The row of shop.example, beside that of the primary. */
function rowOf(situation: Situation): DomainStatus {
  return only(rowsOf(input(situation)).filter(({ domain }) => domain !== PRIMARY.name));
}

describe('statusOf', () => {
  it('a mapped domain that is on RunCloud has nothing to do', () => {
    expect(rowOf({ objects: [PRIMARY, shop], records: [record(SHOP, mapped, owned())] })).toEqual({
      domain: 'shop.example',
      mapping: 'on RunCloud',
      dns: 'unknown',
      certificate: 'unknown',
      owned: true,
      next: 'nothing to do',
    });
  });

  it('a mapped domain that is not there will be added, with the reason', () => {
    expect(rowOf({ records: [record(SHOP, mapped)] })).toMatchObject({
      mapping: 'not on RunCloud',
      owned: false,
      next: 'will be added to RunCloud',
      reason: 'mapped, and not on RunCloud',
    });
  });

  it.each<[string, Situation]>([
    ['will be removed', { objects: [PRIMARY, shop], records: [record(SHOP, unmapRequest(), owned())] }],
    ['will be forgotten', { records: [record(SHOP, unmapRequest(), { ...owned(), goneSince: ago(DAY) })] }],
    ['held: Nothing', { records: [record(SHOP, unmapRequest(), owned())] }],
    [
      'will be changed',
      { objects: [PRIMARY, shop], records: [record(SHOP, mapped, owned())], settings: { www: 'always' } },
    ],
  ])('what the plan says is next: %s', (next, situation) => {
    expect(rowOf(situation).next).toContain(next);
  });

  it('what will be adopted says so', () => {
    const given = input({ objects: [shop] });
    const adopting = plan(given);
    const steps = [{ action: 'adopt', domain: SHOP, target: shop, why: 'handed over by an operator' }] as const;
    expect(only(statusOf(given, { ...adopting, steps, holds: [] })).next).toBe('will be adopted');
  });

  it('what is held says what to do, with the reason', () => {
    const failed = failure(mapped, { whatToDo: 'Look there.' });
    const row = rowOf({ records: [record(SHOP, mapped, { failure: failed })] });
    expect(row.next).toMatch(/^held: Look there\./);
    expect(row.reason).toContain('RunCloud said no.');
  });

  it.each<[string, Situation]>([
    ['not ours', { objects: [PRIMARY, shop], records: [record(SHOP, mapped)] }],
    ['unmanaged', { objects: [PRIMARY, shop] }],
    ['covered by a wildcard', { objects: [object('*.example')], records: [record(SHOP, mapped)] }],
  ])('what is %s stays as it is, with the reason', (_, situation) => {
    const row = rowsOf(input(situation)).find(({ domain }) => domain === SHOP);
    expect(row?.next).toBe('stays as it is');
    expect(row?.reason).toBeTruthy();
  });

  describe('a separate www. object', () => {
    const www = object('www.shop.example', { id: 9 });
    const probe = { ...probeOf('pointing', 'valid'), www: { verdict: { kind: 'absent' }, since: ago(HOUR) } } as const;
    const rows = (situation: Situation) => rowsOf(input(situation)).filter(({ domain }) => domain !== PRIMARY.name);

    it('beside its domain has a row of its own, with what DNS says of its name', () => {
      const records = [record(SHOP, mapped, { ...owned(), probe })];
      expect(rows({ objects: [PRIMARY, www, shop], records })).toEqual([
        {
          domain: 'shop.example',
          mapping: 'on RunCloud',
          dns: 'pointing',
          certificate: 'valid',
          owned: true,
          next: 'nothing to do',
        },
        {
          domain: 'www.shop.example',
          mapping: 'on RunCloud',
          dns: 'pending',
          certificate: 'unknown',
          owned: false,
          next: 'stays as it is',
          reason:
            'www.shop.example is on RunCloud as a domain object of its own, beside the one that serves shop.example. This service leaves it alone.',
        },
      ]);
      const unprobed = rows({ objects: [PRIMARY, shop, www], records: [record(SHOP, mapped, owned())] });
      expect(unprobed.map(({ domain, dns }) => `${domain} ${dns}`)).toEqual([
        'shop.example unknown',
        'www.shop.example unknown',
      ]);
    });

    it('that the ledger has for ours is owned, and the domain is not', () => {
      const records = [record(SHOP, mapped, owned(9))];
      expect(rows({ objects: [shop, www], records }).map(({ domain, owned }) => [domain, owned])).toEqual([
        ['shop.example', false],
        ['www.shop.example', true],
      ]);
    });

    it('that is ours beside ours shows its certificate as far as it is known', () => {
      const state = { ...owned(), ownedWww: { id: 9, since: ago(DAY), by: 'added' } } as const;
      const certificates = (more: Partial<ProbeState>) =>
        rows({ objects: [shop, www], records: [record(SHOP, mapped, { ...state, probe: { ...probe, ...more } })] }).map(
          ({ domain, certificate }) => `${domain} ${certificate}`,
        );
      const here = { www: { verdict: VERDICTS.pointing, since: ago(HOUR) } };
      expect(certificates(here)).toEqual(['shop.example valid', 'www.shop.example valid']);
      // Of one that leads elsewhere, and is not mapped, nobody looks at the certificate.
      expect(certificates({})).toEqual(['shop.example valid', 'www.shop.example unknown']);
      const { certificate } = probeOf('pointing', 'expired');
      if (!certificate) throw new Error('there is one');
      expect(certificates({ certificate, certificateOf: 'www' })).toEqual([
        'shop.example waiting',
        'www.shop.example waiting',
      ]);
      expect(certificates({ certificate })).toEqual(['shop.example waiting', 'www.shop.example unknown']);
    });

    it('of a domain that nobody mapped has a row of its own, too', () => {
      expect(rows({ objects: [shop, www] }).map(({ domain, next }) => `${domain} ${next}`)).toEqual([
        'shop.example stays as it is',
        'www.shop.example stays as it is',
      ]);
    });

    it('that alone serves its domain is the row of the domain', () => {
      const alone = rows({ objects: [PRIMARY, www], records: [record(SHOP, mapped, owned(9))] });
      expect(alone.map(({ domain, owned }) => [domain, owned])).toEqual([['shop.example', true]]);
    });
  });

  it('what went wrong the last time is the reason until it went well', () => {
    const failed = failure(mapped, { dueAt: ago(MINUTE) });
    expect(rowOf({ records: [record(SHOP, mapped, { failure: failed })] })).toMatchObject({
      next: 'will be added to RunCloud',
      reason: 'RunCloud said no.',
    });
  });

  it('what went wrong under an older request does not count any more', () => {
    const failed = failure(mapRequest({ occurredAt: ago(DAY) }));
    expect(rowOf({ records: [record(SHOP, mapped, { failure: failed })] }).reason).toBe('mapped, and not on RunCloud');
  });

  it('an old failure is no reason where nothing is to be done', () => {
    const records = [record(SHOP, mapped, { ...owned(), failure: failure(mapped) })];
    expect(rowOf({ objects: [PRIMARY, shop], records })).not.toHaveProperty('reason');
  });

  it('an object of the same name with another id is not owned', () => {
    const row = rowOf({ objects: [PRIMARY, shop], records: [record(SHOP, mapped, owned(3))] });
    expect(row.owned).toBe(false);
  });

  it('what is unmapped and gone is not shown', () => {
    expect(rowsOf(input({ objects: [], records: [record(SHOP, unmapRequest(), { removedAt: ago(HOUR) })] }))).toEqual(
      [],
    );
    expect(rowsOf(input({ objects: [], records: [record(SHOP)] }))).toEqual([]);
  });

  it('a mapped domain is shown even where nothing is planned for it and it is not there', () => {
    const given = input({ objects: [], records: [record(SHOP, mapped)] });
    const row = only(statusOf(given, { ...plan(given), steps: [], holds: [] }));
    expect(row).toMatchObject({ mapping: 'not on RunCloud', next: 'nothing to do' });
  });

  it('a separate www. object is shown with its domain', () => {
    const www = object('www.shop.example');
    expect(rowOf({ objects: [PRIMARY, www], records: [record(SHOP, mapped, owned())] })).toMatchObject({
      domain: 'shop.example',
      mapping: 'on RunCloud',
      owned: true,
    });
    expect(rowOf({ objects: [PRIMARY, www] })).toMatchObject({ domain: 'shop.example', next: 'stays as it is' });
  });

  it('a wildcard domain is shown under its own name', () => {
    const rows = rowsOf(input({ objects: [object('*.network.example')] }));
    expect(only(rows)).toMatchObject({ domain: '*.network.example', next: 'nothing to do' });
  });

  it('rows stand in the order of their names', () => {
    const names = ['c.example', 'a.example', 'b.example'];
    const records = names.map((name) => record(host(name), mapped));
    const rows = rowsOf(input({ objects: [object('bb.example')], records }));
    expect(rows.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'bb.example', 'c.example']);
  });

  it('shows each domain once, and every domain that the ledger has a step or a hold for', () => {
    fc.assert(
      fc.property(planInputs, (given) => {
        const made = plan(given);
        const rows = statusOf(given, made);
        const shown = rows.map(({ domain }) => domain);
        expect(shown).toEqual([...new Set(shown)].sort());
        const concerned = [...made.steps, ...made.holds].map(({ domain }) => domain);
        for (const domain of given.ledger.keys()) if (concerned.includes(domain)) expect(shown).toContain(domain);
        for (const row of rows) if (row.next !== 'nothing to do') expect(row.reason).toBeTruthy();
      }),
    );
  });
});

describe('the row of a domain that a network may list meanwhile', () => {
  it('says when it was not seen, and claims no more', () => {
    const row = {
      domain: SHOP,
      mapping: 'not on RunCloud',
      dns: 'unknown',
      certificate: 'none',
      owned: false,
      next: 'ask again after the next run',
    };
    expect(unseenDomain(SHOP, iso(NOW))).toEqual({
      ...row,
      reason:
        'It was not seen in the last run over all domains, which ended at 2026-11-22T08:00:00.000Z. A mapping made since shows after the next one.',
    });
    expect(unseenDomain(SHOP, undefined)).toEqual({
      ...row,
      reason: 'No run over all domains has come to its end yet, so nothing is known of it.',
    });
  });
});

describe('statusOf: mapping, DNS and certificate', () => {
  const row = (state: DomainState, situation: Situation = {}) =>
    rowOf({ objects: [PRIMARY, shop], records: [record(SHOP, mapped, state)], ...situation });

  it('are shown one by one', () => {
    expect(row({ ...owned(), probe: probeOf('pointing', 'valid') })).toEqual({
      domain: 'shop.example',
      mapping: 'on RunCloud',
      dns: 'pointing',
      certificate: 'valid',
      owned: true,
      next: 'nothing to do',
    });
  });

  it('show a certificate that ran out since its probe as it is by now', () => {
    const verdict = { kind: 'valid', until: iso(NOW + 2), expiringFrom: iso(NOW) } as const;
    const state = { ...owned(), probe: probeOf('pointing', undefined, { certificate: { verdict, since: ago(DAY) } }) };
    const shown = (now: number) => row(state, { now, certificates: { mode: 'advanced' } }).certificate;
    expect([NOW, NOW + 1, NOW + 2].map(shown)).toEqual(['valid', 'expiring', 'waiting']);
  });

  it.each<[DomainState, Pick<DomainStatus, 'dns' | 'certificate' | 'next'>]>([
    [
      { probe: probeOf('absent', 'none') },
      { dns: 'pending', certificate: 'waiting', next: 'held: Set A shop.example → 203.0.113.10.' },
    ],
    [
      { probe: probeOf('pointing', 'none') },
      { dns: 'pointing', certificate: 'waiting', next: 'its certificate will be requested' },
    ],
    [
      { probe: probeOf('pointing', 'none'), issuance: historyOf(MINUTE) },
      { dns: 'pointing', certificate: 'requested', next: expect.stringMatching(/^held: Nothing/) },
    ],
    [
      { probe: probeOf('pointing', 'none'), issuance: historyOf(HOUR, 3) },
      { dns: 'pointing', certificate: 'failed', next: expect.stringMatching(/^held: Make sure that http/) },
    ],
    [
      { probe: probeOf('elsewhere', 'expired', { leftAt: ago(HOUR) }) },
      { dns: 'moved away', certificate: 'waiting', next: expect.stringMatching(/^held: If the customer left/) },
    ],
    [
      { probe: probeOf('proxied', 'none') },
      { dns: 'proxied', certificate: 'waiting', next: expect.stringMatching(/^held: Switch/) },
    ],
  ])('%j', (state, expected) => {
    expect(row({ ...owned(), ...state })).toMatchObject(expected);
  });

  it('what is not ours waits for no certificate', () => {
    expect(row({ probe: probeOf('pointing', 'none'), issuance: historyOf(0) })).toMatchObject({
      certificate: 'none',
      owned: false,
      next: 'stays as it is',
    });
  });

  it('in mode basic it is the request for all that counts, and in the others its own', () => {
    const shared = { requests: [requested(MINUTE)], attempts: 1 };
    const state = { ...owned(), probe: probeOf('pointing', 'none') };
    expect(row(state, { certificates: { mode: 'basic', shared } }).certificate).toBe('requested');
    expect(row({ ...state, issuance: historyOf(0) }, { certificates: { mode: 'basic' } }).certificate).toBe('waiting');
    expect(row(state, { certificates: { mode: 'advanced', shared } }).certificate).toBe('waiting');
    expect(row({ ...state, issuance: historyOf(0) }, { certificates: { mode: 'auto-ssl' } }).certificate).toBe(
      'requested',
    );
  });

  it('where DNS leads elsewhere that comes first, and every other reason after it', () => {
    const failed = failure(mapped, { whatToDo: 'Look there.' });
    const state = { ...owned(), probe: probeOf('absent', 'none'), failure: failed };
    const given = input({
      objects: [PRIMARY, shop],
      records: [record(SHOP, mapped, state)],
      settings: { www: 'always' },
    });
    const made = plan(given);
    expect(made.holds.map(({ code }) => code).sort()).toEqual(['dns', 'waiting']);
    for (const holds of [made.holds, made.holds.toReversed()]) {
      const shown = statusOf(given, { ...made, holds }).find(({ domain }) => domain === SHOP);
      expect(shown?.next).toBe('held: Set A shop.example → 203.0.113.10.');
      expect(shown?.reason).toBe(
        'shop.example does not resolve: public DNS has no address for it. RunCloud said no. One attempt so far.',
      );
    }
  });

  it.each(['absent', 'elsewhere', 'proxied', 'partly', 'blocked'] as const)(
    'a pending step does not hide the cause: %s',
    (dns) => {
      const given = input({
        objects: [PRIMARY, shop],
        records: [record(SHOP, mapped, { ...owned(), probe: probeOf(dns, 'none') })],
        settings: { www: 'always' },
      });
      const made = plan(given);
      const hold = only(made.holds);
      const shown = statusOf(given, made).find(({ domain }) => domain === SHOP);
      expect(shown?.reason).toBe(
        `${hold.reason} shop.example: is served with www off, redirection none; www on, redirection non-www is right.`,
      );
      expect(shown?.next).toBe(`held: ${hold.whatToDo} Also: www and redirection will be changed.`);
    },
  );

  it('what POLICY forbids is a reason too, and no step', () => {
    const given = input({
      objects: [PRIMARY, shop],
      records: [record(SHOP, mapped, { ...owned(), probe: probeOf('proxied', 'none') })],
      settings: { www: 'always', policy: 'observe' },
    });
    const made = plan(given);
    const shown = statusOf(given, made).find(({ domain }) => domain === SHOP);
    expect(shown?.reason).toBe(
      `${only(made.holds).reason} shop.example: the step "update" is due, but POLICY is observe.`,
    );
    expect(shown?.next).toBe(`held: ${only(made.holds).whatToDo}`);
  });

  it('what keeps the domain itself comes before what its certificate waits for, DNS aside', () => {
    const given = input({ objects: [PRIMARY, shop], records: [record(SHOP, mapped, owned())] });
    const hold = (whatToDo: string, code: Hold['code']): Hold => ({
      domain: 'shop.example',
      code,
      reason: `${code}!`,
      whatToDo,
    });
    const shownFor = (...holds: Hold[]) =>
      statusOf(given, { ...plan(given), holds }).find(({ domain }) => domain === SHOP);
    const [one, two, three, four] = [
      hold('one', 'limit'),
      hold('two', 'waiting'),
      hold('three', 'grace'),
      hold('four', 'foreign-certificate'),
    ];
    expect(shownFor(one, two, three, four)).toMatchObject({
      next: 'held: two',
      reason: 'waiting! grace! limit! foreign-certificate!',
    });
    for (const code of ['moved-away', 'dns', 'proxied', 'caa'] as const) {
      expect(shownFor(one, two, hold('dns', code), three)).toMatchObject({
        next: 'held: dns',
        reason: `${code}! waiting! grace! limit!`,
      });
    }
    expect(shownFor(two, { ...two, whatToDo: 'other' })?.reason).toBe('waiting!');
  });

  it.each([
    [['one'], 'one'],
    [['One.', 'two', 'Three?', 'four!', 'five…', '6'], 'One. two. Three? four! five… 6.'],
  ])('reasons %j stand one behind the other as sentences', (reasons, joined) => {
    expect(joinReasons(reasons)).toBe(joined);
  });
});

describe('statusOf: what the ledger has no record of', () => {
  it('is shown when it is planned or held', () => {
    const given = input({ desired: network([{ domain: SHOP, namedAs: 'bare' }]) });
    expect(rowsOf(given).map(({ domain, next }) => [domain, next])).toContainEqual([
      'shop.example',
      'will be added to RunCloud',
    ]);
    const protectedDomains = ['shop.example'];
    expect(rowsOf({ ...given, settings: { ...given.settings, protectedDomains } })).toContainEqual(
      expect.objectContaining({ domain: 'shop.example', next: expect.stringMatching(/^held: /) }),
    );
  });
});

describe('statusOf: under observe', () => {
  it('nothing is promised that is not going to be done', () => {
    const given = input({ records: [record(SHOP, mapRequest())], settings: { policy: 'observe' } });
    expect(rowsOf(given)).toContainEqual(
      expect.objectContaining({
        next: 'held: Set POLICY=sync when the plan looks right.',
        reason: expect.stringMatching(/POLICY is observe/),
      }),
    );
  });

  it('what only the ledger forgets is forgotten', () => {
    const state = { ...owned(), goneSince: ago(HOUR) };
    const given = input({ records: [record(SHOP, unmapRequest(), state)], settings: { policy: 'observe' } });
    expect(rowsOf(given)).toContainEqual(expect.objectContaining({ next: 'will be forgotten' }));
  });
});

describe('countCertificates', () => {
  const count = (state: DomainState, certificates: Situation['certificates'] = {}) =>
    countCertificates(
      input({ objects: [PRIMARY, shop], records: [record(SHOP, mapped, { ...owned(), ...state })], certificates }),
    );
  const inVain = historyOf(HOUR);
  const runningOut = (sinceMs: number): DomainState => {
    const verdict = { kind: 'expiring', until: iso(NOW + 30 * DAY - sinceMs), expiringFrom: ago(sinceMs) } as const;
    return { probe: probeOf('pointing', 'expiring', { certificate: { verdict, since: ago(sinceMs) } }) };
  };

  it.each<[string, DomainState, { failed: number; expiring: number }]>([
    ['was never probed', {}, { failed: 0, expiring: 0 }],
    ['is well', { probe: probeOf('pointing', 'valid') }, { failed: 0, expiring: 0 }],
    ['waits for its certificate', { probe: probeOf('pointing', 'none') }, { failed: 0, expiring: 0 }],
    ['was requested in vain', { probe: probeOf('pointing', 'none'), issuance: inVain }, { failed: 1, expiring: 0 }],
    ['runs out since two days', runningOut(2 * DAY), { failed: 0, expiring: 1 }],
    ['runs out since an hour', runningOut(HOUR), { failed: 0, expiring: 0 }],
    ['has run out', { probe: probeOf('pointing', 'expired') }, { failed: 0, expiring: 1 }],
    [
      'left, and ran out',
      { probe: probeOf('elsewhere', 'expired', { leftAt: ago(DAY) }), issuance: inVain },
      { failed: 0, expiring: 0 },
    ],
    [
      'has run out behind a proxy',
      { probe: probeOf('proxied', 'expired'), issuance: inVain },
      { failed: 0, expiring: 1 },
    ],
    ['points to a server that was never asked', { probe: probeOf('pointing', undefined) }, { failed: 0, expiring: 0 }],
    ['was seen by nobody', { probe: { at: ago(0) } }, { failed: 0, expiring: 0 }],
    [
      'is not ours',
      { probe: probeOf('pointing', 'none'), issuance: inVain, owned: { id: 99, since: ago(DAY), by: 'added' } },
      { failed: 0, expiring: 0 },
    ],
  ])('a domain that %s', (_, state, expected) => {
    expect(count(state)).toEqual(expected);
  });

  it('counts what is not on RunCloud for nothing, and a shared certificate for each of its domains', () => {
    expect(
      countCertificates(
        input({ records: [record(SHOP, mapped, { ...owned(), probe: probeOf('pointing', 'expired') })] }),
      ),
    ).toEqual({ failed: 0, expiring: 0 });
    expect(count({ probe: probeOf('pointing', 'none') }, { mode: 'basic', shared: inVain })).toEqual({
      failed: 1,
      expiring: 0,
    });
  });
});
