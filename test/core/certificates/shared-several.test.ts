import { describe, expect, it } from 'vitest';
import type { CertificateCase } from '../../../lib/core/certificates/decision.ts';
import { IssuanceLimiter } from '../../../lib/core/certificates/rate-limits.ts';
import type { IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import { decideShared, type SharedDecision } from '../../../lib/core/certificates/shared.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, requested, SERVER, VERDICTS } from '../builders.ts';

const WITHOUT = probeOf('pointing', 'other-name');

function caseOf(domain: string, names = [domain], probe: ProbeState = WITHOUT): CertificateCase {
  return { domain, names, probe, issuance: undefined, addedAt: undefined, requestedAt: undefined };
}

function decide(
  cases: readonly CertificateCase[],
  issuance?: IssuanceHistory,
  others: readonly CertificateCase[] = cases,
): SharedDecision {
  const members = others.map((each) => ({ ...each, isSpared: false }));
  const limiter = new IssuanceLimiter([], NOW);
  return decideShared({ members, cases, issuance }, { mode: 'basic', server: SERVER, now: NOW }, limiter);
}

describe('one certificate for all names, where several domains matter', () => {
  it('says of several others that they need it too', () => {
    expect(decide(['a.example', 'b.example', 'c.example'].map((domain) => caseOf(domain))).ask?.why).toBe(
      'For a.example the server shows a certificate of other names (network.example). 2 more domains need the same certificate.',
    );
  });

  it('names each that does not point here', () => {
    const away = ['b.example', 'c.example'].map((domain) => caseOf(domain, [domain], probeOf('absent', 'other-name')));
    const { waits } = decide([caseOf('a.example')], undefined, [caseOf('a.example'), ...away]);
    expect(waits).toMatchObject([
      {
        domain: 'a.example',
        wait: {
          cause: 'spoilt',
          why: expect.stringContaining(
            'b.example does not resolve: public DNS has no address for it; c.example does not resolve: public DNS has no address for it.',
          ),
        },
      },
    ]);
  });

  it('an earlier request concerns a domain of which it was for one name', () => {
    const www = { ...WITHOUT, www: { verdict: VERDICTS.pointing, since: ago(MINUTE) } };
    const shop = caseOf('shop.example', ['shop.example', 'www.shop.example'], www);
    const issuance: IssuanceHistory = { requests: [requested(20 * MINUTE, { names: ['shop.example'] })], attempts: 2 };
    expect(decide([shop], issuance).waits).toMatchObject([{ wait: { cause: 'certificate-failed' } }]);
    const other: IssuanceHistory = { ...issuance, requests: [requested(20 * MINUTE, { names: ['a.example'] })] };
    expect(decide([shop], other).ask?.domain).toBe('shop.example');
  });
});
