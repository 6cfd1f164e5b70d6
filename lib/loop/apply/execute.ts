/**
 * One attempt at one step that changes RunCloud. A write is sent once: where its answer is lost, or may mean that it is done already,
 * the attempt is unclear, and its outcome is read back before anything is sent again.
 */
import { IssuanceLimiter } from '../../core/certificates/rate-limits.ts';
import { withinLimits } from '../../core/certificates/request-waits.ts';
import type { CertificateRequest } from '../../core/certificates/requests.ts';
import { supersedes } from '../../core/domain/mapping-request.ts';
import { withRemovalSent } from '../../core/domain/ownership.ts';
import type { ActualDomain, Serving } from '../../core/domain/runcloud-domain.ts';
import { holds, type RunAbort } from '../../core/plan/hold.ts';
import type { IssueStep, RemoveStep, RunCloudStep, Step } from '../../core/plan/step.ts';
import { redirectionFor, type WwwWhenAdded } from '../../core/plan/www.ts';
import { isWwwAloneHere } from '../../core/plan/www-alone.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { judgeAddresses, judgeCaa } from '../../core/probe/dns-verdict.ts';
import { formatHostName, type HostName } from '../../core/values/host-name.ts';
import { epoch, iso, SECOND } from '../../core/values/time.ts';
import { type ChangeAnswer, formatRefusal } from '../../runcloud/domains.ts';
import { OF_ONE_DOMAIN, RunCloudError, type RunCloudFault } from '../../runcloud/error.ts';
import { asAbort } from '../abort.ts';
import { readPresent } from '../present.ts';
import type { ApplyContext, Attempt, StepFailure } from './context.ts';
import { FaultsInARow } from './faults-in-a-row.ts';
import { requestCertificate } from './issue-certificate.ts';
import type { ReadBack } from './read-back.ts';

// A list this young makes it needless to ask for an object of it once more.
const YOUNG_LIST_MS = 30 * SECOND;

export type AttemptOptions = {
  /** The steps from this one on: their adds are announced together with this one. */
  readonly upcoming: readonly RunCloudStep[];
  /** `first`: the step's object is as the observation shows it. `again`: the attempt before was read back, so time has passed. */
  readonly round: 'first' | 'again';
};

export class Executor {
  readonly #context: ApplyContext;
  readonly #readBack: ReadBack;
  #writes = 0;
  readonly #unasked = new FaultsInARow();
  readonly #unshown = new FaultsInARow();
  /** Refused in this run. The plan does not know of them, and Let's Encrypt's limits count them for the steps that follow. */
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
  async attempt(step: RunCloudStep, { upcoming, round }: AttemptOptions): Promise<Attempt> {
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

  async #add({ domain, www }: Extract<Step, { action: 'add' }>, upcoming: readonly RunCloudStep[]): Promise<Attempt> {
    const { lease, writer } = this.#context;
    const next = upcoming.filter((step) => step.action === 'add').map((step) => step.domain);
    await lease.announce(domain, next);
    const { name, ...serving } = await this.#formFor(domain, www);
    this.#writes += 1;
    lease.beginAdd(domain, name);
    const answer = await writer.addDomain(name, serving);
    if (answer.kind === 'unknown') {
      lease.endAdd(domain);
      if (answer.sentAt !== undefined) lease.addPending(domain, name, answer.sentAt);
      return { kind: 'lost', cause: answer.cause, says: answer.why };
    }
    if (answer.kind === 'added') {
      return { kind: 'finished', outcome: this.#readBack.addedOrFound(domain, answer.domain) };
    }
    lease.endAdd(domain);
    if (answer.status !== 403) return { kind: 'disputed', says: formatRefusal(answer) };
    const abort: RunAbort = {
      why: `RunCloud refused to add ${formatHostName(domain)} (${formatRefusal(answer)}).`,
      whatToDo: 'Check that the RunCloud plan allows more domains, and that the token may change this application.',
    };
    return { kind: 'abort', actions: ['add'], abort, failure: failureOf(abort) };
  }

  /** `auto` without a clear answer is no: `www` can be added later, while one that leads elsewhere, or has a CAA record, spoils the certificate now. */
  async #formFor(domain: HostName, www: WwwWhenAdded): Promise<Serving & { readonly name: HostName }> {
    if (www === 'alone' || (www === 'named' && (await this.#isWwwAlone(domain)))) {
      return { name: `www.${domain}` as HostName, www: false, redirection: 'none' };
    }
    const isServed = www === 'auto' ? await this.#isWwwPointing(domain) : www !== 'no';
    return { name: domain, www: isServed, redirection: redirectionFor(isServed) };
  }

  async #isWwwAlone(domain: HostName): Promise<boolean> {
    const { deps, observation } = this.#context;
    const { server } = observation.input.certificates;
    if (!server) return false;
    const [bare, www] = await Promise.all([deps.dns.addressesOf(domain), deps.dns.addressesOf(`www.${domain}`)]);
    return isWwwAloneHere(judgeAddresses(bare, server), judgeAddresses(www, server));
  }

  async #isWwwPointing(domain: HostName): Promise<boolean> {
    const { deps, observation } = this.#context;
    const { server } = observation.input.certificates;
    if (!server || !isWwwWatched({ domain, request: undefined }, [], 'auto')) return false;
    const name = `www.${domain}`;
    if (judgeAddresses(await deps.dns.addressesOf(name), server).kind !== 'pointing') return false;
    return judgeCaa(await deps.dns.caaOf(name)).kind === 'pointing';
  }

  async #update(
    { domain, target, www, redirection }: Extract<Step, { action: 'update' }>,
    round: AttemptOptions['round'],
  ): Promise<Attempt> {
    const unlike = await this.#checkTarget(domain, target, round);
    if (unlike) return unlike;
    this.#writes += 1;
    const answer = await this.#context.writer.updateDomain(target.id, { www, redirection });
    return answer.kind === 'done'
      ? { kind: 'finished', outcome: { kind: 'updated', serving: { www, redirection } } }
      : unclear(answer);
  }

  async #remove({ domain, target }: RemoveStep, round: AttemptOptions['round']): Promise<Attempt> {
    const unlike = await this.#checkTarget(domain, target, round);
    if (unlike) return unlike;
    if (await this.#isAskedAnew(domain)) return { kind: 'held', hold: holds.askedAnew(domain) };
    // An answer since the plan may have been the first with a date.
    const doubt = this.#context.deps.runClock?.abort;
    if (doubt) return { kind: 'held', hold: holds.stopped(domain, 'remove', doubt) };
    const answer = await this.#sendRemoval(domain, target);
    return answer.kind === 'done' ? { kind: 'finished', outcome: { kind: 'removed', id: target.id } } : unclear(answer);
  }

  /** The removal is in the ledger before it is sent, and stays there unless it surely was not carried out: the brake counts it. */
  async #sendRemoval(domain: HostName, target: ActualDomain): Promise<ChangeAnswer> {
    const { deps, lease, observation, writer } = this.#context;
    const record = observation.input.ledger.get(domain) ?? { domain, request: undefined, state: {} };
    const before = lease.stateOf(record);
    lease.stageState(record, withRemovalSent(before, target, iso(deps.clock.now())));
    let isCertain = true;
    try {
      await lease.commit();
      this.#writes += 1;
      const answer = await writer.removeDomain(target.id);
      isCertain = answer.kind === 'refused' || (answer.kind === 'unknown' && answer.sentAt === undefined);
      return answer;
    } finally {
      if (isCertain) lease.stageState(record, before);
    }
  }

  /** A run may last for minutes, and anybody may record a request meanwhile: the domain may be mapped again. */
  async #isAskedAnew(domain: HostName): Promise<boolean> {
    const { deps, observation } = this.#context;
    const planned = observation.input.ledger.get(domain)?.request;
    const { request } = (await readPresent(deps, [domain])).records.get(domain) ?? {};
    return request !== undefined && supersedes(request, planned);
  }

  /**
   * Asks for the object once more before it is changed or removed, unless the list is young: since then somebody may have made it the
   * primary domain, changed it, or removed it. Undefined: it is as the plan has it.
   */
  async #checkTarget(
    domain: HostName,
    target: ActualDomain,
    round: AttemptOptions['round'],
  ): Promise<Attempt | undefined> {
    const { observation, reader, deps } = this.#context;
    const age = deps.clock.now() - epoch(observation.snapshot.observedAt);
    if (observation.from === 'fresh' && age <= YOUNG_LIST_MS && round === 'first') return undefined;
    let current: ActualDomain | undefined;
    try {
      current = await reader.getDomain(target.id);
      this.#unshown.end();
    } catch (error) {
      if (!(error instanceof RunCloudError) || !OF_ONE_DOMAIN.has(error.fault)) throw error;
      const abort = asAbort(error);
      const failure = failureOf(abort);
      return this.#unshown.concernsAll(error.fault)
        ? { kind: 'abort', actions: 'all', abort, failure }
        : { kind: 'finished', outcome: failure };
    }
    if (!current) return { kind: 'disputed', says: 'RunCloud has no domain with this id any more' };
    if (current.type === 'primary') return { kind: 'held', hold: holds.protected(domain) };
    const isSame = current.name === target.name && current.type === target.type && current.wildcard === target.wildcard;
    return isSame ? undefined : { kind: 'held', hold: holds.changed(domain) };
  }

  async #issue(step: IssueStep): Promise<Attempt> {
    const limiter = new IssuanceLimiter(this.#refused, this.#context.deps.clock.now());
    const decided = withinLimits({ kind: 'ask', why: step.why, order: step.order }, step.names, limiter);
    if (decided.kind === 'wait') return { kind: 'held', hold: holds.certificate(step.domain, decided) };
    const attempt = await requestCertificate(step, this.#context);
    if (attempt.kind === 'held') return attempt;
    if (attempt.kind === 'abort') return { ...attempt, actions: ['issue'] };
    if (attempt.kind === 'in-between') {
      this.#writes += 1;
      return this.#unaskedAbout(step, attempt.kind, attempt.abort);
    }
    if (attempt.kind === 'unread') return this.#unaskedAbout(step, attempt.fault, attempt.abort);
    this.#unasked.end();
    this.#writes += 1;
    if (attempt.kind === 'refused') this.#refused.push(...attempt.issuance.requests.slice(-1));
    return attempt;
  }

  #unaskedAbout({ domain, action }: IssueStep, fault: RunCloudFault | 'in-between', abort: RunAbort): Attempt {
    return this.#unasked.concernsAll(fault)
      ? { kind: 'abort', actions: ['issue'], abort }
      : { kind: 'held', hold: holds.stopped(domain, action, abort) };
  }
}

function failureOf({ why, whatToDo }: RunAbort): StepFailure {
  return { kind: 'failed', why, whatToDo, retry: 'soon' };
}

function unclear(answer: Exclude<ChangeAnswer, { kind: 'done' }>): Attempt {
  return answer.kind === 'unknown'
    ? { kind: 'lost', cause: answer.cause, says: answer.why }
    : { kind: 'disputed', says: formatRefusal(answer) };
}
