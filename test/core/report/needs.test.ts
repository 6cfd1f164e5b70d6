import { describe, expect, it } from 'vitest';
import { holds } from '../../../lib/core/plan/hold.ts';
import { usageOf } from '../../../lib/core/quota/usage.ts';
import type { ListedDomain } from '../../../lib/core/report/listing.ts';
import { type NeedsInput, needsOf } from '../../../lib/core/report/needs.ts';
import { NOW } from '../builders.ts';

const NOTHING: NeedsInput = { holds: [], subdomains: 'create', rows: [], problems: [], usage: undefined, now: NOW };
const EXPIRING: ListedDomain = {
  domain: 'old.example',
  mapping: 'on RunCloud',
  dns: 'pointing',
  certificate: 'expiring',
  owned: true,
  next: 'its certificate will be requested',
  state: 'expiring',
};

describe('what needs a person', () => {
  it('is nothing where all is well', () => {
    expect(needsOf(NOTHING)).toEqual([]);
  });

  it('comes once for each kind, with the first domains and what is said of the first', () => {
    const held = ['d', 'c', 'b', 'a'].map((name) => holds.brake(`${name}.example`, 'four of five.'));
    expect(needsOf({ ...NOTHING, holds: [...held, holds.unmanaged('x.example')] })).toEqual([
      {
        code: 'brake',
        count: 4,
        domains: ['d.example', 'c.example', 'b.example'],
        found: 'd.example would be removed, but four of five.',
        what_to_do: expect.stringMatching(/"apply"/),
      },
    ]);
  });

  it('begins with what keeps many waiting', () => {
    const problems = [
      { kind: 'dead-letters', found: 'One lies aside.', whatToDo: 'Read it.' },
      { kind: 'disk', found: 'It is full.', whatToDo: 'Make room.' },
    ];
    const needs = needsOf({ ...NOTHING, problems, holds: [holds.brake('a.example', 'all.')] });
    expect(needs.map(({ code }) => code)).toEqual(['disk', 'brake', 'dead-letters']);
  });

  it('does not come twice: what the holds tell is no problem beside', () => {
    const problems = [
      { kind: 'held', found: 'Held.', whatToDo: 'Read.' },
      { kind: 'failed', found: 'Failed.', whatToDo: 'Read.' },
    ];
    expect(needsOf({ ...NOTHING, problems })).toEqual([]);
  });

  it.each([
    [EXPIRING, 'The certificate of old.example should have been renewed by now.'],
    [{ ...EXPIRING, reason: 'It waits.' }, 'The certificate of old.example should have been renewed by now. It waits.'],
  ])('has certificates that run out', (row, found) => {
    expect(needsOf({ ...NOTHING, rows: [row] })).toEqual([
      { code: 'expiring', count: 1, domains: ['old.example'], found, what_to_do: EXPIRING.next },
    ]);
  });

  it('has the calls that run low', () => {
    const usage = usageOf({ '2026-11-22': { lists: 90 } }, { callsPerMonth: 100, billingDay: 1 }, NOW);
    expect(needsOf({ ...NOTHING, usage })).toMatchObject([{ code: 'calls', count: 0, domains: [] }]);
  });
});
