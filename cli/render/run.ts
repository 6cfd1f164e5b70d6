/** What a run came to. */
import type { RunAnswer } from '../answers.ts';
import { type Context, command, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { describeHolds, showSteps } from './plan.ts';

/** Of those that failed, each with its reason. */
const FAILURES_SHOWN = 5;
/** Of so many domains the reasons are shown. */
const MOST_REASONS = 3;

export function showRun(context: Context, { summary, done, held, failed, remarks = [] }: RunAnswer): void {
  const { page } = context;
  showSteps(context, done);
  for (const { domain, why, what_to_do: whatToDo } of failed.slice(0, FAILURES_SHOWN)) {
    say(context, `${page.style('red', '✘')} ${domain}: ${why} ${whatToDo}`);
  }
  const more = failed.length - FAILURES_SHOWN;
  if (more > 0) page.line(`and ${more} more that failed: ${command(context, 'status --state needs-person')}`);
  if (done.length + failed.length > 0) page.line();
  say(context, summary);
  if (held.length > MOST_REASONS)
    page.prose(`Left alone: ${describeHolds(held)}. ${command(context, 'why DOMAIN')} tells the reason.`);
  else for (const { reason, what_to_do: whatToDo } of held) say(context, `${reason} ${whatToDo}`);
  for (const remark of remarks) if (!summary.includes(remark)) say(context, remark);
}

export function judgeRun({ ok, busy, done, held, remarks = [] }: RunAnswer): ExitStatus {
  // It was recorded, and happens when the other run ends.
  if (busy) return ok ? EXIT.changesDue : EXIT.couldNotAsk;
  if (!ok || remarks.length > 0) return EXIT.needsPerson;
  return done.length === 0 && held.length > 0 ? EXIT.changesDue : EXIT.fine;
}

/** After a run over all domains what is held passes by itself, or makes `ok` false. What the next run goes on with is due. */
export function judgeWholeRun(answer: RunAnswer): ExitStatus {
  return answer.ok && answer.progress ? EXIT.changesDue : judgeRun({ ...answer, held: [] });
}
