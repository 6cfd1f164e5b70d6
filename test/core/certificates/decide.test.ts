import { describe, expect, it } from 'vitest';
import { decideCertificate } from '../../../lib/core/certificates/decide.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { HOUR } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, SERVER, VERDICTS } from '../builders.ts';
import { decide, inShort, LONG, type Row } from './decide-cases.ts';

const ALONE = {
  domain: 'shop.example',
  names: ['www.shop.example'],
  issuance: undefined,
  addedAt: undefined,
  requestedAt: undefined,
};
const ADVANCED = { mode: 'advanced', server: SERVER, now: NOW } as const;

describe('a `www.` name that is served by itself', () => {
  const www = (kind: keyof typeof VERDICTS, more: Partial<ProbeState> = {}) =>
    probeOf('elsewhere', 'none', { www: { verdict: VERDICTS[kind], since: LONG }, servedAs: 'www', ...more });

  it('gets a certificate wherever the bare name leads', () => {
    expect(inShort(decideCertificate({ ...ALONE, probe: www('pointing') }, ADVANCED))).toBe('ask new');
    expect(inShort(decideCertificate({ ...ALONE, probe: www('absent') }, ADVANCED))).toBe('wait dns');
    // The bare name left, and this one did not.
    const left = { leftAt: ago(HOUR) };
    expect(inShort(decideCertificate({ ...ALONE, probe: www('pointing', left) }, ADVANCED))).toBe('ask new');
  });

  it('is said to have moved away when it has', () => {
    expect(decideCertificate({ ...ALONE, probe: www('elsewhere', { leftAt: ago(HOUR) }) }, ADVANCED)).toMatchObject({
      cause: 'moved-away',
      why: `www.shop.example pointed here until ${ago(HOUR)} and does not any more. www.shop.example points to 198.51.100.7, and the server is 203.0.113.10.`,
    });
  });

  it('with AutoSSL the hour begins when that name came', () => {
    const young = { www: { verdict: VERDICTS.pointing, since: ago(HOUR / 2) } };
    const decision = decideCertificate({ ...ALONE, probe: www('pointing', young) }, { ...ADVANCED, mode: 'auto-ssl' });
    expect(inShort(decision)).toBe(`wait auto-ssl, ${HOUR / 2} ms`);
    expect(inShort(decideCertificate({ ...ALONE, probe: www('pointing') }, { ...ADVANCED, mode: 'auto-ssl' }))).toBe(
      'ask new',
    );
  });
});

const ROWS: readonly Row[] = [
  // mode       DNS                         server shows          history                     decision
  // The server could not be asked, ever: nobody knows whether one is missing.
  ['advanced', 'here', 'never asked', '-', 'wait unasked'],
  ['advanced', 'here', '-', '-', 'wait unasked'],
  ['advanced', 'absent', 'never asked', '-', 'wait unasked'],
  ['unknown', 'here', 'never asked', '-', 'wait unasked'],

  // A valid certificate for all its names: well, whatever else is known.
  ['advanced', 'here', 'valid', '-', 'well'],
  ['basic', 'here', 'valid', '-', 'well'],
  ['auto-ssl', 'here', 'valid', '-', 'well'],
  ['unknown', 'here', 'valid', '-', 'well'],
  ['advanced', 'left, elsewhere', 'valid', '-', 'wait moved-away'],
  ['advanced', 'left, proxied', 'valid', '-', 'well'],
  ['advanced', 'proxied', 'valid', '-', 'well'],
  ['advanced', 'CAA forbids', 'valid', '-', 'well'],
  ['advanced', 'never asked', 'valid', '-', 'well'],
  ['advanced', 'www here', 'valid', '-', 'well'],
  ['advanced', 'here', 'valid', 'asked 2×, 10 min', 'well'],

  // Let's Encrypt never certifies one of the names: DNS does not matter.
  ['advanced', 'here', 'none', 'reserved label', 'wait uncertifiable'],
  ['advanced', 'absent', 'expired', 'reserved label', 'wait uncertifiable'],
  ['basic', 'elsewhere', 'none', 'reserved label', 'wait uncertifiable'],
  ['unknown', 'never asked', 'none', 'reserved label', 'wait uncertifiable'],
  ['advanced', 'here', 'valid', 'reserved label', 'well'],
  ['advanced', 'left, absent', 'none', 'reserved label', 'wait moved-away'],

  // DNS could not be asked, ever.
  ['advanced', 'never asked', 'none', '-', 'wait unasked'],
  ['basic', 'never asked', 'none', '-', 'wait unasked'],
  ['advanced', 'www never asked', 'none', '-', 'wait unasked'],

  // It pointed here, and does not any more: nothing is requested, however badly one is needed.
  ['advanced', 'left, elsewhere', 'none', '-', 'wait moved-away'],
  ['advanced', 'left, elsewhere', 'expired', '-', 'wait moved-away'],
  ['advanced', 'left, elsewhere', 'expiring 1 d', '-', 'wait moved-away'],
  ['advanced', 'left, absent', 'none', 'asked 1×, 10 min', 'wait moved-away'],
  ['auto-ssl', 'left, absent', 'none', '-', 'wait moved-away'],
  ['advanced', 'left, proxied', 'none', '-', 'wait proxied'],
  ['advanced', 'left, partly', 'none', '-', 'wait dns'],
  ['advanced', 'left and back', 'none', '-', 'ask new'],

  // Absent, elsewhere, partly, disagreed: Let's Encrypt would not reach the server for sure.
  ['advanced', 'absent', 'none', '-', 'wait dns'],
  ['advanced', 'elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'partly', 'none', '-', 'wait dns'],
  ['advanced', 'IPv6 elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'disagreed', 'none', '-', 'wait dns'],
  ['basic', 'elsewhere', 'other name', '-', 'wait dns'],
  ['auto-ssl', 'absent', 'none', '-', 'wait dns'],
  ['unknown', 'absent', 'none', '-', 'wait dns'],
  ['advanced', 'absent', 'expiring 1 d', '-', 'wait dns'],
  ['advanced', 'elsewhere, not asked now', 'none', '-', 'wait dns'],
  ['advanced', 'absent', 'none', 'asked 3×, 11 min, requested since', 'wait dns'],
  ['advanced', 'proxied', 'none', '-', 'wait proxied'],
  ['advanced', 'CAA forbids', 'none', '-', 'wait caa'],

  // The same of `www.`, where it is served.
  ['advanced', 'www absent', 'none', '-', 'wait dns'],
  ['advanced', 'www elsewhere', 'none', '-', 'wait dns'],
  ['advanced', 'www partly', 'none', '-', 'wait dns'],
  ['advanced', 'www disagreed', 'none', '-', 'wait dns'],
  ['advanced', 'www proxied', 'other name', '-', 'wait proxied'],
  ['advanced', 'www CAA forbids', 'other name', '-', 'wait caa'],
  ['advanced', 'www here', 'none', '-', 'ask new'],
  ['advanced', 'www absent, not served', 'none', '-', 'ask new'],

  // DNS could not be asked just now: what was known is shown, and nothing is spent on it.
  ['advanced', 'here, not asked now', 'none', '-', 'wait unasked'],
  ['advanced', 'here, not asked now', 'expired', '-', 'wait unasked'],

  // The server could not be asked just now: it would not answer Let's Encrypt either.
  ['advanced', 'here', 'none, not asked now', '-', 'wait unasked'],
  ['basic', 'here', 'none, not asked now', '-', 'wait unasked'],
  ['advanced', 'here', 'expired, not asked now', '-', 'wait unasked'],
  ['advanced', 'here', 'none, not asked now', 'asked 3×, 11 min, requested since', 'wait unasked'],
  ['advanced', 'absent', 'none, not asked now', '-', 'wait dns'],
  ['advanced', 'here', 'valid, not asked now', '-', 'well'],

  // Expiring, and RunCloud may still renew it by itself: it has a thirtieth of what is left for that.
  ['advanced', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['basic', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['auto-ssl', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['unknown', 'here', 'expiring 1 d -1', '-', 'wait renewal, 1 ms'],
  ['advanced', 'here', 'expiring 1 d', '-', 'ask renewal'],
  ['advanced', 'here', 'expiring, short -1', '-', 'wait renewal, 1 ms'],
  ['advanced', 'here', 'expiring, short', '-', 'ask renewal'],

  // RunCloud does not say how it keeps certificates: nobody knows which request to send.
  ['unknown', 'here', 'none', '-', 'wait no-mode'],
  ['unknown', 'here', 'expired', '-', 'wait no-mode'],
  ['unknown', 'here', 'expiring 1 d', '-', 'wait no-mode'],
  ['unknown', 'here', 'none', 'asked 3×, 11 min, requested since', 'wait no-mode'],

  // AutoSSL is on: only where it has had an hour, with the domain pointing here and its certificate amiss.
  ['auto-ssl', 'here 1 h -1', 'none', '-', 'wait auto-ssl, 1 ms'],
  ['auto-ssl', 'here 1 h', 'none', '-', 'ask new'],
  ['auto-ssl', 'here', 'none 1 h -1', '-', 'wait auto-ssl, 1 ms'],
  ['auto-ssl', 'here', 'none 1 h', '-', 'ask new'],
  ['auto-ssl', 'left and back', 'none', '-', 'wait auto-ssl, 3540000 ms'],
  ['auto-ssl', 'here', 'expiring 1 d', '-', 'ask renewal'],
  ['advanced', 'here 1 h -1', 'none 1 h -1', '-', 'ask new'],

  // Added a moment ago: the web server may not know the name yet.
  ['advanced', 'here', 'none', 'added 1 min -1', 'wait settling, 1 ms'],
  ['advanced', 'here', 'none', 'added 1 min', 'ask new'],

  // Requested, and the answer may still come. Nothing shortens that.
  ['advanced', 'here', 'none', 'asked 1×, 0 min', 'wait certificate-requested, 600000 ms'],
  ['advanced', 'here', 'none', 'asked 1×, 10 min -1', 'wait certificate-requested, 1 ms'],
  ['advanced', 'here', 'none', 'asked 1×, 0 min, requested since', 'wait certificate-requested, 599999 ms'],
  ['auto-ssl', 'here', 'none', 'asked 1×, 10 min -1', 'wait certificate-requested, 1 ms'],

  // Requested in vain: pauses of 10 min, 100 min, then days.
  ['advanced', 'here', 'none', 'asked 1×, 10 min', 'ask new'],
  ['advanced', 'here', 'none', 'asked 2×, 10 min', 'wait certificate-failed, 5400000 ms'],
  ['advanced', 'here', 'none', 'asked 2×, 100 min -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 2×, 100 min', 'ask new'],
  ['advanced', 'here', 'none', 'asked 3×, 1 d -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 3×, 1 d', 'ask new'],
  ['advanced', 'here', 'none', 'asked 99×, 1 d -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'asked 99×, 1 d', 'ask new'],
  ['advanced', 'here', 'expiring 1 d', 'asked 2×, 100 min -1', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 0 min', 'wait certificate-failed, 600000 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 10 min', 'ask new'],
  // A newer mapping request ends such a pause, and not one that Let's Encrypt asked for.
  ['advanced', 'here', 'none', 'asked 3×, 11 min, requested since', 'ask new'],
  ['advanced', 'here', 'none', 'asked 3×, 11 min, requested before', 'wait certificate-failed, 85740000 ms'],
  ['advanced', 'here', 'none', 'refused 1×, 0 min, requested since', 'ask new'],
  ['advanced', 'here', 'none', 'refused 1×, date ahead', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, date ahead, requested since', 'wait certificate-failed, 1 ms'],
  ['advanced', 'here', 'none', 'refused 1×, date over', 'ask new'],
  ['advanced', 'here', 'none', 'refused 3×, date over, pause not', 'wait certificate-failed, 83400000 ms'],
  // One that came ends the count.
  ['advanced', 'here', 'none', 'had one, asked 0 min', 'ask new'],

  // Let's Encrypt's limits are reached. A renewal does not count for the registered domain.
  ['advanced', 'here', 'none', '4 of these names', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'expired', '4 of these names', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'none', '40 below shop.example', 'wait limit, 86400000 ms'],
  ['advanced', 'here', 'expired', '40 below shop.example', 'ask renewal'],
  ['advanced', 'here', 'none', '240 of others', 'wait limit, 7200000 ms'],
  ['advanced', 'here', 'none', '4 of this name in 1 h', 'wait limit, 1800000 ms'],

  // Else it is requested.
  ['advanced', 'here', 'none', '-', 'ask new'],
  ['basic', 'here', 'none', '-', 'ask new'],
  ['auto-ssl', 'here', 'none', '-', 'ask new'],
  ['advanced', 'here', 'other name', '-', 'ask new'],
  ['advanced', 'here', 'staging', '-', 'ask new'],
  ['advanced', 'here', 'expired', '-', 'ask renewal'],
];

describe('decideCertificate and withinLimits', () => {
  it.each(ROWS)('%s | %s | %s | %s → %s', (...row) => {
    expect(inShort(decide(row))).toBe(row[4]);
  });

  it('what was never probed waits for that', () => {
    const never = { domain: 'shop.example', names: ['shop.example'], probe: undefined, issuance: undefined } as const;
    const context = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decision = decideCertificate({ ...never, addedAt: undefined, requestedAt: undefined }, context);
    expect(decision).toEqual({
      kind: 'wait',
      cause: 'unasked',
      why: 'shop.example has not been probed yet.',
      whatToDo: 'Nothing: the next run probes it.',
    });
  });

  it('where the address of the server is not known, nothing is', () => {
    const each = { domain: 'shop.example', names: ['shop.example'], issuance: undefined };
    const context = { mode: 'advanced', server: undefined, now: NOW } as const;
    for (const probe of [undefined, probeOf('pointing', 'none'), probeOf('pointing', 'valid')]) {
      expect(decideCertificate({ ...each, probe, addedAt: undefined, requestedAt: undefined }, context)).toEqual({
        kind: 'wait',
        cause: 'unasked',
        why: 'It is not known whether shop.example points to the server: RunCloud did not tell the address of the server.',
        whatToDo: expect.stringMatching(/^Nothing, if it passes.*"doctor"/),
      });
    }
  });

  it('a probe of more than two hours ago is no ground for a request', () => {
    const each = {
      domain: 'shop.example',
      names: ['shop.example'],
      issuance: undefined,
      addedAt: undefined,
      requestedAt: undefined,
    };
    const context = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const at = (msAgo: number) =>
      decideCertificate({ ...each, probe: probeOf('pointing', 'none', { at: ago(msAgo) }) }, context);
    expect(at(2 * HOUR)).toMatchObject({ kind: 'ask' });
    expect(at(2 * HOUR + 1)).toMatchObject({
      kind: 'wait',
      cause: 'unasked',
      why: expect.stringMatching(/last probed at 2026.*too long ago to ask for a certificate/),
    });
  });

  it('where only `www.` is served it is that name which has to point here', () => {
    const only = { domain: 'shop.example', names: ['www.shop.example'], issuance: undefined };
    const context = { mode: 'advanced', server: SERVER, now: NOW } as const;
    const decisionOn = (probe: ProbeState) =>
      inShort(decideCertificate({ ...only, probe, addedAt: undefined, requestedAt: undefined }, context));
    const wwwAt = (kind: DnsVerdict['kind']) => ({ www: { verdict: VERDICTS[kind], since: LONG } });
    expect(decisionOn(probeOf('elsewhere', 'none', wwwAt('pointing')))).toBe('ask new');
    expect(decisionOn(probeOf('elsewhere', 'none', { ...wwwAt('pointing'), leftAt: ago(HOUR) }))).toBe('ask new');
    expect(decisionOn(probeOf('pointing', 'none', wwwAt('absent')))).toBe('wait dns');
    // A name that could not be asked about in the last probe is no ground for a request, unless it is not served at all.
    const unasked = (names: readonly string[]) =>
      inShort(
        decideCertificate(
          {
            ...only,
            names,
            probe: probeOf('pointing', 'none', { ...wwwAt('pointing'), wwwUnasked: 'SERVFAIL' }),
            addedAt: undefined,
            requestedAt: undefined,
          },
          context,
        ),
      );
    expect(unasked(['shop.example', 'www.shop.example'])).toBe('wait unasked');
    expect(unasked(['shop.example'])).toBe('ask new');
    const { dns: _, ...neverAsked } = probeOf('pointing', 'none', wwwAt('pointing'));
    const autoSsl = { ...only, probe: neverAsked, addedAt: undefined, requestedAt: undefined };
    expect(inShort(decideCertificate(autoSsl, { ...context, mode: 'auto-ssl' }))).toBe('ask new');
  });
});
