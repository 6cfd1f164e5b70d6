/** The service on one machine: the functions of AWS in one process, with ledger and queue in SQLite. */
import { type AddressInfo, isIPv6 } from 'node:net';
import { queries } from '../functions/query.ts';
import { type ReconcileHandler, reconcileHandler } from '../functions/reconcile.ts';
import { syncHandler } from '../functions/sync.ts';
import { webhookHandler } from '../functions/webhook.ts';
import { connect } from '../lib/connect.ts';
import { answerWithoutLedger } from '../lib/console.ts';
import type { HostName } from '../lib/core/values/host-name.ts';
import { SECOND } from '../lib/core/values/time.ts';
import { recallCustomer } from '../lib/customer.ts';
import type { Dns } from '../lib/dns/dns.ts';
import { publicLinks } from '../lib/intake/customer-links.ts';
import { webhookReceiver } from '../lib/intake/delivery.ts';
import { checkEvent, recheckEvent } from '../lib/intake/event.ts';
import { pageLimits } from '../lib/intake/page-limits.ts';
import { receivePage } from '../lib/intake/receive-page.ts';
import type { Ledger } from '../lib/ledger/ledger.ts';
import { endLease, type SqliteLedger, sqliteLedger } from '../lib/ledger/sqlite.ts';
import type { Startup } from '../lib/loop/dependencies.ts';
import { readPresentApplication } from '../lib/loop/present.ts';
import { networkKnowledge } from '../lib/loop/runs/admit.ts';
import { sender } from '../lib/notify/sender.ts';
import { answerQuery } from '../lib/query.ts';
import type { Settings } from '../lib/settings.ts';
import type { Tls } from '../lib/tls/tls.ts';
import type { Clock } from '../lib/util/clock.ts';
import { ExplainedError } from '../lib/util/explained-error.ts';
import { type Log, messageOf } from '../lib/util/log.ts';
import { batches } from './batch.ts';
import { openStorage, type Storage, type StorageFault } from './database.ts';
import { openDeliveries } from './deliveries.ts';
import { gatherUnmaps } from './gather.ts';
import { watchHealth } from './health.ts';
import { pauseAfter } from './next-run.ts';
import { standingsOf, startNotifier } from './notifier.ts';
import { operatorPage } from './operator.ts';
import { openOutbox } from './outbox.ts';
import { type Pump, RUN_MS, startPump } from './pump.ts';
import { openQueue, type Queue } from './queue.ts';
import { createHttpServer } from './server.ts';

const LOOK_AT_DISK = 'Look whether the disk of DATA_DIR is full or damaged, and read the log.';
const CHECK_EVERY_MS = SECOND / 2;

export type ServiceOptions = {
  readonly settings: Settings;
  /** Folder of ledger and queue. */
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** IP address to listen on; `0.0.0.0` or `::` for every address of this machine. */
  readonly host: string;
  /** From the end of one reconcile to the next (ms), where that one leaves nothing to it. Undefined: only the console reconciles. */
  readonly reconcileEveryMs: number | undefined;
  readonly dns: Dns;
  readonly tls: Tls;
  readonly clock: Clock;
  readonly log: Log;
};

export type Service = {
  /** Such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Ends runs as at their deadline, and closes everything. */
  stop(): Promise<void>;
};

/** Resolves once it listens. @throws if the port is taken, or the folder or its ledger cannot be used */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, clock, log, dns, tls } = options;
  const storage = openStorage(options.dataDir);
  if (storage.noticed) log.warn('The folder of the ledger is not as it was left', storage.noticed);
  const { database } = storage;
  const stored = openLedger(storage);
  const ledger = guardedLedger(stored, storage);
  const queue = guardedQueue(openQueue(database, clock), storage);
  const { receivers } = settings.notify;
  const deliveries = openDeliveries(database, receivers, clock.now());
  const outbox = openOutbox(database, (events) => deliveries.giveUp(events, clock.now()));
  const standings = () => standingsOf(receivers, deliveries, clock.now());
  endLease(database);
  let pump: Pump | undefined;
  const { reconcileEveryMs } = options;
  const health = watchHealth({
    ledger,
    queue,
    pump: () => pump,
    receivers: standings,
    storage,
    clock,
    reconcileEveryMs,
  });
  let ownUrl: string | undefined;
  const deps = connect(settings, {
    ledger,
    dns,
    tls,
    clock,
    log,
    recheck: async (domains, afterMs, hop) => queue.put(recheckEvent(domains, hop), afterMs),
    tell: async (events) => {
      insist(storage);
      outbox.put(events);
    },
    receivers: async () => standings(),
    emitMetrics: (metrics) => log.info('Metrics', metrics),
    reconcileEveryMs,
    processProblems: health.problems,
    deadLetters: queue.deadLetters,
    ownUrl: () => ownUrl,
  });
  const open = async (): Promise<Startup> => ({ kind: 'ready', deps });
  const work = reconcileHandler(open, log);
  const reconcile: ReconcileHandler = async (event, context) => {
    const fault = storage.check();
    return fault ? answerWithoutLedger(event, fault) : work(event, context);
  };
  // Without the network's address no list is read, and there is nothing to share.
  const bus = deps.network ? gatherUnmaps(queue, clock) : queue;
  const recall = async () => networkKnowledge(undefined, await readPresentApplication({ ledger, clock }));
  const pages = {
    open: async () => settings.receiver,
    view: async (domain: HostName) => recallCustomer({ ledger, clock }, domain),
    check: async (domain: HostName) => queue.put(checkEvent(domain)),
    limits: pageLimits(),
    clock,
    log,
  };
  const ask = async (query: unknown) =>
    answerQuery({ ledger, clock, processProblems: health.problems, deadLetters: queue.deadLetters }, query);
  const server = createHttpServer(
    {
      webhook: webhookHandler({
        open: async () => webhookReceiver(settings.receiver, bus, clock, recall),
        clock,
        log,
      }),
      reconcile,
      queries: queries({ open: async () => settings.receiver, ask, clock, log }, async (request) =>
        receivePage(request, pages),
      ),
      operator: operatorPage({ ask, log }),
      health: health.report,
    },
    { clock, log },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.host }, resolve);
  });
  ownUrl = urlOf(options.host, (server.address() as AddressInfo).port);
  const batch = batches({ ledger, stored }, queue, outbox, () => insist(storage), log);
  const openBatch = async (): Promise<Startup> => ({
    kind: 'ready',
    deps: { ...deps, ledger: batch.ledger, recheck: batch.recheck, tell: batch.tell },
  });
  const messages = startPump({ ...queue, end: batch.end }, syncHandler(openBatch, log), { clock, log });
  pump = messages;
  const send = sender(settings.notify, { clock, mrc: '', linkFor: publicLinks(deps.customerLinks) });
  const notifier = startNotifier({ receivers, deliveries, outbox, send, clock, log });
  const schedule = startSchedule(async () => {
    const end = clock.now() + RUN_MS;
    try {
      const ran = await reconcile(
        { action: 'reconcile', by: 'schedule' },
        { getRemainingTimeInMillis: () => end - clock.now() },
      );
      // A refusal has no outcome to show, and says itself what to do. Another run at work is none.
      const hasOutcome = ran.ok || ran['done'] !== undefined;
      health.noteRun(hasOutcome ? undefined : { why: ran.summary, whatToDo: 'Mend what it names.' });
      const { quietUntil } = deps.runcloud.limits;
      return pauseAfter(ran, { now: clock.now(), quietUntil, reconcileEveryMs });
    } catch (error) {
      health.noteRun({ why: messageOf(error), whatToDo: LOOK_AT_DISK });
      throw error;
    }
  }, options);
  const watch = watchStorage(storage, (fault) => {
    log.error('The ledger is lost to this process, so it accepts and changes nothing any more', fault);
    deps.runcloud.stop();
    void pump.stop();
    void schedule.stop();
    void notifier.stop();
  });
  return {
    url: ownUrl,
    stop: async () => {
      clearInterval(watch);
      deps.runcloud.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.all([closed, messages.stop(), schedule.stop(), notifier.stop()]);
      await Promise.all([deps.runcloud.close(), deps.network?.close()]);
      storage.close();
    },
  };
}

/** By which a program on this machine reaches it. */
function urlOf(host: string, port: number): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`;
}

/**
 * Before the queue, which has its messages in the same database: one of a newer version is left as it is.
 * @throws NewerLedgerError
 */
function openLedger(storage: Storage): SqliteLedger {
  try {
    return sqliteLedger(storage.database);
  } catch (error) {
    storage.close();
    throw error;
  }
}

/** Calls `lost` once, within a second. */
function watchStorage(storage: Storage, lost: (fault: StorageFault) => void): NodeJS.Timeout {
  const watch = setInterval(() => {
    const fault = storage.check();
    if (!fault) return;
    clearInterval(watch);
    lost(fault);
  }, CHECK_EVERY_MS);
  return watch;
}

/** @throws StorageLostError before anything is written to files that are not in the folder any more. */
function insist(storage: Storage): void {
  const fault = storage.check();
  if (fault) throw new StorageLostError(fault);
}

class StorageLostError extends ExplainedError<'storage-lost'> {
  override readonly name = 'StorageLostError';

  constructor({ why, whatToDo }: StorageFault) {
    super('storage-lost', why, whatToDo);
  }
}

/** Before each word to the ledger: a run that is at work ends before its next change of RunCloud. */
function guardedLedger(ledger: Ledger, storage: Storage): Ledger {
  return new Proxy(ledger, {
    get: (target, name: keyof Ledger) => {
      const operation = target[name] as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        insist(storage);
        return operation(...given);
      };
    },
  });
}

/** After an event is on disk as well: only then may its sender hear 202. */
function guardedQueue(queue: Queue, storage: Storage): Queue {
  const guarded = async (put: () => Promise<void>): Promise<void> => {
    insist(storage);
    await put();
    insist(storage);
  };
  return {
    ...queue,
    put: async (event, delayMs) => guarded(async () => queue.put(event, delayMs)),
    putUntil: async (event, visibleAt) => guarded(async () => queue.putUntil(event, visibleAt)),
  };
}

/** Works at once, and again after each end, when the pause that `work` returns (ms) is over. */
function startSchedule(
  work: () => Promise<number | undefined>,
  { reconcileEveryMs, log }: Pick<ServiceOptions, 'reconcileEveryMs' | 'log'>,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let stopped = false;
  const run = (): void => {
    running = work()
      .catch((error: unknown) => {
        log.error('The schedule could not reconcile', { why: messageOf(error) });
        return reconcileEveryMs;
      })
      .then((pauseMs) => {
        if (!stopped) timer = setTimeout(run, pauseMs);
      });
  };
  if (reconcileEveryMs !== undefined) run();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
