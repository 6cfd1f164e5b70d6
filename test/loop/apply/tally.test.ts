import { expect, it } from 'vitest';
import { holds } from '../../../lib/core/plan/hold.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { Tally } from '../../../lib/loop/apply/tally.ts';

const step = { domain: 'shop.example' as HostName, action: 'add', why: 'mapped' } as const;

it('tells of each step whether it is done, or will not be, and leaves out what the next run goes on with', () => {
  const told: (readonly [number, number])[] = [];
  const tally = new Tally({ tell: (done, left) => told.push([done, left]), end: () => {} });
  tally.finish(step);
  tally.fail({ ...step, whatToDo: 'Wait.', dueAt: '' });
  tally.hold(holds.notOurs('shop.example'));
  tally.hold(holds.stopped('shop.example', 'add', { why: 'No time.', whatToDo: 'Nothing.', passes: true }));
  tally.finish(step);
  expect(told).toEqual([
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 2],
  ]);
  expect([tally.done.length, tally.failed.length, tally.held.length]).toEqual([2, 1, 2]);
});
