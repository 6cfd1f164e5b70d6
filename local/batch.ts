/**
 * What a batch of messages writes last goes to disk in one transaction: the outcomes of its run with the end of the lease, the rechecks that
 * the run asks for, the events that it tells, and the end of its messages. Until then the messages are in the queue, so a process that dies before delivers them
 * again, and finds its lease and its pending adds in the ledger.
 */
import type { OutgoingEvent } from '../lib/core/report/outgoing.ts';
import { recheckEvent } from '../lib/intake/event.ts';
import { LeaseLostError, type Ledger } from '../lib/ledger/ledger.ts';
import type { SqliteLedger } from '../lib/ledger/sqlite.ts';
import type { Dependencies } from '../lib/loop/dependencies.ts';
import type { Log } from '../lib/util/log.ts';
import type { LocalOutbox } from './outbox.ts';
import type { Queue, Sent } from './queue.ts';

export type Batches = {
  /** For the runs of batches alone: what another run gives back would wait for the end of the next batch. */
  readonly ledger: Ledger;
  readonly recheck: Dependencies['recheck'];
  readonly tell: Dependencies['tell'];
  readonly end: Queue['end'];
};

/** `insist` throws where the files of the ledger are not those in the folder any more. */
export function batches(
  { ledger, stored }: { readonly ledger: Ledger; readonly stored: SqliteLedger },
  queue: Pick<Queue, 'end'>,
  outbox: Pick<LocalOutbox, 'put'>,
  insist: () => void,
  log: Log,
): Batches {
  let release: Parameters<Ledger['release']> | undefined;
  let sent: Sent[] = [];
  let told: OutgoingEvent[] = [];
  /** As where a run gives its lease back itself: what another run took over is that one's to record. */
  const orLost = (error: unknown): void => {
    if (!(error instanceof LeaseLostError)) throw error;
    log.warn('Another run took the lease before this one recorded its last outcome');
  };
  return {
    ledger: {
      ...ledger,
      // A batch with events and rechecks has two runs.
      acquire: async (request) => {
        if (told.length > 0) outbox.put(told);
        told = [];
        if (release) await ledger.release(...release).catch(orLost);
        release = undefined;
        return ledger.acquire(request);
      },
      release: async (...parameters) => {
        release = parameters;
      },
    },
    recheck: async (domains, afterMs, hop) => {
      sent.push({ event: recheckEvent(domains, hop), delayMs: afterMs });
    },
    tell: async (events) => {
      told.push(...events);
    },
    end: (batch) => {
      queue.end({
        ...batch,
        sent,
        alongside: () => {
          insist();
          if (told.length > 0) outbox.put(told);
          if (!release) return;
          try {
            stored.releaseWithin(...release);
          } catch (error) {
            orLost(error);
          }
        },
      });
      release = undefined;
      sent = [];
      told = [];
    },
  };
}
