/**
 * One domain, probed now: its state, and the DNS records it needs. Changes nothing and needs no lease. Where a step is due, the domain is
 * rechecked at once.
 */

import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, isWwwAlone, namesServed } from '../../core/domain/runcloud-domain.ts';
import { applyProbe } from '../../core/domain/transitions.ts';
import { isLiveAs } from '../../core/network/mark-done.ts';
import { desiredStateOf, mappedIn } from '../../core/plan/desired.ts';
import type { Hold, RunAbort } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
import { isCarriedOut } from '../../core/plan/policy.ts';
import { isLedgerStep } from '../../core/plan/step.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { type DnsRecord, recordsOf } from '../../core/probe/dns-records.ts';
import type { ServerAddresses } from '../../core/probe/dns-verdict.ts';
import { dnsAxis } from '../../core/probe/result.ts';
import { whyNotLive } from '../../core/report/not-live.ts';
import { type DomainStatus, joinReasons, NEXT, statusOf, unknownDomain } from '../../core/report/status.ts';
import type { HostName, NamedAs } from '../../core/values/host-name.ts';
import type { IsoTime } from '../../core/values/time.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asAbort } from '../abort.ts';
import type { Dependencies } from '../dependencies.ts';
import { failFastDns, memoisedDns } from '../observe/cached-dns.ts';
import { askNetwork, desiredFrom } from '../observe/desired.ts';
import { ownedDomains } from '../observe/plan-input.ts';
import { Prober } from '../observe/probe.ts';
import { recallObservation, rememberedApplication } from '../observe/recall.ts';
import { readServerInfo } from '../observe/server-info.ts';
import { readAllPresent, readPresent, readPresentApplication } from '../present.ts';
import { recallLimits } from '../recall-limits.ts';
import { usageNow } from '../usage.ts';

export type Verified = {
  readonly status: DomainStatus;
  readonly records: readonly DnsRecord[];
  readonly server: ServerAddresses;
  /** RunCloud serves the name that is mapped, DNS points to the server, and its certificate is valid: all of it was asked now. */
  readonly isLive: boolean;
  readonly holds: readonly Hold[];
  /** What the step does that is due for it, and that the policy lets through. */
  readonly underWay: string | undefined;
  /** Why RunCloud could not be asked about the domain: what is shown of it is as of `seenAt`. */
  readonly unasked: (RunAbort & { readonly seenAt: IsoTime | undefined }) | undefined;
};

/** @throws RunCloudError where RunCloud never told the address that the domain must point to. */
export async function verifyDomain(dependencies: Dependencies, domain: HostName, deadline: number): Promise<Verified> {
  // The plan and the records that are shown must come from the same answers.
  const deps = { ...dependencies, dns: memoisedDns(failFastDns(dependencies.dns)) };
  const { clock, settings, dns } = deps;
  const application = await readPresentApplication(deps);
  recallLimits(deps, application);
  const serverInfo = await readServerInfo(deps, { deadline }, application);
  const { server } = serverInfo;
  if (!server) {
    throw new RunCloudError(
      'unavailable',
      `What ${domain} should point to is not known: RunCloud could not be asked for the address of the server.`,
      'Ask again when RunCloud answers; {"action":"doctor"} says what is wrong.',
    );
  }
  const stored = (await readPresent(deps, [domain])).records.get(domain) ?? { domain, request: undefined, state: {} };
  const { record, fault } = await withCurrentObject(deps, stored, deadline);
  const actual = record.state.seen;
  const asked = new Map([[domain, record]]);
  const network = await askNetwork(deps, asked, application.network, { deadline });
  const desired = desiredFrom(network, deps, application.network, ownedDomains(asked));
  const wanted = desiredStateOf(record, desired.desired, mappedIn(desired.desired));
  const namedAs = wanted.kind === 'mapped' ? wanted.namedAs : undefined;
  const isWatched = isWwwWatched(record, actual ? namesServed(actual) : [], settings.www);
  const [bare, www, caa, wwwCaa, result] = await Promise.all([
    dns.addressesOf(domain),
    isWatched ? dns.addressesOf(`www.${domain}`) : undefined,
    dns.caaOf(domain),
    isWatched ? dns.caaOf(`www.${domain}`) : undefined,
    new Prober(deps, server).probe({ record, actual, namedAs }),
  ]);
  const now = clock.now();
  const state = applyProbe(record.state, result, now);
  const records = new Map([[domain, { ...record, state }]]);
  const remembered = rememberedApplication(application, serverInfo, {
    counted: (await readAllPresent(deps)).records,
    usage: usageNow(deps, application),
    now,
  });
  const { input } = recallObservation(deps, records, remembered, desired);
  const planned = plan(input);
  const due = planned.steps.find(
    (step) => step.domain === domain && !isLedgerStep(step) && isCarriedOut(settings.policy, step.action),
  );
  if (due) await deps.recheck([domain], 0, 1);
  const status = statusOf(input, planned).find((row) => row.domain === domain);
  return {
    status: withCause(status ?? unknownDomain(domain, dnsAxis(state.probe)), whyNotLive(domain, state, server)),
    records: recordsOf(domain, { bare, www, caa, wwwCaa }, server, state.probe?.servedAs),
    server,
    isLive: actual !== undefined && isLiveAs(state.probe, formsMet(state, actual, domain, namedAs)),
    holds: planned.holds.filter((hold) => hold.domain === domain),
    underWay: due && NEXT[due.action],
    unasked: fault && { ...asAbort(fault), seenAt: application.snapshot?.observedAt },
  };
}

/**
 * The forms under which visitors meet the domain as it is mapped. None where RunCloud serves only the other form. Early API v2 does not
 * show whether an object has its `www.` name.
 */
function formsMet(
  { ownedWww }: DomainState,
  actual: ActualDomain,
  domain: HostName,
  namedAs: NamedAs | undefined,
): readonly NamedAs[] {
  if (isWwwAlone(actual, domain)) return namedAs === 'bare' ? [] : ['www'];
  if (namedAs !== 'www') return actual.redirection === 'www' ? ['bare', 'www'] : ['bare'];
  if (ownedWww) return ['www'];
  return actual.www === false ? [] : ['bare', 'www'];
}

/** The cause comes first. Most often a hold says it already, in the same words. */
function withCause(status: DomainStatus, cause: string | undefined): DomainStatus {
  const { reason } = status;
  if (cause === undefined || reason?.includes(cause)) return status;
  return { ...status, reason: joinReasons(reason === undefined ? [cause] : [cause, reason]) };
}

type Current = { readonly record: DomainRecord; readonly fault?: RunCloudError };

/**
 * Somebody may have removed or changed the object since the list was read. While RunCloud cannot be asked, the record stands: DNS and
 * the certificate do not depend on RunCloud's answer.
 */
async function withCurrentObject(deps: Dependencies, record: DomainRecord, deadline: number): Promise<Current> {
  const { seen, ...rest } = record.state;
  const id = seen?.id ?? rest.owned?.id ?? rest.ownedWww?.id;
  if (id === undefined) return { record };
  try {
    const actual = await createReader(deps.runcloud, { deadline }).getDomain(id);
    return { record: { ...record, state: actual ? { ...rest, seen: actual } : rest } };
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    return { record, fault: error };
  }
}
