import { listReading } from '../core/report/calls.ts';
import type { ListFilter } from '../core/report/listing.ts';
import { NO_DOMAINS } from '../core/report/needs.ts';
import { countPressing } from '../core/report/pressing.ts';
import { describeWork, type Work, workOf } from '../core/report/progress.ts';
import { problemsOfReceivers } from '../core/report/receivers.ts';
import { statusOf } from '../core/report/status.ts';
import { epoch, formatDuration, type IsoTime } from '../core/values/time.ts';
import type { Dependencies } from '../loop/dependencies.ts';
import { planFromLedger } from '../loop/runs/plan-from-ledger.ts';
import { dryRun, type Shown } from '../loop/runs/reconcile.ts';
import { usageNow } from '../loop/usage.ts';
import { RunCloudError } from '../runcloud/error.ts';
import { type Answer, formatStatus } from './answer.ts';
import { withCaution } from './caution.ts';
import { listingOf } from './listing.ts';
import { lostEvents } from './lost-events.ts';

/** While RunCloud cannot be asked, the ledger answers; and while a run is at work, behind which a question to RunCloud would wait. */
export async function showStatus(deps: Dependencies, filter: ListFilter, deadline: number): Promise<Answer> {
  const { clock } = deps;
  const leaseUntil = await deps.ledger.leaseUntil();
  if (workOf({}, leaseUntil, clock.now()).kind === 'at work') return showRemembered(deps, leaseUntil, filter);
  try {
    const shown = await dryRun(deps, deadline);
    const work = workOf(shown.application, undefined, clock.now());
    return withCaution({ ok: true, ...(await describeStatus(deps, shown, work, filter)) }, shown.plan);
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    const shown = await planFromLedger(deps);
    const { snapshot } = shown.application;
    const status = await describeStatus(deps, shown, workOf(shown.application, undefined, clock.now()), filter);
    const since = snapshot ? `what was seen at ${snapshot.observedAt}` : 'what was asked for';
    const needs = [
      { ...NO_DOMAINS, code: 'runcloud', found: error.message, what_to_do: error.whatToDo },
      ...status.needs,
    ];
    const summary = `${error.message} ${error.whatToDo} Shown is ${since}. ${status.summary}`;
    return { ok: false, ...status, summary, needs };
  }
}

/** Of a run that is at work nothing counts as a fault: it tells itself what it came to. A person is needed for what the last one left. */
async function showRemembered(
  deps: Dependencies,
  leaseUntil: IsoTime | undefined,
  filter: ListFilter,
): Promise<Answer> {
  const { clock } = deps;
  const shown = await planFromLedger(deps);
  const { snapshot } = shown.application;
  const work = workOf(shown.application, leaseUntil, clock.now());
  const status = await describeStatus(deps, shown, work, filter);
  const age = snapshot
    ? `, and RunCloud's list was read ${formatDuration(clock.now() - epoch(snapshot.observedAt))} ago`
    : '';
  const summary = `${describeWork(work, clock.now())} Shown is what the ledger has${age}. ${status.summary}`;
  return { ok: true, ...status, summary, as_of: snapshot?.observedAt };
}

async function describeStatus(deps: Dependencies, shown: Shown, work: Work, filter: ListFilter) {
  const ofReceivers = problemsOfReceivers(await deps.receivers(), deps.clock.now());
  const { plan, observation, application } = shown;
  const { clock, settings, reconcileEveryMs, processProblems } = deps;
  const { input } = observation;
  const usage = usageNow(deps, application);
  const schedule = { now: clock.now(), reconcileEveryMs };
  const lost = lostEvents(deps, application);
  const problems = [...(processProblems?.() ?? []), ...ofReceivers];
  const list = listReading(application.snapshot, application.listDifferedAt, usage, clock.now());
  const listing = listingOf({
    plan,
    input,
    last: application,
    schedule,
    list,
    work,
    usage,
    problems: [...problems, ...lost],
    filter,
  });
  const needsPerson =
    work.kind === 'at work' ? application.lastReconcile?.needsPerson : countPressing(plan.holds, settings.subdomains);
  const now = { ...schedule, usage, needsPerson, problems, work };
  const status = formatStatus(statusOf(input, plan), application, now);
  const summary = [status.summary, ...lost.map(({ found, whatToDo }) => `${found} ${whatToDo}`)].join(' ');
  return { ...status, ...listing, summary };
}
