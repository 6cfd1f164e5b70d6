/** All that the doctor checks, found out and not yet judged: core/doctor does that. Writes nothing and needs no lease. */
import type { ClockReading, Domains, Finding, Findings } from '../../core/doctor/findings.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { type KnownNetwork, type NetworkSummary, summariseNetwork } from '../../core/network/credibility.ts';
import { countNames } from '../../core/plan/certificates.ts';
import type { DesiredSource } from '../../core/plan/desired-source.ts';
import type { AddressAnswer } from '../../core/probe/dns-answer.ts';
import { proxyInFront } from '../../core/probe/server-addresses.ts';
import { type HostName, isCovered } from '../../core/values/host-name.ts';
import { listOf } from '../../core/values/text.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';
import { type AccountReader, createAccountReader, type Named } from '../../runcloud/account.ts';
import { createReader } from '../../runcloud/domains.ts';
import { ExplainedError } from '../../util/explained-error.ts';
import type { Dependencies } from '../dependencies.ts';
import { LEASE_MS } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { desiredFrom, type NetworkRead, readNetwork } from '../observe/desired.ts';
import type { WholeObservation } from '../observe/observation.ts';
import { observe } from '../observe/observe.ts';
import { ownedDomains } from '../observe/plan-input.ts';
import { rememberedServerInfo } from '../observe/remembered-server.ts';
import { referenceHost } from '../observe/server-info.ts';
import { readAllPresent, readPresentApplication } from '../present.ts';
import { recallLimits } from '../recall-limits.ts';
import { usageNow } from '../usage.ts';
import { networkKnowledge } from './admit.ts';
import { planConfirmed } from './plan-confirmed.ts';

/** `deadline`: epoch ms. @throws if the ledger fails: any other fault is a finding. */
export async function examine(deps: Dependencies, deadline: number): Promise<Findings> {
  const { ledger, clock, runcloud, settings, webhook } = deps;
  const stored = await readPresentApplication(deps);
  const leaseUntil = await ledger.leaseUntil();
  const { records } = await readAllPresent(deps);
  recallLimits(deps, stored);
  const account = createAccountReader(runcloud, { deadline });
  const ping = await ask(async () => account.ping());
  const server = await askAfter(ping, neededAfter(ping), async () => findServer(account, deps));
  const application = await askAfter(server, 'the server must be found', async () => findApplication(account, deps));
  const network = await readNetwork(deps, { deadline });
  const observed = await askAfter(application, 'the web application must be found', async () =>
    observe(
      withRunDns(deps),
      createReader(runcloud, { deadline }),
      network,
      { pendingAdds: [], application: stored, recordsBefore: records },
      { scope: 'all', options: { deadline } },
    ),
  );
  const planned = observed.kind === 'found' ? await planConfirmed(deps, observed.value, { deadline }) : undefined;
  const { resolvers, addresses } = await askAboutHost(deps, server, observed, stored);
  return {
    now: clock.now(),
    settingWarnings: deps.settingWarnings,
    unreadable: [...records.values()].flatMap(({ domain, unreadable: why }) =>
      why === undefined ? [] : { domain, why },
    ),
    process: deps.processProblems?.(),
    policy: settings.policy,
    subdomains: settings.subdomains,
    access: ping.kind === 'found' ? { ...ping, value: undefined } : ping,
    server,
    application,
    domains: observed.kind === 'found' ? { ...observed, value: domainsOf(observed.value) } : observed,
    quietUntil: stored.quietUntil,
    usage: usageNow(deps, stored),
    block: runcloud.limits.block,
    network: networkFinding(network, deps, stored.network, ownedDomains(records), planned?.observation.input.desired),
    eventNetworks: networkKnowledge(deps.eventsFrom, stored),
    certificates: observed.kind === 'found' ? { ...observed, value: modeOf(observed.value) } : observed,
    addresses,
    handshake: await handshakeWith(deps, observed, stored),
    webhook,
    clocks: clocksOf(ping, network),
    resolvers,
    lastReconcile: stored.lastReconcile?.at,
    abort: stored.abort ?? undefined,
    progress: stored.progress ?? undefined,
    leaseUntil,
    leaseMs: LEASE_MS,
    holds: observed.kind === 'found' ? { ...observed, value: planned?.plan.holds ?? [] } : observed,
    deadLetters: deps.deadLetters?.(),
    receivers: await deps.receivers(),
    reconcileEveryMs: deps.reconcileEveryMs,
  };
}

async function findServer(account: AccountReader, { runcloud }: Dependencies) {
  const server = await account.server();
  if (server) return server;
  const visible = await account.servers();
  throw new NotThereError(
    `RunCloud shows no server ${runcloud.serverId} to this token (404).`,
    `Correct WU_RUNCLOUD_SERVER_ID, or use a token of the server's workspace. ${listNames('The token shows', visible)}`,
  );
}

async function findApplication(account: AccountReader, { runcloud }: Dependencies): Promise<Named> {
  const application = await account.application();
  if (application) return application;
  const visible = await account.applications();
  throw new NotThereError(
    `Server ${runcloud.serverId} has no web application ${runcloud.appId} (404).`,
    `Correct WU_RUNCLOUD_APP_ID, or WU_RUNCLOUD_SERVER_ID. ${listNames('That server has', visible)}`,
  );
}

class NotThereError extends ExplainedError<'not-there'> {
  override readonly name = 'NotThereError';
  constructor(message: string, whatToDo: string) {
    super('not-there', message, whatToDo);
  }
}

// The first page has 40. The right one is to be found among them by its id.
const SHOWN = 10;

function listNames(begin: string, named: readonly Named[]): string {
  return named.length === 0
    ? `${begin} none.`
    : `${begin} ${listOf(
        named.map(({ id, name }) => `${id} (${name})`),
        SHOWN,
      )}.`;
}

async function ask<T>(work: () => Promise<T>): Promise<Finding<T>> {
  try {
    return { kind: 'found', value: await work() };
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return { kind: 'failed', fault: error.fault, why: error.message, whatToDo: error.whatToDo };
  }
}

/** Where `first` was not found, asking would only repeat its fault. `needed` says in the finding what comes first. */
async function askAfter<T>(first: Finding<unknown>, needed: string, work: () => Promise<T>): Promise<Finding<T>> {
  if (first.kind === 'found') return ask(work);
  return { kind: 'skipped', why: first.kind === 'skipped' ? first.why : `Not asked: first ${needed}.` };
}

function neededAfter(ping: Finding<unknown>): string {
  const fault = ping.kind === 'failed' ? ping.fault : undefined;
  if (fault === 'unauthorized') return 'the credentials must be right';
  return fault === 'forbidden' ? 'RunCloud must allow the API' : 'RunCloud must answer';
}

function modeOf({ input }: WholeObservation) {
  return { mode: input.certificates.mode, names: countNames(input.actual) };
}

function domainsOf({ snapshot, input }: WholeObservation): Domains {
  const { ownHost } = input;
  return {
    count: snapshot.count,
    primary: snapshot.primary?.name,
    networkHost: ownHost && { name: ownHost, isServed: isServed(ownHost, input.actual) },
  };
}

function isServed(name: HostName, actual: readonly ActualDomain[]): boolean {
  const wildcards = new Set(actual.flatMap((domain) => wildcardSuffix(domain) ?? []));
  return new ActualIndex(actual).find(name) !== undefined || isCovered(name, wildcards);
}

/**
 * Whether a reading is believed depends on what the ledger remembers of the network, and on the domains that are ours. `planned` is what the
 * plan made of it, where there is one.
 */
function networkFinding(
  read: NetworkRead,
  deps: Dependencies,
  known: KnownNetwork | undefined,
  owned: readonly HostName[],
  planned: DesiredSource | undefined,
): Finding<NetworkSummary> | undefined {
  if (read.kind === 'failed') {
    const { fault, message, whatToDo } = read.error;
    return { kind: 'failed', fault, why: message, whatToDo };
  }
  if (read.kind !== 'read') return undefined;
  const desired = planned ?? desiredFrom(read, deps, known, owned).desired;
  return { kind: 'found', value: summariseNetwork(read.reading, desired) };
}

function clocksOf(ping: Finding<number>, network: NetworkRead): ClockReading[] {
  const readings: ClockReading[] = [];
  if (ping.kind === 'found') readings.push({ whose: 'RunCloud', aheadMs: ping.value });
  if (network.kind === 'read' && network.clockAheadMs !== undefined) {
    readings.push({ whose: 'the network', aheadMs: network.clockAheadMs });
  }
  return readings;
}

/** With the primary domain, which every application has. The server can be asked without RunCloud, whose last list names both. */
async function handshakeWith(
  deps: Dependencies,
  observed: Finding<WholeObservation>,
  stored: ApplicationState,
): Promise<Findings['handshake']> {
  const { server, name } =
    observed.kind === 'found'
      ? { server: observed.value.input.certificates.server, name: nameToAsk(observed.value) }
      : { server: rememberedServerInfo(stored, deps).server, name: stored.snapshot?.primary?.name };
  if (observed.kind !== 'found' && (!server || name === undefined)) return observed;
  if (!server) return { kind: 'skipped', why: 'The address of the server is not known.' };
  const asked = name ?? '';
  return {
    kind: 'found',
    value: { address: server.main, name: asked, shown: await deps.tls.shakeHands(server.main, asked) },
  };
}

function nameToAsk({ snapshot, input }: WholeObservation): string | undefined {
  return snapshot.primary?.name ?? input.actual[0]?.name;
}

/** One question tells whether the resolvers answer, and where the network's own host is. Without one any name will do that is in DNS. */
async function askAboutHost(
  deps: Dependencies,
  server: Findings['server'],
  observed: Finding<WholeObservation>,
  application: ApplicationState,
): Promise<Pick<Findings, 'resolvers' | 'addresses'>> {
  const primary = observed.kind === 'found' ? observed.value.snapshot.primary : application.snapshot?.primary;
  const host = referenceHost(deps, primary);
  const answers = await deps.dns.addressesOf(host ?? 'letsencrypt.org');
  const answered = answers.filter((answer) => answer.kind === 'answered');
  return {
    resolvers: { asked: answers.length, answered: answered.length },
    addresses: addressFinding(deps, server, host, answered, application),
  };
}

function addressFinding(
  deps: Dependencies,
  server: Findings['server'],
  host: string | undefined,
  answered: readonly Extract<AddressAnswer, { kind: 'answered' }>[],
  application: ApplicationState,
): Findings['addresses'] {
  if (server.kind !== 'found') return { kind: 'skipped', why: 'What RunCloud names for the server is not known.' };
  if (host === undefined || answered.length === 0) {
    return { kind: 'skipped', why: "Public DNS could not be asked about the network's own host." };
  }
  const found = [...new Set(answered.flatMap(({ ipv4 }) => ipv4))].sort();
  const used = rememberedServerInfo(application, deps).server;
  return {
    kind: 'found',
    value: {
      runcloud: server.value.address,
      listed: deps.serverAddresses,
      host,
      found,
      proxy: proxyInFront(answered),
      inUse: used ? [used.main, ...used.others] : [],
    },
  };
}
