import { describe, expect, it } from 'vitest';
import { decideCertificate } from '../../../lib/core/certificates/decide.ts';
import { afterUnread } from '../../../lib/core/certificates/requests.ts';
import type { CertificateVerdict } from '../../../lib/core/probe/certificate-verdict.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, SERVER } from '../builders.ts';
import { decide, type SERVER_SHOWS, waitOf } from './decide-cases.ts';

describe('the sentences of a decision', () => {
  it.each<[CertificateVerdict['kind'] & keyof typeof SERVER_SHOWS, string]>([
    ['none', 'shop.example points here and has no certificate.'],
    ['expired', `The certificate of shop.example expired at ${ago(DAY)}.`],
  ])('%s: why one is needed', (probe, why) => {
    expect(decide(['advanced', 'here', probe, '-', ''])).toMatchObject({ kind: 'ask', why });
  });

  it.each<[keyof typeof SERVER_SHOWS, string]>([
    ['other name', 'For shop.example the server shows a certificate of other names (network.example).'],
    ['staging', 'The certificate of shop.example is not trusted: it comes from an authority that is not known.'],
    ['expiring 1 d', `The certificate of shop.example is valid only until ${iso(NOW + 29 * DAY)}.`],
  ])('%s: why one is needed', (probe, why) => {
    expect(decide(['advanced', 'here', probe, '-', ''])).toMatchObject({ kind: 'ask', why });
  });

  it('a server that could not be asked: why, that it may pass, and where to look', () => {
    for (const probe of ['never asked', 'none, not asked now'] as const) {
      const { why, whatToDo } = waitOf('advanced', 'here', probe, '-');
      expect(why).toBe(
        'The server 203.0.113.10 could not be asked for the certificate of shop.example: it did not finish the handshake.',
      );
      expect(whatToDo).toMatch(/^Nothing, if it passes.*TLS_PORT/);
    }
    expect(waitOf('advanced', 'here', '-', '-').why).toMatch(/: nobody tried\.$/);
  });

  it('DNS that could not be asked: why, and that it may pass', () => {
    for (const dns of ['never asked', 'here, not asked now'] as const) {
      const { why, whatToDo } = waitOf('advanced', dns, 'none', '-');
      expect(why).toBe('Public DNS could not be asked about shop.example: the resolver did not answer.');
      expect(whatToDo).toMatch(/^Nothing, if it passes.*DNS_SERVERS/);
    }
    expect(waitOf('advanced', 'www never asked', 'none', '-').why).toContain(
      'www.shop.example has not been probed yet',
    );
  });

  it('moved away: since when, where to, and what to do either way', () => {
    const { why, whatToDo } = waitOf('advanced', 'left, elsewhere', 'none', '-');
    expect(why).toBe(
      `shop.example pointed here until ${ago(HOUR)} and does not any more. shop.example points to 198.51.100.7, and the server is 203.0.113.10.`,
    );
    expect(whatToDo).toBe(
      'If the customer left, unmap it in the network. Otherwise: Set A shop.example → 203.0.113.10, and no other address.',
    );
  });

  it('DNS: the name that is not right and the record to set', () => {
    expect(waitOf('advanced', 'www absent', 'none', '-')).toMatchObject({
      why: 'www.shop.example does not resolve: public DNS has no address for it.',
      whatToDo: 'Set A www.shop.example → 203.0.113.10.',
    });
  });

  it('no mode: what is needed, and that it can be done by hand', () => {
    const { why, whatToDo } = waitOf('unknown', 'here', 'none', '-');
    expect(why).toContain('has no certificate. RunCloud does not say how it keeps the certificates');
    expect(whatToDo).toContain('by hand');
  });

  it.each<[Parameters<typeof waitOf>, RegExp, RegExp]>([
    [
      ['advanced', 'here', 'expiring 1 d -1', '-'],
      /most of its life is over/,
      /^Nothing: this service .* if RunCloud does not/,
    ],
    [['auto-ssl', 'here 1 h -1', 'none', '-'], /AutoSSL is on/, /^Nothing: this service .* an hour later/],
    [['advanced', 'here', 'none', 'added 1 min -1'], /added a moment ago/, /^Nothing: this service .* in a minute/],
    [
      ['advanced', 'here', 'none', 'asked 1×, 0 min'],
      /asked for the certificate of shop\.example at 2026-11-22T08:00:00.000Z/,
      /^Nothing/,
    ],
  ])('%j: there is nothing to do', (row, why, whatToDo) => {
    const decision = waitOf(...row);
    expect(decision.why).toMatch(why);
    expect(decision.whatToDo).toMatch(whatToDo);
  });

  it('asked for in vain: how often, when, what RunCloud answered, and where to look', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', 'asked 2×, 10 min');
    expect(why).toBe(
      `shop.example points here and has no certificate. This service asked for it 2 times, last at ${ago(10 * MINUTE)}; nothing came of it.`,
    );
    expect(whatToDo).toContain('http://shop.example/.well-known/acme-challenge/');
    expect(whatToDo).toContain('{"action":"map","domain":"shop.example"}');
    expect(waitOf('advanced', 'here', 'none', 'refused 1×, 0 min').why).toMatch(
      /asked for it once, last at .*; RunCloud answered: status 422: no\.$/,
    );
  });

  it('a date of Let’s Encrypt: that nothing helps before it', () => {
    const dated = waitOf('advanced', 'here', 'none', 'refused 1×, date ahead');
    expect(dated.why).toContain('retry after 2026-11-22 09:00:00 UTC');
    expect(dated.whatToDo).toMatch(/^Nothing before that: Let's Encrypt named the date/);
    const over = waitOf('advanced', 'here', 'none', 'refused 3×, date over, pause not');
    expect(over.whatToDo).toContain('{"action":"map","domain":"shop.example"}');
  });

  it('a limit: what is needed, which limit it is, and until when', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '240 of others');
    expect(why).toBe(
      "shop.example points here and has no certificate. This service does not ask for one now, because it asked for 240 certificates of all domains within 3 h, and Let's Encrypt allows few more.",
    );
    expect(whatToDo).toBe('Nothing: this service asks for it then.');
  });

  it('the limit of a registered domain: how its subdomains need but one', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '40 below shop.example');
    expect(why).toContain('it asked for 40 certificates below shop.example within 7 days');
    expect(whatToDo).toContain('SUBDOMAINS=wildcard');
  });

  it('the limit of a set: that the requests of before brought nothing, and where to look', () => {
    const { why, whatToDo } = waitOf('advanced', 'here', 'none', '4 of these names');
    expect(why).toContain('it asked for 4 certificates for exactly these names within 7 days');
    expect(whatToDo).toContain('SSL/TLS of the web application in RunCloud');
  });

  it('an international name is shown as people read it', () => {
    const domain = 'xn--bcher-kva.example';
    const each = { domain, names: [domain], issuance: undefined, addedAt: undefined, requestedAt: undefined };
    const context = { mode: 'advanced', server: SERVER, now: NOW } as const;
    expect(decideCertificate({ ...each, probe: probeOf('absent', 'none') }, context)).toMatchObject({
      why: `bücher.example (${domain}) does not resolve: public DNS has no address for it.`,
      whatToDo: `Set A ${domain} → 203.0.113.10.`,
    });
  });
});

describe('the sentences of a decision, word for word', () => {
  const each = { domain: 'shop.example', names: ['shop.example'], addedAt: undefined, requestedAt: undefined };
  const context = { mode: 'advanced', server: SERVER, now: NOW } as const;

  it('a probe that is too old: when it was, and that the next run probes', () => {
    const probe = probeOf('pointing', 'none', { at: ago(2 * HOUR + 1) });
    expect(decideCertificate({ ...each, probe, issuance: undefined }, context)).toEqual({
      kind: 'wait',
      cause: 'unasked',
      why: `shop.example was last probed at ${ago(2 * HOUR + 1)}, too long ago to ask for a certificate.`,
      whatToDo: 'Nothing: the next run probes it.',
    });
  });

  it('a certificate of several other names: which ones', () => {
    const verdict: CertificateVerdict = { kind: 'other-name', names: ['a.example', 'b.example'] };
    const probe = probeOf('pointing', 'none', { certificate: { verdict, since: ago(DAY) } });
    expect(decideCertificate({ ...each, probe, issuance: undefined }, context)).toMatchObject({
      why: 'For shop.example the server shows a certificate of other names (a.example, b.example).',
    });
  });

  it('an installed certificate that RunCloud did not show: that it may pass, and where to look', () => {
    const issuance = afterUnread(undefined, 'It answered 500.', NOW);
    expect(decideCertificate({ ...each, probe: probeOf('pointing', 'none'), issuance }, context)).toMatchObject({
      whatToDo: 'Nothing, if it passes. If it stays, look at SSL/TLS of shop.example in RunCloud.',
    });
  });
});
