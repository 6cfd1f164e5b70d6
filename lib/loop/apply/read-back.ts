/** What RunCloud's answers prove: whether a step was carried out, and whose an object is that stands there. */
import { isOutcomeOf } from '../../core/domain/pending-adds.ts';
import { isOurs } from '../../core/domain/record.ts';
import type { ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import type { DomainStep } from '../../core/plan/step.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { ApplyContext, UnclearAttempt } from './context.ts';

/** Weighs the answers of one run. */
export class ReadBack {
  readonly #context: Pick<ApplyContext, 'reader' | 'lease' | 'observation'>;

  constructor(context: Pick<ApplyContext, 'reader' | 'lease' | 'observation'>) {
    this.#context = context;
  }

  /**
   * Whose the object is that an add was answered with. An API may answer an add of what exists with the old object: it is ours only
   * where its id is above all in the last whole list.
   */
  addedOrFound(domain: HostName, made: ActualDomain): Outcome {
    const { lease, observation } = this.#context;
    if (made.id <= observation.snapshot.highestId) return this.#foundOrOurs(domain, made);
    lease.resolvePending((pending) => pending.domain === domain);
    return { kind: 'added', domain: made };
  }

  /**
   * Takes a doubtful step and a list that was read after it; returns what came of the step, or undefined where it was not
   * carried out. The list proves that the application answers; what became of one object is asked by its id, because a
   * list may be late. Throws RunCloudError.
   */
  async judge(step: DomainStep, { kind, says }: UnclearAttempt, index: ActualIndex): Promise<Outcome | undefined> {
    const { lease, observation, reader } = this.#context;
    const listed = index.find(step.domain);
    if (step.action === 'add') {
      const owned = observation.input.ledger.get(step.domain)?.state.owned;
      const found = listed ?? (owned && (await reader.getDomain(owned.id)));
      if (found) return this.#foundOrOurs(step.domain, found);
      if (kind === 'lost') return undefined;
      return {
        kind: 'failed',
        why: `RunCloud refused to add it (${says}), and it is not among the domains of this web application.`,
        whatToDo: 'If it belongs to another application or workspace in RunCloud, remove it there first.',
        retry: lease.pendingAddsOf(step.domain).length > 0 ? 'soon' : 'daily',
      };
    }
    const actual = await reader.getDomain(step.target.id);
    if (step.action === 'update') {
      const { www, redirection } = step;
      if (!actual) return { kind: 'vanished' };
      if (actual.www === www && actual.redirection === redirection)
        return { kind: 'updated', serving: { www, redirection } };
      if (kind === 'lost') return undefined;
      return {
        kind: 'failed',
        why: `RunCloud refused to change www and redirection (${says}).`,
        whatToDo: 'API v2 may not offer this change: make it in RunCloud by hand, or use a v3 token.',
        retry: 'daily',
      };
    }
    // The list and the object itself contradict each other: nothing is concluded from that.
    if (!actual && listed?.id === step.target.id) return undefined;
    // Somebody made a new object of this name meanwhile: not ours, so it stays.
    if (!actual && listed && listed.id !== step.target.id) return { kind: 'found', domain: listed };
    // It counts as removed by this service only where a request of ours may have done it.
    if (!actual) return { kind: kind === 'lost' ? 'removed' : 'forgotten' };
    if (kind === 'lost') return undefined;
    return {
      kind: 'failed',
      why: `RunCloud refused to remove it (${says}).`,
      whatToDo: 'Look in RunCloud what keeps it there; remove it by hand if it is to go.',
      retry: 'daily',
    };
  }

  /** An object that is there already: ours if we own it, or if it is the outcome of an add of ours that was never answered. */
  #foundOrOurs(domain: HostName, found: ActualDomain): Outcome {
    const { lease, observation } = this.#context;
    const pendingAdds = lease.pendingAddsOf(domain);
    lease.resolvePending((pending) => pending.domain === domain);
    const isKnown = isOurs(observation.input.ledger.get(domain)?.state ?? {}, found);
    return { kind: isKnown || isOutcomeOf(pendingAdds, found) ? 'added' : 'found', domain: found };
  }
}
