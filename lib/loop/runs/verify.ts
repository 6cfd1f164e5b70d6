/** One domain, looked at now: where it stands, and the DNS records it should have. */

import type { DomainRecord } from '../../core/domain/record.ts';
import { removalCounterOf } from '../../core/domain/removal-count.ts';
import { namesServed } from '../../core/domain/runcloud-domain.ts';
import { applyProbe } from '../../core/domain/transitions.ts';
import type { Hold } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
import { isCarriedOut } from '../../core/plan/policy.ts';
import { isLedgerStep } from '../../core/plan/step.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { type DnsRecord, recordsOf } from '../../core/probe/dns-records.ts';
import type { ServerAddresses } from '../../core/probe/dns-verdict.ts';
import { dnsAxis, isLive } from '../../core/probe/result.ts';
import { type DomainStatus, statusOf } from '../../core/report/status.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { epoch } from '../../core/values/time.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import type { Dependencies } from '../dependencies.ts';
import { failFastDns, memoisedDns } from '../observe/cached-dns.ts';
import { askNetwork } from '../observe/desired.ts';
import { NO_SNAPSHOT, recallObservation, requestsOf } from '../observe/observe.ts';
import { Prober, readServerInfo } from '../observe/probe.ts';

export type Verified = {
  readonly status: DomainStatus;
  readonly records: readonly DnsRecord[];
  readonly server: ServerAddresses;
  /** Nothing is wanting: it points here, and its certificate is valid. */
  readonly isLive: boolean;
  /** What is held or waits for this domain. */
  readonly holds: readonly Hold[];
  /** Whether something can be done for it now: it is on its way. */
  readonly isUnderWay: boolean;
};

/**
 * Takes a domain and the moment (ms) to end by; looks at it now, and sees that what is due for it is done soon. Changes nothing
 * itself, and needs no lease. Throws RunCloudError where it is not known what the domain should point to.
 */
export async function verifyDomain(given: Dependencies, domain: HostName, deadline: number): Promise<Verified> {
  // What is judged and what is shown is the same answer.
  const deps = { ...given, dns: memoisedDns(failFastDns(given.dns)) };
  const { ledger, clock, settings, dns } = deps;
  const application = await ledger.readApplication();
  if (application.quietUntil) deps.runcloud.keepQuietUntil(epoch(application.quietUntil));
  const outside = await readServerInfo(deps, { deadline }, application);
  const { server } = outside;
  if (!server) {
    throw new RunCloudError(
      'unavailable',
      `What ${domain} should point to is not known: RunCloud could not be asked for the address of the server.`,
      'Ask again when RunCloud answers; {"action":"doctor"} says what is wrong.',
    );
  }
  const remembered = (await ledger.read([domain])).get(domain) ?? { domain, request: undefined, state: {} };
  const record = await seenNow(deps, remembered, deadline);
  const actual = record.state.seen;
  const [bare, www, caa, result] = await Promise.all([
    dns.addressesOf(domain),
    isWwwWatched(record, actual ? namesServed(actual) : [], settings.www)
      ? dns.addressesOf(`www.${domain}`)
      : undefined,
    dns.caaOf(domain),
    new Prober(deps, server).probe({ record, actual }),
  ]);
  const now = clock.now();
  const state = applyProbe(record.state, result, now);
  const records = new Map([[domain, { ...record, state }]]);
  const all = await ledger.readAll();
  const shared = application.sharedCertificate ?? undefined;
  const memory = {
    snapshot: application.snapshot ?? NO_SNAPSHOT,
    removals: application.removals ?? removalCounterOf(all.values(), now),
    network: application.network,
    certificates: { ...outside, shared, requests: requestsOf(all, shared) },
  };
  const network = await askNetwork(deps, application.network, records, { deadline });
  const { input } = recallObservation(deps, records, memory, network);
  const made = plan(input);
  const holds = made.holds.filter((hold) => hold.domain === domain);
  const isUnderWay = made.steps.some(
    (step) => step.domain === domain && !isLedgerStep(step) && isCarriedOut(settings.policy, step.action),
  );
  if (isUnderWay) await deps.recheck([domain], 0);
  return {
    status: statusOf(input, made).find((row) => row.domain === domain) ?? unknownDomain(domain, dnsAxis(state.probe)),
    records: recordsOf(domain, { bare, www, caa }, server),
    server,
    isLive: state.probe !== undefined && isLive(state.probe) && actual !== undefined,
    holds,
    isUnderWay,
  };
}

/** The object may have gone, or changed, since the list was read. */
async function seenNow(deps: Dependencies, record: DomainRecord, deadline: number): Promise<DomainRecord> {
  const { seen, ...rest } = record.state;
  const id = seen?.id ?? rest.owned?.id;
  if (id === undefined) return record;
  const actual = await createReader(deps.runcloud, { deadline }).getDomain(id);
  return { ...record, state: actual ? { ...rest, seen: actual } : rest };
}

function unknownDomain(domain: HostName, dns: DomainStatus['dns']): DomainStatus {
  return {
    domain,
    mapping: 'not on RunCloud',
    dns,
    certificate: 'none',
    owned: false,
    next: 'nothing to do',
    reason: 'Nobody maps it, as far as is known here, and it is not on RunCloud.',
  };
}
