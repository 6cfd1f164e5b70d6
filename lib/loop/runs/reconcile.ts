/**
 * A run over all domains. It finds and mends whatever events missed, so it is the product, and events only make it quick.
 *
 * - Take the lease: only one run writes at a time.
 * - Read the network's whole lists (desired.ts).
 * - Read RunCloud's whole list and the ledger, and probe the domains that are due (observe.ts). RunCloud cannot be read: stop here. A
 *   scheduled run goes by what the ledger remembers of the list, until it is due or something is to be done.
 * - Plan (core/plan/plan.ts), ask the network by name for what its list lacks and would go (plan-confirmed.ts), and stage what the ledger must remember of the network's lists.
 * - Apply the steps one by one (apply.ts). What a step came to is in the ledger before the next one is sent.
 * - With WRITE_BACK, set the network's records of live domains to `done` (mark-done.ts).
 * - Give the lease back, together with the last changes.
 *
 * `applyChecked` and `adopt` are the same run with other steps. `dryRun` ends with the plan and needs no lease.
 */

import { planAdoption, type ToAdopt } from '../../core/plan/adopt.ts';
import { withoutProgress } from '../../core/plan/hold.ts';
import type { PlanInput } from '../../core/plan/input.ts';
import { needsList } from '../../core/plan/needs-list.ts';
import { holdUnproven, type Plan } from '../../core/plan/plan.ts';
import { byName, isProven, isUnproven, type Step, sortSteps } from '../../core/plan/step.ts';
import type { Usage } from '../../core/quota/usage.ts';
import { listReading } from '../../core/report/calls.ts';
import { countStates } from '../../core/report/domain-states.ts';
import { keepHolds } from '../../core/report/kept-holds.ts';
import { countPressing, type NeedsPerson } from '../../core/report/pressing.ts';
import { type Work, workOf } from '../../core/report/progress.ts';
import { countCertificates, statusOf } from '../../core/report/status.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { ApplicationState, SettingsInUse } from '../../ledger/ledger.ts';
import { createReader, type RunCloudReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import { asAbort } from '../abort.ts';
import { applyPlan } from '../apply/apply.ts';
import { type Applied, hasProgress, NOTHING } from '../apply/context.ts';
import { markLiveDomainsDone } from '../apply/mark-done.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { type NetworkRead, readNetwork } from '../observe/desired.ts';
import type { Observation, WholeObservation } from '../observe/observation.ts';
import { observe, observeAll } from '../observe/observe.ts';
import { recallAll } from '../observe/recall-all.ts';
import { stageUpdates } from '../observe/stage.ts';
import { readAllPresent, readPresentApplication } from '../present.ts';
import { recallLimits } from '../recall-limits.ts';
import { withRunClock } from '../run-clock.ts';
import { usageNow } from '../usage.ts';
import { type WithLease, withLease } from '../with-lease.ts';
import { type Planned, planConfirmed } from './plan-confirmed.ts';
import { stageEnd } from './run-end.ts';
import { stageRunNews } from './run-news.ts';

export type RunResult = {
  readonly plan: Plan;
  readonly applied: Applied;
  readonly input: PlanInput;
  /** Of RunCloud's calls, those of this run included. */
  readonly usage: Usage;
  /** What the next run goes on with. */
  readonly work: Work;
};

/**
 * `deadline`: epoch ms. What is left then is the next run's.
 * @throws RunCloudError where RunCloud cannot be read: nothing was changed then.
 */
export async function reconcile(
  deps: Dependencies,
  deadline: number,
  occasion: Occasion = 'asked',
): Promise<WithLease<RunResult>> {
  const ran = await runOverAll(
    deps,
    { deadline, occasion },
    async (observed, options) => {
      const planned = await planConfirmed(deps, observed, options);
      return { ...planned, steps: planned.plan.steps, next: 'write back' };
    },
    ({ done, held, failed, abort }, { caution }, before) => {
      if (abort) return {};
      const needsPerson = countPressing(held, deps.settings.subdomains);
      const lastReconcile = {
        at: iso(deps.clock.now()),
        done: done.length,
        held: held.length,
        failed: failed.length,
        ...(needsPerson && { needsPerson }),
        ...(caution !== undefined && { network: 'doubted' as const }),
      };
      const keptHolds = keepHolds(held, deps.settings.subdomains);
      const isAsBefore = JSON.stringify(keptHolds) === JSON.stringify(before.keptHolds);
      return { lastReconcile, ...(!isAsBefore && { keptHolds }) };
    },
  );
  if (ran.kind === 'ran') {
    const { plan: planned, applied, input, usage } = ran.result;
    const { failed, expiring } = countCertificates(input);
    const isStuck = applied.abort !== undefined && !hasProgress(applied);
    deps.emitMetrics({
      ReconcileSucceeded: isStuck ? 0 : 1,
      HeldByBrake: planned.braked.length + planned.brakedUpdates.length,
      ...(!applied.abort && { NeedsPerson: howMany(countPressing(applied.held, deps.settings.subdomains)) }),
      ...(deps.network && { NetworkRead: planned.caution === undefined ? 1 : 0 }),
      CertificatesFailed: failed,
      CertificatesExpiring: expiring,
      RunCloudCalls: usage.used,
      ...(usage.quota && { QuotaUsedPercent: Math.floor(usage.quota.share * 100) }),
      ...countStates(statusOf(input, planned)),
    });
  }
  return ran;
}

function howMany(needs: NeedsPerson = {}): number {
  return Object.values(needs).reduce((sum, count) => sum + count, 0);
}

export type CheckedResult =
  | { readonly kind: 'applied'; readonly ran: RunResult }
  /** Nothing was done. */
  | { readonly kind: 'differs'; readonly plan: Plan };

/**
 * Applies the plan that an operator approved, with what the brake holds: but only if a plan made now has the same checksum.
 * @throws RunCloudError as `reconcile` does.
 */
export async function applyChecked(
  deps: Dependencies,
  checksum: string,
  deadline: number,
): Promise<WithLease<CheckedResult>> {
  const ran = await runOverAll(deps, { deadline, occasion: 'asked' }, async (observed, options) => {
    const shown = await planConfirmed(deps, observed, options);
    if (shown.plan.checksum !== checksum) return { ...shown, steps: [], next: 'nothing' };
    const { plan: planned, observation } = await planConfirmed(deps, shown.observation, options, 'braked');
    if (planned.checksum !== checksum) return { plan: planned, observation, steps: [], next: 'nothing' };
    const released = new Set<string>([...planned.braked, ...planned.brakedUpdates].map(({ domain }) => domain));
    const holds = [
      ...planned.holds.filter((hold) => !released.has(hold.domain)),
      ...planned.braked.filter(isUnproven).map(holdUnproven),
    ].sort(byName);
    const steps = sortSteps([...planned.steps, ...planned.brakedUpdates, ...planned.braked.filter(isProven)]);
    return { plan: { ...planned, holds }, observation, steps, next: 'write back' };
  });
  if (ran.kind === 'busy') return ran;
  const { result } = ran;
  const isSame = result.plan.checksum === checksum;
  return { kind: 'ran', result: isSame ? { kind: 'applied', ran: result } : { kind: 'differs', plan: result.plan } };
}

/**
 * Writes to the ledger alone.
 * @throws RunCloudError as `reconcile` does.
 */
export async function adopt(deps: Dependencies, named: ToAdopt, deadline: number): Promise<WithLease<RunResult>> {
  return runOverAll(
    deps,
    { deadline, occasion: 'asked' },
    async (observation) => {
      const planned = adoptionOf(named, observation.input);
      return { plan: planned, observation, steps: planned.steps, next: 'nothing' };
    },
    // Whoever adopts mostly changes more by hand.
    ({ done }) => (done.length > 0 ? { listDifferedAt: iso(deps.clock.now()) } : {}),
  );
}

/** "all" means what is mapped. While the network cannot be read nobody knows: it may have contradicted the events. */
export function adoptionOf(named: ToAdopt, input: PlanInput): Plan {
  return planAdoption(named === 'all' && input.desired.from === 'nowhere' ? [] : named, input);
}

export type Shown = Planned<Observation> & { readonly application: ApplicationState };

/**
 * The plan that `reconcile` would make now. Writes neither to RunCloud nor to the ledger.
 * @throws RunCloudError where RunCloud cannot be read.
 */
export async function dryRun(dependencies: Dependencies, deadline: number): Promise<Shown> {
  const deps = withRunClock(withRunDns(dependencies), deadline);
  const application = await readPresentApplication(deps);
  recallLimits(deps, application);
  const network = await readNetwork(deps, { deadline });
  const reader = createReader(deps.runcloud, { deadline });
  const remembered = { pendingAdds: [], application, recordsBefore: (await readAllPresent(deps)).records };
  const observation = await observe(deps, reader, network, remembered, { scope: 'all', options: { deadline } });
  return { ...(await planConfirmed(deps, observation, { deadline })), application };
}

function settingsInUse(deps: Dependencies): SettingsInUse {
  const { settings: plan, network, serverAddresses, eventsFrom = null, reconcileEveryMs = null, quota } = deps;
  return { plan, networkHost: network?.host ?? null, serverAddresses, eventsFrom, reconcileEveryMs, quota };
}

/** `scheduled`: nobody asks, so RunCloud's list is read only where it is due, or where something is to be done. */
export type Occasion = 'asked' | 'scheduled';

/** @throws RunCloudError where RunCloud's list is needed and cannot be proven whole. */
async function observeFor(
  occasion: Occasion,
  deps: Dependencies,
  reader: RunCloudReader,
  network: NetworkRead,
  lease: Lease,
  deadline: number,
): Promise<WholeObservation> {
  if (occasion === 'scheduled' && !isListDue(deps, lease)) {
    const recalled = await recallAll(deps, network, lease, deadline);
    if (recalled) {
      // The network is asked by name first: it costs RunCloud nothing, and without its answer nothing is removed.
      const { plan: planned, observation } = await planConfirmed(deps, recalled, lease.requestOptions(deadline));
      if (!needsList(planned, deps.settings.policy)) return observation;
    }
    // The list is compared with what the ledger has.
    await lease.commit();
  }
  return observeAll(deps, reader, network, lease, { scope: 'all', deadline });
}

/** By what is remembered all may look well while RunCloud refuses every call. */
function whileBlocked({ runcloud }: Dependencies, { from }: Observation, applied: Applied): Applied {
  const error = runcloud.limits.blockError;
  return from === 'remembered' && error && !applied.abort ? { ...applied, abort: asAbort(error) } : applied;
}

/** Also where only the list shows what became of an add, or how far a run got that ended early. */
function isListDue(deps: Dependencies, { application, pendingAdds }: Lease): boolean {
  const { snapshot, removals, abort, listDifferedAt } = application;
  const now = deps.clock.now();
  const reading = listReading(snapshot, listDifferedAt, usageNow(deps, application), now);
  if (reading === undefined || !removals || pendingAdds.length > 0) return true;
  return now >= epoch(reading.nextAt) || (reading.mood !== 'spent' && Boolean(abort));
}

type Chosen = Planned<Observation> & {
  /** Of the plan, those that are to be done. */
  readonly steps: readonly Step[];
  readonly next: 'write back' | 'nothing';
};

async function runOverAll(
  dependencies: Dependencies,
  { deadline, occasion }: { readonly deadline: number; readonly occasion: Occasion },
  choose: (observed: Observation, options: RequestOptions) => Promise<Chosen>,
  changesAfter: (applied: Applied, plan: Plan, before: ApplicationState) => ApplicationState = () => ({}),
): Promise<WithLease<RunResult>> {
  const deps = withRunClock(withRunDns(dependencies), deadline);
  return withLease(deps, [], async (lease) => {
    const options = lease.requestOptions(deadline);
    const reader = createReader(deps.runcloud, options);
    const startedAt = deps.clock.now();
    lease.stageBesides({ settingsInUse: settingsInUse(deps) });
    try {
      const network = await readNetwork(deps, options);
      const observed = await observeFor(occasion, deps, reader, network, lease, deadline);
      const chosen = await choose(observed, options);
      const { observation } = chosen;
      const updated = stageUpdates(lease, chosen.plan.updates, observation);
      const ran = whileBlocked(
        deps,
        observation,
        await applyPlan(deps, chosen.steps, updated, reader, lease, deadline),
      );
      const left = hasProgress(ran) ? ran.held : ran.held.map(withoutProgress);
      const applied = { ...ran, held: [...chosen.plan.holds, ...left] };
      stageEnd(deps, lease, applied, { startedAt, next: chosen.next });
      const changes = changesAfter(applied, chosen.plan, lease.application);
      lease.stageApplication(changes);
      if (changes.lastReconcile) stageRunNews(deps, lease, chosen.plan);
      if (chosen.next === 'write back' && !applied.abort) {
        const changed = new Set([...chosen.steps, ...chosen.plan.updates].map(({ domain }) => domain));
        await markLiveDomainsDone(deps, { network, observation, changed }, lease, deadline);
      }
      const usage = usageNow(deps, lease.application);
      const work = workOf(lease.application, undefined, deps.clock.now());
      return { plan: chosen.plan, applied, input: observation.input, usage, work };
    } catch (error) {
      if (error instanceof RunCloudError)
        stageEnd(deps, lease, { ...NOTHING, abort: asAbort(error) }, { startedAt, next: 'nothing' });
      throw error;
    }
  });
}
