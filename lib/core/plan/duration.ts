import type { Step } from './step.ts';

/** So many requests in so many milliseconds. */
export type Rate = { readonly requests: number; readonly windowMs: number };

/** Requests to RunCloud, if all goes well: what is to be changed or removed is read once more before. */
const REQUESTS: Readonly<Record<Step['action'], number>> = {
  add: 1,
  update: 2,
  remove: 2,
  issue: 2,
  adopt: 0,
  forget: 0,
};

/** How long these steps take at RunCloud's limit (ms), which is all that takes long. A window that is full goes at once. */
export function durationOf(steps: readonly Pick<Step, 'action'>[], { requests, windowMs }: Rate): number {
  const needed = steps.reduce((sum, { action }) => sum + REQUESTS[action], 0);
  return Math.floor(needed / requests) * windowMs;
}
