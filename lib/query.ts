/**
 * What those may ask who may look and not touch: support staff, a screen in WordPress. The ledger answers, so a query costs RunCloud
 * nothing and changes nothing.
 */
import * as z from 'zod/mini';
import { type Answer, formatStatus, formatUsage, withFullStop } from './console/answer.ts';
import { showEvents } from './console/events.ts';
import { EVENT_FILTER, LIST_FILTER } from './console/filters.ts';
import { listingOf } from './console/listing.ts';
import { lostEvents } from './console/lost-events.ts';
import { rememberedRecords } from './core/probe/remembered-records.ts';
import { type QuotaSettings, usageOf } from './core/quota/usage.ts';
import { describeList, listReading } from './core/report/calls.ts';
import { DOUBTED_NETWORK, describeLast } from './core/report/health.ts';
import { type ListedDomain, type ListFilter, listDomains, stateOf } from './core/report/listing.ts';
import { reportHold } from './core/report/plan-report.ts';
import { countPressing } from './core/report/pressing.ts';
import { describeWork, reportWork, workOf } from './core/report/progress.ts';
import { causeFirst, statusOf, unknownDomain, unseenDomain } from './core/report/status.ts';
import { type HostName, parseMapping } from './core/values/host-name.ts';
import { quantity } from './core/values/text.ts';
import { type IsoTime, iso } from './core/values/time.ts';
import type { SettingsInUse } from './ledger/ledger.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { rememberedServerInfo } from './loop/observe/remembered-server.ts';
import { readPresentApplication } from './loop/present.ts';
import { planFromLedger } from './loop/runs/plan-from-ledger.ts';
import { ExplainedError } from './util/explained-error.ts';
import { printableIn } from './util/outside-text.ts';

const querySchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('status'), ...LIST_FILTER }),
  z.strictObject({ action: z.literal('domain'), domain: z.string() }),
  z.strictObject({ action: z.literal('quota') }),
  z.strictObject({ action: z.literal('events'), ...EVENT_FILTER }),
]);
type Query = z.infer<typeof querySchema>;

/** Before a run of this version ended. */
const NO_QUOTA: QuotaSettings = { billingDay: 1 };

const KNOWN =
  'Known are {"action":"status"}, {"action":"domain","domain":"shop.example"}, {"action":"events","domain":"shop.example"} and {"action":"quota"}.';

/** The ledger, and what a process on one machine knows of itself. On AWS alarms watch the functions. */
export type QuerySource = Pick<Dependencies, 'ledger' | 'clock' | 'processProblems' | 'deadLetters'>;

/** A wrong query is an answer with `ok` false. @throws if the ledger fails */
export async function answerQuery(source: QuerySource, payload: unknown): Promise<Answer> {
  const parsed = querySchema.safeParse(payload);
  if (!parsed.success) return refuse(`The query was not understood. ${KNOWN}`);
  try {
    return printableIn(await answer(source, parsed.data));
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return printableIn(refuse(`${error.message} ${error.whatToDo}`));
  }
}

async function answer(source: QuerySource, query: Query): Promise<Answer> {
  const { ledger, clock } = source;
  if (query.action === 'events') return showEvents(source, query);
  const named = query.action === 'domain' ? parseMapping(query.domain) : undefined;
  if (named?.ok === false) return refuse(`The domain is refused: ${named.why}.`);
  const application = await readPresentApplication(source);
  const { settingsInUse } = application;
  const leaseUntil = await ledger.leaseUntil();
  if (!settingsInUse) {
    const isAtWork = workOf({}, leaseUntil, clock.now()).kind === 'at work';
    return refuse(
      `There is nothing to show yet: ${isAtWork ? 'the first run has only just begun. Ask again in a minute.' : 'no run over all domains has begun. Ask again in ten minutes.'}`,
    );
  }
  if (query.action === 'quota') {
    return formatUsage(
      usageOf(application.calls ?? {}, settingsInUse.quota ?? NO_QUOTA, clock.now()),
      application,
      clock.now(),
    );
  }
  const known = await recall(source, settingsInUse, leaseUntil);
  return named ? showDomain(known, named.domain) : showStatus(known, query.action === 'status' ? query : {});
}

/** What the ledger tells, and of when. */
async function recall(source: QuerySource, settingsInUse: SettingsInUse, leaseUntil: IsoTime | undefined) {
  const { clock, ledger, deadLetters } = source;
  const { plan: settings, networkHost, serverAddresses, quota } = settingsInUse;
  const network = networkHost === null ? undefined : { host: networkHost };
  const view = { ledger, clock, settings, serverAddresses, network, quota };
  const { plan, observation, application } = await planFromLedger(view);
  const { lastReconcile, keptHolds, snapshot } = application;
  const now = clock.now();
  const usage = usageOf(application.calls ?? {}, quota ?? NO_QUOTA, now);
  const list = listReading(snapshot, application.listDifferedAt, usage, now);
  const leftOut = keptHolds?.leftOut ?? 0;
  const work = workOf(application, leaseUntil, now);
  const eventsFrom = settingsInUse.eventsFrom ?? undefined;
  return {
    plan,
    application,
    settings,
    network,
    serverAddresses,
    input: observation.input,
    work,
    list,
    schedule: { now, reconcileEveryMs: settingsInUse.reconcileEveryMs ?? undefined },
    usage: quota && usage,
    doubt: lastReconcile?.network ? [DOUBTED_NETWORK] : [],
    problems: [...(source.processProblems?.() ?? []), ...lostEvents({ clock, deadLetters, eventsFrom }, application)],
    // Not all holds may be kept. And of a run that is at work nothing counts as a fault.
    needsPerson:
      work.kind === 'at work' || leftOut > 0
        ? lastReconcile?.needsPerson
        : countPressing(plan.holds, settings.subdomains),
    /** How old it is, and what is missing. */
    seen: [
      list === undefined ? '' : ` ${describeList(list, now)}`,
      leftOut === 0
        ? ''
        : ` ${quantity(leftOut, 'more hold')} of the last run ${leftOut === 1 ? 'is' : 'are'} not shown here: {"action":"plan"} of the console shows all.`,
      work.kind === 'at work' ? ` ${describeWork(work, now)}` : '',
    ].join(''),
  };
}

type Known = Awaited<ReturnType<typeof recall>>;

function showDomain(known: Known, domain: HostName): Answer {
  const { plan, input, application, network, schedule, work } = known;
  const { lastReconcile, snapshot } = application;
  const { subdomains } = known.settings;
  const all = listDomains(statusOf(input, plan), { records: input.ledger, holds: plan.holds, subdomains });
  const unseen = network ? unseenDomain(domain, lastReconcile?.at) : unknownDomain(domain, 'unknown');
  const row = all.find((each) => each.domain === domain) ?? { ...unseen, state: stateOf(unseen) };
  const probe = input.ledger.get(domain)?.state.probe;
  const { server } = rememberedServerInfo(application, known);
  const ended = lastReconcile && describeLast(lastReconcile.at, schedule);
  const overdue = ended?.isOverdue ? ` ${ended.text}: the next one is overdue.` : '';
  const doubted = known.doubt.map(({ found, whatToDo }) => ` ${found} ${whatToDo}`).join('');
  const holds = plan.holds.filter((hold) => hold.domain === row.domain);
  return {
    ok: true,
    summary: `${describeRow(row)}${overdue}${doubted}${known.seen}`,
    as_of: snapshot?.observedAt,
    asked_at: iso(schedule.now),
    ...reportWork(work, schedule.now),
    ...row,
    holds: holds.toSorted(causeFirst).map(reportHold),
    steps: plan.steps.filter((step) => step.domain === row.domain).map(({ action, why }) => ({ action, why })),
    records: server && probe ? rememberedRecords(domain, probe, server) : [],
  };
}

function showStatus(known: Known, filter: ListFilter): Answer {
  const { plan, input, application, schedule, work, list, usage, problems } = known;
  const told = [...known.doubt, ...problems];
  const now = { ...schedule, work, usage, needsPerson: known.needsPerson, problems: told };
  const { summary, ...shown } = formatStatus(statusOf(input, plan), application, now);
  const { server } = rememberedServerInfo(application, known);
  const listing = listingOf({ plan, input, last: application, schedule, list, usage, problems, work, filter });
  return {
    ok: true,
    summary: `${summary}${known.seen}`,
    as_of: application.snapshot?.observedAt,
    ...shown,
    ...listing,
    ...(server && { server_address: server.main }),
    www: known.settings.www,
  };
}

function describeRow({ domain, mapping, dns, certificate, reason, next, probed_at: probed }: ListedDomain): string {
  const since = probed === undefined ? '' : ` (both as of ${probed})`;
  const sentences = [
    `${domain} is ${mapping}; DNS: ${dns}; certificate: ${certificate}${since}`,
    ...(reason === undefined ? [] : [reason]),
    `Next: ${next}`,
  ];
  return sentences.map(withFullStop).join(' ');
}

function refuse(summary: string): Answer {
  return { ok: false, summary };
}
