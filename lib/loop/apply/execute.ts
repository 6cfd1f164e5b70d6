/**
 * One attempt at one step that changes RunCloud. A write is sent once: where its answer is lost, or may mean that it is done
 * already, the outcome is read back before anything is sent again.
 */
import { IssuanceLimiter } from '../../core/certificates/rate-limits.ts';
import { withinLimits } from '../../core/certificates/request-waits.ts';
import type { CertificateRequest } from '../../core/certificates/requests.ts';
import type { ActualDomain } from '../../core/domain/runcloud-domain.ts';
import { holds, type RunAbort } from '../../core/plan/hold.ts';
import type { IssueStep, RemoveStep, RunCloudStep, Step } from '../../core/plan/step.ts';
import { formatHostName, type HostName } from '../../core/values/host-name.ts';
import { epoch, SECOND } from '../../core/values/time.ts';
import { formatRefusal } from '../../runcloud/domains.ts';
import type { RunCloudFault } from '../../runcloud/error.ts';
import { chooseServing } from './choose-www.ts';
import type { ApplyContext, Attempt } from './context.ts';
import { requestCertificate } from './issue-certificate.ts';
import type { ReadBack } from './read-back.ts';

// One domain whose certificate RunCloud does not show keeps no other one waiting; so many in a row are a fault of all.
const MOST_UNREAD_IN_A_ROW = 3;
const NONE_UNREAD: { readonly fault: RunCloudFault | undefined; readonly inARow: number } = {
  fault: undefined,
  inARow: 0,
};
// A list this young is as good as asking for one object again.
const YOUNG_LIST_MS = 30 * SECOND;

/** What is known when an attempt begins. */
export type Turn = {
  /** The adds among these are announced together with this one. */
  readonly upcoming: readonly RunCloudStep[];
  /** `first`: the plan is as old as the list. `again`: the attempt before was read back from a newer one. */
  readonly round: 'first' | 'again';
};

export class Executor {
  readonly #context: ApplyContext;
  readonly #readBack: ReadBack;
  #writes = 0;
  #unread = NONE_UNREAD;
  /** Since the plan was made: what Let's Encrypt said of a limit holds for the steps that follow. */
  readonly #refused: CertificateRequest[] = [];

  constructor(context: ApplyContext, readBack: ReadBack) {
    this.#context = context;
    this.#readBack = readBack;
  }

  /** Requests sent that may have changed RunCloud. */
  get writes(): number {
    return this.#writes;
  }

  /** @throws what ends the run: RunCloudError, LeaseLostError. */
  async attempt(step: RunCloudStep, { upcoming, round }: Turn): Promise<Attempt> {
    switch (step.action) {
      case 'add':
        return this.#add(step, upcoming);
      case 'update':
        return this.#update(step, round);
      case 'remove':
        return this.#remove(step, round);
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
    if (attempt.kind === 'abort') return { ...attempt, actions: ['issue'] };
    const isSameAgain = attempt.kind === 'unread' && attempt.fault === this.#unread.fault;
    this.#unread =
      attempt.kind === 'unread'
        ? { fault: attempt.fault, inARow: isSameAgain ? this.#unread.inARow + 1 : 1 }
        : NONE_UNREAD;
    if (attempt.kind === 'unread') {
      if (this.#unread.inARow === MOST_UNREAD_IN_A_ROW)
        return { kind: 'abort', actions: ['issue'], abort: attempt.abort };
      return { kind: 'held', hold: holds.stopped(step.domain, step.action, attempt.abort) };
    }
    this.#writes += 1;
    if (attempt.kind === 'refused') this.#refused.push(...attempt.issuance.requests.slice(-1));
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
      return { kind: 'settled', outcome: this.#readBack.addedOrFound(domain, answer.domain) };
    // Refused is not under way.
    lease.endAdd(domain);
    if (answer.status !== 403) return { kind: 'disputed', says: formatRefusal(answer) };
    const abort: RunAbort = {
      why: `RunCloud refused to add ${formatHostName(domain)} (${formatRefusal(answer)}).`,
      whatToDo:
        'Look whether the RunCloud plan allows more domains, and whether the token may change this application.',
    };
    return { kind: 'abort', actions: ['add'], abort };
  }

  async #update(
    { domain, target, www, redirection }: Extract<Step, { action: 'update' }>,
    round: Turn['round'],
  ): Promise<Attempt> {
    const changed = await this.#checkAgain(domain, target, round);
    if (changed) return changed;
    this.#writes += 1;
    const answer = await this.#context.writer.updateDomain(target.id, { www, redirection });
    if (answer.kind === 'done') return { kind: 'settled', outcome: { kind: 'updated', serving: { www, redirection } } };
    if (answer.kind === 'unknown') return { kind: 'lost', says: answer.why };
    return { kind: 'disputed', says: formatRefusal(answer) };
  }

  async #remove({ domain, target }: RemoveStep, round: Turn['round']): Promise<Attempt> {
    const changed = await this.#checkAgain(domain, target, round);
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
  async #checkAgain(domain: HostName, target: ActualDomain, round: Turn['round']): Promise<Attempt | undefined> {
    const { observation, reader, deps } = this.#context;
    const age = deps.clock.now() - epoch(observation.snapshot.observedAt);
    if (observation.from === 'fresh' && age <= YOUNG_LIST_MS && round === 'first') return undefined;
    const current = await reader.getDomain(target.id);
    if (!current) return { kind: 'disputed', says: 'RunCloud has no domain with this id any more' };
    if (current.type === 'primary') return { kind: 'held', hold: holds.protected(domain) };
    const isSame = current.name === target.name && current.type === target.type && current.wildcard === target.wildcard;
    return isSame ? undefined : { kind: 'held', hold: holds.changed(domain) };
  }
}
