import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import type { Step } from '../../../lib/core/plan/step.ts';
import { NAMES } from '../arbitraries.ts';
import { host, object, PROOF, SHOP } from '../builders.ts';

const domain = fc.constantFrom(...NAMES);
const why = fc.constant('why');
const target = fc.integer({ min: 1, max: 9 }).map((id) => object('shop.example', { id }));

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    action: fc.constant('add' as const),
    domain,
    why,
    www: fc.constantFrom('yes' as const, 'no' as const, 'auto' as const),
  }),
  fc.record({
    action: fc.constant('update' as const),
    domain,
    why,
    target,
    www: fc.boolean(),
    redirection: fc.constantFrom('none' as const, 'www' as const, 'non-www' as const),
  }),
  fc.record({
    action: fc.constant('remove' as const),
    domain,
    why,
    target,
    cause: fc.constantFrom('unmapped' as const, 'unlisted' as const),
    proof: fc.constant(PROOF),
  }),
  fc.record({ action: fc.constant('adopt' as const), domain, why, target }),
  fc.record({ action: fc.constant('forget' as const), domain, why }),
);

describe('planChecksum', () => {
  it('is 16 hexadecimal digits, for no steps too', () => {
    expect(planChecksum([])).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not depend on the order in which the steps were found', () => {
    const found = fc
      .uniqueArray(steps, { selector: (step) => step.domain })
      .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })));
    fc.assert(
      fc.property(found, ([some, reordered]) => {
        expect(planChecksum(reordered)).toBe(planChecksum(some));
      }),
    );
  });

  it('does not depend on the reasons', () => {
    fc.assert(
      fc.property(fc.array(steps), fc.string(), (some, other) => {
        expect(planChecksum(some.map((step) => ({ ...step, why: other })))).toBe(planChecksum(some));
      }),
    );
  });

  it('differs where there is a step more or less', () => {
    fc.assert(
      fc.property(fc.array(steps), steps, (some, another) => {
        expect(planChecksum([...some, another])).not.toBe(planChecksum(some));
      }),
    );
  });

  const other = host('other.example');
  const add = { action: 'add', domain: SHOP, www: 'no', why: '' } as const;
  const update = {
    action: 'update',
    domain: SHOP,
    target: object('shop.example', { id: 7 }),
    www: true,
    redirection: 'non-www',
    why: '',
  } as const;
  const remove = {
    action: 'remove',
    domain: SHOP,
    target: object('shop.example'),
    why: '',
    cause: 'unmapped',
    proof: PROOF,
  } as const;
  const adopt = { ...remove, action: 'adopt' } as const;
  const forget = { action: 'forget', domain: SHOP, why: '' } as const;

  it.each<[string, Step, Step]>([
    ['the domain to add', add, { ...add, domain: other }],
    ['the www to add with', add, { ...add, www: 'yes' }],
    ['the domain to update', update, { ...update, domain: other }],
    ['the object to update', update, { ...update, target: object('shop.example', { id: 8 }) }],
    ['the www to set', update, { ...update, www: false }],
    ['the redirection to set', update, { ...update, redirection: 'none' }],
    ['the domain to remove', remove, { ...remove, domain: other }],
    ['the object to remove', remove, { ...remove, target: object('shop.example', { id: 8 }) }],
    ['the object to adopt', adopt, { ...adopt, target: object('shop.example', { id: 8 }) }],
    ['what is done with an object', remove, adopt],
    ['the domain to forget', forget, { ...forget, domain: other }],
    ['what is done with a domain', add, forget],
  ])('depends on %s', (_, one, another) => {
    expect(planChecksum([one])).not.toBe(planChecksum([another]));
  });
});

describe('the lines of a checksum', () => {
  it('are one for each step, so that no two steps read as one', () => {
    const forget = (name: string): Step => ({ action: 'forget', domain: host(name), why: '' });
    const lines = createHash('sha256').update('forget a.example\nforget b.example').digest('hex');
    expect(planChecksum([forget('a.example'), forget('b.example')])).toBe(lines.slice(0, 16));
  });
});
