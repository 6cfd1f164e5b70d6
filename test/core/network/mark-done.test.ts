import { describe, expect, it } from 'vitest';
import type { DomainState, WrittenBack } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import type { NetworkDomain, NetworkSite } from '../../../lib/core/network/mappings.ts';
import { isLiveAs, type Restraint, rowsToWrite, withWrittenBack } from '../../../lib/core/network/mark-done.ts';
import type { DesiredSource } from '../../../lib/core/plan/desired-source.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, host, input, NOW, network, object, PRIMARY, record, SHOP, type Situation } from '../builders.ts';

const SITES: readonly NetworkSite[] = [
  { id: 1, host: 'network.example', isGone: false },
  { id: 2, host: 'network.example', isGone: false },
  { id: 3, host: 'network.example', isGone: true },
];
const row = (changes: Partial<NetworkDomain> = {}): NetworkDomain => ({
  id: 5,
  name: 'shop.example',
  siteId: 2,
  isActive: true,
  stage: 'failed',
  isSecure: false,
  ...changes,
});
const VALID = { verdict: { kind: 'valid', until: iso(NOW + 60 * DAY), expiringFrom: iso(NOW + 30 * DAY) } } as const;
const LIVE: ProbeState = {
  at: ago(MINUTE),
  dns: { verdict: { kind: 'pointing' }, since: ago(HOUR) },
  certificate: { ...VALID, since: ago(HOUR) },
};
const NONE: Restraint = { changed: new Set(), refusedAt: undefined };

type Case = {
  readonly rows?: readonly NetworkDomain[];
  readonly state?: DomainState;
  readonly situation?: Situation;
  readonly restraint?: Partial<Restraint>;
};

function written({ rows = [row()], state = { probe: LIVE }, situation = {}, restraint = {} }: Case = {}): number[] {
  const known = input({
    desired: network([], ago(MINUTE)),
    objects: [PRIMARY, object('shop.example')],
    records: [record(SHOP, undefined, state)],
    ...situation,
  });
  return rowsToWrite({ domains: rows, sites: SITES }, known, { ...NONE, ...restraint }).map((each) => each.row);
}

describe('rowsToWrite: a row of the network is set to done', () => {
  it.each(['checking-dns', 'checking-ssl-cert', 'failed', 'ssl-failed'])('where its stage is %s', (stage) => {
    expect(written({ rows: [row({ stage })] })).toEqual([5]);
  });

  it('not where the row of its domain in the ledger cannot be read: the answer could not be stored', () => {
    const records = [{ ...record(SHOP, undefined, { probe: LIVE }), unreadable: 'its state is not JSON' }];
    expect(written({ situation: { records } })).toEqual([]);
  });

  it('where it is done without the flag, and not where it has that', () => {
    expect(written({ rows: [row({ stage: 'done' })] })).toEqual([5]);
    expect(written({ rows: [row({ stage: 'done', isSecure: true })] })).toEqual([]);
  });

  it.each(['done-without-ssl', 'a stage of tomorrow'])('not where its stage is %s', (stage) => {
    expect(written({ rows: [row({ stage })] })).toEqual([]);
  });

  it.each([
    ['inactive', { isActive: false }],
    ['of a site that is gone', { siteId: 3 }],
    ['of a site that never was', { siteId: 9 }],
    ['no host name', { name: 'no name' }],
    ['of a domain that was never probed', { name: 'other.example' }],
  ])('not where it is %s', (_, changes) => {
    expect(written({ rows: [row(changes)] })).toEqual([]);
  });

  it.each<[string, Situation]>([
    ['not on RunCloud', { objects: [PRIMARY] }],
    ['served by a wildcard domain', { objects: [PRIMARY, object('shop.example', { wildcard: true })] }],
    ['on RunCloud as another name', { objects: [PRIMARY, object('www.shop.example')] }],
    ['the primary one', { objects: [object('shop.example', { type: 'primary' })] }],
    ['protected', { settings: { protectedDomains: ['www.shop.example'] } }],
    ["the network's own", { ownHost: SHOP }],
    ['of a network that is not believed', { desired: { from: 'nowhere', why: 'it is another one' } }],
  ])('not where the domain is %s', (_, situation) => {
    expect(written({ situation })).toEqual([]);
  });

  it('under its www name only where that is served', () => {
    const rows = [row({ name: 'www.shop.example' })];
    const probe: ProbeState = { ...LIVE, www: { verdict: { kind: 'pointing' }, since: ago(HOUR) } };
    expect(written({ rows, state: { probe } })).toEqual([]);
    const objects = [PRIMARY, object('shop.example', { www: true })];
    expect(written({ rows, state: { probe }, situation: { objects } })).toEqual([5]);
  });

  it('under its bare name only where the www name leads here too, if RunCloud redirects to that', () => {
    const objects = [PRIMARY, object('shop.example', { www: true, redirection: 'www' })];
    const www = (kind: 'absent' | 'pointing') => ({ ...LIVE, www: { verdict: { kind }, since: ago(HOUR) } });
    expect(written({ state: { probe: www('absent') }, situation: { objects } })).toEqual([]);
    expect(written({ state: { probe: www('pointing') }, situation: { objects } })).toEqual([5]);
  });

  describe('where the www name is served by an object of its own', () => {
    const rows = [row(), row({ id: 6, name: 'www.shop.example' })];
    const ELSEWHERE = { verdict: { kind: 'elsewhere', addresses: ['198.51.100.7'] }, since: ago(HOUR) } as const;
    const wwwHere = { ...LIVE, www: { verdict: { kind: 'pointing' }, since: ago(HOUR) } } as const;
    const ownedWww = { id: 8, since: ago(DAY), by: 'added' } as const;
    const beside = [PRIMARY, object('shop.example'), object('www.shop.example', { id: 8 })];
    const alone = [PRIMARY, object('www.shop.example', { id: 8 })];

    it.each<[string, DomainState, readonly ActualDomain[], number[]]>([
      [
        'the bare name leads elsewhere: that one alone',
        { probe: { ...wwwHere, dns: ELSEWHERE, servedAs: 'www', certificateOf: 'www' } },
        beside,
        [6],
      ],
      ['both lead here: both', { probe: wwwHere }, beside, [5, 6]],
      ['the www name leads elsewhere: the bare one alone', { probe: { ...wwwHere, www: ELSEWHERE } }, beside, [5]],
      [
        'only its certificate was asked for: that one alone',
        { probe: { ...wwwHere, certificateOf: 'www' } },
        beside,
        [6],
      ],
      ['and nothing serves the bare name: that one alone', { probe: { ...wwwHere, servedAs: 'www' } }, alone, [6]],
      [
        'and the bare name could not be asked about: that one alone',
        { probe: { ...wwwHere, servedAs: 'www', dnsUnasked: 'no answer' } },
        alone,
        [6],
      ],
    ])('%s', (_, state, objects, expected) => {
      const situation = { objects, records: [record(SHOP, undefined, { ownedWww, ...state })] };
      expect(written({ rows, situation })).toEqual(expected);
    });

    it('that is not ours, only the bare one: nobody has looked at the other', () => {
      const situation = { objects: beside, records: [record(SHOP, undefined, { probe: wwwHere })] };
      expect(written({ rows, situation })).toEqual([5]);
    });
  });

  it('not where this run changed what is known of the domain', () => {
    expect(written({ restraint: { changed: new Set([host('shop.example')]) } })).toEqual([]);
    expect(written({ restraint: { changed: new Set([host('other.example')]) } })).toEqual([5]);
  });

  it('once: not again however its stage changes, but a new row of the domain is another one', () => {
    const writtenBack: readonly WrittenBack[] = [{ row: 5, at: ago(90 * DAY), answer: 'accepted' }];
    const state = { probe: LIVE, writtenBack };
    expect(written({ state })).toEqual([]);
    expect(written({ state, rows: [row({ id: 6 })] })).toEqual([6]);
  });

  it('again only a day after it failed, and then after those that did not', () => {
    const failed = (before: number): DomainState => ({
      probe: LIVE,
      writtenBack: [{ row: 5, at: ago(before), answer: 'failed' }],
    });
    expect(written({ state: failed(DAY - 1) })).toEqual([]);
    expect(written({ state: failed(DAY) })).toEqual([5]);
    const other = record(host('other.example'), undefined, { probe: LIVE });
    const situation = {
      objects: [PRIMARY, object('shop.example'), object('other.example', { id: 8 })],
      records: [record(SHOP, undefined, failed(DAY)), other],
    };
    expect(written({ rows: [row(), row({ id: 6, name: 'other.example' })], situation })).toEqual([6, 5]);
  });

  it('not for a day after the network refused any change', () => {
    expect(written({ restraint: { refusedAt: ago(DAY - 1) } })).toEqual([]);
    expect(written({ restraint: { refusedAt: ago(DAY) } })).toEqual([5]);
  });
});

describe('isLiveAs: the last probe proves a name live', () => {
  it('where DNS leads here and its certificate is valid, be it for a few days only', () => {
    expect(isLiveAs(LIVE, ['bare'])).toBe(true);
    const expiring = { ...VALID.verdict, kind: 'expiring' } as const;
    expect(isLiveAs({ ...LIVE, certificate: { verdict: expiring, since: ago(HOUR) } }, ['bare'])).toBe(true);
  });

  it.each<[string, ProbeState | undefined]>([
    ['it was never probed', undefined],
    ['DNS leads elsewhere', { ...LIVE, dns: { verdict: { kind: 'absent' }, since: ago(HOUR) } }],
    ['DNS could not be asked', { ...LIVE, dnsUnasked: 'no answer' }],
    ['there is no certificate', { ...LIVE, certificate: { verdict: { kind: 'none', why: 'no' }, since: ago(HOUR) } }],
    ['the server could not be asked', { ...LIVE, certificateUnasked: 'no answer' }],
  ])('not where %s', (_, probe) => {
    expect(isLiveAs(probe, ['bare'])).toBe(false);
  });

  it.each<[string, Partial<ProbeState>]>([
    ['the bare name was not asked for a certificate', { certificateOf: 'www' }],
    ['RunCloud serves the www name alone', { servedAs: 'www' }],
  ])('under its bare name not where %s', (_, changes) => {
    const probe = { ...LIVE, www: LIVE.dns, ...changes } as ProbeState;
    expect([isLiveAs(probe, ['bare']), isLiveAs(probe, ['bare', 'www'])]).toEqual([false, false]);
    expect(isLiveAs(probe, ['www'])).toBe(true);
  });

  it('under www only where DNS of that name leads here', () => {
    const www = (kind: 'absent' | 'pointing') => ({ ...LIVE, www: { verdict: { kind }, since: ago(HOUR) } });
    expect(isLiveAs(LIVE, ['www'])).toBe(false);
    expect(isLiveAs(www('absent'), ['www'])).toBe(false);
    expect(isLiveAs(www('pointing'), ['www'])).toBe(true);
    expect(isLiveAs({ ...www('pointing'), wwwUnasked: 'no answer' }, ['www'])).toBe(false);
  });

  it('under both only where both lead here, and never under none', () => {
    const both = { ...LIVE, www: { verdict: { kind: 'pointing' }, since: ago(HOUR) } } as const;
    const elsewhere = { verdict: { kind: 'absent' }, since: ago(HOUR) } as const;
    expect(isLiveAs(both, ['bare', 'www'])).toBe(true);
    expect(isLiveAs({ ...both, dns: elsewhere }, ['bare', 'www'])).toBe(false);
    expect(isLiveAs({ ...both, www: elsewhere }, ['bare', 'www'])).toBe(false);
    expect(isLiveAs(both, [])).toBe(false);
  });

  it('not under its bare name where that was never asked about', () => {
    const { dns: _, ...rest } = LIVE;
    expect(isLiveAs(rest, ['bare'])).toBe(false);
  });
});

describe('withWrittenBack: what is remembered of rows that were set', () => {
  const entry = (id: number, answer: WrittenBack['answer'] = 'accepted'): WrittenBack => ({
    row: id,
    at: ago(HOUR),
    answer,
  });

  it('is the last answer for each row, and no more than four rows', () => {
    expect(withWrittenBack(undefined, entry(1))).toEqual([entry(1)]);
    expect(withWrittenBack([entry(1, 'failed'), entry(2)], entry(1))).toEqual([entry(2), entry(1)]);
    expect(
      withWrittenBack(
        [1, 2, 3, 4].map((id) => entry(id)),
        entry(5),
      ).map(({ row: id }) => id),
    ).toEqual([2, 3, 4, 5]);
  });
});

describe('rowsToWrite, from a list that is doubted', () => {
  it('writes none: it may be the list of another network', () => {
    const desired = { ...network([], ago(MINUTE)), doubt: 'it is "Other" only since today' } as DesiredSource;
    expect(written({ situation: { desired } })).toEqual([]);
  });
});
