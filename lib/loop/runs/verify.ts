/** One domain, looked at now: where it stands, and the DNS records it should have. */

import type { DomainRecord } from '../../core/domain/record.ts';
import { tallyOf } from '../../core/domain/removal-count.ts';
import { namesServed } from '../../core/domain/runcloud-domain.ts';
import { glimpse } from '../../core/domain/transitions.ts';
import type { Hold } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
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
import type { World } from '../dependencies.ts';
import { askedOnce, carefulDns } from '../observe/cached-dns.ts';
import { askNetwork } from '../observe/desired.ts';
import { NO_FACTS, recall, requestsOf } from '../observe/observe.ts';
import { Eye, readOutside } from '../observe/probe.ts';

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
export async function verify(given: World, domain: HostName, until: number): Promise<Verified> {
  // What is judged and what is shown is the same answer.
  const world = { ...given, dns: askedOnce(carefulDns(given.dns)) };
  const { ledger, clock, settings, dns } = world;
  const notes = await ledger.readNotes();
  if (notes.quietUntil) world.runcloud.keepQuietUntil(epoch(notes.quietUntil));
  const outside = await readOutside(world, { until }, notes);
  const { server } = outside;
  if (!server) {
    throw new RunCloudError(
      'unavailable',
      `What ${domain} should point to is not known: RunCloud could not be asked for the address of the server.`,
      'Ask again when RunCloud answers; {"action":"doctor"} says what is wrong.',
    );
  }
  const remembered = (await ledger.read([domain])).get(domain) ?? { domain, wish: undefined, state: {} };
  const record = await seenNow(world, remembered, until);
  const actual = record.state.seen;
  const [bare, www, caa, glance] = await Promise.all([
    dns.addressesOf(domain),
    isWwwWatched(record, actual ? namesServed(actual) : [], settings.www)
      ? dns.addressesOf(`www.${domain}`)
      : undefined,
    dns.caaOf(domain),
    new Eye(world, server).glance({ record, actual }),
  ]);
  const now = clock.now();
  const state = glimpse(record.state, glance, now);
  const records = new Map([[domain, { ...record, state }]]);
  const all = await ledger.readAll();
  const shared = notes.sharedCertificate ?? undefined;
  const memory = {
    facts: notes.facts ?? NO_FACTS,
    tally: notes.tally ?? tallyOf(all.values(), now),
    network: notes.network,
    certificates: { ...outside, shared, requests: requestsOf(all, shared) },
  };
  const network = await askNetwork(world, notes.network, records, { until });
  const { input } = recall(world, records, memory, network);
  const made = plan(input);
  const holds = made.holds.filter((hold) => hold.domain === domain);
  const isUnderWay =
    made.steps.some((step) => step.domain === domain && !isLedgerStep(step)) && settings.policy !== 'observe';
  if (isUnderWay) await world.recheck([domain], 0);
  return {
    status: statusOf(input, made).find((row) => row.domain === domain) ?? unknownDomain(domain, dnsAxis(state.look)),
    records: recordsOf(domain, { bare, www, caa }, server),
    server,
    isLive: state.look !== undefined && isLive(state.look) && actual !== undefined,
    holds,
    isUnderWay,
  };
}

/** The object may have gone, or changed, since the list was read. */
async function seenNow(world: World, record: DomainRecord, until: number): Promise<DomainRecord> {
  const { seen, ...rest } = record.state;
  const id = seen?.id ?? rest.owned?.id;
  if (id === undefined) return record;
  const actual = await createReader(world.runcloud, { until }).getDomain(id);
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
