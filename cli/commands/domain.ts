import { isLive } from '../../lib/core/report/axes.ts';
import { type DomainAnswer, type Row, SCHEMAS } from '../answers.ts';
import { asking, type Context } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { mailOf, showAsked, showDomain } from '../render/domain.ts';

export type WhyOptions = { readonly mail?: true };

/** From the ledger: at once. */
export async function why(context: Context, domain: string, options: WhyOptions): Promise<ExitStatus> {
  return asking(context, ['query', { action: 'domain', domain }, SCHEMAS.domain], judgeDomain, (answer) => {
    if (options.mail) return context.page.prose(mailOf(answer));
    showDomain(context, answer, answer.asked_at);
    showAsked(context, answer, answer.asked_at);
  });
}

function judgeDomain(answer: DomainAnswer): ExitStatus {
  if (answer.needs_person) return EXIT.needsPerson;
  return isLive(answer) && answer.steps.length === 0 ? EXIT.fine : EXIT.changesDue;
}

/** Asks DNS, the server and RunCloud now. */
export async function verify(context: Context, domain: string, options: WhyOptions): Promise<ExitStatus> {
  return asking(context, ['reconcile', { action: 'verify', domain }, SCHEMAS.verified], judgeVerified, (answer) => {
    if (options.mail) return context.page.prose(mailOf(answer));
    showDomain(context, answer, undefined);
  });
}

function judgeVerified({
  ok,
  needs_person: needs,
  ...row
}: Pick<Row, 'mapping' | 'dns' | 'certificate' | 'needs_person'> & { readonly ok: boolean }): ExitStatus {
  if (needs) return EXIT.needsPerson;
  return ok && isLive(row) ? EXIT.fine : EXIT.changesDue;
}
