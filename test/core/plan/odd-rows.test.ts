import { describe, expect, it } from 'vitest';
import { type NetworkDomain, type NetworkSite, wantedBy } from '../../../lib/core/network/mappings.ts';
import { describeOddRows, namesMeantBy, type OddRow, oddRowFor } from '../../../lib/core/plan/odd-rows.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso } from '../../../lib/core/values/time.ts';
import {
  host,
  NOW,
  network,
  only,
  ours,
  outcome,
  owned,
  PRIMARY,
  planOf,
  record,
  SHOP,
  shop,
  unmapped,
} from '../builders.ts';

const HOST = 'network.example' as HostName;
const MAIN: NetworkSite = { id: 1, host: HOST, isGone: false };
const SITE: NetworkSite = { id: 2, host: HOST, isGone: false };
const UNCLEAR = { unclear: 'it is odd' };
const row = (name: string, changes: Partial<NetworkDomain> = {}): NetworkDomain => ({
  id: 7,
  name,
  siteId: 2,
  isActive: true,
  stage: 'done',
  isSecure: true,
  ...changes,
});
const odd = (domains: readonly NetworkDomain[], sites: readonly NetworkSite[] = [MAIN, SITE]) =>
  wantedBy(domains, sites, HOST).odd;
const standingFor = (rows: readonly OddRow[]) => rows.map(({ standsFor }) => standsFor.domains);

describe('namesMeantBy: what an odd name may stand for', () => {
  it.each<[string, string[]]>([
    ['port.example:8080', ['port.example']],
    ['https://Shop.Example:8080/path?x=1#y', ['shop.example']],
    ['someone@shop.example', ['shop.example']],
    ['shop.example other.example', ['shop.example', 'other.example']],
    ['shop.example,www.other.example', ['shop.example', 'other.example']],
    ['www.www.shop.example', ['shop.example']],
    ['..shop.example..', ['shop.example']],
    ['shop.example%20', ['shop.example']],
    ['shop\u200b.example', ['shop.example']],
    ['käse.example/', ['xn--kse-qla.example']],
    // No such names can be on RunCloud.
    ['my_shop.example', []],
    ['co.uk', []],
    ['localhost', []],
    ['127.0.0.1', []],
    ['', []],
  ])('%s', (text, domains) => {
    expect(namesMeantBy(text)).toEqual({ domains, below: [] });
  });

  it('with a star it is every name below too, where there is a domain to be below of', () => {
    expect(namesMeantBy('*.shop.example')).toEqual({ domains: ['shop.example'], below: ['shop.example'] });
    expect(namesMeantBy('*.x')).toEqual({ domains: [], below: [] });
    expect(namesMeantBy('*.co.uk')).toEqual({ domains: [], below: [] });
  });
});

describe('oddRowFor', () => {
  const rows = [
    { what: 'first', standsFor: { domains: [SHOP], below: [] } },
    { what: 'second', standsFor: { domains: [], below: [host('star.example')] } },
  ];

  it('is the row that may stand for the domain, by its name or by a star', () => {
    expect(oddRowFor(SHOP, rows)?.what).toBe('first');
    expect(oddRowFor(host('a.star.example'), rows)?.what).toBe('second');
    for (const name of ['star.example', 'other.example', 'a.shop.example']) {
      expect(oddRowFor(host(name), rows)).toBeUndefined();
    }
  });
});

describe('a row that is not understood', () => {
  it.each([
    ['my_shop.example', /^mapping 7: "my_shop\.example" has a label that is not made of/, []],
    ['port.example:8080', /^mapping 7: "port\.example:8080" has a port/, ['port.example']],
    ['co.uk', /^mapping 7: "co\.uk" is a public suffix/, []],
    ['*.x', /^mapping 7: "\*\.x" has a label/, []],
  ])('by its name is named with its number and its name: %s', (name, what, domains) => {
    const { mappings, odd: rows, doubt } = wantedBy([row(name), row('shop.example')], [MAIN, SITE], HOST);
    expect(mappings).toEqual([{ domain: SHOP, namedAs: 'bare' }]);
    expect(doubt).toBeUndefined();
    expect(only(rows)).toEqual({ what: expect.stringMatching(what), standsFor: { domains, below: [] } });
  });

  it('is none where the name is only spelled in another way', () => {
    const { mappings, odd: rows } = wantedBy([row('KÄSE.example.')], [MAIN, SITE], HOST);
    expect(mappings).toEqual([{ domain: 'xn--kse-qla.example', namedAs: 'bare' }]);
    expect(rows).toEqual([]);
  });

  it('by a field is named too, counts for nothing, and stands for its name', () => {
    const rows = odd([row('shop.example', UNCLEAR)]);
    expect(rows).toEqual([
      { what: 'mapping 7 ("shop.example"): it is odd', standsFor: { domains: [SHOP], below: [] } },
    ]);
    expect(wantedBy([row('shop.example', UNCLEAR)], [MAIN, SITE], HOST).mappings).toEqual([]);
  });

  it('is known not to count where its site is gone or not in the list', () => {
    const isGone = { ...SITE, isGone: true };
    expect(odd([row('shop.example', UNCLEAR)], [MAIN, isGone])).toEqual([]);
    expect(odd([row('shop.example', { ...UNCLEAR, siteId: 9 })])).toEqual([]);
    expect(odd([row('a b', { isActive: false }), row('a b', { siteId: 9 })])).toEqual([]);
    // Of which site it is nobody knows.
    expect(standingFor(odd([row('shop.example', { ...UNCLEAR, siteId: 0 })]))).toEqual([[SHOP]]);
    // Its site may be the one without a number.
    const numberless = { id: 0, host: 'blog.network.example', isGone: false, ...UNCLEAR };
    expect(odd([row('shop.example', { ...UNCLEAR, siteId: 9 })], [MAIN, numberless])).toHaveLength(2);
    expect(odd([row('shop.example', UNCLEAR)], [MAIN, isGone, numberless])).toHaveLength(2);
  });

  it('with an empty stage counts all the same, and is named', () => {
    const { mappings, odd: rows } = wantedBy([row('shop.example', { stage: '' })], [MAIN, SITE], HOST);
    expect(mappings).toHaveLength(1);
    expect(rows).toEqual([
      {
        what: 'mapping 7 ("shop.example"): its "stage" is empty or no text, so it is never set to done',
        standsFor: { domains: [], below: [] },
      },
    ]);
    expect(odd([row('shop.example', { stage: '', isActive: false })])).toEqual([]);
  });

  it('that is a site stands for its own address and for all its mappings', () => {
    const blog = { id: 3, host: 'blog.network.example', isGone: false, ...UNCLEAR };
    const domains = [
      row('shop.example', { siteId: 3 }),
      row('*.star.example', { siteId: 3 }),
      row('inactive.example', { siteId: 3, isActive: false }),
      row('other.example'),
    ];
    const { mappings, odd: rows } = wantedBy(domains, [MAIN, SITE, blog], HOST);
    expect(mappings.map(({ domain }) => domain)).toEqual(['other.example']);
    expect(rows).toEqual([
      {
        what: 'site 3 ("blog.network.example"): it is odd',
        standsFor: { domains: ['blog.network.example', 'shop.example', 'star.example'], below: ['star.example'] },
      },
    ]);
    expect(odd(domains, [MAIN, SITE, { ...blog, isGone: true }])).toEqual([]);
  });

  it('that is a site without a number stands for the mappings whose site is not in the list', () => {
    const numberless = { id: 0, host: HOST, isGone: false, ...UNCLEAR };
    const rows = odd([row('shop.example'), row('orphan.example', { siteId: 9 })], [MAIN, SITE, numberless]);
    expect(standingFor(rows)).toEqual([[HOST, 'orphan.example']]);
  });

  it('without any name may stand for all: the list is doubted', () => {
    expect(wantedBy([row('', UNCLEAR)], [MAIN, SITE], HOST).doubt).toBe('mapping 7 has no name');
    expect(wantedBy([], [MAIN, { ...SITE, host: '', ...UNCLEAR }], HOST).doubt).toBe('site 2 has no name');
    expect(wantedBy([row('')], [MAIN, SITE], HOST).doubt).toBe('mapping 7 has no name');
    expect(wantedBy([], [MAIN, { ...SITE, host: '' }], HOST).doubt).toBe('site 2 has no name');
    expect(wantedBy([row('a b', UNCLEAR)], [MAIN, { ...SITE, ...UNCLEAR }], HOST).doubt).toBeUndefined();
  });
});

describe('a name that nothing can be read of', () => {
  const doubtOf = (name: string, ...changes: Partial<NetworkDomain>[]) =>
    changes.map((change) => wantedBy([row(name, change)], [MAIN, SITE], HOST).doubt);

  it.each([
    [' ', '" "'],
    ['\t\n', '"\\t\\n"'],
    ['\ufeff', '"�"'],
    ['\u200b\u200e', '"��"'],
    ['\u00ad', '"�"'],
    ['\u3164', '"\u3164"'],
    ['.', '"."'],
    ['???.??', '"???.??"'],
  ])('is none, and is shown as it is: %j', (name, shown) => {
    expect(doubtOf(name, {})).toEqual([`mapping 7 has no name (${shown})`]);
    expect(wantedBy([], [MAIN, { ...SITE, host: name }], HOST).doubt).toBe(`site 2 has no name (${shown})`);
  });

  it.each(['a b', 'my_shop.example', 'co.uk', '食狮.中国', '127.0.0.1', '5'])('%s is not such a name', (name) => {
    expect(doubtOf(name, {}, UNCLEAR)).toEqual([undefined, undefined]);
  });

  it('stands for none where its row is known not to count', () => {
    expect(doubtOf('', { isActive: false }, { siteId: 9 })).toEqual([undefined, undefined]);
    expect(wantedBy([row('')], [MAIN, { ...SITE, isGone: true }], HOST).doubt).toBeUndefined();
    expect(wantedBy([], [MAIN, { ...SITE, host: '', isGone: true }], HOST).doubt).toBeUndefined();
  });

  it('stands for any where nobody knows whether its site lives', () => {
    const [odd, numberless] = [
      { ...SITE, ...UNCLEAR },
      { id: 0, host: HOST, isGone: false, ...UNCLEAR },
    ];
    expect(wantedBy([row('')], [MAIN, odd], HOST).doubt).toBe('mapping 7 has no name');
    expect(wantedBy([row('', { siteId: 9 })], [MAIN, numberless], HOST).doubt).toBe('mapping 7 has no name');
  });
});

describe('describeOddRows', () => {
  const rows = (count: number): OddRow[] =>
    Array.from({ length: count }, (_, index) => ({ what: `row ${index}`, standsFor: { domains: [], below: [] } }));

  it('names three of them and counts the rest', () => {
    const which = "of the network's lists are not understood, and what they may stand for is left alone";
    expect(describeOddRows([])).toBeUndefined();
    expect(describeOddRows(rows(1))).toBe(
      "A row of the network's lists is not understood, and what it may stand for is left alone: row 0.",
    );
    expect(describeOddRows(rows(3))).toBe(`3 rows ${which}: row 0; row 1; row 2.`);
    expect(describeOddRows(rows(5))).toBe(`5 rows ${which}: row 0; row 1; row 2; and 2 more.`);
  });
});

describe('the plan with a row that is not understood', () => {
  const OTHER = host('other.example');
  const what = 'mapping 7 ("shop.example"): it is odd';
  const asked = new Map([SHOP, OTHER].map((name) => [name, { kind: 'absent' as const, readAt: iso(NOW) }]));
  const desired = { ...network([], iso(NOW), asked), odd: odd([row('shop.example', UNCLEAR)]) };

  it('keeps what the row may stand for, says so, and removes what others unmapped', () => {
    const records = [record(SHOP, unmapped, owned()), record(OTHER, unmapped, owned(8))];
    const made = planOf({ desired, records, objects: [PRIMARY, shop, { ...shop, id: 8, name: OTHER }] });
    expect(made.steps).toMatchObject([{ action: 'remove', domain: OTHER }]);
    expect(only(made.holds)).toEqual({
      domain: SHOP,
      code: 'incomplete',
      reason: `The network's list has a row that is not understood and may stand for shop.example (${what}). So the domain counts as listed and stays.`,
      whatToDo: 'Correct that row in the network, or delete it there.',
    });
    expect(made.remark).toBe(
      `A row of the network's lists is not understood, and what it may stand for is left alone: ${what}.`,
    );
    expect(made.caution).toBeUndefined();
  });

  it('begins no grace for it and adds what an event mapped', () => {
    expect(planOf(ours({ desired })).updates).toEqual([]);
    expect(outcome(ours({ desired }))).toEqual(['hold incomplete shop.example']);
    expect(outcome({ desired, records: [record(SHOP, { ...unmapped, kind: 'mapped', namedAs: 'bare' })] })).toEqual([
      'add shop.example',
    ]);
  });
});
