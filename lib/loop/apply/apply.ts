/**
 * Doing: takes the steps of a plan one by one, and remembers each as soon as its outcome is known.
 *
 * A write whose answer was lost is never repeated before RunCloud's list was read back. One domain that fails does not
 * stop the others; what concerns all of them (credentials, budget, outage, lease, time) stops the run, and the rest is
 * left for the next one, with the reason.
 */
import { withinLimits } from '../../core/certificates/decide.ts';
import { IssuanceLimiter } from '../../core/certificates/rate-limits.ts';
import { type CertificateRequest, nextAttemptAt } from '../../core/certificates/requests.ts';
import { type ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import type { DomainStep, IssueStep, LedgerStep, RunCloudStep, Step } from '../../core/plan/step.ts';
import { formatHostName, type HostName } from '../../core/values/host-name.ts';
import { epoch, iso, SECOND } from '../../core/values/time.ts';
import { formatRefusal } from '../../runcloud/domains.ts';
import type { RunCloudFault } from '../../runcloud/error.ts';
import { asAbort } from '../abort.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';
import { chooseServing } from './choose-www.ts';
import type { Applied, ApplyContext, Attempt, Done, Failed, UnclearAttempt } from './context.ts';
import { refusedCertificate, requestCertificate } from './issue-certificate.ts';
import { ReadBack } from './read-back.ts';
import { recordOutcome } from './record-outcome.ts';

const ROUNDS = 5;
// With this many writes in a row left without an answer RunCloud is down: going on would only spend its budget.
const MOST_LOST_IN_A_ROW = 8;
// One domain whose certificate RunCloud does not show keeps no other one waiting; so many in a row are a fault of all.
const MOST_UNREAD_IN_A_ROW = 3;
const NONE_UNREAD: { readonly fault: RunCloudFault | undefined; readonly inARow: number } = {
  fault: undefined,
  inARow: 0,
};
const ANNOUNCED_AT_ONCE = 100;
// A list this young is as good as asking for one object again.
const YOUNG_LIST_MS = 30 * SECOND;
type Doubtful = { readonly step: DomainStep; readonly attempt: UnclearAttempt };

/** Takes the steps that change RunCloud and what is needed to do them; returns what came of each. Throws only for a broken ledger. */
export async function apply(steps: readonly RunCloudStep[], context: ApplyContext): Promise<Applied> {
  return new Applier(context).run(steps);
}

/** Takes the steps that change only the ledger; does them. */
export function applyToLedger(
  deps: Dependencies,
  lease: Lease,
  steps: readonly LedgerStep[],
  observation: Observation,
): Done[] {
  for (const step of steps) {
    const outcome: Outcome = step.action === 'adopt' ? { kind: 'adopted', domain: step.target } : { kind: 'forgotten' };
    recordOutcome({ deps, lease, observation }, step, outcome);
  }
  return steps.map(({ domain, action, why }) => ({ domain, action, why }));
}

class Applier {
  readonly #context: ApplyContext;
  readonly #done: Done[] = [];
  readonly #held: Hold[] = [];
  readonly #failed: Failed[] = [];
  readonly #stopped = new Map<Step['action'], RunAbort>();
  readonly #readBackAnswers: ReadBack;
  #writes = 0;
  #round = 1;
  #lostInARow = 0;
  #unread = NONE_UNREAD;
  /** Since the plan was made: what Let's Encrypt said of a limit holds for the steps that follow. */
  readonly #refused: CertificateRequest[] = [];
  #stop: RunAbort | undefined;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.#readBackAnswers = new ReadBack(context);
  }

  async run(steps: readonly RunCloudStep[]): Promise<Applied> {
    let open = steps;
    for (let round = 1; ; round++) {
      this.#round = round;
      const doubtful: Doubtful[] = [];
      for (const [position, step] of open.entries()) {
        const attempt = await this.#attemptSafely(step, open.slice(position, position + ANNOUNCED_AT_ONCE));
        if (!isDoubtful(attempt)) await this.#conclude(step, attempt);
        else if (step.action !== 'issue') doubtful.push({ step, attempt });
      }
      if (doubtful.length === 0) break;
      await this.#flushSafely();
      open = await this.#readBack(doubtful, round === ROUNDS);
      if (open.length === 0) break;
      await this.#flushSafely();
      await this.#context.deps.clock.sleep(SECOND * 2 ** round);
    }
    return {
      done: this.#done,
      held: this.#held,
      failed: this.#failed,
      writes: this.#writes,
      abort: this.#stop ?? this.#stopOfDomains(),
    };
  }

  /** Certificates that cannot be asked for keep nobody's domain waiting, and are no reason to call the whole run ended early. */
  #stopOfDomains(): RunAbort | undefined {
    return [...this.#stopped].find(([action]) => action !== 'issue')?.[1];
  }

  async #attemptSafely(step: RunCloudStep, upcoming: readonly RunCloudStep[]): Promise<Attempt> {
    const stop = this.#stop ?? this.#stopped.get(step.action);
    if (stop) return { kind: 'held', hold: holds.stopped(step.domain, step.action, stop) };
    try {
      // What came of the step before is on record before anything else is asked.
      await this.#context.lease.commit();
      const attempt = await this.#attempt(step, upcoming);
      this.#lostInARow = attempt.kind === 'lost' ? this.#lostInARow + 1 : 0;
      if (this.#lostInARow === MOST_LOST_IN_A_ROW) {
        this.#stop = {
          why: `RunCloud left ${MOST_LOST_IN_A_ROW} changes in a row without a proper answer.`,
          whatToDo: 'Nothing, if RunCloud has an outage: the next run reads back what became of them and goes on.',
        };
      }
      return attempt;
    } catch (error) {
      return { kind: 'stop', actions: 'all', stop: asAbort(error) };
    }
  }

  async #flushSafely(): Promise<void> {
    try {
      await this.#context.lease.commit();
    } catch (error) {
      this.#stop ??= asAbort(error);
    }
  }

  async #attempt(step: RunCloudStep, upcoming: readonly RunCloudStep[]): Promise<Attempt> {
    switch (step.action) {
      case 'add':
        return this.#add(step, upcoming);
      case 'update':
        return this.#update(step);
      case 'remove':
        return this.#remove(step);
      case 'issue':
        return this.#issue(step);
    }
  }

  async #issue(step: IssueStep): Promise<Attempt> {
    const wanted = { kind: 'ask', why: step.why, order: step.order } as const;
    const decided = withinLimits(
      wanted,
      step.names,
      new IssuanceLimiter(this.#refused, this.#context.deps.clock.now()),
    );
    if (decided.kind === 'wait') return { kind: 'held', hold: holds.certificate(step.domain, decided) };
    const attempt = await requestCertificate(step, this.#context);
    if (attempt.kind === 'held') return attempt;
    if (attempt.kind === 'stop') return { ...attempt, actions: ['issue'] };
    const isSameAgain = attempt.kind === 'unread' && attempt.fault === this.#unread.fault;
    this.#unread =
      attempt.kind === 'unread'
        ? { fault: attempt.fault, inARow: isSameAgain ? this.#unread.inARow + 1 : 1 }
        : NONE_UNREAD;
    if (attempt.kind === 'unread') {
      if (this.#unread.inARow === MOST_UNREAD_IN_A_ROW) return { kind: 'stop', actions: ['issue'], stop: attempt.stop };
      return { kind: 'held', hold: holds.stopped(step.domain, step.action, attempt.stop) };
    }
    this.#writes += 1;
    if (attempt.kind === 'refused') this.#refused.push(...attempt.issuance.requests.slice(-1));
    if (attempt.kind === 'refused' && attempt.stop) this.#stopped.set('issue', attempt.stop);
    return attempt;
  }

  async #add({ domain, www }: Extract<Step, { action: 'add' }>, upcoming: readonly RunCloudStep[]): Promise<Attempt> {
    const { lease, writer } = this.#context;
    const next = upcoming.filter((step) => step.action === 'add').map((step) => step.domain);
    await lease.announce(domain, next);
    const { deps, observation } = this.#context;
    const serving = await chooseServing(deps, domain, www, observation.input.certificates.server);
    this.#writes += 1;
    lease.beginAdd(domain);
    const answer = await writer.addDomain(domain, serving);
    if (answer.kind === 'unknown') {
      lease.endAdd(domain);
      if (answer.sentAt !== undefined) lease.addPending(domain, answer.sentAt);
      return { kind: 'lost', says: answer.why };
    }
    if (answer.kind === 'added')
      return { kind: 'settled', outcome: this.#readBackAnswers.addedOrFound(domain, answer.domain) };
    // Refused is not under way.
    lease.endAdd(domain);
    if (answer.status !== 403) return { kind: 'disputed', says: formatRefusal(answer) };
    const stop: RunAbort = {
      why: `RunCloud refused to add ${formatHostName(domain)} (${formatRefusal(answer)}).`,
      whatToDo:
        'Look whether the RunCloud plan allows more domains, and whether the token may change this application.',
    };
    return { kind: 'stop', actions: ['add'], stop };
  }

  async #update({ domain, target, www, redirection }: Extract<Step, { action: 'update' }>): Promise<Attempt> {
    const changed = await this.#checkAgain(domain, target);
    if (changed) return changed;
    this.#writes += 1;
    const answer = await this.#context.writer.updateDomain(target.id, { www, redirection });
    if (answer.kind === 'done') return { kind: 'settled', outcome: { kind: 'updated', serving: { www, redirection } } };
    if (answer.kind === 'unknown') return { kind: 'lost', says: answer.why };
    return { kind: 'disputed', says: formatRefusal(answer) };
  }

  async #remove({ domain, target }: Extract<Step, { action: 'remove' }>): Promise<Attempt> {
    const changed = await this.#checkAgain(domain, target);
    if (changed) return changed;
    this.#writes += 1;
    const answer = await this.#context.writer.removeDomain(target.id);
    if (answer.kind === 'done') return { kind: 'settled', outcome: { kind: 'removed' } };
    if (answer.kind === 'unknown') return { kind: 'lost', says: answer.why };
    return { kind: 'disputed', says: formatRefusal(answer) };
  }

  /**
   * Where the list was read a while ago, the object may have become the primary one since, or be another one, or gone: it
   * is looked at again before it is changed or removed. Returns what came instead, or undefined where all is as it was.
   */
  async #checkAgain(domain: HostName, target: ActualDomain): Promise<Attempt | undefined> {
    const { observation, reader, deps } = this.#context;
    const age = deps.clock.now() - epoch(observation.snapshot.observedAt);
    if (observation.from === 'fresh' && age <= YOUNG_LIST_MS && this.#round === 1) return undefined;
    const current = await reader.getDomain(target.id);
    if (!current) return { kind: 'disputed', says: 'RunCloud has no domain with this id any more' };
    if (current.type === 'primary') return { kind: 'held', hold: holds.protected(domain) };
    const isSame = current.name === target.name && current.type === target.type && current.wildcard === target.wildcard;
    return isSame ? undefined : { kind: 'held', hold: holds.changed(domain) };
  }

  /** Reads back what became of all doubtful steps. Returns those that are to be tried again. */
  async #readBack(doubtful: readonly Doubtful[], isLastRound: boolean): Promise<RunCloudStep[]> {
    if (doubtful.length === 0) return [];
    const again: RunCloudStep[] = [];
    let index: ActualIndex | undefined;
    for (const { step, attempt } of doubtful) {
      let outcome: Outcome | undefined;
      let isUnread = this.#stop !== undefined && index === undefined;
      try {
        if (!isUnread) {
          index ??= new ActualIndex(await this.#context.reader.listDomains());
          outcome = await this.#readBackAnswers.judge(step, attempt, index);
        }
      } catch (error) {
        this.#stop ??= asAbort(error);
        isUnread = true;
      }
      if (outcome) await this.#conclude(step, { kind: 'settled', outcome });
      else if (isUnread || isLastRound || this.#stop) await this.#conclude(step, failedUnread(attempt.says));
      else again.push(step);
    }
    return again;
  }

  async #conclude(step: RunCloudStep, attempt: Exclude<Attempt, UnclearAttempt>): Promise<void> {
    const { domain, action } = step;
    if (attempt.kind === 'held') {
      this.#held.push(attempt.hold);
    } else if (attempt.kind === 'stop') {
      if (attempt.actions === 'all') this.#stop ??= attempt.stop;
      else for (const each of attempt.actions) this.#stopped.set(each, attempt.stop);
      this.#held.push(holds.stopped(domain, action, attempt.stop));
    } else if (attempt.kind === 'settled') {
      await this.#settle(step, attempt.outcome);
    } else {
      this.#tell(step, attempt);
    }
  }

  async #settle(step: RunCloudStep, outcome: Outcome): Promise<void> {
    const { deps, lease } = this.#context;
    const { domain, action, why } = step;
    try {
      // Reading back may have taken long; what another run wrote meanwhile must not be overwritten.
      await lease.ensure();
    } catch (error) {
      this.#stop ??= asAbort(error);
      this.#held.push(holds.stopped(domain, action, asAbort(error)));
      return;
    }
    const state = recordOutcome(this.#context, step, outcome);
    if (outcome.kind === 'failed') {
      deps.log.warn('A step failed', { domain, action, why: outcome.why, dueAt: state.failure?.dueAt });
      const dueAt = state.failure?.dueAt ?? '';
      this.#failed.push({ domain, action, why: outcome.why, whatToDo: outcome.whatToDo, dueAt });
    } else if (outcome.kind === 'vanished') {
      const stop = { why: 'It is not on RunCloud any more.', whatToDo: 'Nothing: the next run adds it again.' };
      this.#held.push(holds.stopped(domain, action, stop));
    } else if (outcome.kind === 'found') {
      this.#held.push(action === 'remove' ? holds.notOursToRemove(domain) : holds.notOurs(domain));
    } else {
      deps.log.info('A step is done', { domain, action, why });
      this.#done.push({ domain, action, why });
    }
  }

  #tell({ domain, action, why }: RunCloudStep, attempt: Extract<Attempt, { kind: 'sent' | 'refused' }>): void {
    const { deps } = this.#context;
    if (attempt.kind === 'sent') {
      deps.log.info('A certificate is asked for', { domain, why });
      this.#done.push({ domain, action, why });
    } else {
      const { says, issuance } = attempt;
      deps.log.warn('A certificate was refused', { domain, why: says });
      const dueAt = iso(nextAttemptAt(issuance));
      this.#failed.push({ domain, action, ...refusedCertificate(domain, says), dueAt });
    }
  }
}

function isDoubtful(attempt: Attempt): attempt is UnclearAttempt {
  return attempt.kind === 'lost' || attempt.kind === 'disputed';
}

function failedUnread(says: string): Attempt & { kind: 'settled' } {
  return {
    kind: 'settled',
    outcome: {
      kind: 'failed',
      why: `What became of the change is not known: ${says}.`,
      whatToDo: 'Nothing: before it is tried again, RunCloud is asked what became of it.',
      retry: 'soon',
    },
  };
}
