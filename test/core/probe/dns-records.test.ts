/** The table of DNS records that can be sent to a customer. */
import { describe, expect, it } from 'vitest';
import type { AddressAnswer, CaaAnswer } from '../../../lib/core/probe/dns-answer.ts';
import { type DnsAnswers, recordsOf } from '../../../lib/core/probe/dns-records.ts';

const SERVER = { main: '203.0.113.10', others: ['2001:db8::10'] };
const NO_CAA: CaaAnswer[] = [{ kind: 'answered', records: [] }];
const SILENT: AddressAnswer = { kind: 'could-not-ask', why: 'the resolver 1.1.1.1 did not answer in time' };

function at(ipv4: string[], ipv6: string[] = [], cname?: string): Extract<AddressAnswer, { kind: 'answered' }> {
  return { kind: 'answered', ipv4, ipv6, cname };
}

function issuers(value: string): CaaAnswer {
  return { kind: 'answered', records: [{ isCritical: false, tag: 'issue', value }] };
}

function table(answers: Partial<DnsAnswers>, server = SERVER): string[] {
  const records = recordsOf('shop.example', { bare: [], www: undefined, caa: NO_CAA, ...answers }, server);
  return records.map(({ type, name, value, now, ok }) => `${ok ? 'ok' : 'set'} ${type} ${name} → ${value} (${now})`);
}

describe('recordsOf', () => {
  it.each<[string, Partial<DnsAnswers>, string[]]>([
    [
      'points here',
      { bare: [at(['203.0.113.10']), at(['203.0.113.10'])] },
      ['ok A shop.example → 203.0.113.10 (203.0.113.10)'],
    ],
    [
      'points here by both families',
      { bare: [at(['203.0.113.10'], ['2001:db8::10'])] },
      ['ok A shop.example → 203.0.113.10 (203.0.113.10)'],
    ],
    ['has none', { bare: [at([])] }, ['set A shop.example → 203.0.113.10 (none)']],
    [
      'points elsewhere',
      { bare: [at(['198.51.100.1', '198.51.100.2'])] },
      ['set A shop.example → 203.0.113.10 (198.51.100.1, 198.51.100.2)'],
    ],
    [
      'points here for one resolver only',
      { bare: [at(['203.0.113.10']), at(['198.51.100.1'])] },
      ['set A shop.example → 203.0.113.10 (198.51.100.1, 203.0.113.10)'],
    ],
    [
      'could not be asked about',
      { bare: [SILENT, SILENT] },
      ['set A shop.example → 203.0.113.10 (not known: the resolver 1.1.1.1 did not answer in time)'],
    ],
    ['was not asked about', { bare: [] }, ['set A shop.example → 203.0.113.10 (none)']],
    [
      'has an IPv6 address elsewhere',
      { bare: [at(['203.0.113.10'], ['2001:db8::1'])] },
      ['ok A shop.example → 203.0.113.10 (203.0.113.10)', 'set AAAA shop.example → none (2001:db8::1)'],
    ],
    [
      'has a www. name that is an alias',
      { bare: [at(['203.0.113.10'])], www: [at(['203.0.113.10'], [], 'shop.example')] },
      ['ok A shop.example → 203.0.113.10 (203.0.113.10)', 'ok CNAME www.shop.example → shop.example (shop.example)'],
    ],
    [
      'has a www. name elsewhere',
      { bare: [at(['203.0.113.10'])], www: [at(['198.51.100.1'], ['2001:db8::1'])] },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CNAME www.shop.example → shop.example (198.51.100.1, 2001:db8::1)',
      ],
    ],
    [
      'has a www. name that could not be asked about',
      { bare: [at(['203.0.113.10'])], www: [SILENT] },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CNAME www.shop.example → shop.example (not known: the resolver 1.1.1.1 did not answer in time)',
      ],
    ],
    [
      'has an IPv6 address that could not be asked for',
      {
        bare: [{ ...at(['203.0.113.10']), unasked: 'SERVFAIL' }],
        www: [{ ...at(['203.0.113.10']), unasked: 'SERVFAIL' }],
      },
      ['ok A shop.example → 203.0.113.10 (203.0.113.10)', 'ok CNAME www.shop.example → shop.example (203.0.113.10)'],
    ],
    [
      'has an IPv4 address that could not be asked for',
      { bare: [{ ...at([], ['2001:db8::10']), unasked: 'SERVFAIL' }] },
      ['set A shop.example → 203.0.113.10 (not known: SERVFAIL)'],
    ],
    [
      'has a CAA record in the way',
      {
        bare: [at(['203.0.113.10'])],
        caa: [{ kind: 'answered', records: [{ isCritical: false, tag: 'issue', value: 'ca.example' }] }],
      },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CAA shop.example → 0 issue "letsencrypt.org" (issue "ca.example")',
      ],
    ],
    [
      'has a www. name with a CAA record of its own in the way',
      { bare: [at(['203.0.113.10'])], wwwCaa: [issuers('ca.example')] },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CAA www.shop.example → 0 issue "letsencrypt.org" (issue "ca.example")',
      ],
    ],
    [
      'has a CAA record in the way that counts for its www. name too',
      { bare: [at(['203.0.113.10'])], caa: [issuers('ca.example')], wwwCaa: [issuers('ca.example')] },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CAA shop.example → 0 issue "letsencrypt.org" (issue "ca.example")',
      ],
    ],
    [
      'has two CAA records in the way',
      { bare: [at(['203.0.113.10'])], caa: [issuers('ca.example')], wwwCaa: [issuers('other-ca.example')] },
      [
        'ok A shop.example → 203.0.113.10 (203.0.113.10)',
        'set CAA shop.example → 0 issue "letsencrypt.org" (issue "ca.example")',
        'set CAA www.shop.example → 0 issue "letsencrypt.org" (issue "other-ca.example")',
      ],
    ],
  ])('that %s', (_, answers, expected) => {
    expect(table(answers)).toEqual(expected);
  });

  it('of a `www.` name that is served by itself', () => {
    const of = (answers: Partial<DnsAnswers>) =>
      recordsOf(
        'shop.example',
        { bare: [at(['198.51.100.1'])], www: undefined, caa: NO_CAA, ...answers },
        SERVER,
        'www',
      ).map(({ type, name, now, ok }) => `${ok ? 'ok' : 'set'} ${type} ${name} (${now})`);
    expect(of({ www: [at(['203.0.113.10'])] })).toEqual(['ok A www.shop.example (203.0.113.10)']);
    expect(
      of({ www: [at(['198.51.100.1'])], caa: [issuers('ca.example')], wwwCaa: [issuers('other-ca.example')] }),
    ).toEqual(['set A www.shop.example (198.51.100.1)', 'set CAA www.shop.example (issue "other-ca.example")']);
    expect(of({})).toEqual(['set A www.shop.example (none)']);
  });

  it('of a name with 1,500 addresses shows five and a count', () => {
    const many = Array.from(
      { length: 1_500 },
      (_, index) => `198.18.${Math.floor(index / 150)}.${100 + (index % 150)}`,
    );
    const many6 = many.map((_, index) => `2001:db8:1::${1_000 + index}`);
    const five = (prefix: string, first: number) =>
      [0, 1, 2, 3, 4].map((index) => `${prefix}${first + index}`).join(', ');
    expect(table({ bare: [at(many, many6)], www: [at(many)] })).toEqual([
      `set A shop.example → 203.0.113.10 (${five('198.18.0.', 100)} and 1,495 more)`,
      `set AAAA shop.example → none (${five('2001:db8:1::', 1_000)} and 1,495 more)`,
      `set CNAME www.shop.example → shop.example (${five('198.18.0.', 100)} and 1,495 more)`,
    ]);
  });

  it('of a www. name shows its alias without what a terminal obeys, and no longer than a name is', () => {
    const [, longest] = table({ bare: [at(['203.0.113.10'])], www: [at([], [], `\u009b${'x'.repeat(252)}`)] });
    expect(longest).toBe(`set CNAME www.shop.example → shop.example ( ${'x'.repeat(252)})`);
    const [, longer] = table({ bare: [at(['203.0.113.10'])], www: [at([], [], 'x'.repeat(254))] });
    expect(longer).toBe(`set CNAME www.shop.example → shop.example (${'x'.repeat(253)}…)`);
  });

  it('of a server that has an IPv6 address only', () => {
    const server = { main: '2001:db8::10', others: [] };
    expect(table({ bare: [at([], ['2001:db8::10'])] }, server)).toEqual([
      'ok AAAA shop.example → 2001:db8::10 (2001:db8::10)',
    ]);
    expect(table({ bare: [at(['203.0.113.10'])] }, server)).toEqual([
      'set AAAA shop.example → 2001:db8::10 (none)',
      'set A shop.example → none (203.0.113.10)',
    ]);
  });
});
