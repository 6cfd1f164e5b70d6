/**
 * What those may ask who may look and not touch: support staff, a screen in WordPress. The ledger answers, so a query costs RunCloud
 * nothing and changes nothing.
 */
import * as z from 'zod/mini';
import { type Answer, formatStatus, formatUsage, withFullStop } from './console/answer.ts';
import { EVENT_FILTER, showEvents } from './console/events.ts';
import { LIST_FILTER, listingOf } from './console/listing.ts';
import { rememberedRecords } from './core/probe/remembered-records.ts';
import { type QuotaSettings, usageOf } from './core/quota/usage.ts';
import { describeList, listReading } from './core/report/calls.ts';
import { DOUBTED_NETWORK, describeLast } from './core/report/health.ts';
import { type ListedDomain, listDomains, stateOf } from './core/report/listing.ts';
import { reportHold } from './core/report/plan-report.ts';
import { countPressing } from './core/report/pressing.ts';
import { describeWork, reportWork, workOf } from './core/report/progress.ts';
import { causeFirst, statusOf, unknownDomain, unseenDomain } from './core/report/status.ts';
import { parseMapping } from './core/values/host-name.ts';
import { quantity } from './core/values/text.ts';
import { iso } from './core/values/time.ts';
import type { Ledger } from './ledger/ledger.ts';
import { rememberedServerInfo } from './loop/observe/remembered-server.ts';
import { readPresentApplication } from './loop/present.ts';
import { planFromLedger } from './loop/runs/plan-from-ledger.ts';
import type { Clock } from './util/clock.ts';
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

/** A wrong query is an answer with `ok` false. @throws if the ledger fails */
export async function answerQuery(
  source: { readonly ledger: Ledger; readonly clock: Clock },
  payload: unknown,
): Promise<Answer> {
  const parsed = querySchema.safeParse(payload);
  if (!parsed.success) return refuse(`The query was not understood. ${KNOWN}`);
  try {
    return printableIn(await look(source, parsed.data));
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return printableIn(refuse(`${error.message} ${error.whatToDo}`));
  }
}

async function look(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  query: Query,
): Promise<Answer> {
  if (query.action === 'events') return showEvents({ ledger, clock }, query);
  const named = query.action === 'domain' ? parseMapping(query.domain) : undefined;
  if (named?.ok === false) return refuse(`The domain is refused: ${named.why}.`);
  const { settingsInUse } = await readPresentApplication({ ledger, clock });
  const leaseUntil = await ledger.leaseUntil();
  if (!settingsInUse) {
    const isAtWork = workOf({}, leaseUntil, clock.now()).kind === 'at work';
    return refuse(
      `There is nothing to show yet: ${isAtWork ? 'the first run has only just begun. Ask again in a minute.' : 'no run over all domains has begun. Ask again in ten minutes.'}`,
    );
  }
  const { plan: settings, networkHost, serverAddresses, quota } = settingsInUse;
  const network = networkHost === null ? undefined : { host: networkHost };
  const { plan, observation, application } = await planFromLedger({
    ledger,
    clock,
    settings,
    serverAddresses,
    network,
    quota,
  });
  const { lastReconcile, keptHolds, snapshot } = application;
  const usage = usageOf(application.calls ?? {}, quota ?? NO_QUOTA, clock.now());
  if (query.action === 'quota') return formatUsage(usage, application, clock.now());
  const { input } = observation;
  const list = listReading(snapshot, application.listDifferedAt, usage, clock.now());
  const schedule = { now: clock.now(), reconcileEveryMs: settingsInUse.reconcileEveryMs ?? undefined };
  const problems = lastReconcile?.network ? [DOUBTED_NETWORK] : [];
  const leftOut = keptHolds?.leftOut ?? 0;
  const work = workOf(application, leaseUntil, clock.now());
  const running = work.kind === 'at work' ? ` ${describeWork(work, clock.now())}` : '';
  const now = {
    ...schedule,
    work,
    usage: quota && usage,
    // Not all holds may be kept. And of a run that is at work nothing counts as a fault.
    needsPerson:
      work.kind === 'at work' || leftOut > 0
        ? lastReconcile?.needsPerson
        : countPressing(plan.holds, settings.subdomains),
    problems,
  };
  const seen = [
    list === undefined ? '' : ` ${describeList(list, now.now)}`,
    leftOut === 0
      ? ''
      : ` ${quantity(leftOut, 'more hold')} of the last run ${leftOut === 1 ? 'is' : 'are'} not shown here: {"action":"plan"} of the console shows all.`,
  ].join('');
  const asOf = snapshot?.observedAt;
  if (named) {
    const { domain } = named;
    const all = listDomains(statusOf(input, plan), {
      records: input.ledger,
      holds: plan.holds,
      subdomains: settings.subdomains,
    });
    const unseen = network ? unseenDomain(domain, lastReconcile?.at) : unknownDomain(domain, 'unknown');
    const row = all.find((each) => each.domain === domain) ?? { ...unseen, state: stateOf(unseen) };
    const probe = input.ledger.get(domain)?.state.probe;
    const { server } = rememberedServerInfo(application, { serverAddresses });
    const ended = lastReconcile && describeLast(lastReconcile.at, now);
    const overdue = ended?.isOverdue ? ` ${ended.text}: the next one is overdue.` : '';
    const doubted = problems.map(({ found, whatToDo }) => ` ${found} ${whatToDo}`).join('');
    return {
      ok: true,
      summary: `${describeRow(row)}${overdue}${doubted}${seen}${running}`,
      as_of: asOf,
      asked_at: iso(clock.now()),
      ...reportWork(work, clock.now()),
      ...row,
      holds: plan.holds
        .filter((hold) => hold.domain === row.domain)
        .toSorted(causeFirst)
        .map(reportHold),
      steps: plan.steps.filter((step) => step.domain === row.domain).map(({ action, why }) => ({ action, why })),
      records: server && probe ? rememberedRecords(domain, probe, server) : [],
    };
  }
  const { summary, ...shown } = formatStatus(statusOf(input, plan), application, now);
  const filter = query.action === 'status' ? query : {};
  const listing = listingOf({ plan, input, last: application, schedule, list, usage: now.usage, problems: [], filter });
  return { ok: true, summary: `${summary}${seen}${running}`, as_of: asOf, ...shown, ...listing };
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
