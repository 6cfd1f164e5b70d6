/** What RunCloud's answers prove: whether a step was carried out, and whose an object is that stands there. */
import {
  isFreshlyMade,
  isOurDoing,
  isSameClock,
  learnClock,
  type RunCloudClock,
} from '../../core/domain/pending-adds.ts';
import { isOurs } from '../../core/domain/record.ts';
import type { ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import type { DomainStep } from '../../core/plan/step.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { epoch } from '../../core/values/time.ts';
import type { AddAnswer } from '../../runcloud/domains.ts';
import type { DoubtfulAttempt, Hands } from './context.ts';

/** Weighs the answers of one run. What it learns of RunCloud's clock it keeps in the ledger. */
export class Evidence {
  readonly #hands: Pick<Hands, 'world' | 'reader' | 'lease' | 'observation'>;
  #clock: RunCloudClock | undefined;

  constructor(hands: Pick<Hands, 'world' | 'reader' | 'lease' | 'observation'>) {
    this.#hands = hands;
    this.#clock = hands.lease.notes.clock;
  }

  /**
   * Takes the object that an add was answered with; returns whether it was made by that add or stood there before. An API
   * may answer an add of what exists with the old object: ids only grow, and its date tells.
   */
  async weighAnswer(
    domain: HostName,
    { domain: made, answeredAt, tookMs }: AddAnswer & { kind: 'added' },
  ): Promise<Outcome> {
    const { lease, observation, world } = this.#hands;
    const { facts } = observation;
    const now = world.clock.now();
    const listAgeMs = now - epoch(facts.observedAt);
    const isNew = made.id > facts.highestId && isFreshlyMade(made, answeredAt, tookMs, this.#clock, listAgeMs);
    if (!isNew) return this.#foundOrOurs(domain, made);
    lease.resolve((doubt) => doubt.domain === domain);
    const learned = learnClock(made, answeredAt, now);
    if (learned && !isSameClock(learned, this.#clock)) {
      this.#clock = learned;
      lease.note({ clock: learned });
    }
    return { kind: 'added', domain: made };
  }

  /**
   * Takes a doubtful step and a list that was read after it; returns what came of the step, or undefined where it was not
   * carried out. The list proves that the application answers; what became of one object is asked by its id, because a
   * list may be late. Throws RunCloudError.
   */
  async judge(step: DomainStep, { kind, says }: DoubtfulAttempt, index: ActualIndex): Promise<Outcome | undefined> {
    const { lease, observation, reader } = this.#hands;
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
        retry: lease.doubtsOf(step.domain).length > 0 ? 'soon' : 'daily',
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

  /** An object that is there already: ours if we own it, or if an add of ours was under way when it was made. */
  #foundOrOurs(domain: HostName, found: ActualDomain): Outcome {
    const { lease, observation } = this.#hands;
    const doubts = lease.doubtsOf(domain);
    lease.resolve((doubt) => doubt.domain === domain);
    const isKnown = isOurs(observation.input.ledger.get(domain)?.state ?? {}, found);
    return { kind: isKnown || isOurDoing(found, doubts, this.#clock) ? 'added' : 'found', domain: found };
  }
}
