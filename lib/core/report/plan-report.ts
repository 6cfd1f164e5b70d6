/** A plan and a run as the console answers them. Field names are part of that answer, so they are in snake case. */
import type { Hold } from '../plan/hold.ts';
import type { Plan } from '../plan/plan.ts';
import { isReadOnly, type Policy } from '../plan/policy.ts';
import type { DueRemoval, Step } from '../plan/step.ts';
import { quantity } from '../values/text.ts';
import { describePressing, type NeedsPerson } from './pressing.ts';

export type HoldReport = {
  readonly domain: string;
  readonly code: string;
  readonly reason: string;
  readonly what_to_do: string;
};

export type PlanReport = {
  readonly checksum: string;
  readonly steps: readonly { readonly action: string; readonly domain: string; readonly why: string }[];
  /** Steps that only `apply` carries out. Each has a hold in `holds` too. */
  readonly braked: PlanReport['steps'];
  readonly holds: readonly HoldReport[];
  readonly markdown: string;
};

export function reportHold({ domain, code, reason, whatToDo }: Hold): HoldReport {
  return { domain, code, reason, what_to_do: whatToDo };
}

function reportStep({ action, domain, why }: Step | DueRemoval): PlanReport['steps'][number] {
  return { action, domain, why };
}

export function reportPlan(plan: Plan): PlanReport {
  return {
    checksum: plan.checksum,
    steps: plan.steps.map(reportStep),
    braked: [...plan.brakedUpdates, ...plan.braked].map(reportStep),
    holds: plan.holds.map(reportHold),
    markdown: markdownOf(plan),
  };
}

/** Braked removals come before the other holds: a person has to decide about them, and holds may be hundreds. */
export function summarisePlan(plan: Plan, policy: Policy): string {
  const { steps, braked, brakedUpdates, holds, checksum, caution, remark } = plan;
  const note = [caution, remark].map((each) => (each === undefined ? '' : ` ${each}`)).join('');
  const held =
    holds.length === 0 ? '' : ` ${quantity(holds.length, 'domain')} held or left alone, with the reason at each.`;
  const brakes =
    braked.length + brakedUpdates.length === 0
      ? ''
      : ` The brake holds ${heldByBrake(plan)}: apply this plan by its checksum ${checksum} if they are meant.`;
  if (steps.length === 0) return `Nothing to do.${brakes}${held}${note}`;
  const actions = [...new Set(steps.map((step) => step.action))].map(
    (action) => `${steps.filter((step) => step.action === action).length} to ${action}`,
  );
  const policyNote = isReadOnly(policy) ? ' None of it is done while POLICY is observe.' : '';
  return `${quantity(steps.length, 'step')}: ${actions.join(', ')}.${policyNote}${brakes}${held}${note}`;
}

function heldByBrake({ braked, brakedUpdates }: Plan): string {
  const counts = [
    ...(braked.length > 0 ? [quantity(braked.length, 'removal')] : []),
    ...(brakedUpdates.length > 0 ? [quantity(brakedUpdates.length, 'update')] : []),
  ];
  return counts.join(' and ');
}

export type RunCounts = {
  readonly done: number;
  readonly held: number;
  readonly failed: number;
  /** Undefined: nobody is needed. */
  readonly needsPerson: NeedsPerson | undefined;
  /** Why the run ended early, where it did and nothing goes on. */
  readonly abort: string | undefined;
  /** Where the next run goes on: how far the work has got. */
  readonly goesOn?: string | undefined;
};

/**
 * What a person is needed for comes first.
 *
 * @example A run with 2 changes, 1 failure and no hold: `2 changes made; 1 failed and is tried again later.`
 */
export function summariseRun({ done, held, failed, needsPerson, abort, goesOn }: RunCounts): string {
  const isWell = failed === 0 && needsPerson === undefined && abort === undefined;
  const parts = [
    done > 0 ? `${quantity(done, 'change')} made` : isWell ? 'nothing had to be changed' : 'nothing was changed',
    failed > 0 ? `${failed} failed and ${failed === 1 ? 'is' : 'are'} tried again later` : '',
    held > 0 ? `${quantity(held, 'domain')} held or left alone, with the reason at each` : '',
  ].filter((part) => part !== '');
  const sentence = `${parts.join('; ')}.`;
  const counts = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
  const first = needsPerson === undefined ? counts : `${describePressing(needsPerson)} ${counts}`;
  const early = abort === undefined ? [] : [`The run ended early. ${abort}`];
  return [...(goesOn === undefined ? early : [goesOn]), first].join(' ');
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

/** A reason may quote RunCloud's answer, which must not break out of its cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
