import type { ClockReading, Domains, Finding, Findings } from '../../core/doctor/findings.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../core/domain/runcloud-domain.ts';
import { type KnownNetwork, lookOf, type NetworkLook } from '../../core/network/credibility.ts';
import { countNames } from '../../core/plan/certificates.ts';
import { plan } from '../../core/plan/plan.ts';
import { type HostName, isCovered } from '../../core/values/host-name.ts';
import { epoch } from '../../core/values/time.ts';
import type { Notes } from '../../ledger/ledger.ts';
import { type AccountReader, createAccountReader, type Named } from '../../runcloud/account.ts';
import { createReader } from '../../runcloud/domains.ts';
import { ExplainedError } from '../../util/explained-error.ts';
import type { World } from '../dependencies.ts';
import { LEASE_MS } from '../lease.ts';
import { forOneRun } from '../observe/cached-dns.ts';
import { desiredFrom, type NetworkRead, readNetwork } from '../observe/desired.ts';
import { type FreshObservation, observe } from '../observe/observe.ts';
import { nameInDns } from '../observe/probe.ts';

/** Takes the moment (ms) to end by; returns everything the doctor wants to know. Throws only where the ledger fails. */
export async function examine(world: World, until: number): Promise<Findings> {
  const { ledger, clock, runcloud, settings, webhook } = world;
  const [notes, leaseUntil] = [await ledger.readNotes(), await ledger.leaseUntil()];
  if (notes.quietUntil) runcloud.keepQuietUntil(epoch(notes.quietUntil));
  const account = createAccountReader(runcloud, { until });
  const ping = await attempt(async () => account.ping());
  const server = await after(ping, 'the credentials must be right', async () => lookForServer(account, world));
  const application = await after(server, 'the server must be found', async () => lookForApplication(account, world));
  const network = await readNetwork(world, { until });
  const observed = await after(application, 'the web application must be found', async () => {
    const looking = { whom: 'all', patience: { until } } as const;
    return observe(forOneRun(world), createReader(runcloud, { until }), network, { inDoubt: [], notes }, looking);
  });
  return {
    now: clock.now(),
    policy: settings.policy,
    subdomains: settings.subdomains,
    access: ping.kind === 'found' ? { ...ping, value: undefined } : ping,
    server,
    application,
    domains: observed.kind === 'found' ? { ...observed, value: domainsOf(observed.value) } : observed,
    quietUntil: notes.quietUntil,
    network: await networkFinding(network, world, notes.network),
    certificates: observed.kind === 'found' ? { ...observed, value: modeOf(observed.value) } : observed,
    handshake: await handshakeWith(world, observed),
    webhook,
    clocks: clocksOf(ping, network),
    resolvers: await askResolvers(world, observed, notes),
    lastReconcile: notes.lastReconcile?.at,
    stop: notes.stop ?? undefined,
    leaseUntil,
    leaseMs: LEASE_MS,
    holds: observed.kind === 'found' ? { ...observed, value: plan(observed.value.input).holds } : observed,
    reconcileEveryMs: world.reconcileEveryMs,
  };
}

async function lookForServer(account: AccountReader, { runcloud }: World) {
  const server = await account.server();
  if (server) return server;
  const seen = await account.servers();
  throw new NotThereError(
    `RunCloud shows no server ${runcloud.serverId} to this token (404).`,
    `Correct WU_RUNCLOUD_SERVER_ID, or use a token of the server's workspace. ${listed('The token shows', seen)}`,
  );
}

async function lookForApplication(account: AccountReader, { runcloud }: World): Promise<Named> {
  const application = await account.application();
  if (application) return application;
  const seen = await account.applications();
  throw new NotThereError(
    `Server ${runcloud.serverId} has no web application ${runcloud.appId} (404).`,
    `Correct WU_RUNCLOUD_APP_ID, or WU_RUNCLOUD_SERVER_ID. ${listed('That server has', seen)}`,
  );
}

class NotThereError extends ExplainedError<'not-there'> {
  override readonly name = 'NotThereError';
  constructor(message: string, whatToDo: string) {
    super('not-there', message, whatToDo);
  }
}

function listed(begin: string, seen: readonly Named[]): string {
  return seen.length === 0 ? `${begin} none.` : `${begin} ${seen.map(({ id, name }) => `${id} (${name})`).join(', ')}.`;
}

async function attempt<T>(work: () => Promise<T>): Promise<Finding<T>> {
  try {
    return { kind: 'found', value: await work() };
  } catch (error) {
    if (!(error instanceof ExplainedError)) throw error;
    return { kind: 'failed', fault: error.fault, why: error.message, whatToDo: error.whatToDo };
  }
}

async function after<T>(first: Finding<unknown>, what: string, work: () => Promise<T>): Promise<Finding<T>> {
  if (first.kind === 'found') return attempt(work);
  return { kind: 'skipped', why: first.kind === 'skipped' ? first.why : `Not asked: first ${what}.` };
}

function modeOf({ input }: FreshObservation) {
  return { mode: input.certificates.mode, names: countNames(input.actual) };
}

function domainsOf({ facts, input }: FreshObservation): Domains {
  const { ownHost } = input;
  return {
    count: facts.count,
    primary: facts.primary?.name,
    networkHost: ownHost && { name: ownHost, isServed: isServed(ownHost, input.actual) },
  };
}

function isServed(name: HostName, actual: readonly ActualDomain[]): boolean {
  const wildcards = new Set(actual.flatMap((domain) => wildcardSuffix(domain) ?? []));
  return new ActualIndex(actual).find(name) !== undefined || isCovered(name, wildcards);
}

/** What a reading is worth depends on what was known before, and on the domains that are owned. */
async function networkFinding(
  read: NetworkRead,
  world: World,
  known: KnownNetwork | undefined,
): Promise<Finding<NetworkLook> | undefined> {
  if (read.kind === 'failed') {
    const { fault, message, whatToDo } = read.error;
    return { kind: 'failed', fault, why: message, whatToDo };
  }
  if (read.kind !== 'read') return undefined;
  const owned = [...(await world.ledger.readAll()).values()].flatMap(({ domain, state }) =>
    state.owned ? [domain] : [],
  );
  return { kind: 'found', value: lookOf(read.reading, desiredFrom(read, world, known, owned).desired) };
}

function clocksOf(ping: Finding<number>, network: NetworkRead): ClockReading[] {
  const readings: ClockReading[] = [];
  if (ping.kind === 'found') readings.push({ whose: 'RunCloud', aheadMs: ping.value });
  if (network.kind === 'read' && network.clockAheadMs !== undefined) {
    readings.push({ whose: 'the network', aheadMs: network.clockAheadMs });
  }
  return readings;
}

/** Asked for the primary domain, which every application has. */
async function handshakeWith({ tls }: World, observed: Finding<FreshObservation>): Promise<Findings['handshake']> {
  if (observed.kind !== 'found') return observed;
  const { input, facts } = observed.value;
  const name = facts.primary?.name ?? input.actual[0]?.name ?? '';
  const { server } = input.certificates;
  if (!server) return { kind: 'skipped', why: 'The address of the server is not known.' };
  return { kind: 'found', value: { address: server.main, name, shown: await tls.shakeHands(server.main, name) } };
}

/** Any name that surely is in DNS does. */
async function askResolvers(
  world: World,
  observed: Finding<FreshObservation>,
  notes: Notes,
): Promise<Findings['resolvers']> {
  const primary = observed.kind === 'found' ? observed.value.facts.primary : notes.facts?.primary;
  const answers = await world.dns.addressesOf(nameInDns(world, primary) ?? 'letsencrypt.org');
  return { asked: answers.length, answered: answers.filter((answer) => answer.kind !== 'could-not-ask').length };
}
