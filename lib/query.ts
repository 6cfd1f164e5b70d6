/**
 * What those may ask who may look and not touch: support staff, a screen in WordPress. The ledger answers, so a query costs RunCloud
 * nothing and changes nothing.
 */
import * as z from 'zod/mini';
import { type Answer, formatStatus, withFullStop } from './console/answer.ts';
import { type QuotaSettings, usageOf } from './core/quota/usage.ts';
import { describeList, listReading } from './core/report/calls.ts';
import { DOUBTED_NETWORK, describeLast } from './core/report/health.ts';
import { countPressing } from './core/report/pressing.ts';
import { describeWork, reportWork, workOf } from './core/report/progress.ts';
import { type DomainStatus, statusOf, unknownDomain, unseenDomain } from './core/report/status.ts';
import { parseMapping } from './core/values/host-name.ts';
import { quantity } from './core/values/text.ts';
import type { IsoTime } from './core/values/time.ts';
import type { Ledger, Records } from './ledger/ledger.ts';
import { readPresentApplication } from './loop/present.ts';
import { planFromLedger } from './loop/runs/plan-from-ledger.ts';
import type { Clock } from './util/clock.ts';
import { ExplainedError } from './util/explained-error.ts';
import { printableIn } from './util/outside-text.ts';

const querySchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('status') }),
  z.strictObject({ action: z.literal('domain'), domain: z.string() }),
]);
type Query = z.infer<typeof querySchema>;

/** Before a run of this version ended. */
const NO_QUOTA: QuotaSettings = { billingDay: 1 };

const KNOWN = 'Known are {"action":"status"} and {"action":"domain","domain":"shop.example"}.';

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
  const { ledger: records } = observation.input;
  const rows = statusOf(observation.input, plan).map((row) => ({ ...row, ...probedAt(row.domain, records) }));
  const asOf = snapshot?.observedAt;
  const usage = usageOf(application.calls ?? {}, quota ?? NO_QUOTA, clock.now());
  const list = listReading(snapshot, application.listDifferedAt, usage, clock.now());
  const work = workOf(application, leaseUntil, clock.now());
  const running = work.kind === 'at work' ? ` ${describeWork(work, clock.now())}` : '';
  const now = {
    now: clock.now(),
    work,
    reconcileEveryMs: settingsInUse.reconcileEveryMs ?? undefined,
    usage: quota && usage,
    needsPerson:
      lastReconcile?.needsPerson ??
      (work.kind === 'at work' ? undefined : countPressing(plan.holds, settings.subdomains)),
    problems: lastReconcile?.network ? [DOUBTED_NETWORK] : [],
  };
  const seen = [
    list === undefined ? '' : ` ${describeList(list, now.now)}`,
    keptHolds === undefined || keptHolds.leftOut === 0
      ? ''
      : ` ${quantity(keptHolds.leftOut, 'more hold')} of the last run ${keptHolds.leftOut === 1 ? 'is' : 'are'} not shown here: {"action":"plan"} of the console shows all.`,
  ].join('');
  if (named) {
    const unseen = network ? unseenDomain(named.domain, lastReconcile?.at) : unknownDomain(named.domain, 'unknown');
    const row = rows.find(({ domain }) => domain === named.domain) ?? unseen;
    const ended = lastReconcile && describeLast(lastReconcile.at, now);
    const overdue = ended?.isOverdue ? ` ${ended.text}: the next one is overdue.` : '';
    const doubted = now.problems.map(({ found, whatToDo }) => ` ${found} ${whatToDo}`).join('');
    const summary = `${describeRow(row)}${overdue}${doubted}${seen}${running}`;
    return { ok: true, summary, as_of: asOf, ...reportWork(work, clock.now()), ...row };
  }
  const { summary, ...shown } = formatStatus(rows, application, now);
  return { ok: true, summary: `${summary}${seen}${running}`, as_of: asOf, ...shown };
}

/** When DNS and certificate were last asked for. */
function probedAt(domain: string, records: Records): { readonly probed_at?: IsoTime } {
  const parsed = parseMapping(domain);
  const at = parsed.ok ? records.get(parsed.domain)?.state.probe?.at : undefined;
  return at === undefined ? {} : { probed_at: at };
}

type Row = DomainStatus & { readonly probed_at?: IsoTime };

function describeRow({ domain, mapping, dns, certificate, reason, next, probed_at: probed }: Row): string {
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
