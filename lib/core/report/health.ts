/** What is not well about the service. `GET /health`, the doctor and `status` go by it. */
import { LONG_AGO_MS } from '../values/present.ts';
import { epoch, formatDuration, type IsoTime, MINUTE } from '../values/time.ts';
import { describePressing, type NeedsPerson } from './pressing.ts';

export type Problem = {
  readonly kind:
    | 'ledger'
    | 'storage'
    | 'disk'
    | 'run'
    | 'messages'
    | 'stopped'
    | 'overdue'
    | 'held'
    | 'failed'
    | 'network'
    | 'notify';
  readonly found: string;
  readonly whatToDo: string;
};

/** What the ledger says of the last runs over all domains. */
export type LastRuns = {
  readonly lastReconcile?: {
    readonly at: IsoTime;
    readonly failed: number;
    readonly needsPerson?: NeedsPerson;
    readonly network?: 'doubted';
  };
  readonly abort?: EndedEarly | null;
};

export type EndedEarly = {
  readonly at: IsoTime;
  readonly why: string;
  readonly whatToDo: string;
  /** It did what its time or RunCloud's limit allowed, and the next run goes on. */
  readonly progress?: true;
};

export type Schedule = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Undefined: reconcile runs only when somebody asks for it. */
  readonly reconcileEveryMs: number | undefined;
};

export const DOUBTED_NETWORK = {
  found: "The last reconcile could not read the network's lists whole, or doubts them.",
  whatToDo: '{"action":"doctor"} says why.',
} as const;

const SEE_PLAN = 'Read {"action":"plan"}: each hold says what to do.';

/**
 * What runs left behind. `startedAt` (epoch ms) is when the process started: before its first run nothing is overdue. A hold that
 * passes by itself, such as for the DNS of a customer, is no problem.
 */
export function problemsOfRuns({ lastReconcile, abort }: LastRuns, schedule: Schedule, startedAt: number): Problem[] {
  const problems: Problem[] = [];
  if (abort && !abort.progress) {
    problems.push({
      kind: 'stopped',
      found: `A run ended early at ${abort.at}. ${abort.why}`,
      whatToDo: abort.whatToDo,
    });
  }
  const lastAt = abort?.progress ? abort.at : lastReconcile?.at;
  const last = lastAt ? describeLast(lastAt, schedule) : describeFirst(startedAt, schedule);
  if (last.isOverdue) {
    problems.push({
      kind: 'overdue',
      found: `${last.text}. No difference has been mended since.`,
      whatToDo: 'Check that the schedule is on, and read the log of reconcile.',
    });
  }
  if (lastReconcile?.needsPerson) {
    problems.push({ kind: 'held', found: describePressing(lastReconcile.needsPerson), whatToDo: SEE_PLAN });
  }
  if (lastReconcile && lastReconcile.failed > 0) {
    const found = `In the last reconcile ${lastReconcile.failed} ${lastReconcile.failed === 1 ? 'step' : 'steps'} failed.`;
    problems.push({ kind: 'failed', found, whatToDo: SEE_PLAN });
  }
  if (lastReconcile?.network) {
    problems.push({
      kind: 'network',
      ...DOUBTED_NETWORK,
    });
  }
  return problems;
}

function describeFirst(startedAt: number, schedule: Schedule): ReturnType<typeof describeLast> {
  const overdue = overdueSince(startedAt, schedule);
  return { text: `No reconcile has ended yet, and the service started ${overdue}`, isOverdue: overdue !== undefined };
}

/** When the last run ended, without a full stop. The ledger counts what a clock wrote that was ahead as long ago. */
export function describeLast(at: IsoTime, schedule: Schedule): { readonly text: string; readonly isOverdue: boolean } {
  if (schedule.now - epoch(at) >= LONG_AGO_MS) {
    return { text: 'The last reconcile ended long ago, or by a clock that was ahead', isOverdue: true };
  }
  const overdue = overdueSince(epoch(at), schedule);
  const since = overdue === undefined ? '' : `, ${overdue}`;
  return { text: `The last reconcile ended at ${at}${since}`, isOverdue: overdue !== undefined };
}

/**
 * How long ago it was, in words, where that is too long. Undefined: in time. A time ahead of this clock by as much says nothing of
 * when it was, so it is too long as well.
 */
export function overdueSince(at: number, { now, reconcileEveryMs }: Schedule): string | undefined {
  const age = now - at;
  if (reconcileEveryMs === undefined || Math.abs(age) <= toleranceOf(reconcileEveryMs)) return undefined;
  return age > 0 ? `${formatDuration(age)} ago` : `${formatDuration(-age)} ahead of this clock`;
}

/** Two reconciles may be missed, and one takes its time. The alarm on AWS comes after half an hour too. */
function toleranceOf(reconcileEveryMs: number): number {
  return Math.max(30 * MINUTE, 2.5 * reconcileEveryMs);
}

type Fault = { readonly why: string; readonly whatToDo: string };

/** What the process on one machine knows of itself. */
export type ProcessState = {
  /** What was odd about the folder when the process started. */
  readonly noticed: Fault | undefined;
  /** The last run that was due came to nothing. Undefined: it came to something, or none has ended. */
  readonly runFault: Fault | undefined;
  /** Why messages could not be received. Undefined: they can. */
  readonly queueError: string | undefined;
  /** Messages that failed and come back. */
  readonly failingMessages: number;
  /** Room on the disk of DATA_DIR. Undefined: nobody knows. */
  readonly freeBytes: number | undefined;
};

const MEGABYTE = 1024 ** 2;
/** A run over thousands of domains writes a few megabytes. With less room the next one may fail in the middle. */
const LEAST_FREE_BYTES = 16 * MEGABYTE;

export function problemsOfProcess({
  noticed,
  runFault,
  queueError,
  failingMessages,
  freeBytes,
}: ProcessState): Problem[] {
  const problems: Problem[] = [];
  if (noticed) problems.push({ kind: 'storage', found: noticed.why, whatToDo: noticed.whatToDo });
  if (freeBytes !== undefined && freeBytes < LEAST_FREE_BYTES) {
    problems.push({
      kind: 'disk',
      found: `The disk of DATA_DIR has room for ${Math.floor(freeBytes / MEGABYTE)} MB. On a full disk this service takes no webhook and no run ends well.`,
      whatToDo: `Make room: at least ${LEAST_FREE_BYTES / MEGABYTE} MB.`,
    });
  }
  if (runFault) {
    problems.push({
      kind: 'run',
      found: `The last scheduled run failed: ${runFault.why}`,
      whatToDo: `${runFault.whatToDo} The next run tries again.`,
    });
  }
  if (queueError !== undefined || failingMessages > 0) {
    const messages = `${failingMessages} ${failingMessages === 1 ? 'message has' : 'messages have'} failed and ${failingMessages === 1 ? 'comes' : 'come'} back.`;
    problems.push({
      kind: 'messages',
      found:
        queueError === undefined ? `Of the queue ${messages}` : `The queue cannot be read or written: ${queueError}`,
      whatToDo: 'Read the log: it says why at each attempt. None of them is given up.',
    });
  }
  return problems;
}
