/**
 * Carries out the steps of a plan, one after the other; the kinds of steps take turns (core/plan/turns.ts).
 *
 * - Commit what the steps before came to, then attempt the next step (execute.ts).
 * - Record each outcome, or hold what cannot be done.
 * - Read back every step whose answer was lost or may mean that it is done already (read-back.ts), all of them from one list.
 * - Attempt those again that were not carried out, after a pause; in the last round record them as failed.
 *
 * A fault that concerns all domains ends the run: the steps that are left become holds, and the next run goes on with them. It may be
 * that of one domain all the same, so the next run comes to that one last (untried-first.ts).
 */
import { nextAttemptAt } from '../../core/certificates/requests.ts';
import type { DomainState } from '../../core/domain/record.ts';
import { ActualIndex } from '../../core/domain/runcloud-domain.ts';
import { applyOutcome, type Outcome } from '../../core/domain/transitions.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import { isReadOnly } from '../../core/plan/policy.ts';
import { type DomainStep, isLedgerStep, type LedgerStep, type RunCloudStep, type Step } from '../../core/plan/step.ts';
import { inTurns } from '../../core/plan/turns.ts';
import { iso, SECOND } from '../../core/values/time.ts';
import { REMEDIES } from '../../runcloud/answer.ts';
import { createCertificateReader, createCertificateWriter } from '../../runcloud/certificates.ts';
import { createWriter, type RunCloudReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { asAbort } from '../abort.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observation.ts';
import {
  type Applied,
  type ApplyContext,
  type Attempt,
  type AttemptAborted,
  type CertificateRefused,
  type Done,
  NOTHING,
  type UnclearAttempt,
} from './context.ts';
import { Executor } from './execute.ts';
import { refusedCertificate } from './issue-certificate.ts';
import { type ProgressReporter, startProgress } from './progress.ts';
import { ReadBack } from './read-back.ts';
import { StepResults } from './step-results.ts';
import { untriedFirst } from './untried-first.ts';

// The pauses between them are 2, 4, 8 and 16 s. What is not over after half a minute is left to a later run.
const ROUNDS = 5;
// With so many writes in a row left without an answer RunCloud is down. Going on would only spend its limit.
const MOST_LOST_IN_A_ROW = 8;
// One request to the ledger announces so many adds. Those that a killed process did not send stay pending for minutes, so not all at once.
const ANNOUNCED_AT_ONCE = 100;

/**
 * Under `observe` no writer is made, so nothing can be written: each step that would change RunCloud becomes a hold.
 * @throws if the ledger fails.
 */
export async function applyPlan(
  deps: Dependencies,
  steps: readonly Step[],
  observation: Observation,
  reader: RunCloudReader,
  lease: Lease,
  deadline: number,
): Promise<Applied> {
  const { policy } = deps.settings;
  const ofLedger = steps.filter(isLedgerStep);
  const kept = heldUnderDoubt(deps, ofLedger);
  const done = ofLedger
    .filter((step) => !kept.has(step))
    .map((step) => applyToLedger(step, { deps, lease, observation }));
  const open = steps.filter((step): step is RunCloudStep => !isLedgerStep(step));
  if (isReadOnly(policy)) {
    const held = open.map((step) => holds.policy(step.domain, step.action, policy));
    return { ...NOTHING, done, held: [...kept.values(), ...held] };
  }
  const options = lease.requestOptions(deadline);
  const writer = createWriter(deps.runcloud, options);
  const certificates = {
    reader: createCertificateReader(deps.runcloud, options),
    writer: createCertificateWriter(deps.runcloud, options),
  };
  const reporter = startProgress(deps, lease, observation.input.scope, open.length);
  const applied = await new Applier({ deps, reader, writer, certificates, lease, observation }, reporter).run(open);
  reporter.end();
  return { ...applied, done: [...done, ...applied.done], held: [...kept.values(), ...applied.held] };
}

/** Ownership is given up only once the domain is gone for a while, and how long that is a wrong clock does not tell. */
function heldUnderDoubt({ runClock }: Dependencies, steps: readonly LedgerStep[]): ReadonlyMap<LedgerStep, Hold> {
  const doubt = runClock?.abort;
  if (!doubt) return new Map();
  const forgotten = steps.filter(({ action }) => action === 'forget');
  return new Map(forgotten.map((step) => [step, holds.stopped(step.domain, step.action, doubt)]));
}

type LedgerContext = Pick<ApplyContext, 'deps' | 'lease' | 'observation'>;

function applyToLedger(step: LedgerStep, context: LedgerContext): Done {
  recordOutcome(
    context,
    step,
    step.action === 'adopt' ? { kind: 'adopted', domain: step.target } : { kind: 'forgotten' },
  );
  return { domain: step.domain, action: step.action, why: step.why };
}

function recordOutcome({ deps, lease, observation }: LedgerContext, { domain }: Step, outcome: Outcome): DomainState {
  const record = observation.input.ledger.get(domain) ?? { domain, request: undefined, state: {} };
  const state = applyOutcome({ ...record, state: lease.stateOf(record) }, outcome, deps.clock.now());
  lease.stageState(record, state);
  return state;
}

type Unclear = { readonly step: DomainStep; readonly attempt: UnclearAttempt };

class Applier {
  readonly #context: ApplyContext;
  readonly #results: StepResults;
  readonly #abortedActions = new Map<Step['action'], RunAbort>();
  readonly #readBack: ReadBack;
  readonly #executor: Executor;
  #lostInARow = 0;
  #abort: RunAbort | undefined;
  /** Of an aborted action, once it kept another step waiting. */
  #abortOfOthers: RunAbort | undefined;

  constructor(context: ApplyContext, reporter: ProgressReporter) {
    this.#context = context;
    this.#results = new StepResults(reporter);
    this.#readBack = new ReadBack(context);
    this.#executor = new Executor(context, this.#readBack);
  }

  async run(steps: readonly RunCloudStep[]): Promise<Applied> {
    let open: readonly RunCloudStep[] = inTurns(untriedFirst(steps, this.#context.observation.input.ledger));
    for (let round = 1; ; round++) {
      const unclear: Unclear[] = [];
      for (const [position, step] of open.entries()) {
        const attempt = await this.#attempt(step, open.slice(position, position + ANNOUNCED_AT_ONCE), round);
        if (!isUnclear(attempt)) await this.#record(step, attempt);
        // An issue step is never unclear: its request is in the ledger before it is sent (issue-certificate.ts).
        else if (step.action !== 'issue') unclear.push({ step, attempt });
      }
      if (unclear.length === 0) break;
      await this.#commit();
      open = await this.#readBackAll(unclear, round === ROUNDS);
      if (open.length === 0) break;
      await this.#commit();
      await this.#context.deps.clock.sleep(SECOND * 2 ** round);
    }
    return {
      done: this.#results.done,
      held: this.#results.held,
      failed: this.#results.failed,
      writes: this.#executor.writes,
      abort: this.#abort ?? this.#abortOfOthers,
    };
  }

  async #attempt(step: RunCloudStep, upcoming: readonly RunCloudStep[], round: number): Promise<Attempt> {
    const abort = this.#abort ?? this.#abortedActions.get(step.action);
    if (abort) {
      // Certificates that RunCloud refuses to all keep no domain waiting, so the run does not count as ended early.
      if (step.action !== 'issue') this.#abortOfOthers ??= abort;
      return { kind: 'held', hold: holds.stopped(step.domain, step.action, abort) };
    }
    try {
      // If the process dies over this step, the ledger knows what the steps before came to. A removal is itself a part of what is saved.
      if (step.action !== 'remove') await this.#context.lease.commit();
      const attempt = await this.#executor.attempt(step, { upcoming, round: round === 1 ? 'first' : 'again' });
      this.#lostInARow = attempt.kind === 'lost' ? this.#lostInARow + 1 : 0;
      if (attempt.kind === 'lost' && this.#lostInARow === MOST_LOST_IN_A_ROW) {
        this.#abort = {
          why: `RunCloud left ${MOST_LOST_IN_A_ROW} changes in a row without a proper answer, the last one so: ${attempt.says}.`,
          whatToDo: `The next run reads back what became of them and goes on. ${REMEDIES[attempt.cause]}`,
        };
      }
      return attempt;
    } catch (error) {
      return { kind: 'abort', actions: 'all', ...abortedBy(error) };
    }
  }

  async #commit(): Promise<void> {
    try {
      await this.#context.lease.commit();
    } catch (error) {
      this.#abort ??= asAbort(error);
    }
  }

  /** Returns the steps that were not carried out and are to be attempted again. */
  async #readBackAll(unclear: readonly Unclear[], isLastRound: boolean): Promise<RunCloudStep[]> {
    const again: RunCloudStep[] = [];
    let index: ActualIndex | undefined;
    for (const { step, attempt } of unclear) {
      let outcome: Outcome | undefined;
      let isUnread = this.#abort !== undefined && index === undefined;
      try {
        if (!isUnread) {
          index ??= new ActualIndex(await this.#context.reader.listDomains());
          outcome = await this.#readBack.judge(step, attempt, index);
        }
      } catch (error) {
        this.#abort ??= asAbort(error);
        isUnread = true;
      }
      if (outcome) await this.#recordFinished(step, outcome);
      else if (isUnread) await this.#recordFinished(step, unknownOutcome(attempt));
      else if (isLastRound || this.#abort) await this.#recordFinished(step, notShown(step, attempt));
      else again.push(step);
    }
    return again;
  }

  async #record(step: RunCloudStep, attempt: Exclude<Attempt, UnclearAttempt>): Promise<void> {
    const { domain, action, why } = step;
    switch (attempt.kind) {
      case 'finished':
        return this.#recordFinished(step, attempt.outcome);
      case 'held':
        this.#results.hold(attempt.hold);
        return;
      case 'abort':
        if (attempt.actions === 'all') this.#abort ??= attempt.abort;
        else for (const each of attempt.actions) this.#abortedActions.set(each, attempt.abort);
        if (attempt.failure) return this.#recordFinished(step, attempt.failure);
        this.#results.hold(holds.stopped(domain, action, attempt.abort));
        return;
      case 'sent':
        this.#context.deps.log.info('RunCloud was asked for a certificate', { domain, why });
        this.#results.finish({ domain, action, why });
        return;
      case 'refused':
        return this.#recordRefused(step, attempt);
    }
  }

  #recordRefused({ domain, action }: RunCloudStep, { says, issuance, abort }: CertificateRefused): void {
    this.#context.deps.log.warn('RunCloud refused a certificate', { domain, why: says });
    if (abort) this.#abortedActions.set('issue', abort);
    const dueAt = iso(nextAttemptAt(issuance));
    this.#results.fail({ domain, action, ...refusedCertificate(domain, says), dueAt });
  }

  async #recordFinished(step: RunCloudStep, outcome: Outcome): Promise<void> {
    const { deps, lease } = this.#context;
    const { domain, action, why } = step;
    try {
      // Reading back may have taken long. What another run wrote meanwhile must not be overwritten.
      await lease.ensure();
    } catch (error) {
      this.#abort ??= asAbort(error);
      this.#results.hold(holds.stopped(domain, action, asAbort(error)));
      return;
    }
    const state = recordOutcome(this.#context, step, outcome);
    switch (outcome.kind) {
      case 'failed': {
        if (outcome.retry === 'next run') {
          this.#results.hold(holds.stopped(domain, action, outcome));
          return;
        }
        const dueAt = state.failure?.dueAt ?? '';
        deps.log.warn('A step failed', { domain, action, why: outcome.why, dueAt });
        this.#results.fail({ domain, action, why: outcome.why, whatToDo: outcome.whatToDo, dueAt });
        return;
      }
      case 'vanished': {
        const abort = { why: 'RunCloud does not have it any more.', whatToDo: 'Nothing: the next run adds it again.' };
        this.#results.hold(holds.stopped(domain, action, abort));
        return;
      }
      case 'found':
        this.#results.hold(action === 'remove' ? holds.notOursToRemove(domain) : holds.notOurs(domain));
        return;
      default:
        deps.log.info('A step is done', { domain, action, why });
        this.#results.finish({ domain, action, why });
    }
  }
}

/** What is over with the run itself, such as its time or its lease, is no failure of the step. */
function abortedBy(error: unknown): Pick<AttemptAborted, 'abort' | 'failure'> {
  const abort = asAbort(error);
  if (!(error instanceof RunCloudError) || abort.passes) return { abort };
  const { why, whatToDo } = abort;
  return { abort, failure: { kind: 'failed', why, whatToDo, retry: 'next run' } };
}

function isUnclear(attempt: Attempt): attempt is UnclearAttempt {
  return attempt.kind === 'lost' || attempt.kind === 'disputed';
}

function unknownOutcome({ says }: UnclearAttempt): Outcome {
  return {
    kind: 'failed',
    why: `What became of the change is not known: ${says}.`,
    whatToDo: 'Nothing: before it is tried again, RunCloud is asked what became of it.',
    retry: 'soon',
  };
}

const NOT_SHOWN: Readonly<Record<DomainStep['action'], string>> = {
  add: "RunCloud's list does not show it after it was sent",
  update: 'RunCloud still shows the old www and redirection',
  remove: 'RunCloud still shows it',
};

/** Read back, and RunCloud does not show the change. Its list may be late, so no more than that is said. */
function notShown({ action }: DomainStep, attempt: UnclearAttempt): Outcome {
  if (attempt.kind === 'disputed') return unknownOutcome(attempt);
  const elsewhere =
    action === 'add'
      ? ' If it stays, see whether the name belongs to another application or workspace in RunCloud, and remove it there first.'
      : '';
  const whatToDo = `${REMEDIES[attempt.cause]}${elsewhere}`;
  return { kind: 'failed', why: `${NOT_SHOWN[action]}: ${attempt.says}.`, whatToDo, retry: 'soon' };
}
