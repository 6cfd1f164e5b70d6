import { quantity } from '../../lib/core/values/text.ts';
import { type ChecksAnswer, SCHEMAS } from '../answers.ts';
import { asking, type Context, command, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

export async function doctor(context: Context, options: { readonly all?: true }): Promise<ExitStatus> {
  const request = ['reconcile', { action: 'doctor' }, SCHEMAS.checks] as const;
  return asking(context, request, judgeChecks, (answer) => showChecks(context, answer, options.all ? 'all' : 'wrong'));
}

function judgeChecks({ checks }: ChecksAnswer): ExitStatus {
  return checks.every(({ ok }) => ok) ? EXIT.fine : EXIT.needsPerson;
}

function showChecks(context: Context, { checks }: ChecksAnswer, which: 'all' | 'wrong'): void {
  const { page } = context;
  for (const { name, ok, found, what_to_do: whatToDo } of checks) {
    if (ok && which === 'wrong') continue;
    page.line(`${page.style(ok ? 'green' : 'red', ok ? '✔' : '✘')} ${page.style('bold', name)}`);
    say(context, found, '    ');
    if (whatToDo !== undefined) say(context, `→ ${whatToDo}`, '    ');
  }
  const wrong = checks.filter(({ ok }) => !ok).length;
  const well = checks.length - wrong;
  if (wrong > 0) page.line();
  page.prose(
    wrong === 0
      ? `All ${quantity(well, 'check')} are well.${which === 'all' ? '' : ` ${command(context, 'doctor --all')} shows them.`}`
      : `${quantity(wrong, 'check')} of ${checks.length} found something wrong.`,
  );
}
