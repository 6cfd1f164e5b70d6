/** The loop for all domains, which makes good whatever events missed; and what an operator asks of all of them at once. */

import { removalCounterOf } from '../../core/domain/removal-count.ts';
import { planAdoption, type ToAdopt } from '../../core/plan/adopt.ts';
import type { PlanInput } from '../../core/plan/input.ts';
import { type Plan, plan } from '../../core/plan/plan.ts';
import type { Step } from '../../core/plan/step.ts';
import { countCertificates } from '../../core/report/status.ts';
import { epoch, iso } from '../../core/values/time.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asAbort, stageAbort } from '../abort.ts';
import { applyPlan } from '../apply/apply.ts';
import type { Applied } from '../apply/context.ts';
import { markLiveDomainsDone } from '../apply/mark-done.ts';
import { stageUpdates } from '../apply/record-outcome.ts';
import type { Dependencies } from '../dependencies.ts';
import { type WithLease, withLease } from '../lease.ts';
import { withRunDns } from '../observe/cached-dns.ts';
import { type NetworkRead, readNetwork } from '../observe/desired.ts';
import {
  leasedReader,
  NO_SNAPSHOT,
  type Observation,
  observe,
  observeAll,
  recallObservation,
  requestsOf,
} from '../observe/observe.ts';
import { rememberedServerInfo } from '../observe/probe.ts';

export type RunResult = { readonly plan: Plan; readonly applied: Applied; readonly input: PlanInput };

/**
 * Takes the moment (ms) to end by. Looks at everything, mends what differs and returns what came of it, or that another
 * run is at work. Throws RunCloudError where RunCloud could not be asked: then nothing was changed.
 */
export async function reconcile(deps: Dependencies, deadline: number): Promise<WithLease<RunResult>> {
  const ran = await runOverAll(
    deps,
    deadline,
    (observation) => {
      const made = plan(observation.input);
      return { plan: made, steps: made.steps, next: 'write back' };
    },
    ({ done, held, failed, abort }) => {
      const at = iso(deps.clock.now());
      return abort ? {} : { lastReconcile: { at, done: done.length, held: held.length, failed: failed.length } };
    },
  );
  if (ran.kind === 'ran') {
    const { plan: made, applied, input } = ran.result;
    const { failed, expiring } = countCertificates(input);
    deps.emitMetrics({
      ReconcileSucceeded: applied.abort ? 0 : 1,
      HeldByBrake: made.braked.length,
      ...(deps.network && { NetworkRead: made.caution === undefined ? 1 : 0 }),
      CertificatesFailed: failed,
      CertificatesExpiring: expiring,
    });
  }
  return ran;
}

export type Checked =
  | { readonly kind: 'applied'; readonly ran: RunResult }
  | { readonly kind: 'differs'; readonly plan: Plan };

/**
 * Takes the checksum of a plan somebody looked through. Does that plan, with the removals its brake holds, if it is still
 * what the planner says; does nothing otherwise and returns the plan as it is now.
 */
export async function applyChecked(
  deps: Dependencies,
  checksum: string,
  deadline: number,
): Promise<WithLease<Checked>> {
  const ran = await runOverAll(deps, deadline, (observation) => {
    const made = plan(observation.input);
    const approved = made.checksum === checksum ? [...made.steps, ...made.braked] : [];
    const braked = new Set(made.braked.map((step) => step.domain as string));
    const lifted = approved.length > 0 ? made.holds.filter((hold) => !braked.has(hold.domain)) : made.holds;
    const next = made.checksum === checksum ? 'write back' : 'nothing';
    return { plan: { ...made, holds: lifted }, steps: approved, next };
  });
  if (ran.kind === 'busy') return ran;
  const same = ran.result.plan.checksum === checksum;
  const result: Checked = same ? { kind: 'applied', ran: ran.result } : { kind: 'differs', plan: ran.result.plan };
  return { kind: 'ran', result };
}

/** Takes what an operator wants adopted; writes nothing but the ledger. */
export async function adopt(deps: Dependencies, wanted: ToAdopt, deadline: number): Promise<WithLease<RunResult>> {
  return runOverAll(deps, deadline, ({ input }) => {
    // What is mapped is what the network says; events that it may have contradicted do not stand in for it.
    const isUnknown = wanted === 'all' && input.desired.from === 'nowhere';
    const made = planAdoption(isUnknown ? [] : wanted, input);
    return { plan: made, steps: made.steps, next: 'nothing' };
  });
}

/** What of a plan is to be done, and whether the network is told afterwards which domains are live. */
type Chosen = { readonly plan: Plan; readonly steps: readonly Step[]; readonly next: 'write back' | 'nothing' };

async function runOverAll(
  given: Dependencies,
  deadline: number,
  choose: (observation: Observation) => Chosen,
  noteOf: (applied: Applied) => ApplicationState = () => ({}),
): Promise<WithLease<RunResult>> {
  const deps = withRunDns(given);
  return withLease(deps, [], async (lease) => {
    const reader = leasedReader(lease, deps, deadline);
    try {
      const network = await readNetwork(deps, lease.requestOptions(deadline));
      const observation = await observeAll(deps, reader, network, lease, { scope: 'all', deadline });
      const chosen = choose(observation);
      const marked = stageUpdates(lease, chosen.plan, observation);
      const applied = await applyPlan(deps, chosen.steps, marked, reader, lease, deadline);
      const all = { ...applied, held: [...chosen.plan.holds, ...applied.held] };
      stageAbort(deps, lease, applied.abort, 'all');
      lease.stageNotes(noteOf(all));
      if (chosen.next === 'write back' && !applied.abort) {
        const changed = new Set([...chosen.steps, ...chosen.plan.updates].map(({ domain }) => domain));
        await markLiveDomainsDone(deps, { network, observation, changed }, lease, deadline);
      }
      return { plan: chosen.plan, applied: all, input: observation.input };
    } catch (error) {
      if (error instanceof RunCloudError) stageAbort(deps, lease, asAbort(error), 'all');
      throw error;
    }
  });
}

/** Returns what `reconcile` would do now. Writes neither RunCloud nor the ledger, and needs no lease. Throws RunCloudError. */
export async function dryRun(
  given: Dependencies,
  deadline: number,
): Promise<{ plan: Plan; observation: Observation; application: ApplicationState }> {
  const deps = withRunDns(given);
  const application = await deps.ledger.readApplication();
  if (application.quietUntil) deps.runcloud.keepQuietUntil(epoch(application.quietUntil));
  const network = await readNetwork(deps, { deadline });
  const reader = createReader(deps.runcloud, { deadline });
  const scope = { scope: 'all', options: { deadline } } as const;
  const observation = await observe(deps, reader, network, { pendingAdds: [], application }, scope);
  return { plan: plan(observation.input), observation, application };
}

/** Returns the same as far as the ledger remembers it, for when RunCloud cannot be asked. Asks nobody else. */
export async function planFromLedger(
  deps: Dependencies,
): Promise<{ plan: Plan; observation: Observation; application: ApplicationState }> {
  const application = await deps.ledger.readApplication();
  const records = await deps.ledger.readAll();
  const removals = application.removals ?? removalCounterOf(records.values(), deps.clock.now());
  const shared = application.sharedCertificate ?? undefined;
  const certificates = { ...rememberedServerInfo(application), shared, requests: requestsOf(records, shared) };
  const memory = {
    snapshot: application.snapshot ?? NO_SNAPSHOT,
    removals,
    network: application.network,
    certificates,
  };
  const network: NetworkRead = deps.network ? { kind: 'unasked' } : { kind: 'none' };
  const observation = recallObservation(deps, records, memory, network);
  return { plan: plan(observation.input), observation, application };
}
