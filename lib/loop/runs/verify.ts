/**
 * One domain, probed now: its state, and the DNS records it needs. Changes nothing and needs no lease. Where a step is due, the domain is
 * rechecked at once.
 */

import type { DomainRecord } from '../../core/domain/record.ts';
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
import { Prober } from '../observe/probe.ts';
import { recallObservation, rememberedApplication } from '../observe/recall.ts';
import { readServerInfo } from '../observe/server-info.ts';

export type Verified = {
  readonly status: DomainStatus;
  readonly records: readonly DnsRecord[];
  readonly server: ServerAddresses;
  /** It is on RunCloud, DNS points to the server, and its certificate is valid. */
  readonly isLive: boolean;
  readonly holds: readonly Hold[];
  /** A step for it is due, and the policy lets it through. */
  readonly isUnderWay: boolean;
};

/** @throws RunCloudError where RunCloud cannot be asked about the domain, or never told the address it must point to. */
export async function verifyDomain(dependencies: Dependencies, domain: HostName, deadline: number): Promise<Verified> {
  // The plan and the records that are shown must come from the same answers.
  const deps = { ...dependencies, dns: memoisedDns(failFastDns(dependencies.dns)) };
  const { ledger, clock, settings, dns } = deps;
  const application = await ledger.readApplication();
  if (application.quietUntil) deps.runcloud.keepQuietUntil(epoch(application.quietUntil));
  const serverInfo = await readServerInfo(deps, { deadline }, application);
  const { server } = serverInfo;
  if (!server) {
    throw new RunCloudError(
      'unavailable',
      `What ${domain} should point to is not known: RunCloud could not be asked for the address of the server.`,
      'Ask again when RunCloud answers; {"action":"doctor"} says what is wrong.',
    );
  }
  const stored = (await ledger.read([domain])).get(domain) ?? { domain, request: undefined, state: {} };
  const record = await withCurrentObject(deps, stored, deadline);
  const actual = record.state.seen;
  const isWatched = isWwwWatched(record, actual ? namesServed(actual) : [], settings.www);
  const [bare, www, caa, wwwCaa, result] = await Promise.all([
    dns.addressesOf(domain),
    isWatched ? dns.addressesOf(`www.${domain}`) : undefined,
    dns.caaOf(domain),
    isWatched ? dns.caaOf(`www.${domain}`) : undefined,
    new Prober(deps, server).probe({ record, actual }),
  ]);
  const now = clock.now();
  const state = applyProbe(record.state, result, now);
  const records = new Map([[domain, { ...record, state }]]);
  const remembered = rememberedApplication(application, serverInfo, await ledger.readAll(), now);
  const network = await askNetwork(deps, application.network, records, { deadline });
  const { input } = recallObservation(deps, records, remembered, network);
  const planned = plan(input);
  const isUnderWay = planned.steps.some(
    (step) => step.domain === domain && !isLedgerStep(step) && isCarriedOut(settings.policy, step.action),
  );
  if (isUnderWay) await deps.recheck([domain], 0, 1);
  const status = statusOf(input, planned).find((row) => row.domain === domain);
  return {
    status: status ?? unknownDomain(domain, dnsAxis(state.probe)),
    records: recordsOf(domain, { bare, www, caa, wwwCaa }, server, state.probe?.servedAs),
    server,
    isLive: state.probe !== undefined && isLive(state.probe) && actual !== undefined,
    holds: planned.holds.filter((hold) => hold.domain === domain),
    isUnderWay,
  };
}

/** Somebody may have removed or changed the object since the list was read. */
async function withCurrentObject(deps: Dependencies, record: DomainRecord, deadline: number): Promise<DomainRecord> {
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
    reason: 'The service knows of no mapping of it, and it is not on RunCloud.',
  };
}
