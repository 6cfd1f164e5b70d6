/** Waits for a certificate that pass by themselves, or do not. */
import { describe, expect, it } from 'vitest';
import type { IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR } from '../../../lib/core/values/time.ts';
import { ago, only, probeOf, requested, type Situation, VERDICTS } from '../builders.ts';
import { alike, planOf, WITHOUT } from './certificate-situations.ts';

const MODES = ['advanced', 'basic'] as const;

function pressing(
  mode: (typeof MODES)[number],
  { probe = WITHOUT, issuance }: { probe?: ProbeState; issuance?: IssuanceHistory },
  more: Situation = {},
): string {
  const { objects, records } = alike(['shop.example'], probe, mode === 'advanced' && issuance ? { issuance } : {});
  const requests = issuance?.requests ?? [];
  const { holds } = planOf({ objects, records, ...more, certificates: { mode, shared: issuance, requests } });
  const { code, pressing: isPressing } = only(holds);
  return `${code} ${isPressing ?? 'by its code'}`;
}

describe.each(MODES)('in mode %s', (mode) => {
  const names = mode === 'basic' ? ['network.example', 'shop.example'] : ['shop.example'];
  const week = Array.from({ length: 5 }, (_, n) => requested((6 - n) * DAY, { names }));

  it('a limit needs a person where requests came to nothing, and none where they brought certificates', () => {
    expect(pressing(mode, { issuance: { requests: week, attempts: 1 } })).toBe('limit true');
    expect(pressing(mode, { issuance: { requests: week, attempts: 0 } })).toBe('limit by its code');
  });

  it('a server that nobody has reached for six hours needs one', () => {
    const unreached = (ms: number) =>
      pressing(mode, {
        probe: { ...WITHOUT, certificateUnasked: 'time-out', unaskedSince: ago(ms) },
      });
    expect(unreached(6 * HOUR)).toBe('unasked true');
    expect(unreached(6 * HOUR - 1)).toBe('unasked by its code');
  });

  it('the same where its last certificate was valid', () => {
    const last = (more: Partial<ProbeState>) => {
      const probe = probeOf('pointing', 'valid', { certificateUnasked: 'time-out', ...more });
      return planOf({ ...alike(['shop.example'], probe), certificates: { mode } });
    };
    expect(last({ unaskedSince: ago(6 * HOUR - 1) }).holds).toEqual([]);
    expect(last({}).holds).toEqual([]);
    const { steps, holds } = last({ unaskedSince: ago(6 * HOUR) });
    expect(steps).toEqual([]);
    expect(only(holds)).toMatchObject({ code: 'unasked', pressing: true });
    const left = last({ unaskedSince: ago(DAY), dns: { verdict: VERDICTS.elsewhere, since: ago(DAY) } });
    expect(only(left.holds)).toMatchObject({ code: 'dns' });
  });

  it('DNS that nobody could ask is the customer’s, and a server of which no date is known passes', () => {
    const since = ago(DAY);
    const dns = probeOf('pointing', 'none', { dnsUnasked: 'SERVFAIL', unaskedSince: since });
    expect(pressing(mode, { probe: dns })).toBe('unasked by its code');
    expect(pressing(mode, { probe: { ...WITHOUT, certificateUnasked: 'changed' } })).toBe('unasked by its code');
    const away = probeOf('absent', 'none', { certificateUnasked: 'time-out', unaskedSince: since });
    expect(pressing(mode, { probe: away })).toBe('dns by its code');
  });
});

it('a plan about some domains of mode basic says the same', () => {
  const probe = { ...WITHOUT, certificateUnasked: 'time-out', unaskedSince: ago(DAY) };
  expect(pressing('basic', { probe }, { scope: 'some' })).toBe('unasked true');
});
