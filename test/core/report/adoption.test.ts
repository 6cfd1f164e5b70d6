import { describe, expect, it } from 'vitest';
import { planAdoption, planAfter } from '../../../lib/core/plan/adopt.ts';
import { type Consequence, consequencesOf, summariseConsequences } from '../../../lib/core/report/adoption.ts';
import { host, input, listed, object, PRIMARY, record, SHOP, type Situation, shop, unmapRequest } from '../builders.ts';

const STRAY = host('stray.example');
const stray = object('stray.example', { id: 8 });

function follows(situation: Situation): readonly Consequence[] {
  const given = input({ objects: [PRIMARY, shop, stray], ...situation });
  const adoption = planAdoption([SHOP, STRAY], given);
  return consequencesOf(adoption, planAfter(adoption, given));
}

describe('consequencesOf', () => {
  it('names the stray that will go once its grace is over', () => {
    expect(follows({ desired: listed(SHOP) })).toEqual([
      {
        action: 'remove',
        domain: 'stray.example',
        why: expect.stringContaining("missing from the network's list since"),
      },
    ]);
  });

  it('names steps of what is adopted, and of nothing else', () => {
    const records = [record(SHOP, unmapRequest()), record(host('other.example'), unmapRequest())];
    expect(follows({ records })).toEqual([
      { action: 'remove', domain: 'shop.example', why: 'unmapped by a signed event' },
    ]);
    expect(
      follows({ records: [record(host('new.example'), undefined)], desired: listed(SHOP, STRAY, host('new.example')) }),
    ).toEqual([]);
  });

  it('names removals that the brake holds', () => {
    const records = [record(SHOP, unmapRequest())];
    expect(follows({ records, settings: { brake: { count: 0, percent: 0 } } })).toEqual([
      { action: 'remove', domain: 'shop.example', why: expect.stringContaining('would be removed, but') },
    ]);
  });

  it('is silent about holds that lead to no removal', () => {
    expect(follows({ desired: { from: 'nowhere', why: 'status 500' } })).toEqual([]);
  });
});

describe('summariseConsequences', () => {
  const go = (...domains: string[]) => domains.map((domain) => ({ action: 'remove' as const, domain, why: '' }));

  it.each<[readonly Consequence[], 'sync' | 'observe', string]>([
    [[], 'observe', 'Nothing on RunCloud changes because of that.'],
    [
      [
        { action: 'issue', domain: 'a.example', why: '' },
        { action: 'update', domain: 'b.example', why: '' },
        { action: 'issue', domain: 'c.example', why: '' },
      ],
      'sync',
      'From that follows: 2 to issue, 1 to update.',
    ],
    [
      go('a.example'),
      'observe',
      'From that follows: 1 to remove. None of it is done while POLICY is observe. 1 domain will go, because nothing maps it: a.example. List what shall stay in PROTECTED_DOMAINS.',
    ],
    [
      go('a.example', 'b.example', 'c.example'),
      'sync',
      'From that follows: 3 to remove. 3 domains will go, because nothing maps them: a.example, b.example, c.example. List what shall stay in PROTECTED_DOMAINS.',
    ],
    [
      go('a.example', 'b.example', 'c.example', 'd.example'),
      'sync',
      'From that follows: 4 to remove. 4 domains will go, because nothing maps them: a.example, b.example, c.example and 1 more. List what shall stay in PROTECTED_DOMAINS.',
    ],
  ])('of %j under %s is: %s', (consequences, policy, sentence) => {
    expect(summariseConsequences(consequences, policy)).toBe(sentence);
  });
});

describe('a removal that only wants for the question by name', () => {
  it('is told as one that follows', () => {
    const given = input({
      desired: listed(host('other.example')),
      objects: [PRIMARY, shop],
      records: [record(SHOP, unmapRequest())],
    });
    const adoption = planAdoption([SHOP], given);
    const after = planAfter(adoption, given);
    const unproven = [{ action: 'remove', domain: SHOP, why: 'unmapped' }] as unknown as typeof after.unproven;
    expect(consequencesOf(adoption, { ...after, steps: [], holds: [], unproven })).toEqual([
      { action: 'remove', domain: SHOP, why: 'unmapped' },
    ]);
  });
});
