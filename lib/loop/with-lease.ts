/** Runs work as the only writer. */
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import { type ApplicationState, type LeaseAnswer, LeaseLostError } from '../ledger/ledger.ts';
import { messageOf } from '../util/log.ts';
import type { Dependencies } from './dependencies.ts';
import { LEASE_MS, Lease, pendingUntilExpiry } from './lease.ts';
import { presentApplication, presentPendingAdds } from './present.ts';
import { recallLimits } from './recall-limits.ts';
import { tellNews } from './tell.ts';

export type WithLease<T> =
  | { readonly kind: 'ran'; readonly result: T }
  | { readonly kind: 'busy'; readonly until: string };

/**
 * Runs `work` as the only writer, and gives the lease back. `busy`: another run holds the lease, and nothing was done.
 *
 * `adding` are the domains that `work` may add first. They are in the ledger as pending adds from the start, so that the next run
 * knows of them if this process dies. The pause that RunCloud asked for is passed from run to run here.
 *
 * @throws what `work` throws, after the lease is given back; and what the ledger throws.
 */
export async function withLease<T>(
  deps: Dependencies,
  adding: readonly HostName[],
  work: (lease: Lease) => Promise<T>,
): Promise<WithLease<T>> {
  const { ledger, clock, runcloud, log } = deps;
  const holder = deps.newId();
  const now = clock.now();
  const answer = await ledger.acquire({
    holder,
    now,
    ttlMs: LEASE_MS,
    pendingAdds: pendingUntilExpiry(adding, iso(now), now),
  });
  if (answer.kind === 'busy') return answer;
  const { application, pendingAdds } = await asTheyCount(answer, deps, now);
  const lease = new Lease(deps, holder, adding, pendingAdds, application);
  lease.stageApplication(changedParts(answer.application, application));
  recallLimits(deps, application);
  const quietBefore = runcloud.limits.quietUntil;
  const requestsBefore = runcloud.meter.sent;
  const conclude = (): void => {
    const { block } = runcloud.limits;
    if ((block ?? null) !== (application.block ?? null)) lease.stageApplication({ block: block ?? null });
    if (runcloud.limits.quietUntil > quietBefore)
      lease.stageApplication({ quietUntil: iso(runcloud.limits.quietUntil) });
    log.info('A run ended', { runcloudRequests: runcloud.meter.sent - requestsBefore });
  };
  let result: T;
  try {
    result = await work(lease);
  } catch (error) {
    conclude();
    // The caller must learn what `work` threw, also where the lease cannot be given back.
    const warn = (message: string) => (why: unknown) => log.warn(message, { why: messageOf(why) });
    // What could not be told stays in the ledger. It keeps nobody from giving the lease back.
    await tellNews(deps, lease).catch(warn('What this run has to tell was left to the next one'));
    await lease.abort().catch(warn('The lease was not given back: it runs out by itself'));
    throw error;
  }
  conclude();
  try {
    await tellNews(deps, lease);
    await lease.release();
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    // That run finds the announced adds in the ledger and reads back what became of them.
    log.warn('Another run took the lease before this one recorded its last outcome');
  }
  return { kind: 'ran', result };
}

type Stored = Pick<Extract<LeaseAnswer, { kind: 'acquired' }>, 'application' | 'pendingAdds'>;

/** As they are stored, where this clock is not believed: a true time would be lost for good. */
async function asTheyCount(stored: Stored, { runClock }: Dependencies, now: number): Promise<Stored> {
  const application = presentApplication(stored.application, now);
  const pendingAdds = presentPendingAdds(stored.pendingAdds, now);
  const isAhead = application !== stored.application || pendingAdds !== stored.pendingAdds;
  return isAhead && runClock && !(await runClock.mayCorrect()) ? stored : { application, pendingAdds };
}

/** A part that is left out cannot be saved. It is left out again each time it is read, until another takes its place. */
function changedParts(stored: ApplicationState, present: ApplicationState): ApplicationState {
  const parts = Object.entries(present) as [keyof ApplicationState, unknown][];
  return Object.fromEntries(parts.filter(([name, part]) => part !== stored[name]));
}
