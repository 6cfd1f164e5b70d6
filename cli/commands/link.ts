import { SCHEMAS } from '../answers.ts';
import { asking, type Context, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

/** The address of a customer's page. The first line is the link alone, for whoever pipes it on. */
export async function link(
  context: Context,
  domain: string,
  { days }: { readonly days?: number },
): Promise<ExitStatus> {
  const until = days === undefined ? {} : { days };
  return asking(
    context,
    ['reconcile', { action: 'link', domain, ...until }, SCHEMAS.link],
    () => EXIT.fine,
    ({ url, summary }) => {
      context.page.line(url);
      say(context, summary);
    },
  );
}
