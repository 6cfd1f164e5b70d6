import { SCHEMAS } from '../answers.ts';
import { asking, type Context, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

/** A test message to whom the settings name, on the way of every other. */
export async function notify(context: Context): Promise<ExitStatus> {
  return asking(
    context,
    ['reconcile', { action: 'notify' }, SCHEMAS.any],
    ({ ok }) => (ok ? EXIT.fine : EXIT.needsPerson),
    ({ summary }) => say(context, summary),
  );
}
