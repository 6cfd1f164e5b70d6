import { describe, expect, it } from 'vitest';
import type { Hold, HoldCode } from '../../../lib/core/plan/hold.ts';
import { countPressing, describePressing, isPressing } from '../../../lib/core/report/pressing.ts';

function held(code: HoldCode, domain = 'shop.example'): Hold {
  return { domain, code, reason: 'Why.', whatToDo: 'What.' };
}

describe('a hold that needs a person', () => {
  const needed: HoldCode[] = [
    'brake',
    'incomplete',
    'last-domain',
    'not-taken',
    'quota',
    'changed',
    'stopped',
    'unreadable',
    'certificate-failed',
    'spoilt',
    'too-many-names',
    'foreign-certificate',
    'no-mode',
  ];
  it.each(needed)('is one of %s', (code) => {
    expect(isPressing(held(code), 'create')).toBe(true);
  });

  const passing: HoldCode[] = [
    ...['protected', 'wildcard', 'not-ours', 'unmanaged', 'gone', 'policy', 'grace', 'absent', 'subdomain'],
    ...['still-mapped', 'not-listed', 'unasked', 'moved-away', 'dns', 'proxied', 'caa', 'renewal', 'auto-ssl'],
    ...['settling', 'certificate-requested', 'limit', 'waiting'],
  ] as HoldCode[];
  it.each(passing)('is none of %s, which passes by itself or is meant', (code) => {
    expect(isPressing(held(code), 'ignore')).toBe(false);
  });

  it('is one that says so itself, and none that says no', () => {
    expect(isPressing({ ...held('limit'), pressing: true }, 'create')).toBe(true);
    expect(isPressing({ ...held('stopped'), pressing: false }, 'create')).toBe(false);
  });

  it('is a subdomain that no wildcard domain serves', () => {
    expect(isPressing(held('subdomain'), 'wildcard')).toBe(true);
    expect(isPressing(held('grace'), 'wildcard')).toBe(false);
  });
});

describe('countPressing', () => {
  it('counts by code, with the steps that failed', () => {
    const holds = [held('brake'), held('dns'), held('waiting'), held('brake', 'b.example'), held('subdomain')];
    expect(countPressing(holds, 'create')).toEqual({ brake: 2, waiting: 1 });
    expect(countPressing(holds, 'wildcard')).toEqual({ brake: 2, waiting: 1, subdomain: 1 });
  });

  it('is undefined where nobody is needed', () => {
    expect(countPressing([], 'create')).toBeUndefined();
    expect(countPressing([held('dns'), held('grace')], 'create')).toBeUndefined();
  });
});

describe('describePressing', () => {
  it.each([
    [{ brake: 1 }, 'A person is needed for 1 domain: brake 1.'],
    [{ brake: 90, 'certificate-failed': 1 }, 'A person is needed for 91 domains: brake 90, certificate-failed 1.'],
  ])('%j', (needs, text) => {
    expect(describePressing(needs)).toBe(text);
  });
});
