import { nextAttemptAt } from '../../core/certificates/requests.ts';
import { ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { Outcome } from '../../core/domain/transitions.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import { type DomainStep, isLedgerStep, type LedgerStep, type RunCloudStep, type Step } from '../../core/plan/step.ts';
import { iso, SECOND } from '../../core/values/time.ts';
import { createCertificateReader, createCertificateWriter } from '../../runcloud/certificates.ts';
import { createWriter, type RunCloudReader } from '../../runcloud/domains.ts';
import { asAbort } from '../abort.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import type { Observation } from '../observe/observe.ts';
import {
  type Applied,
  type ApplyContext,
  type Attempt,
  type Done,
  type Failed,
  NOTHING,
  type UnclearAttempt,
} from './context.ts';
import { Executor, type Turn } from './execute.ts';
import { refusedCertificate } from './issue-certificate.ts';
import { ReadBack } from './read-back.ts';
import { recordOutcome } from './record-outcome.ts';

const ROUNDS = 5;
// With this many writes in a row left without an answer RunCloud is down: going on would only spend its budget.
const MOST_LOST_IN_A_ROW = 8;
const ANNOUNCED_AT_ONCE = 100;
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

type Unclear = { readonly step: DomainStep; readonly attempt: UnclearAttempt };

class Applier {
  readonly #context: ApplyContext;
  readonly #done: Done[] = [];
  readonly #held: Hold[] = [];
  readonly #failed: Failed[] = [];
  readonly #abortedActions = new Map<Step['action'], RunAbort>();
  readonly #readBack: ReadBack;
  readonly #executor: Executor;
  #lostInARow = 0;
  #abort: RunAbort | undefined;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.#readBack = new ReadBack(context);
    this.#executor = new Executor(context, this.#readBack);
  }

  async run(steps: readonly RunCloudStep[]): Promise<Applied> {
    let open = steps;
    for (let round = 1; ; round++) {
      const unclear: Unclear[] = [];
      for (const [position, step] of open.entries()) {
        const attempt = await this.#attemptSafely(step, {
          upcoming: open.slice(position, position + ANNOUNCED_AT_ONCE),
          round: round === 1 ? 'first' : 'again',
        });
        if (!isUnclear(attempt)) await this.#conclude(step, attempt);
        else if (step.action !== 'issue') unclear.push({ step, attempt });
      }
      if (unclear.length === 0) break;
      await this.#commitSafely();
      open = await this.#readBackAll(unclear, round === ROUNDS);
      if (open.length === 0) break;
      await this.#commitSafely();
      await this.#context.deps.clock.sleep(SECOND * 2 ** round);
    }
    return {
      done: this.#done,
      held: this.#held,
      failed: this.#failed,
      writes: this.#executor.writes,
      abort: this.#abort ?? this.#abortOfDomains(),
    };
  }

  /** Certificates that cannot be asked for keep nobody's domain waiting, and are no reason to call the whole run ended early. */
  #abortOfDomains(): RunAbort | undefined {
    return [...this.#abortedActions].find(([action]) => action !== 'issue')?.[1];
  }

  async #attemptSafely(step: RunCloudStep, turn: Turn): Promise<Attempt> {
    const abort = this.#abort ?? this.#abortedActions.get(step.action);
    if (abort) return { kind: 'held', hold: holds.stopped(step.domain, step.action, abort) };
    try {
      // What came of the step before is on record before anything else is asked.
      await this.#context.lease.commit();
      const attempt = await this.#executor.attempt(step, turn);
      this.#lostInARow = attempt.kind === 'lost' ? this.#lostInARow + 1 : 0;
      if (this.#lostInARow === MOST_LOST_IN_A_ROW) {
        this.#abort = {
          why: `RunCloud left ${MOST_LOST_IN_A_ROW} changes in a row without a proper answer.`,
          whatToDo: 'Nothing, if RunCloud has an outage: the next run reads back what became of them and goes on.',
        };
      }
      return attempt;
    } catch (error) {
      return { kind: 'abort', actions: 'all', abort: asAbort(error) };
    }
  }

  async #commitSafely(): Promise<void> {
    try {
      await this.#context.lease.commit();
    } catch (error) {
      this.#abort ??= asAbort(error);
    }
  }

  /** Reads back what became of all unclear steps. Returns those that are to be tried again. */
  async #readBackAll(unclear: readonly Unclear[], isLastRound: boolean): Promise<RunCloudStep[]> {
    if (unclear.length === 0) return [];
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
      if (outcome) await this.#conclude(step, { kind: 'settled', outcome });
      else if (isUnread || isLastRound || this.#abort) await this.#conclude(step, failedUnread(attempt.says));
      else again.push(step);
    }
    return again;
  }

  async #conclude(step: RunCloudStep, attempt: Exclude<Attempt, UnclearAttempt>): Promise<void> {
    const { domain, action } = step;
    if (attempt.kind === 'held') {
      this.#held.push(attempt.hold);
    } else if (attempt.kind === 'abort') {
      if (attempt.actions === 'all') this.#abort ??= attempt.abort;
      else for (const each of attempt.actions) this.#abortedActions.set(each, attempt.abort);
      this.#held.push(holds.stopped(domain, action, attempt.abort));
    } else if (attempt.kind === 'settled') {
      await this.#settle(step, attempt.outcome);
    } else {
      if (attempt.kind === 'refused' && attempt.abort) this.#abortedActions.set('issue', attempt.abort);
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
      this.#abort ??= asAbort(error);
      this.#held.push(holds.stopped(domain, action, asAbort(error)));
      return;
    }
    const state = recordOutcome(this.#context, step, outcome);
    if (outcome.kind === 'failed') {
      deps.log.warn('A step failed', { domain, action, why: outcome.why, dueAt: state.failure?.dueAt });
      const dueAt = state.failure?.dueAt ?? '';
      this.#failed.push({ domain, action, why: outcome.why, whatToDo: outcome.whatToDo, dueAt });
    } else if (outcome.kind === 'vanished') {
      const abort = { why: 'It is not on RunCloud any more.', whatToDo: 'Nothing: the next run adds it again.' };
      this.#held.push(holds.stopped(domain, action, abort));
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

function isUnclear(attempt: Attempt): attempt is UnclearAttempt {
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

/**
 * Takes the steps of a plan; does them as far as POLICY lets it. Under `observe` no writer exists, so nothing can be written: each
 * step that would touch RunCloud becomes a hold. Throws only where the ledger fails.
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
  const recorded = applyToLedger(deps, lease, steps.filter(isLedgerStep), observation);
  const open = steps.filter((step): step is RunCloudStep => !isLedgerStep(step));
  if (policy === 'observe') {
    return { ...NOTHING, done: recorded, held: open.map((step) => holds.policy(step.domain, step.action, policy)) };
  }
  const options = lease.requestOptions(deadline);
  const writer = createWriter(deps.runcloud, options);
  const certificates = {
    reader: createCertificateReader(deps.runcloud, options),
    writer: createCertificateWriter(deps.runcloud, options),
  };
  const applied = await apply(open, { deps, reader, writer, certificates, lease, observation });
  return { ...applied, done: [...recorded, ...applied.done] };
}
