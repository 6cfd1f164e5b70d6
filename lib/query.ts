/**
 * What those may ask who may look and not touch: support staff, a screen in WordPress. The ledger answers, so a query costs RunCloud
 * nothing and changes nothing.
 */
import * as z from 'zod/mini';
import { type Answer, formatStatus } from './console/answer.ts';
import { countPressing } from './core/report/pressing.ts';
import { type DomainStatus, statusOf, unknownDomain } from './core/report/status.ts';
import { parseMapping } from './core/values/host-name.ts';
import { epoch } from './core/values/time.ts';
import type { Ledger } from './ledger/ledger.ts';
import { NewerLedgerError } from './ledger/schema.ts';
import { readPresentApplication } from './loop/present.ts';
import { planFromLedger } from './loop/runs/plan-from-ledger.ts';
import type { Clock } from './util/clock.ts';

export const QUERIES = ['status', 'domain'] as const;

const querySchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('status') }),
  z.strictObject({ action: z.literal('domain'), domain: z.string() }),
]);
type Query = z.infer<typeof querySchema>;

const KNOWN = 'Known are {"action":"status"} and {"action":"domain","domain":"shop.example"}.';

/** A wrong query is an answer with `ok` false. @throws if the ledger fails */
export async function answerQuery(
  source: { readonly ledger: Ledger; readonly clock: Clock },
  payload: unknown,
): Promise<Answer> {
  const parsed = querySchema.safeParse(payload);
  if (!parsed.success) return refuse(`The query was not understood. ${KNOWN}`);
  try {
    return await look(source, parsed.data);
  } catch (error) {
    if (!(error instanceof NewerLedgerError)) throw error;
    return refuse(`${error.message} ${error.whatToDo}`);
  }
}

async function look(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  query: Query,
): Promise<Answer> {
  const named = query.action === 'domain' ? parseMapping(query.domain) : undefined;
  if (named?.ok === false) return refuse(`The domain is refused: ${named.why}.`);
  const { settingsInUse } = await readPresentApplication({ ledger, clock });
  if (!settingsInUse) {
    return refuse('There is nothing to show yet: no run over all domains has ended. Ask again in ten minutes.');
  }
  const { plan: settings, networkHost, serverAddresses, reconcileEveryMs } = settingsInUse;
  const network = networkHost === null ? undefined : { host: networkHost };
  const { plan, observation, application } = await planFromLedger({
    ledger,
    clock,
    settings,
    serverAddresses,
    network,
  });
  const rows = statusOf(observation.input, plan);
  const asOf = application.snapshot?.observedAt;
  const seen = asOf === undefined ? '' : ` RunCloud was last looked at ${asOf}.`;
  if (named) {
    const row = rows.find(({ domain }) => domain === named.domain) ?? unknownDomain(named.domain, 'unknown');
    return { ok: true, summary: `${describeRow(row)}${seen}`, as_of: asOf, ...row };
  }
  const now = {
    now: clock.now(),
    reconcileEveryMs: reconcileEveryMs ?? undefined,
    needsPerson: countPressing(plan.holds, settings.subdomains),
    problems: [],
  };
  const { summary, domains } = formatStatus(rows, application, now);
  const until = await ledger.leaseUntil();
  const running = until !== undefined && epoch(until) > clock.now() ? ' A run is at work.' : '';
  return { ok: true, summary: `${summary}${seen}${running}`, as_of: asOf, domains };
}

function describeRow({ domain, mapping, dns, certificate, reason, next }: DomainStatus): string {
  const why = reason === undefined ? '' : ` ${reason}`;
  return `${domain} is ${mapping}; DNS: ${dns}; certificate: ${certificate}.${why} Next: ${next}.`;
}

function refuse(summary: string): Answer {
  return { ok: false, summary };
}
