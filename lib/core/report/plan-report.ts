/** Plans and results, in the words and the JSON of the console. */
import type { Hold } from '../plan/hold.ts';
import type { Plan } from '../plan/plan.ts';
import { isReadOnly, type Policy } from '../plan/policy.ts';
import { quantity } from '../values/text.ts';

/** Field names as the console shows them. */
export type HoldReport = {
  readonly domain: string;
  readonly code: string;
  readonly reason: string;
  readonly what_to_do: string;
};

export type PlanReport = {
  readonly checksum: string;
  readonly steps: readonly { readonly action: string; readonly domain: string; readonly why: string }[];
  readonly holds: readonly HoldReport[];
  readonly markdown: string;
};

/** Takes a hold; returns it as the console shows it. */
export function reportHold({ domain, code, reason, whatToDo }: Hold): HoldReport {
  return { domain, code, reason, what_to_do: whatToDo };
}

/** Takes a plan; returns it as the console shows it. */
export function reportPlan(plan: Plan): PlanReport {
  return {
    checksum: plan.checksum,
    steps: plan.steps.map(({ action, domain, why }) => ({ action, domain, why })),
    holds: plan.holds.map(reportHold),
    markdown: markdownOf(plan),
  };
}

/** Takes a plan and the policy it would be done under; returns it in a sentence or two. */
export function summarisePlan({ steps, braked, holds, checksum, caution }: Plan, policy: Policy): string {
  const doubt = caution === undefined ? '' : ` ${caution}`;
  const held =
    holds.length === 0 ? '' : ` ${quantity(holds.length, 'domain')} held or left alone, with the reason at each.`;
  const brakes =
    braked.length === 0
      ? ''
      : ` The brake holds ${quantity(braked.length, 'removal')}: apply this plan by its checksum ${checksum} if they are meant.`;
  if (steps.length === 0) return `Nothing to do.${brakes}${held}${doubt}`;
  const actions = [...new Set(steps.map((step) => step.action))].map(
    (action) => `${steps.filter((step) => step.action === action).length} to ${action}`,
  );
  const policyNote = isReadOnly(policy) ? ' None of it is done while POLICY is observe.' : '';
  return `${quantity(steps.length, 'step')}: ${actions.join(', ')}.${policyNote}${brakes}${held}${doubt}`;
}

export type RunCounts = {
  readonly done: number;
  readonly held: number;
  readonly failed: number;
  /** Why the run ended early, where it did. */
  readonly abort: string | undefined;
};

/** Takes how many domains came to which end; returns it in a sentence or two. */
export function summariseRun({ done, held, failed, abort }: RunCounts): string {
  const parts = [
    done > 0 ? `${quantity(done, 'change')} made` : 'nothing had to be changed',
    failed > 0 ? `${failed} failed and ${failed === 1 ? 'is' : 'are'} tried again later` : '',
    held > 0 ? `${quantity(held, 'domain')} held or left alone, with the reason at each` : '',
  ].filter((part) => part !== '');
  const sentence = `${parts.join('; ')}.`;
  const first = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
  return abort === undefined ? first : `The run ended early. ${abort} ${first}`;
}

function markdownOf({ checksum, steps, holds }: Plan): string {
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
  return [
    `## Plan ${checksum}`,
    steps.length === 0
      ? 'No steps.'
      : table(
          ['step', 'domain', 'why'],
          steps.map(({ action, domain, why }) => [action, domain, why]),
        ),
    ...(holds.length === 0
      ? []
      : [
          '### Held or left alone',
          table(
            ['domain', 'reason', 'what to do'],
            holds.map(({ domain, reason, whatToDo }) => [domain, reason, whatToDo]),
          ),
        ]),
  ].join('\n\n');
}

/** What RunCloud says may stand in a reason: it must not break out of its cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
