import { describe, expect, it } from 'vitest';
import { isLedgerStep, type Step, sortSteps } from '../../../lib/core/plan/step.ts';
import { SHOP, shop } from '../builders.ts';

describe('isLedgerStep and sortSteps', () => {
  it('adopting and forgetting change nothing but the ledger', () => {
    const adopt: Step = { action: 'adopt', domain: SHOP, target: shop, why: '' };
    const forget: Step = { action: 'forget', domain: SHOP, why: '' };
    const add: Step = { action: 'add', domain: SHOP, www: 'no', why: '' };
    expect([add, forget, adopt].map(isLedgerStep)).toEqual([false, true, true]);
    expect(sortSteps([add, forget, adopt])).toEqual([adopt, forget, add]);
  });
});
