import { describe, expect, it } from 'vitest';
import { dnsAdvice, recordFor } from '../../../lib/core/probe/dns-advice.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import { SERVER, VERDICTS } from '../builders.ts';

const NAME = 'xn--bcher-kva.example';

describe('dnsAdvice', () => {
  it('what is right needs none', () => {
    expect(dnsAdvice('shop.example', VERDICTS.pointing, SERVER)).toBeUndefined();
  });

  it.each<[DnsVerdict, string, string]>([
    [
      VERDICTS.absent,
      'shop.example does not resolve: public DNS has no address for it.',
      'Set A shop.example → 203.0.113.10.',
    ],
    [
      { kind: 'elsewhere', addresses: ['198.51.100.7', '198.51.100.8'] },
      'shop.example points to 198.51.100.7, 198.51.100.8, and the server is 203.0.113.10.',
      'Set A shop.example → 203.0.113.10, and no other address.',
    ],
    [
      VERDICTS.proxied,
      "shop.example is proxied by Cloudflare, so Let's Encrypt does not reach the server under this name, and visitors see Cloudflare's certificate.",
      'Switch the proxy off for shop.example at Cloudflare ("DNS only"), so that it resolves to 203.0.113.10. Once the certificate is there, the proxy may be switched on again.',
    ],
    [
      VERDICTS.partly,
      "shop.example points to the server, 203.0.113.10, and to 2001:db8::7 as well, and Let's Encrypt may ask any of these addresses.",
      'Delete the AAAA record of shop.example with 2001:db8::7.',
    ],
    [
      { kind: 'partly', foreign: ['198.51.100.7', '2001:db8::7'] },
      "shop.example points to the server, 203.0.113.10, and to 198.51.100.7, 2001:db8::7 as well, and Let's Encrypt may ask any of these addresses.",
      'Delete the A or AAAA record of shop.example with 198.51.100.7, 2001:db8::7.',
    ],
    [
      VERDICTS.disagreed,
      'shop.example resolves differently at the public resolvers: a change is on its way, or its name servers differ.',
      'Wait for an hour. If it stays so, make sure that all name servers of shop.example have the same records.',
    ],
    [
      VERDICTS.blocked,
      'shop.example points to the server, but its CAA record issue "other.example" does not let Let\'s Encrypt issue a certificate.',
      'Add the record CAA shop.example → 0 issue "letsencrypt.org".',
    ],
  ])('$kind', (verdict, why, whatToDo) => {
    expect(dnsAdvice('shop.example', verdict, SERVER)).toEqual({ why, whatToDo });
  });

  it('names five of many addresses, and how many more there are', () => {
    const addresses = Array.from({ length: 1_500 }, (_, index) => `198.18.${Math.floor(index / 250)}.${index % 250}`);
    const five = '198.18.0.0, 198.18.0.1, 198.18.0.2, 198.18.0.3, 198.18.0.4 and 1,495 more';
    expect(dnsAdvice('shop.example', { kind: 'elsewhere', addresses }, SERVER)?.why).toBe(
      `shop.example points to ${five}, and the server is 203.0.113.10.`,
    );
    expect(dnsAdvice('shop.example', { kind: 'partly', foreign: addresses }, SERVER)).toEqual({
      why: `shop.example points to the server, 203.0.113.10, and to ${five} as well, and Let's Encrypt may ask any of these addresses.`,
      whatToDo: `Delete the A or AAAA record of shop.example with ${five}.`,
    });
  });

  it('a CAA record that nobody understands is in the way of whatever is added', () => {
    expect(dnsAdvice('shop.example', { kind: 'blocked', record: 'future "x"' }, SERVER)).toMatchObject({
      whatToDo: 'Delete the CAA record future "x" that governs shop.example, or take its critical flag (128) off.',
    });
  });

  it('says a name as people read it, and writes records as DNS wants them', () => {
    expect(dnsAdvice(NAME, VERDICTS.absent, SERVER)).toEqual({
      why: `bücher.example (${NAME}) does not resolve: public DNS has no address for it.`,
      whatToDo: `Set A ${NAME} → 203.0.113.10.`,
    });
  });
});

describe('recordFor', () => {
  it('a server with IPv6 alone wants an AAAA record', () => {
    expect(recordFor('shop.example', { main: '2001:db8::10', others: [] })).toBe('AAAA shop.example → 2001:db8::10');
    expect(recordFor('shop.example', SERVER)).toBe('A shop.example → 203.0.113.10');
  });
});
