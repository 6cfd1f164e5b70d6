/**
 * A whole world for one test: the real loop and the real clients, with stand-ins in memory and a clock that costs no time. It holds
 * nothing open, so there is nothing to close.
 */
import { type Answer, answer } from '../../lib/console.ts';
import type { WebhookSetup } from '../../lib/core/doctor/findings.ts';
import type { MappingEvent, MappingRequest } from '../../lib/core/domain/mapping-request.ts';
import type { PlanSettings } from '../../lib/core/plan/input.ts';
import type { QuotaSettings } from '../../lib/core/quota/usage.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { ReceiverStanding } from '../../lib/core/report/receivers.ts';
import { type HostName, parseMapping } from '../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../lib/core/values/network-name.ts';
import { HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import type { Dependencies, Metrics, Startup } from '../../lib/loop/dependencies.ts';
import { syncDomains, syncEvents } from '../../lib/loop/runs/sync.ts';
import { NetworkApi } from '../../lib/multisite/api.ts';
import { RunCloudApi } from '../../lib/runcloud/api.ts';
import type { Clock } from '../../lib/util/clock.ts';
import { jsonLog, type Log } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import type { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { type SimulatedClock, simulatedClock } from './clock.ts';
import { certified, pointing } from './well.ts';

export const TOKEN = 'MARKED-API-TOKEN';
export const RUN = 5 * MINUTE;

export type TestWorld = Dependencies & {
  readonly clock: SimulatedClock;
  readonly standIn: StandInRunCloud;
  readonly standInDns: StandInDns;
  readonly standInTls: StandInTls;
  readonly authority: StandInAuthority;
  readonly logged: string[];
  readonly measured: Metrics[];
  /** What a run asked to be rechecked. `at`: epoch ms. */
  readonly rechecks: { domains: readonly HostName[]; at: number; hop: number }[];
  /** What was told, in this order. */
  readonly told: OutgoingEvent[];
  ask(request: unknown): Promise<Answer>;
  /** Sends events through `sync`, as the queue does. */
  deliver(...events: MappingEvent[]): ReturnType<typeof syncEvents>;
  /** Moves the clock to each recheck and runs it, until none is left. */
  workOff(): Promise<void>;
};

export type WorldOptions = {
  readonly settings?: Partial<PlanSettings>;
  readonly runcloud?: Partial<Omit<StandInOptions, 'clock' | 'authorization'>>;
  readonly dns?: ReadonlyMap<string, readonly string[]>;
  /** `well`: every domain points to the server and shows its certificate. `stand-ins`: as those for DNS and TLS say. */
  readonly probes?: 'well' | 'stand-ins';
  readonly ledger?: Ledger;
  readonly clock?: SimulatedClock;
  /** Of another world, where both share one RunCloud. */
  readonly standIn?: StandInRunCloud;
  readonly webhook?: Partial<WebhookSetup>;
  /** Without it events are all that is known of the network. */
  readonly network?: StandInMultisite;
  readonly quota?: Partial<QuotaSettings>;
  readonly serverAddresses?: readonly string[];
  readonly writeBack?: boolean;
  readonly eventsFrom?: NetworkName;
  readonly reconcileEveryMs?: number;
  readonly receivers?: readonly ReceiverStanding[];
  readonly customerLinks?: Dependencies['customerLinks'];
};

export const SETTINGS: PlanSettings = {
  policy: 'sync',
  protectedDomains: [],
  www: 'auto',
  subdomains: 'create',
  graceMs: HOUR,
  // Out of the way of tests that are about something else.
  brake: { count: 1_000_000, percent: 100 },
};

export async function createWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const clock = options.clock ?? simulatedClock();
  const standInDns = options.standIn?.ssl.options.authority?.options.dns ?? new StandInDns();
  for (const [name, addresses] of options.dns ?? []) standInDns.point(name, ...addresses);
  const authority =
    options.standIn?.ssl.options.authority ??
    new StandInAuthority({ clock, dns: standInDns, addresses: [StandInRunCloud.address] });
  const standIn =
    options.standIn ??
    new StandInRunCloud({
      clock,
      authorization: `Bearer ${TOKEN}`,
      ...options.runcloud,
      ssl: { authority, ...options.runcloud?.ssl },
    });
  const logged: string[] = [];
  const log = jsonLog(clock, (line) => logged.push(line));
  const api = new RunCloudApi(
    {
      baseUrl: new URL(standIn.basePath, 'http://127.0.0.1'),
      credentials: { kind: 'bearer', token: new Secret(TOKEN) },
      serverId: StandInRunCloud.serverId,
      appId: StandInRunCloud.appId,
    },
    { clock, log, dispatcher: standIn.dispatcher() },
  );
  if (options.network) options.network.clock = clock;
  const network = options.network && connectNetwork(options.network, clock, log);
  const standInTls = new StandInTls(standIn);
  const measured: Metrics[] = [];
  const rechecks: TestWorld['rechecks'] = [];
  const told: OutgoingEvent[] = [];
  const world: TestWorld = {
    settings: { ...SETTINGS, ...options.settings },
    runcloud: api,
    network,
    eventsFrom: options.eventsFrom,
    quota: { billingDay: 1, ...options.quota },
    serverAddresses: options.serverAddresses ?? [],
    writeBack: options.writeBack ?? false,
    settingWarnings: [],
    customerLinks: options.customerLinks ?? (() => ({ kind: 'no-address' })),
    webhook: { keys: 1, isGuessable: false, plugin: 'closed', ...options.webhook },
    ledger: options.ledger ?? memoryLedger(),
    dns: options.probes === 'stand-ins' ? standInDns : pointing(standInDns),
    tls: options.probes === 'stand-ins' ? standInTls : certified(clock),
    standInDns,
    authority,
    standInTls,
    clock,
    log,
    recheck: async (domains, afterMs, hop) => {
      rechecks.push({ domains, at: clock.now() + afterMs, hop });
    },
    tell: async (events) => {
      told.push(...events);
    },
    receivers: async () => options.receivers ?? [],
    emitMetrics: (metrics) => measured.push(metrics),
    reconcileEveryMs: options.reconcileEveryMs,
    newId: () => `run-${ids++}`,
    standIn,
    logged,
    measured,
    rechecks,
    told,
    ask: async (request) => answer(world, request, clock.now() + RUN),
    deliver: async (...events) => syncEvents(world, events, clock.now() + RUN),
    workOff: async () => {
      for (let turn = 0; turn < 200; turn++) {
        rechecks.sort((a, b) => a.at - b.at);
        const due = rechecks.shift();
        if (!due) return;
        clock.advance(Math.max(0, due.at - clock.now()));
        const hops = new Map(due.domains.map((domain) => [domain, due.hop]));
        await syncDomains(world, hops, clock.now() + RUN);
      }
      throw new Error('rechecks do not come to an end');
    },
  };
  return world;
}

function connectNetwork(standIn: StandInMultisite, clock: Clock, log: Log): NetworkApi {
  const { key, secret } = standIn.options;
  const settings = { url: new URL('http://127.0.0.1'), key: new Secret(key), secret: new Secret(secret) };
  return new NetworkApi(settings, { clock, log, newId: () => `asked-${ids++}`, dispatcher: standIn.dispatcher() });
}

/** As the functions get it. */
export function startup(world: Dependencies): () => Promise<Startup> {
  return async () => ({ kind: 'ready', deps: world });
}

let events = 0;
let ids = 0;

/** A signed event that the name was mapped now. */
export function mapped(name: string, clock: Clock): MappingEvent {
  return event(name, clock, 'mapped');
}

/** A signed event that the name was unmapped now. */
export function unmapped(name: string, clock: Clock): MappingEvent {
  return event(name, clock, 'unmapped');
}

function event(name: string, clock: Clock, kind: MappingRequest['kind']): MappingEvent {
  const parsed = parseMapping(name);
  if (!parsed.ok) throw new Error(parsed.why);
  const origin = { eventId: `event-${events++}`, occurredAt: iso(clock.now()), trust: 'signed' } as const;
  const request: MappingRequest =
    kind === 'mapped' ? { ...origin, kind, namedAs: parsed.namedAs } : { ...origin, kind };
  return { domain: parsed.domain, request };
}

/** `shop-0000.example` and so on. */
export function shops(count: number, prefix = 'shop'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}.example`);
}
