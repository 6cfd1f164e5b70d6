import { describe, expect, it } from 'vitest';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import { holds } from '../../../lib/core/plan/hold.ts';
import { type ListedDomain, listDomains, selectDomains, stateOf } from '../../../lib/core/report/listing.ts';
import type { DomainStatus } from '../../../lib/core/report/status.ts';
import { DAY, HOUR } from '../../../lib/core/values/time.ts';
import { ago, LIVE, mapped, owned, probeOf, record, SHOP, unmapped } from '../builders.ts';

const UMLAUT = 'xn--bcher-kva.example';

describe('the state of a domain', () => {
  it.each([
    ['absent', { mapping: 'not on RunCloud', owned: false }],
    ['not-ours', { owned: false, dns: 'unknown' }],
    ['unknown', { dns: 'unknown', certificate: 'unknown' }],
    ['dns', { dns: 'pending', certificate: 'waiting' }],
    ['dns', { dns: 'moved away' }],
    ['live', {}],
    ['live', { dns: 'proxied' }],
    ['expiring', { certificate: 'expiring' }],
    ['failed', { certificate: 'failed' }],
    ['certificate', { certificate: 'requested' }],
    ['certificate', { dns: 'proxied', certificate: 'unknown' }],
  ] as const)('is %s for %j', (state, changes) => {
    expect(stateOf({ ...LIVE, ...changes })).toBe(state);
  });
});

describe('a listed domain', () => {
  const list = (
    row: Partial<DomainStatus>,
    about?: DomainRecord,
    held: Parameters<typeof listDomains>[1]['holds'] = [],
  ) =>
    listDomains([{ ...LIVE, ...row }], {
      records: new Map(about ? [[about.domain, about]] : []),
      holds: held,
      subdomains: 'create',
    })[0];

  it('has no more than its state where the ledger has no record of it', () => {
    expect(list({})).toEqual({ ...LIVE, state: 'live' });
    expect(list({ domain: 'not a name' })).toEqual({ ...LIVE, domain: 'not a name', state: 'live' });
  });

  it('has been as it is since the last of what its state goes by', () => {
    const since = ago(30 * DAY);
    const probe = probeOf('pointing', 'valid');
    const sinceIn = (row: Partial<DomainStatus>, about: DomainRecord): string | undefined => list(row, about)?.since;
    // DNS and certificate were seen two days ago.
    expect(sinceIn({}, record(SHOP, mapped, { ...owned(), probe }))).toBe(ago(2 * DAY));
    expect(sinceIn({}, record(SHOP, mapped, owned()))).toBe(since);
    const early = { ...probe, certificate: { ...probe.certificate, since: ago(HOUR) } } as typeof probe;
    expect(sinceIn({}, record(SHOP, mapped, { ...owned(), probe: early }))).toBe(ago(HOUR));
    // The certificate says nothing about how long DNS has been wrong.
    expect(sinceIn({ dns: 'pending' }, record(SHOP, mapped, { ...owned(), probe: early }))).toBe(ago(2 * DAY));
    expect(sinceIn({ dns: 'unknown' }, record(SHOP, mapped, owned()))).toBe(since);
    expect(sinceIn({ dns: 'unknown' }, record(SHOP, mapped, { ...owned(), probe: early }))).toBe(ago(2 * DAY));
    // Adopted after DNS and certificate were seen.
    const adopted = { owned: { id: 7, since: ago(HOUR), by: 'adopted' } } as const;
    expect(sinceIn({}, record(SHOP, mapped, { ...adopted, probe }))).toBe(ago(HOUR));
    expect(sinceIn({}, record(SHOP, mapped, { ...owned(), probe: probeOf('pointing', undefined) }))).toBe(ago(2 * DAY));
    const unsure = { at: ago(0) } as const;
    expect(sinceIn({}, record(SHOP, mapped, { ...owned(), probe: unsure }))).toBe(since);
    const { owned: ownedWww } = owned();
    expect(sinceIn({}, record(SHOP, mapped, ownedWww ? { ownedWww } : {}))).toBe(since);
    expect(sinceIn({}, record(SHOP, mapped, {}))).toBeUndefined();
  });

  it('that is not on RunCloud has been so since it was removed, or else since somebody asked for it', () => {
    const row = { mapping: 'not on RunCloud', owned: false } as const;
    expect(list(row, record(SHOP, unmapped, { removedAt: ago(2 * HOUR) }))?.since).toBe(ago(2 * HOUR));
    expect(list(row, record(SHOP, mapped))?.since).toBe(mapped.occurredAt);
    expect(list(row, record(SHOP))).not.toHaveProperty('since');
  });

  it('that is not ours has no time: nobody noted when it came', () => {
    const probe = probeOf('pointing', 'valid');
    expect(list({ owned: false }, record(SHOP, mapped, { probe }))).not.toHaveProperty('since');
  });

  it('says when it was probed', () => {
    expect(list({}, record(SHOP, mapped, { ...owned(), probe: probeOf('pointing', 'valid') }))?.probed_at).toBe(ago(0));
    expect(list({}, record(SHOP, mapped, owned()))).not.toHaveProperty('probed_at');
  });

  it('has the codes of its own holds, and says whether one of them needs a person', () => {
    const other = holds.brake('other.example', '9 are too many.');
    expect(list({}, undefined, [other])).not.toHaveProperty('codes');
    const braked = list({}, undefined, [
      other,
      holds.brake('shop.example', '9 are too many.'),
      holds.unmanaged('shop.example'),
    ]);
    expect(braked).toMatchObject({ codes: ['brake', 'unmanaged'], needs_person: true });
    expect(list({}, undefined, [holds.unmanaged('shop.example')])).not.toHaveProperty('needs_person');
  });
});

describe('chosen domains', () => {
  const row = (domain: string, more: Partial<ListedDomain> = {}): ListedDomain => ({
    ...LIVE,
    domain,
    state: 'live',
    ...more,
  });
  const rows = [
    row('a.example'),
    row('b.example', { state: 'dns' }),
    row(UMLAUT, { state: 'dns', needs_person: true }),
    row('shop.test', { state: 'absent', needs_person: true }),
  ];
  const names = (filter: Parameters<typeof selectDomains>[1]) => {
    const { domains, matching } = selectDomains(rows, filter);
    return [...domains.map(({ domain }) => domain), matching];
  };

  it('are all of them where nothing is asked for', () => {
    expect(names({})).toEqual([...rows.map(({ domain }) => domain), 4]);
  });

  it('have one of the states, or need a person', () => {
    expect(names({ state: ['dns'] })).toEqual(['b.example', UMLAUT, 2]);
    expect(names({ state: ['live', 'absent'] })).toEqual(['a.example', 'shop.test', 2]);
    expect(names({ state: ['needs-person'] })).toEqual([UMLAUT, 'shop.test', 2]);
    expect(names({ state: ['needs-person', 'live'] })).toEqual(['a.example', UMLAUT, 'shop.test', 3]);
    expect(names({ state: [] })).toEqual([0]);
  });

  it.each([
    ['EXAMPLE', ['a.example', 'b.example', UMLAUT, 3]],
    [' bücher ', [UMLAUT, 1]],
    ['xn--bcher', [UMLAUT, 1]],
    // As it stands in a zone file, or at the end of a sentence.
    ['..b.example..', ['b.example', 1]],
    ['shop.example', [0]],
    ['', [...rows.map(({ domain }) => domain), 4]],
  ])('have %j in their name, in whatever script and case', (search, expected) => {
    expect(names({ search })).toEqual(expected);
  });

  it('fit all that is asked for', () => {
    expect(names({ state: ['dns'], search: 'b' })).toEqual(['b.example', UMLAUT, 2]);
    expect(names({ state: ['dns'], search: 'b.e' })).toEqual(['b.example', 1]);
  });

  it('are shown in part, and counted whole', () => {
    expect(names({ limit: 2 })).toEqual(['a.example', 'b.example', 4]);
    expect(names({ from: 1, limit: 2 })).toEqual(['b.example', UMLAUT, 4]);
    expect(names({ from: 3 })).toEqual(['shop.test', 4]);
    expect(names({ from: 2, limit: 1 })).toEqual([UMLAUT, 4]);
    expect(names({ limit: 0 })).toEqual([4]);
    expect(names({ from: 9 })).toEqual([4]);
  });
});
