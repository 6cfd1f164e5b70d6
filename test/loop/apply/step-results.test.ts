import { expect, it } from 'vitest';
import { holds } from '../../../lib/core/plan/hold.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { StepResults } from '../../../lib/loop/apply/step-results.ts';

const step = { domain: 'shop.example' as HostName, action: 'add', why: 'mapped' } as const;

it('tells of each step whether it is done, or will not be, and leaves out what the next run goes on with', () => {
  const told: (readonly [number, number])[] = [];
  const results = new StepResults({ report: (done, left) => told.push([done, left]), end: () => {} });
  results.finish(step);
  results.fail({ ...step, whatToDo: 'Wait.', dueAt: '' });
  results.hold(holds.notOurs('shop.example'));
  results.hold(holds.stopped('shop.example', 'add', { why: 'No time.', whatToDo: 'Nothing.', passes: true }));
  results.finish(step);
  expect(told).toEqual([
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 2],
  ]);
  expect([results.done.length, results.failed.length, results.held.length]).toEqual([2, 1, 2]);
});
