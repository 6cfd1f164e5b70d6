import { describe, expect, it } from 'vitest';
import { needsList } from '../../../lib/core/plan/needs-list.ts';
import type { Step } from '../../../lib/core/plan/step.ts';

const step = (partial: object) => partial as Step;

describe('a plan by what is remembered of RunCloud', () => {
  it.each([
    ['nothing is to be done', [], false],
    ['a domain’s own certificate is to be asked for', [step({ action: 'issue', certificate: { kind: 'own' } })], false],
    ['the shared certificate is', [step({ action: 'issue', certificate: { kind: 'shared' } })], true],
    ['a domain is to be added', [step({ action: 'add' })], true],
    ['a domain is to be removed', [step({ action: 'remove' })], true],
    ['a record is to be forgotten', [step({ action: 'forget' })], true],
  ])('where %s', (_, steps, isNeeded) => {
    expect(needsList({ steps }, 'sync')).toBe(isNeeded);
  });

  it('needs no list under a policy that carries nothing out', () => {
    expect(needsList({ steps: [step({ action: 'add' })] }, 'observe')).toBe(false);
  });
});
