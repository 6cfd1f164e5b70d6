/** A plan as a diff. */

import { inCommands } from '../../lib/core/values/commands.ts';
import { formatDuration, SECOND } from '../../lib/core/values/time.ts';
import type { Hold, PlanAnswer, Step } from '../answers.ts';
import { type Context, command, say } from '../context.ts';
import { cut } from './table.ts';

type Mark = { readonly sign: string; readonly colour: 'green' | 'yellow' | 'red' | 'cyan'; readonly words: string };

const MARKS: Readonly<Record<string, Mark>> = {
  add: { sign: '+', colour: 'green', words: 'to add' },
  update: { sign: '~', colour: 'yellow', words: 'to change' },
  issue: { sign: '~', colour: 'yellow', words: 'to get a certificate' },
  remove: { sign: '-', colour: 'red', words: 'to remove' },
  adopt: { sign: '=', colour: 'cyan', words: 'to adopt' },
  forget: { sign: '=', colour: 'cyan', words: 'to forget' },
};
const TOO_LONG =
  'The plan is longer than AWS Lambda carries, so only its beginning is shown, and nobody can approve it. mrc reconcile does what no brake holds.';
const OTHER: Mark = { sign: '?', colour: 'cyan', words: 'of another kind' };

const markOf = (action: string): Mark => MARKS[action] ?? OTHER;

export function showSteps(context: Context, steps: readonly Step[], state: 'due' | 'held' = 'due'): void {
  const { page, spoken } = context;
  const width = Math.min(40, Math.max(0, ...steps.map(({ domain }) => domain.length)));
  for (const { action, domain, why } of steps) {
    const { sign, colour } = markOf(action);
    const words = state === 'held' ? `held by the brake: ${why}` : why;
    const text = `${domain.padEnd(width)}  ${inCommands(words, spoken)}`;
    const shown = page.terminal.kind === 'pipe' ? text : cut(text, page.terminal.columns - 2);
    page.line(page.style(state === 'held' ? 'dim' : colour, `${sign} ${shown}`));
  }
}

export function showPlan(context: Context, answer: PlanAnswer): void {
  const { page } = context;
  const { steps, braked, holds } = answer;
  showSteps(context, steps);
  showSteps(context, braked, 'held');
  if (steps.length + braked.length > 0) page.line();
  page.prose(describeTotals(answer));
  const others = holds.filter(({ code }) => code !== 'brake');
  if (others.length > 0)
    page.prose(`Left alone: ${describeHolds(others)}. ${command(context, 'why DOMAIN')} tells the reason.`);
  for (const remark of answer.remarks ?? []) say(context, remark);
  if (answer.checksum === undefined) say(context, TOO_LONG);
}

/** What approves the plan. Undefined: there is nothing to apply, it would not be done, or nobody can have read all of it. */
export function checksumOf({ steps, braked, policy, checksum }: PlanAnswer): string | undefined {
  return steps.length + braked.length > 0 && policy !== 'observe' ? checksum : undefined;
}

function describeTotals({ steps, braked, policy, takes_seconds: seconds }: PlanAnswer): string {
  if (steps.length + braked.length === 0) return 'Nothing to do.';
  const counts = [...Map.groupBy(steps, ({ action }) => markOf(action).words)].map(
    ([words, each]) => `${each.length} ${words}`,
  );
  const held = braked.length === 0 ? [] : [`${braked.length} held by the brake`];
  const totals = `Plan: ${[...counts, ...held].join(', ')}.`;
  if (policy === 'observe') return `${totals} None of it is done while POLICY is observe.`;
  const long =
    seconds > 0 ? ` It takes about ${formatDuration(seconds * SECOND)} at RunCloud's limit of requests.` : '';
  return `${totals}${long}`;
}

/** @example `9 dns, 7 not-ours` */
export function describeHolds(holds: readonly Hold[]): string {
  const codes = [...Map.groupBy(holds, ({ code }) => code)].sort((a, b) => b[1].length - a[1].length);
  return codes.map(([code, each]) => `${each.length} ${code}`).join(', ');
}
