import { type PlanAnswer, SCHEMAS } from '../answers.ts';
import { asking, type Context, command } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { checksumOf, showPlan } from '../render/plan.ts';

export async function plan(context: Context): Promise<ExitStatus> {
  return asking(context, ['reconcile', { action: 'plan' }, SCHEMAS.plan], judgePlan, (answer) => {
    showPlan(context, answer);
    const checksum = checksumOf(answer);
    if (checksum !== undefined) context.page.line(`Apply it: ${command(context, `apply ${checksum}`)}`);
  });
}

export function judgePlan({ steps, needs_person: needs, remarks = [] }: PlanAnswer): ExitStatus {
  if (Object.keys(needs).length > 0 || remarks.length > 0) return EXIT.needsPerson;
  return steps.length > 0 ? EXIT.changesDue : EXIT.fine;
}
