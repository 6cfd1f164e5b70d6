import { createSecretKey } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, SECOND } from '../../lib/core/values/time.ts';
import { customerToken, customerUrl, expiryAfter, readToken } from '../../lib/pages/link.ts';

const NOW = Date.parse('2026-11-28T08:00:00.000Z');
const domain = 'shop.example' as HostName;
const key = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
const other = createSecretKey(Buffer.alloc(32, 7));
const link = { domain, expiresAt: expiryAfter(30, NOW) };
const token = customerToken(link, key);

describe('the link to a customer\u2019s page', () => {
  it('names its domain and its end, and is read back until then', () => {
    expect(readToken(token, [key], NOW)).toEqual({ kind: 'valid', ...link });
    expect(readToken(token, [key], link.expiresAt - 1)).toMatchObject({ kind: 'valid' });
    expect(readToken(token, [key], link.expiresAt)).toEqual({ kind: 'refused' });
    expect(link.expiresAt).toBe(NOW + 30 * DAY);
  });

  it('is the one that the WordPress bridge makes of the same key', () => {
    expect(customerToken({ domain, expiresAt: 1_798_761_600 * SECOND }, key)).toBe(
      'shop.example.1798761600.9a83a5338d675d7a47c66dc05de36d91',
    );
  });

  it('counts while any of the keys is the one that made it', () => {
    expect(readToken(token, [other, key], NOW)).toMatchObject({ kind: 'valid' });
    expect(readToken(token, [other], NOW)).toEqual({ kind: 'unknown-key' });
    expect(readToken(token, [], NOW)).toEqual({ kind: 'unknown-key' });
  });

  it('is refused after any change of one of its characters, and cut or lengthened anywhere', () => {
    const replaced = fc
      .tuple(fc.nat(token.length - 1), fc.string({ unit: 'binary', minLength: 0, maxLength: 2 }))
      .map(([at, by]) => token.slice(0, at) + by + token.slice(at + 1));
    const inserted = fc
      .tuple(fc.nat(token.length), fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }))
      .map(([at, more]) => token.slice(0, at) + more + token.slice(at));
    const cut = fc.tuple(fc.nat(token.length), fc.nat(token.length)).map(([from, to]) => token.slice(from, to));
    fc.assert(
      fc.property(fc.oneof(replaced, inserted, cut), (forged) => {
        fc.pre(forged !== token);
        expect(readToken(forged, [key], NOW).kind).not.toBe('valid');
      }),
    );
    for (let at = 0; at < token.length; at += 1) {
      for (const by of ['0', 'a', '.', 'A', '%']) {
        const forged = token.slice(0, at) + by + token.slice(at + 1);
        if (forged !== token) expect(readToken(forged, [key], NOW).kind).not.toBe('valid');
      }
    }
  });

  it('is no link of another domain, or for longer, by moving the dots', () => {
    const [, mac] = /\.([0-9a-f]+)$/.exec(token) ?? [];
    for (const signed of ['shop.example.1', 'shop.exampl.e', 'example.shop', `.${domain}`, `${domain}.`]) {
      expect(readToken(`${signed}.${link.expiresAt / SECOND}.${mac}`, [key], NOW).kind).not.toBe('valid');
    }
  });

  it('stands below the address under which customers reach the service', () => {
    expect(customerUrl('https://api.example/base', link, key)).toBe(`https://api.example/base/domains/${token}`);
    expect(customerUrl('https://api.example/', link, key)).toBe(`https://api.example/domains/${token}`);
  });

  it('holds nothing that a mail program or a chat would cut off or decorate', () => {
    expect(token).toMatch(/^[a-z0-9.-]*[a-z0-9]$/);
  });
});
