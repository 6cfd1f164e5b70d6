import { describe, expect, it } from 'vitest';
import { isLedgerStep, type Step, sortSteps } from '../../../lib/core/plan/step.ts';
import { PROOF, SHOP, shop } from '../builders.ts';

describe('isLedgerStep and sortSteps', () => {
  it('adopting and forgetting change nothing but the ledger', () => {
    const adopt: Step = { action: 'adopt', domain: SHOP, target: shop, why: '' };
    const forget: Step = { action: 'forget', domain: SHOP, why: '' };
    const add: Step = { action: 'add', domain: SHOP, www: 'no', why: '' };
    expect([add, forget, adopt].map(isLedgerStep)).toEqual([false, true, true]);
    expect(sortSteps([add, forget, adopt])).toEqual([adopt, forget, add]);
  });

  it('a domain without its certificate comes before one whose www or redirection differ, and what is added before what goes', () => {
    const issue = { action: 'issue', domain: SHOP, names: ['shop.example'], order: 'new', why: '' } as const;
    const steps: Step[] = [
      { action: 'forget', domain: SHOP, why: '' },
      { ...issue, certificate: { kind: 'shared' } },
      { action: 'add', domain: SHOP, www: 'no', why: '' },
      { ...issue, certificate: { kind: 'own', target: shop } },
      { action: 'update', domain: SHOP, target: shop, www: true, redirection: 'non-www', why: '' },
      { action: 'remove', domain: SHOP, target: shop, cause: 'unmapped', proof: PROOF, why: '' },
    ];
    expect(sortSteps(steps.toReversed())).toEqual(steps);
  });
});
