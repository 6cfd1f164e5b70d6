/** All that the doctor checks, found out and not yet judged: core/doctor does that. Writes nothing and needs no lease. */
import type { ClockReading, Domains, Finding, Findings } from '../../core/doctor/findings.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { type KnownNetwork, type NetworkSummary, summariseNetwork } from '../../core/network/credibility.ts';
import { countNames } from '../../core/plan/certificates.ts';
import { plan } from '../../core/plan/plan.ts';
import { type HostName, isCovered } from '../../core/values/host-name.ts';
import { epoch } from '../../core/values/time.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';
import { type AccountReader, createAccountReader, type Named } from '../../runcloud/account.ts';
import { createReader } from '../../runcloud/domains.ts';
import { ExplainedError } from '../../util/explained-error.ts';
import type { Dependencies } from '../dependencies.ts';
import { LEASE_MS } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { desiredFrom, type NetworkRead, readNetwork } from '../observe/desired.ts';
import { type FreshObservation, observe, ownedDomains } from '../observe/observe.ts';
import { referenceHost } from '../observe/server-info.ts';
import { readAllPresent, readPresentApplication } from '../present.ts';
import { eventNetworksOf } from './admit.ts';

/** `deadline`: epoch ms. @throws if the ledger fails: any other fault is a finding. */
export async function examine(deps: Dependencies, deadline: number): Promise<Findings> {
  const { ledger, clock, runcloud, settings, webhook } = deps;
  const stored = await readPresentApplication(deps);
  const leaseUntil = await ledger.leaseUntil();
  if (stored.quietUntil) runcloud.keepQuietUntil(epoch(stored.quietUntil));
  const account = createAccountReader(runcloud, { deadline });
  const ping = await ask(async () => account.ping());
  const server = await askAfter(ping, 'the credentials must be right', async () => findServer(account, deps));
  const application = await askAfter(server, 'the server must be found', async () => findApplication(account, deps));
  const network = await readNetwork(deps, { deadline });
  const observed = await askAfter(application, 'the web application must be found', async () =>
    observe(
      withRunDns(deps),
      createReader(runcloud, { deadline }),
      network,
      { pendingAdds: [], application: stored },
      { scope: 'all', options: { deadline } },
    ),
  );
  return {
    now: clock.now(),
    policy: settings.policy,
    subdomains: settings.subdomains,
    access: ping.kind === 'found' ? { ...ping, value: undefined } : ping,
    server,
    application,
    domains: observed.kind === 'found' ? { ...observed, value: domainsOf(observed.value) } : observed,
    quietUntil: stored.quietUntil,
    network: await networkFinding(network, deps, stored.network),
    eventNetworks: eventNetworksOf(deps, stored),
    certificates: observed.kind === 'found' ? { ...observed, value: modeOf(observed.value) } : observed,
    handshake: await handshakeWith(deps, observed),
    webhook,
    clocks: clocksOf(ping, network),
    resolvers: await askResolvers(deps, observed, stored),
    lastReconcile: stored.lastReconcile?.at,
    abort: stored.abort ?? undefined,
    leaseUntil,
    leaseMs: LEASE_MS,
    holds: observed.kind === 'found' ? { ...observed, value: plan(observed.value.input).holds } : observed,
    deadLetters: deps.deadLetters?.(),
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

function listNames(begin: string, named: readonly Named[]): string {
  return named.length === 0
    ? `${begin} none.`
    : `${begin} ${named.map(({ id, name }) => `${id} (${name})`).join(', ')}.`;
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

function modeOf({ input }: FreshObservation) {
  return { mode: input.certificates.mode, names: countNames(input.actual) };
}

function domainsOf({ snapshot, input }: FreshObservation): Domains {
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

/** Whether a reading is believed depends on what the ledger remembers of the network, and on the domains that are ours. */
async function networkFinding(
  read: NetworkRead,
  deps: Dependencies,
  known: KnownNetwork | undefined,
): Promise<Finding<NetworkSummary> | undefined> {
  if (read.kind === 'failed') {
    const { fault, message, whatToDo } = read.error;
    return { kind: 'failed', fault, why: message, whatToDo };
  }
  if (read.kind !== 'read') return undefined;
  const owned = ownedDomains((await readAllPresent(deps)).records);
  return { kind: 'found', value: summariseNetwork(read.reading, desiredFrom(read, deps, known, owned).desired) };
}

function clocksOf(ping: Finding<number>, network: NetworkRead): ClockReading[] {
  const readings: ClockReading[] = [];
  if (ping.kind === 'found') readings.push({ whose: 'RunCloud', aheadMs: ping.value });
  if (network.kind === 'read' && network.clockAheadMs !== undefined) {
    readings.push({ whose: 'the network', aheadMs: network.clockAheadMs });
  }
  return readings;
}

/** With the primary domain, which every application has. */
async function handshakeWith(
  { tls }: Dependencies,
  observed: Finding<FreshObservation>,
): Promise<Findings['handshake']> {
  if (observed.kind !== 'found') return observed;
  const { input, snapshot } = observed.value;
  const name = snapshot.primary?.name ?? input.actual[0]?.name ?? '';
  const { server } = input.certificates;
  if (!server) return { kind: 'skipped', why: 'The address of the server is not known.' };
  return { kind: 'found', value: { address: server.main, name, shown: await tls.shakeHands(server.main, name) } };
}

/** Any name will do that surely is in DNS. */
async function askResolvers(
  deps: Dependencies,
  observed: Finding<FreshObservation>,
  application: ApplicationState,
): Promise<Findings['resolvers']> {
  const primary = observed.kind === 'found' ? observed.value.snapshot.primary : application.snapshot?.primary;
  const answers = await deps.dns.addressesOf(referenceHost(deps, primary) ?? 'letsencrypt.org');
  return { asked: answers.length, answered: answers.filter((answer) => answer.kind !== 'could-not-ask').length };
}
