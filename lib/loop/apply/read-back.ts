/** What RunCloud's answers prove: whether a step was carried out, and whose an object is. */
import { isOurs } from '../../core/domain/ownership.ts';
import { isOfName, isOutcomeOf } from '../../core/domain/pending-adds.ts';
import type { DomainState } from '../../core/domain/record.ts';
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
    lease.addAnswered(domain, answered.name);
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
    const objects = [index.find(step.domain), index.apart(step.domain)].filter((each) => each !== undefined);
    if (step.action === 'add') {
      const state = observation.input.ledger.get(step.domain)?.state ?? {};
      const pendingAdds = lease.pendingAddsOf(step.domain);
      // What was there when the add was planned beside it, is not what the add was for.
      const sought = objects.filter(({ id }) => id !== state.seen?.id);
      const found =
        sought.find((each) => isOutcomeOf(pendingAdds, each)) ?? sought[0] ?? (await this.#ownObject(state, objects));
      if (found) return this.#oursOrFound(step.domain, found);
      if (kind === 'lost') return undefined;
      return {
        kind: 'failed',
        why: `RunCloud refused to add it (${says}), and it is not among the domains of this web application.`,
        whatToDo: 'If it belongs to another application or workspace in RunCloud, remove it there first.',
        retry: pendingAdds.length > 0 ? 'soon' : 'daily',
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
    const listed = objects.find(({ name }) => name === step.target.name);
    // The list shows the object and its own address does not: that proves nothing.
    if (!actual && listed?.id === step.target.id) return undefined;
    // Somebody has made a new object of this name. It is not ours, so it stays.
    if (!actual && listed) return { kind: 'found', domain: listed };
    // The brake counts a removal only where a request of ours may have done it.
    if (!actual) return { kind: kind === 'lost' ? 'removed' : 'forgotten', id: step.target.id };
    if (kind === 'lost') return undefined;
    return {
      kind: 'failed',
      why: `RunCloud refused to remove it (${says}).`,
      whatToDo: 'Check in RunCloud what keeps it there. Remove it by hand if it is to go.',
      retry: 'daily',
    };
  }

  /** A list may be late, so an object of ours that it does not show is asked for by its id. */
  async #ownObject(
    { owned, ownedWww }: DomainState,
    objects: readonly ActualDomain[],
  ): Promise<ActualDomain | undefined> {
    for (const each of [owned, ownedWww]) {
      if (each === undefined || objects.some(({ id }) => id === each.id)) continue;
      const hidden = await this.#context.reader.getDomain(each.id);
      if (hidden) return hidden;
    }
    return undefined;
  }

  /** An object that is there already is ours if the ledger has its id, or if a pending add of ours made it. */
  #oursOrFound(domain: HostName, found: ActualDomain): Outcome {
    const { lease, observation } = this.#context;
    const pendingAdds = lease.pendingAddsOf(domain);
    lease.resolvePending((pending) => pending.domain === domain && isOfName(pending, found));
    const isOwned = isOurs(observation.input.ledger.get(domain)?.state ?? {}, found);
    return { kind: isOwned || isOutcomeOf(pendingAdds, found) ? 'added' : 'found', domain: found };
  }
}
