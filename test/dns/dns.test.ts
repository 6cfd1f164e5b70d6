import { createSocket } from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { publicDns } from '../../lib/dns/dns.ts';
import { standInDns } from '../../local/stand-in/dns.ts';

const A = 1;
const AAAA = 28;
const NXDOMAIN = 3;
const REFUSED = 5;

type Zone = Readonly<Record<string, { readonly a?: string; readonly aaaa?: Buffer; readonly code?: number }>>;

/** A resolver on loopback that knows one zone, as small as the protocol allows (RFC 1035 section 4). */
async function resolver(zone: Zone): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const entry = zone[labels.join('.').toLowerCase()];
    const data =
      type === A && entry?.a ? Buffer.from(entry.a.split('.').map(Number)) : type === AAAA ? entry?.aaaa : undefined;
    const code = entry ? (entry.code ?? 0) : NXDOMAIN;
    const header = Buffer.from([0, 0, 0x81, 0x80 | code, 0, 1, 0, data ? 1 : 0, 0, 0, 0, 0]);
    query.copy(header, 0, 0, 2);
    const answer = data
      ? Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]), data])
      : Buffer.alloc(0);
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

const ZONE: Zone = {
  'shop.example': { a: '203.0.113.10' },
  'both.example': { a: '203.0.113.10', aaaa: Buffer.from('20010db8000000000000000000000001', 'hex') },
  'empty.example': {},
  'refused.example': { code: REFUSED },
};

describe('public DNS', () => {
  it('says what each resolver says, so that they can disagree', async () => {
    const dns = publicDns([await resolver(ZONE), await resolver({ 'shop.example': { a: '192.0.2.1' } })]);
    expect(await dns.addressesOf('shop.example')).toEqual([
      { kind: 'addresses', addresses: ['203.0.113.10'] },
      { kind: 'addresses', addresses: ['192.0.2.1'] },
    ]);
  });

  it('asks for both kinds of addresses', async () => {
    const dns = publicDns([await resolver(ZONE)]);
    expect(await dns.addressesOf('both.example')).toEqual([
      { kind: 'addresses', addresses: ['203.0.113.10', '2001:db8::1'] },
    ]);
  });

  it('tells "there is none" from "could not ask"', async () => {
    const dns = publicDns([await resolver(ZONE)]);
    expect(await dns.addressesOf('empty.example')).toEqual([{ kind: 'none' }]);
    expect(await dns.addressesOf('absent.example')).toEqual([{ kind: 'none' }]);
    expect(await dns.addressesOf('refused.example')).toEqual([{ kind: 'could-not-ask' }]);
  });

  it('has a stand-in that says the same in the same words', async () => {
    const real = publicDns([await resolver(ZONE), await resolver(ZONE)]);
    const standIn = standInDns(new Map([['shop.example', ['203.0.113.10']]]));
    for (const name of ['shop.example', 'absent.example']) {
      expect(await standIn.addressesOf(name)).toEqual(await real.addressesOf(name));
    }
  });
});
