/** Results of the loop as answers of the console: a summary for a person, and JSON for programs. */
import type { Check } from '../core/doctor/check.ts';
import { summariseChecks } from '../core/doctor/diagnose.ts';
import type { MappingRequest } from '../core/domain/mapping-request.ts';
import type { Subdomains } from '../core/plan/input.ts';
import { sumOf } from '../core/quota/calls.ts';
import { daysOf, type Usage } from '../core/quota/usage.ts';
import { describeList, describeUsage, isAlarming, listReading, reportUsage, SAVE_CALLS } from '../core/report/calls.ts';
import { describeLast, type Problem, type Schedule } from '../core/report/health.ts';
import { reportHold, summariseRun } from '../core/report/plan-report.ts';
import { countsAsNeed, describePressing, type NeedsPerson } from '../core/report/pressing.ts';
import { describeEnd, describeWork, reportWork, type Work } from '../core/report/progress.ts';
import { causeFirst, type DomainStatus } from '../core/report/status.ts';
import type { HostName } from '../core/values/host-name.ts';
import { quantity } from '../core/values/text.ts';
import type { ApplicationState } from '../ledger/ledger.ts';
import { type Applied, goesOn } from '../loop/apply/context.ts';
import type { Verified } from '../loop/runs/verify.ts';
import type { WithLease } from '../loop/with-lease.ts';

/** The fields beside `ok` and `summary` depend on the action. docs/console.md lists them. */
export type Answer = { readonly ok: boolean; readonly summary: string; readonly [more: string]: unknown };

export function refuse(why: string): Answer {
  return { ok: false, summary: `${why} Nothing was changed.` };
}

export function refuseDomain(why: string): Answer {
  return refuse(`The domain is refused: ${why}.`);
}

/** Another run holds the lease. `until` is the latest end of it (ISO time). */
export function formatBusy(until: string): Answer {
  return {
    ok: false,
    busy: true,
    summary: `Another run is at work and holds the lease until ${until} at the latest. Nothing was changed. Ask again in a moment.`,
    done: [],
    held: [],
    failed: [],
    writes: 0,
  };
}

/** What follows a run over all domains. */
type Next = { readonly needsPerson?: NeedsPerson | undefined; readonly work: Work; readonly now: number };

/** `next` for a run over all domains: one that is about a few is answered for by their holds. */
export function formatRun(applied: Applied, next?: Next): Answer {
  const { done, held, failed, writes, abort } = applied;
  const needsPerson = next?.needsPerson;
  const work = next && goesOn(applied) ? next.work : undefined;
  return {
    ok: failed.length === 0 && (!abort || work !== undefined) && needsPerson === undefined,
    summary: summariseRun({
      done: done.length,
      // What the next run goes on with is told by how far the work is.
      held: work ? held.filter(({ code }) => code !== 'stopped').length : held.length,
      failed: failed.length,
      needsPerson,
      abort: abort && `${abort.why} ${abort.whatToDo}`,
      goesOn: next && work && `${describeWork(work, next.now)} ${abort?.why}`,
    }),
    ...(next && work && reportWork(work, next.now)),
    done,
    held: held.map(reportHold),
    failed: failed.map(({ domain, action, why, whatToDo, dueAt }) => ({
      domain,
      action,
      why,
      what_to_do: whatToDo,
      due_at: dueAt,
    })),
    writes,
  };
}

/** The answer to `map` and `unmap`. What they ask for is on record, also if another run is at work. */
export function formatRecorded(domain: HostName, kind: MappingRequest['kind'], ran: WithLease<Applied>): Answer {
  const recorded = `It is recorded that ${domain} is ${kind}.`;
  if (ran.kind === 'busy') {
    const summary = `${recorded} Another run is at work. RunCloud is changed as soon as that run ends.`;
    return { ...formatBusy(ran.until), ok: true, summary };
  }
  const answer = formatRun(ran.result);
  const hold = ran.result.held.at(0);
  const failure = ran.result.failed.at(0);
  if (failure) {
    const { why, whatToDo, dueAt } = failure;
    return { ...answer, summary: `${recorded} ${why} ${whatToDo} The service tries again at ${dueAt}.` };
  }
  if (hold) return { ...answer, summary: `${recorded} ${hold.reason} ${hold.whatToDo}` };
  if (ran.result.done.length === 0) return { ...answer, summary: `${recorded} RunCloud is as it should be already.` };
  return { ...answer, summary: `${domain} was ${kind === 'mapped' ? 'added to' : 'removed from'} RunCloud.` };
}

/** `needsPerson` is of the plan as it is now, and `problems` are those of the process. */
export function formatStatus(
  domains: readonly DomainStatus[],
  { lastReconcile, abort }: ApplicationState,
  now: {
    readonly needsPerson: NeedsPerson | undefined;
    readonly problems: readonly Omit<Problem, 'kind'>[];
    /** Undefined: nobody knows by what quota this service counts. */
    readonly usage: Usage | undefined;
    readonly work: Work;
  } & Schedule,
): ReturnType<typeof reportWork> & {
  summary: string;
  calls?: ReturnType<typeof reportUsage>;
  domains: readonly DomainStatus[];
} {
  const ended = lastReconcile && describeLast(lastReconcile.at, now);
  const last = lastReconcile
    ? `${ended?.text}${ended?.isOverdue ? ': the next one is overdue' : ''}. It came to this: ${summariseRun({ ...lastReconcile, needsPerson: undefined, abort: undefined })}`
    : 'No reconcile has ended yet.';
  const needs = now.needsPerson ? ` ${describePressing(now.needsPerson)}` : '';
  const problems = now.problems.map(({ found, whatToDo }) => ` ${found} ${whatToDo}`).join('');
  const calls = now.usage && isAlarming(now.usage, now.now) ? ` ${describeUsage(now.usage)} ${SAVE_CALLS}` : '';
  const end = describeEnd(abort, now.work, now.now);
  const present = domains.filter((each) => each.mapping === 'on RunCloud');
  const owned = present.filter((each) => each.owned).length;
  return {
    summary: `${quantity(present.length, 'domain')} on RunCloud, ${owned} of them owned by this service.${needs}${problems}${calls} ${last}${end === '' ? '' : ` ${end}`}`,
    ...(now.usage && { calls: reportUsage(now.usage) }),
    ...reportWork(now.work, now.now),
    domains,
  };
}

/** Its summary can be sent to a customer as it is, while RunCloud answers. */
export function formatVerified(
  { status, records, server, isLive, holds, underWay, unasked }: Verified,
  subdomains: Subdomains,
): Answer {
  const { domain } = status;
  const wrong = records.filter((record) => !record.ok);
  const changes = wrong.map(({ type, name, value, now }) =>
    value === 'none' ? `delete ${type} ${name} (now ${now})` : `${type} ${name} → ${value} (now ${now})`,
  );
  const remedies = [...new Set(holds.toSorted(causeFirst).map(({ whatToDo }) => whatToDo))];
  const sentences = [
    isLive
      ? `${domain} is live: it points to ${server.main}, and its certificate is valid.`
      : (status.reason ?? `${domain} is not live yet.`),
    ...(isLive ? [] : remedies),
    ...(underWay === undefined ? [] : [`Under way: ${underWay}.`]),
    ...(changes.length > 0 ? [`Records to set: ${changes.join('; ')}.`] : []),
    ...(unasked ? formatUnasked(unasked) : []),
  ];
  const summary = sentences.map(withFullStop).join(' ');
  const needsPerson = holds.some((hold) => countsAsNeed(hold, subdomains)) ? { needs_person: true } : {};
  return { ok: isLive, summary, ...status, ...needsPerson, holds: holds.toSorted(causeFirst).map(reportHold), records };
}

function formatUnasked({ why, whatToDo, seenAt }: NonNullable<Verified['unasked']>): string[] {
  const since = seenAt ? `what was seen there at ${seenAt}` : 'what the ledger remembers';
  return [`DNS and certificate were asked for now. Of RunCloud this is ${since}, because: ${why}`, whatToDo];
}

export function withFullStop(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

export function formatUsage(usage: Usage, { snapshot, listDifferedAt }: ApplicationState, now: number): Answer {
  const list = listReading(snapshot, listDifferedAt, usage, now);
  return {
    ok: !isAlarming(usage, now),
    summary: [describeUsage(usage), ...(list ? [describeList(list, now)] : [])].join(' '),
    ...reportUsage(usage),
    days: daysOf(usage, now).map(({ day, by }) => ({ day, calls: sumOf(by), on: by })),
    ...(list && { list: { read_at: list.readAt, next_at: list.nextAt } }),
  };
}

export function formatChecks(checks: readonly Check[]): Answer {
  return {
    ok: checks.every(({ verdict }) => verdict === 'ok'),
    summary: summariseChecks(checks),
    checks: checks.map(({ name, verdict, found, whatToDo }) => ({
      name,
      ok: verdict === 'ok',
      found,
      ...(whatToDo !== undefined && { what_to_do: whatToDo }),
    })),
  };
}
