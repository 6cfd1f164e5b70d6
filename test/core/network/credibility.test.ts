import { describe, expect, it } from 'vitest';
import { judgeReading, type KnownNetwork, summariseNetwork } from '../../../lib/core/network/credibility.ts';
import {
  answerAbout,
  type NetworkDomain,
  type NetworkReading,
  type NetworkSite,
  ownHostOf,
  wantedBy,
} from '../../../lib/core/network/mappings.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

const HOST = 'network.example' as HostName;
const MAIN: NetworkSite = { id: 1, host: HOST, isGone: false };
const site = (id: number, changes: Partial<NetworkSite> = {}): NetworkSite => ({
  id,
  host: HOST,
  isGone: false,
  ...changes,
});
const row = (name: string, siteId = 2, changes: Partial<NetworkDomain> = {}): NetworkDomain => ({
  id: 7,
  name,
  siteId,
  isActive: true,
  stage: 'checking-dns',
  isSecure: false,
  ...changes,
});
const names = (...lists: Parameters<typeof wantedBy>): string[] =>
  wantedBy(...lists).mappings.map(({ domain, namedAs }) => (namedAs === 'www' ? `www.${domain}` : domain));

describe('wantedBy and answerAbout: what the network wants', () => {
  it('are its active mappings on living sites, whatever their stage', () => {
    const domains = ['checking-dns', 'done', 'failed', 'ssl-failed'].map((stage) =>
      row(`${stage}.example`, 2, { stage }),
    );
    const others = [row('inactive.example', 2, { isActive: false }), row('orphan.example', 9), row('gone.example', 3)];
    expect(names([...domains, ...others], [MAIN, site(2), site(3, { isGone: true })], HOST)).toEqual([
      'checking-dns.example',
      'done.example',
      'failed.example',
      'ssl-failed.example',
    ]);
  });

  it('are the hosts of its sites too, once each, but never its own', () => {
    const sites = [
      MAIN,
      site(2, { host: 'blog.network.example' }),
      site(3, { host: 'old.network.example', isGone: true }),
    ];
    expect(names([row('blog.network.example'), row(HOST)], sites, HOST)).toEqual(['blog.network.example']);
  });

  it('are both forms of a name where both are mapped', () => {
    expect(names([row('shop.example'), row('www.shop.example')], [MAIN, site(2)], HOST)).toEqual([
      'shop.example',
      'www.shop.example',
    ]);
  });

  it('is not disturbed by a main site without a name, as on the machine where it is tried out', () => {
    expect(
      wantedBy([row('shop.example')], [site(1, { host: '127.0.0.1' }), site(2, { host: '127.0.0.1' })], undefined),
    ).toEqual({
      mappings: [{ domain: 'shop.example', namedAs: 'bare' }],
      odd: [],
      doubt: undefined,
    });
  });

  it('of one domain is its mapping that counts, with www where that is named', () => {
    const about = (...lists: [readonly NetworkDomain[], readonly NetworkSite[]]) =>
      answerAbout('shop.example' as HostName, ...lists);
    const both = [row('shop.example'), row('www.shop.example')];
    expect(about(both, [site(2)])).toEqual({ kind: 'mapped', namedAs: 'www' });
    expect(about(both.toReversed(), [site(2)])).toEqual({ kind: 'mapped', namedAs: 'www' });
    expect(about([row('shop.example')], [site(2)])).toEqual({ kind: 'mapped', namedAs: 'bare' });
    expect(about([row('other.example')], [site(2)])).toEqual({ kind: 'absent' });
    expect(about([row('shop.example')], [site(2, { isGone: true })])).toEqual({ kind: 'absent' });
    expect(about([], [])).toEqual({ kind: 'absent' });
    expect(about([row('shop.example', 2, { unclear: 'it is odd' })], [site(2)])).toEqual({
      kind: 'unclear',
      why: 'mapping 7 ("shop.example"): it is odd',
    });
    expect(about([row('www.shop.example', 2, { unclear: 'it is odd' }), row('shop.example')], [site(2)])).toEqual({
      kind: 'mapped',
      namedAs: 'bare',
    });
  });

  it('of a subdomain is the site that has it for its address, as long as that lives', () => {
    const about = (...sites: NetworkSite[]) => answerAbout('blog.network.example' as HostName, [], sites);
    const blog = site(2, { host: 'blog.network.example' });
    expect(about(MAIN, blog)).toEqual({ kind: 'mapped', namedAs: 'bare' });
    expect(about(blog, site(3, { host: 'www.blog.network.example' }))).toEqual({ kind: 'mapped', namedAs: 'www' });
    expect(about(MAIN, { ...blog, isGone: true })).toEqual({ kind: 'absent' });
    expect(about(MAIN, { ...blog, unclear: 'it is odd' })).toEqual({
      kind: 'unclear',
      why: 'site 2 ("blog.network.example"): it is odd',
    });
  });
});

describe("ownHostOf: the network's own host", () => {
  it('is that of its first site, or else the one in its address', () => {
    expect(ownHostOf('www.network.example', [])).toBe(HOST);
    expect(ownHostOf('brand.example', [MAIN])).toBe(HOST);
    expect(ownHostOf('127.0.0.1', [site(4, { host: 'other.example' }), MAIN, site(2)])).toBe(HOST);
    expect(ownHostOf('127.0.0.1', [site(1, { host: '127.0.0.1' })])).toBeUndefined();
    expect(ownHostOf('127.0.0.1', [])).toBeUndefined();
    // A row without a number is not known to be the first.
    expect(ownHostOf('127.0.0.1', [site(0, { host: 'odd.example', unclear: 'it is odd' }), MAIN])).toBe(HOST);
    expect(ownHostOf('brand.example', [{ ...MAIN, unclear: 'it is odd' }, site(2, { host: 'x.example' })])).toBe(HOST);
  });
});

describe('judgeReading: a complete reading', () => {
  const settings = { urlHost: HOST, graceMs: HOUR };
  const shop = 'shop.example' as HostName;
  const reading = (changes: Partial<NetworkReading> = {}): NetworkReading => ({
    readAt: iso(START),
    label: 'Net',
    domains: [row(shop)],
    sites: [MAIN, site(2)],
    ...changes,
  });
  const before: KnownNetwork = { label: 'Net', host: HOST };

  it('gives what is wanted, and is remembered', () => {
    expect(judgeReading(reading(), undefined, [], settings)).toEqual({
      desired: {
        from: 'network',
        readAt: iso(START),
        mappings: [{ domain: shop, namedAs: 'bare' }],
        odd: [],
        doubt: undefined,
        asked: new Map(),
      },
      known: { label: 'Net', host: HOST },
    });
  });

  it('is believed with a row that is no host name, and doubted with one that has no name', () => {
    const domains = [row(shop), row('a b')];
    expect(judgeReading(reading({ domains }), before, [shop], settings).desired).toMatchObject({
      from: 'network',
      mappings: [{ domain: shop }],
      odd: [{ what: 'mapping 7: "a b" has a space in it' }],
      doubt: undefined,
    });
    const nameless = [row(shop), row('', 2, { unclear: 'its "domain" is no text' })];
    expect(judgeReading(reading({ domains: nameless }), before, [shop], settings).desired).toMatchObject({
      mappings: [{ domain: shop }],
      doubt: 'mapping 7 has no name',
    });
  });

  describe('of a network that is not the one it was', () => {
    const other = { label: 'Other', host: HOST };
    const few = ['a.example', 'b.example', shop] as HostName[];
    const at = (ms: number, changes: Partial<NetworkReading> = {}) =>
      reading({ label: 'Other', readAt: iso(START + ms), ...changes });

    it('and lacks most of the domains that are owned proves nothing, until it has stayed so for a day', () => {
      const first = judgeReading(at(0), before, few, settings);
      expect(first).toEqual({
        desired: {
          from: 'nowhere',
          why: expect.stringMatching(
            /^it is "Other" on network\.example since .* and was "Net" on network\.example before, and it lists fewer than half/,
          ),
        },
        known: { ...before, rival: { ...other, since: iso(START) } },
      });
      const soon = judgeReading(at(DAY - 1), first.known, few, settings);
      expect(soon).toMatchObject({ desired: { from: 'nowhere' }, known: { rival: { since: iso(START) } } });
      const later = judgeReading(at(DAY), first.known, few, settings);
      expect(later).toMatchObject({ desired: { from: 'network', doubt: undefined }, known: other });
      expect(later.known).not.toHaveProperty('rival');
      // Yet another one begins its day anew.
      expect(judgeReading(at(DAY, { label: 'Third' }), first.known, few, settings)).toMatchObject({
        desired: { from: 'nowhere' },
        known: { rival: { label: 'Third', since: iso(START + DAY) } },
      });
      // The old one back again is the old one.
      expect(judgeReading(at(DAY, { label: 'Net' }), first.known, few, settings)).toMatchObject({
        desired: { from: 'network', doubt: undefined },
        known: before,
      });
    });

    it.each([
      ['has most of the domains that are owned', [shop, 'b.example' as HostName]],
      ['finds none owned', []],
    ])('and %s counts, and for a day for adding only', (_, owned) => {
      const first = judgeReading(at(0), before, owned, settings);
      expect(first).toMatchObject({
        desired: { from: 'network', doubt: expect.stringMatching(/"Other" on network\.example only since/) },
        known: { ...other, since: iso(START) },
      });
      expect(judgeReading(at(DAY - 1), first.known, owned, settings).desired).toMatchObject({
        doubt: expect.stringMatching(/only since/),
      });
      expect(judgeReading(at(DAY), first.known, owned, settings).desired).toMatchObject({ doubt: undefined });
    });

    it('is one with another main site too, named or not', () => {
      const sites = [site(1, { host: 'staging.example' as HostName }), site(2)];
      const moved = judgeReading(reading({ sites }), before, [shop], settings);
      expect(moved.known).toMatchObject({ label: 'Net', host: 'staging.example', since: iso(START) });
      const nameless = judgeReading(
        reading({ sites: [site(1, { host: '127.0.0.1' }), site(2, { host: '127.0.0.1' })] }),
        before,
        few,
        { ...settings, urlHost: '127.0.0.1' },
      );
      expect(nameless.desired).toMatchObject({ why: expect.stringMatching(/it is "Net" since/) });
    });
  });

  it('without any site proves nothing: every network has its main site', () => {
    expect(judgeReading(reading({ sites: [] }), before, [shop], settings)).toEqual({
      desired: { from: 'nowhere', why: expect.stringMatching(/list of sites is empty/) },
      known: undefined,
    });
  });

  it('that is empty is believed only when it stays so for the grace, and only where domains are owned', () => {
    const empty = reading({ domains: [] });
    expect(judgeReading(empty, before, [], settings).desired.from).toBe('network');
    const first = judgeReading(empty, before, [shop], settings);
    expect(first).toMatchObject({ desired: { from: 'nowhere' }, known: { emptySince: iso(START) } });
    const again = (ms: number, graceMs: number) =>
      judgeReading({ ...empty, readAt: iso(START + ms) }, first.known, [shop], { ...settings, graceMs }).desired.from;
    expect(again(HOUR - 1, HOUR)).toBe('nowhere');
    expect(again(HOUR, HOUR)).toBe('network');
    // Without a grace it still takes a second reading.
    expect(again(0, 0)).toBe('nowhere');
    expect(again(1, 0)).toBe('network');
    // A clock that was ahead counts for nothing.
    expect(again(-HOUR, HOUR)).toBe('nowhere');
    expect(judgeReading(reading(), first.known, [shop], settings).known).not.toHaveProperty('emptySince');
  });

  it('is summarised in numbers, with the doubt about it', () => {
    const read = reading({ domains: [row(shop), row('www.shop.example')] });
    const numbers = { label: 'Net', mappings: 2, sites: 2 };
    const { desired } = judgeReading(read, before, [], settings);
    expect(summariseNetwork(read, desired)).toEqual({ ...numbers, wanted: 1, doubt: undefined });
    const odd = reading({ domains: [row(shop), row('a b')] });
    expect(summariseNetwork(odd, judgeReading(odd, before, [], settings).desired)).toMatchObject({
      odd: `A row of the network's lists is not understood, and what it may stand for is left alone: mapping 7: "a b" has a space in it.`,
    });
    expect(summariseNetwork(read, { from: 'nowhere', why: 'Down.' })).toEqual({
      ...numbers,
      wanted: 0,
      doubt: 'Down.',
    });
    expect(summariseNetwork(read, { from: 'events' })).toEqual({ ...numbers, wanted: 0, doubt: undefined });
  });

  describe('with an empty list', () => {
    const empty = reading({ domains: [] });

    it('is held empty since the first such reading, also where none came before it', () => {
      const why = `its list of mappings has been empty since ${iso(START)}, and an empty list is believed only if it stays so for GRACE`;
      for (const known of [undefined, before, { ...before, emptySince: iso(START + HOUR) }]) {
        expect(judgeReading(empty, known, [shop], settings)).toEqual({
          desired: { from: 'nowhere', why },
          known: { ...before, emptySince: iso(START) },
        });
      }
      const later = judgeReading(
        { ...empty, readAt: iso(START + 1) },
        { ...before, emptySince: iso(START) },
        [shop],
        settings,
      );
      expect(later.known).toEqual({ ...before, emptySince: iso(START) });
    });

    it('that has stayed so is doubted for what any other list is doubted for', () => {
      const known = { ...before, emptySince: iso(START) };
      const after = (changes: Partial<NetworkReading>, emptied: KnownNetwork = known) =>
        judgeReading({ ...empty, readAt: iso(START + HOUR), ...changes }, emptied, [shop], settings).desired;
      expect(after({})).toMatchObject({ from: 'network', doubt: undefined });
      expect(after({ sites: [MAIN, site(2, { host: '' })] })).toMatchObject({ doubt: 'site 2 has no name' });
      expect(after({}, { ...known, since: iso(START) })).toMatchObject({
        doubt: expect.stringMatching(/"Net" on network\.example only since/),
      });
    });
  });

  it('is summarised with its domains, each once', () => {
    const read = reading({ domains: [row(shop), row('www.shop.example'), row('other.example')] });
    const { desired } = judgeReading(read, before, [], settings);
    expect(summariseNetwork(read, desired)).toEqual({
      label: 'Net',
      mappings: 3,
      sites: 2,
      wanted: 2,
      doubt: undefined,
    });
  });
});
