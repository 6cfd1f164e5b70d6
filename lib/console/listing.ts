/** What `status` shows of the domains, by the console and by `query`. */
import type { PlanInput } from '../core/plan/input.ts';
import type { Plan } from '../core/plan/plan.ts';
import { isCarriedOut } from '../core/plan/policy.ts';
import type { Usage } from '../core/quota/usage.ts';
import type { ListReading } from '../core/report/calls.ts';
import { type EndedEarly, type LastRuns, type Problem, problemsOfRuns, type Schedule } from '../core/report/health.ts';
import {
  countByState,
  type DomainCountsByState,
  type ListedDomain,
  type ListFilter,
  listDomains,
  selectDomains,
} from '../core/report/listing.ts';
import { type Need, needsOf } from '../core/report/needs.ts';
import type { Work } from '../core/report/progress.ts';
import { type EndedRun, type ListedRun, listRuns } from '../core/report/run-history.ts';
import { statusOf } from '../core/report/status.ts';
import { type IsoTime, iso } from '../core/values/time.ts';

export type Listing = {
  /** By the service's clock. */
  readonly asked_at: IsoTime;
  /** When the last run over all domains came to its end. */
  readonly last_run_at?: IsoTime;
  /** RunCloud's list. */
  readonly list?: { readonly read_at: IsoTime; readonly next_at: IsoTime };
  readonly domains: readonly ListedDomain[];
  /** How many rows there would be without `from` and `limit`. */
  readonly matching: number;
  /** Of all domains, whatever is shown. */
  readonly counts: DomainCountsByState;
  readonly needs: readonly Need[];
  /** How many steps are due and let through by the policy. */
  readonly due: number;
  /** The last runs over all domains, newest first. */
  readonly runs: readonly ListedRun[];
};

export type ListingInput = {
  readonly plan: Plan;
  readonly input: PlanInput;
  readonly last: LastRuns & { readonly abort?: EndedEarly | null; readonly runs?: readonly EndedRun[] };
  readonly schedule: Schedule;
  readonly list: ListReading | undefined;
  readonly work: Work;
  readonly usage: Usage | undefined;
  /** Of the process, and of events that nothing came of. */
  readonly problems: readonly (Pick<Problem, 'found' | 'whatToDo'> & { readonly kind: string })[];
  readonly filter: ListFilter;
};

export function listingOf({ plan, input, last, schedule, list, work, usage, problems, filter }: ListingInput): Listing {
  const { subdomains, policy } = input.settings;
  const { holds, remark, caution } = plan;
  const all = listDomains(statusOf(input, plan), { records: input.ledger, holds, subdomains });
  const ofRuns = problemsOfRuns(last, schedule, schedule.now).filter(({ kind }) => kind !== 'network' || !caution);
  const ofPlan = [
    ...(caution === undefined ? [] : [{ kind: 'network', found: caution, whatToDo: SEE_DOCTOR }]),
    ...(remark === undefined ? [] : [{ kind: 'odd-rows', found: remark, whatToDo: SEE_DOCTOR }]),
  ];
  // A run that is far enough to tell of its steps may be at those that the brake held, because somebody approved them.
  const open = work.kind === 'at work' && work.progress ? holds.filter(({ code }) => code !== 'brake') : holds;
  const needs = needsOf({
    holds: open,
    subdomains,
    rows: all,
    problems: [...problems, ...ofRuns, ...ofPlan],
    usage,
    now: schedule.now,
  });
  return {
    asked_at: iso(schedule.now),
    ...(last.lastReconcile && { last_run_at: last.lastReconcile.at }),
    ...(list && { list: { read_at: list.readAt, next_at: list.nextAt } }),
    ...selectDomains(all, filter),
    counts: countByState(all),
    needs,
    due: plan.steps.filter(({ action }) => isCarriedOut(policy, action)).length,
    runs: listRuns(last.runs),
  };
}

const SEE_DOCTOR = '{"action":"doctor"} says more.';
