import { describe, expect, it } from 'vitest';
import { isCarriedOut, isPlanned, isReadOnly, type Policy } from '../../../lib/core/plan/policy.ts';

const ACTIONS = ['adopt', 'forget', 'issue', 'add', 'update', 'remove'] as const;

describe('POLICY', () => {
  it.each<[Policy, string, string]>([
    ['observe', 'adopt forget issue add update remove', 'adopt forget'],
    ['create-only', 'adopt forget issue add', 'adopt forget issue add'],
    ['sync', 'adopt forget issue add update remove', 'adopt forget issue add update remove'],
  ])('%s plans %s and carries out %s', (policy, planned, carriedOut) => {
    expect(ACTIONS.filter((action) => isPlanned(policy, action)).join(' ')).toBe(planned);
    expect(ACTIONS.filter((action) => isCarriedOut(policy, action)).join(' ')).toBe(carriedOut);
  });

  it('observe alone makes nothing that could write', () => {
    expect((['observe', 'create-only', 'sync'] as const).filter(isReadOnly)).toEqual(['observe']);
  });
});
