import { describe, expect, it } from 'vitest';
import { judgeCaa } from '../../../lib/core/probe/dns-verdict.ts';

function judged(value: string): string {
  return judgeCaa([{ kind: 'answered', records: [{ isCritical: false, tag: 'issue', value }] }]).kind;
}

describe('judgeCaa, the parameter validationmethods', () => {
  it('may stand with spaces around its sign', () => {
    expect(judged('letsencrypt.org; validationmethods = dns-01')).toBe('blocked');
    expect(judged('letsencrypt.org; validationmethods  =  dns-01,http-01')).toBe('pointing');
  });

  it('is no other parameter that only ends like it', () => {
    expect(judged('letsencrypt.org; xvalidationmethods=dns-01')).toBe('pointing');
  });
});
