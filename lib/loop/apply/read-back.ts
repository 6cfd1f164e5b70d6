/** What RunCloud's answers prove: whether a step was carried out, and whose an object is. */
import { isOutcomeOf } from '../../core/domain/pending-adds.ts';
import { type DomainState, isOurs } from '../../core/domain/record.ts';
import type { ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import type { DomainStep } from '../../core/plan/step.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { ApplyContext, UnclearAttempt } from './context.ts';

export class ReadBack {
  readonly #context: Pick<ApplyContext, 'reader' | 'lease' | 'observation'>;

  constructor(context: Pick<ApplyContext, 'reader' | 'lease' | 'observation'>) {
    this.#context = context;
  }

  /**
   * RunCloud may answer an add of a name that is there with the old object. So the object is new, and ours, only if its id is above
   * every id in the last whole list.
   */
  addedOrFound(domain: HostName, answered: ActualDomain): Outcome {
    const { lease, observation } = this.#context;
    if (answered.id <= observation.snapshot.highestId) return this.#oursOrFound(domain, answered);
    lease.resolvePending((pending) => pending.domain === domain);
    return { kind: 'added', domain: answered };
  }

  /**
   * What became of a step whose attempt is unclear. Undefined: it was not carried out, or nothing proves what became of it.
   *
   * `index` is a whole list that was read after the attempt. It proves that RunCloud answers, and finds a domain by its name. Whether an
   * object still exists is asked by its id, because a list may be late.
   *
   * @throws RunCloudError
   */
  async judge(step: DomainStep, { kind, says }: UnclearAttempt, index: ActualIndex): Promise<Outcome | undefined> {
    const { lease, observation, reader } = this.#context;
    const listed = index.find(step.domain);
    if (step.action === 'add') {
      const state = observation.input.ledger.get(step.domain)?.state ?? {};
      const found = isBeside(state)
        ? (foundBeside(state, [listed, index.apart(step.domain)]) ?? (await this.#ownObject(state)))
        : (listed ?? (await this.#ownObject(state)));
      if (found) return this.#oursOrFound(step.domain, found);
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
    // The list shows the object and its own address does not: that proves nothing.
    if (!actual && listed?.id === step.target.id) return undefined;
    // Somebody has made a new object of this name. It is not ours, so it stays.
    if (!actual && listed && listed.id !== step.target.id) return { kind: 'found', domain: listed };
    // The brake counts a removal only where a request of ours may have done it.
    if (!actual) return kind === 'lost' ? { kind: 'removed', id: step.target.id } : { kind: 'forgotten' };
    if (kind === 'lost') return undefined;
    return {
      kind: 'failed',
      why: `RunCloud refused to remove it (${says}).`,
      whatToDo: 'Check in RunCloud what keeps it there. Remove it by hand if it is to go.',
      retry: 'daily',
    };
  }

  /** A list may be late, so the object of ours that it does not show is asked for by its id. */
  async #ownObject({ owned, ownedWww, seen }: DomainState): Promise<ActualDomain | undefined> {
    const hidden = [owned, ownedWww].find((each) => each !== undefined && each.id !== seen?.id);
    return hidden && this.#context.reader.getDomain(hidden.id);
  }

  /** An object that is there already is ours if the ledger has its id, or if a pending add of ours made it. */
  #oursOrFound(domain: HostName, found: ActualDomain): Outcome {
    const { lease, observation } = this.#context;
    const pendingAdds = lease.pendingAddsOf(domain);
    lease.resolvePending((pending) => pending.domain === domain);
    const isOwned = isOurs(observation.input.ledger.get(domain)?.state ?? {}, found);
    return { kind: isOwned || isOutcomeOf(pendingAdds, found) ? 'added' : 'found', domain: found };
  }
}

/** Whether the add was for the other form of the name: an object of ours is there already. */
function isBeside(state: DomainState): boolean {
  return state.seen !== undefined && isOurs(state, state.seen);
}

/** The object that was to be added beside one that is ours: of the two names' objects the one that the ledger does not know yet. */
function foundBeside(state: DomainState, objects: readonly (ActualDomain | undefined)[]): ActualDomain | undefined {
  return objects.find((each) => each !== undefined && !isOurs(state, each));
}
