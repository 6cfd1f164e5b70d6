import { describe, expect, it } from 'vitest';
import { publicDns } from '../../lib/dns/dns.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { startResolver, TYPE, type Zone } from '../support/resolver.ts';

const SERVFAIL = 2;
const REFUSED = 5;
const HERE = '203.0.113.10';

const ISSUE = { flags: 0, tag: 'issue', value: 'letsencrypt.org' };
const ZONE: Zone = {
  example: {},
  'shop.example': { a: [HERE] },
  'both.example': {
    a: [HERE],
    aaaa: [
      Buffer.from('20010DB8000000000000000000000001', 'hex'),
      Buffer.from('20010db8000000010001000000000001', 'hex'),
    ],
  },
  'alias.example': { cname: 'Shops.Elsewhere.example', a: [HERE] },
  'empty.example': {},
  'refused.example': { code: REFUSED },
  'broken.example': { code: SERVFAIL },
  'half.example': { a: [HERE], silentFor: [TYPE.AAAA] },
  'half6.example': { aaaa: [Buffer.from('20010db8000000000000000000000001', 'hex')], silentFor: [TYPE.A] },
  'no-alias.example': { a: [HERE], silentFor: [TYPE.CNAME] },
  'nothing.example': { silentFor: [TYPE.AAAA] },
  'nothing6.example': { silentFor: [TYPE.A] },
  'silent.example': { a: [HERE], silentFor: [TYPE.A, TYPE.AAAA] },
  'kept.example': { ns: ['Ben.ns.cloudflare.com', 'ada.ns.cloudflare.com'] },
  'zone.kept.example': { ns: ['ns1.other.example'] },
  'broken.kept.example': { code: SERVFAIL },
  'guarded.example': {
    caa: [ISSUE, { flags: 128, tag: 'ISSUEWILD', value: ';' }, { flags: 1, tag: 'iodef', value: 'mailto:a@b.example' }],
  },
  'shop.guarded.example': { a: [HERE] },
  'own.guarded.example': { caa: [{ flags: 0, tag: 'issue', value: 'other-ca.example' }] },
  'alias.guarded.example': { cname: 'x.other.example', caa: [{ flags: 0, tag: 'issue', value: 'alias-ca.example' }] },
  'broken.guarded.example': { code: SERVFAIL },
};

const none = { kind: 'answered', ipv4: [], ipv6: [], cname: undefined };

async function one(zone: Zone = ZONE) {
  const { address, asked } = await startResolver(zone);
  return { dns: publicDns([address], 250), address, asked };
}

describe('public DNS, asked for name servers', () => {
  it('names those of the nearest zone', async () => {
    const { dns } = await one();
    expect(await dns.nameServersOf(['shop.kept.example', 'kept.example'])).toEqual([
      'Ben.ns.cloudflare.com',
      'ada.ns.cloudflare.com',
    ]);
    expect(await dns.nameServersOf(['zone.kept.example', 'kept.example'])).toEqual(['ns1.other.example']);
    expect(await dns.nameServersOf(['nowhere.example'])).toEqual([]);
  });

  it('does not know them where a nearer zone has no answer, and asks the next resolver', async () => {
    const { dns, address } = await one();
    const zones = ['broken.kept.example', 'kept.example'];
    expect(await dns.nameServersOf(zones)).toBeUndefined();
    const other = await startResolver({ 'broken.kept.example': { ns: ['ns1.found.example'] } });
    expect(await publicDns([address, other.address], 250).nameServersOf(zones)).toEqual(['ns1.found.example']);
  });
});

describe('public DNS, asked for addresses', () => {
  it('says what each resolver says, so that they can disagree', async () => {
    const resolvers = [await startResolver(ZONE), await startResolver({ 'shop.example': { a: ['192.0.2.1'] } })];
    const dns = publicDns(resolvers.map(({ address }) => address));
    expect(await dns.addressesOf('shop.example')).toEqual([
      { ...none, ipv4: [HERE] },
      { ...none, ipv4: ['192.0.2.1'] },
    ]);
  });

  it('asks for both kinds of addresses, and writes IPv6 in its canonical form', async () => {
    const { dns } = await one();
    expect(await dns.addressesOf('both.example')).toEqual([
      { ...none, ipv4: [HERE], ipv6: ['2001:db8::1', '2001:db8:0:1:1::1'] },
    ]);
  });

  it('tells what a name is an alias of', async () => {
    const { dns } = await one();
    expect(await dns.addressesOf('alias.example')).toEqual([
      { ...none, ipv4: [HERE], cname: 'shops.elsewhere.example' },
    ]);
  });

  it.each(['empty.example', 'absent.example'])('takes "no record" and "no such name" for answers: %s', async (name) => {
    const { dns } = await one();
    expect(await dns.addressesOf(name)).toEqual([none]);
  });

  it.each([
    ['refused.example', 'refused to answer'],
    ['broken.example', "could not find out (the domain's own name servers may be out of order)"],
    [`${'x'.repeat(64)}.example`, 'was not asked: DNS can have no such name'],
    ['nothing.example', 'did not answer in time'],
    ['nothing6.example', 'did not answer in time'],
    ['silent.example', 'did not answer in time'],
  ])('tells a question that got no answer, and why: %s', async (name, why) => {
    const { dns, address } = await one();
    expect(await dns.addressesOf(name)).toEqual([{ kind: 'could-not-ask', why: `the resolver ${address} ${why}` }]);
  });

  it('an alias that cannot be asked for changes nothing: it is only shown', async () => {
    const { dns } = await one();
    expect(await dns.addressesOf('no-alias.example')).toEqual([{ ...none, ipv4: [HERE] }]);
  });

  it.each([
    ['half.example', { ipv4: [HERE] }],
    ['half6.example', { ipv6: ['2001:db8::1'] }],
  ])('gives the addresses of one family where the other cannot be asked, and why: %s', async (name, addresses) => {
    const { dns, address } = await one();
    const unasked = `the resolver ${address} did not answer in time`;
    expect(await dns.addressesOf(name)).toEqual([{ ...none, ...addresses, unasked }]);
  });

  it('lets one resolver answer while another cannot be reached', async () => {
    const { address } = await startResolver(ZONE);
    expect(await publicDns([address, '127.0.0.1:1']).addressesOf('shop.example')).toEqual([
      { ...none, ipv4: [HERE] },
      { kind: 'could-not-ask', why: 'the resolver 127.0.0.1:1 cannot be reached' },
    ]);
  });
});

describe('public DNS, asked who may issue certificates', () => {
  const guarded = [
    { isCritical: false, tag: 'issue', value: 'letsencrypt.org' },
    { isCritical: true, tag: 'issuewild', value: ';' },
    { isCritical: false, tag: 'iodef', value: 'mailto:a@b.example' },
  ];

  it.each([
    ['of the name itself', 'guarded.example', guarded],
    ['of what is above it, where it has none', 'shop.guarded.example', guarded],
    ['of what is above it, even where the name is not there', 'deep.absent.guarded.example', guarded],
    ['of itself alone, where it has some', 'own.guarded.example', [{ ...guarded[0], value: 'other-ca.example' }]],
    ['of what it is an alias of', 'alias.guarded.example', [{ ...guarded[0], value: 'alias-ca.example' }]],
    ['of nobody, where nobody has any', 'shop.example', []],
  ])('gives the records %s', async (_, name, records) => {
    const { dns } = await one();
    expect(await dns.caaOf(name)).toEqual([{ kind: 'answered', records }]);
  });

  it('does not know where the nearest name could not be asked, and does where only a farther one could not', async () => {
    const { dns } = await one();
    expect(await dns.caaOf('broken.guarded.example')).toMatchObject([{ kind: 'could-not-ask' }]);
    const { dns: other } = await one({
      'own.broken.example': { caa: [ISSUE] },
      'broken.example': { code: SERVFAIL },
      example: {},
    });
    expect(await other.caaOf('own.broken.example')).toMatchObject([{ kind: 'answered', records: [guarded[0]] }]);
  });

  it('asks for the name and all above it, but never the root', async () => {
    const { dns, asked } = await one();
    await dns.caaOf('a.shop.example');
    expect(asked.sort()).toEqual(['a.shop.example', 'example', 'shop.example']);
  });
});

describe('the stand-in for public DNS', () => {
  it('says the same in the same words', async () => {
    const resolvers = [await startResolver(ZONE), await startResolver(ZONE)];
    const real = publicDns(resolvers.map(({ address }) => address));
    const standIn = new StandInDns(
      new Map([
        ['shop.example', [HERE]],
        ['both.example', [HERE, '2001:db8::1', '2001:db8:0:1:1::1']],
      ]),
    );
    standIn.set('alias.example', { ipv4: [HERE], cname: 'shops.elsewhere.example' });
    standIn.set('guarded.example', {
      caa: [
        { isCritical: false, tag: 'issue', value: 'letsencrypt.org' },
        { isCritical: true, tag: 'issuewild', value: ';' },
        { isCritical: false, tag: 'iodef', value: 'mailto:a@b.example' },
      ],
    });
    for (const name of ['shop.example', 'both.example', 'alias.example', 'absent.example']) {
      expect(await standIn.addressesOf(name)).toEqual(await real.addressesOf(name));
    }
    for (const name of ['shop.example', 'guarded.example', 'deep.absent.guarded.example']) {
      expect(await standIn.caaOf(name)).toEqual(await real.caaOf(name));
    }
  });

  it('knows name servers as the real ones do', async () => {
    const { dns: real } = await one();
    const standIn = new StandInDns();
    standIn.set('kept.example', { ns: ['Ben.ns.cloudflare.com', 'ada.ns.cloudflare.com'] });
    standIn.set('zone.kept.example', { ns: ['ns1.other.example'] });
    for (const zones of [
      ['shop.kept.example', 'kept.example'],
      ['zone.kept.example', 'kept.example'],
      ['nowhere.example'],
    ]) {
      expect(await standIn.nameServersOf(zones)).toEqual(await real.nameServersOf(zones));
    }
    standIn.breakDown(0);
    expect(await standIn.nameServersOf(['kept.example'])).toHaveLength(2);
    standIn.breakDown();
    expect(await standIn.nameServersOf(['kept.example'])).toBeUndefined();
  });

  it('changes, disagrees with itself, and breaks down', async () => {
    const dns = new StandInDns();
    dns.point('shop.example', '192.0.2.1');
    dns.point('shop.example', HERE);
    dns.disagree('shop.example', { ipv4: ['192.0.2.1'] });
    const [here, elsewhere] = [
      { ...none, ipv4: [HERE] },
      { ...none, ipv4: ['192.0.2.1'] },
    ];
    expect(await dns.addressesOf('shop.example')).toEqual([here, elsewhere]);
    dns.disagree('shop.example');
    dns.breakDown(0);
    expect(await dns.addressesOf('shop.example')).toMatchObject([{ kind: 'could-not-ask' }, here]);
    dns.breakDown();
    expect(await dns.caaOf('shop.example')).toMatchObject([{ kind: 'could-not-ask' }, { kind: 'could-not-ask' }]);
    dns.recover();
    dns.forget('shop.example');
    expect(await dns.addressesOf('shop.example')).toEqual([none, none]);
    expect(dns.questions).toEqual(['shop.example', 'shop.example', 'shop.example', 'shop.example']);
  });
});
