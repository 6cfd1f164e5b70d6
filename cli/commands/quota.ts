import { type QuotaAnswer, SCHEMAS } from '../answers.ts';
import { asking, type Context, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { tableOf } from '../render/table.ts';

export async function quota(context: Context): Promise<ExitStatus> {
  return asking(context, ['query', { action: 'quota' }, SCHEMAS.quota], judgeQuota, (answer) =>
    showQuota(context, answer),
  );
}

function judgeQuota({ ok }: QuotaAnswer): ExitStatus {
  return ok ? EXIT.fine : EXIT.needsPerson;
}

function showQuota(context: Context, answer: QuotaAnswer): void {
  const { page } = context;
  const { on, a_day: daily, since } = answer;
  const rows = Object.entries(on).map(([kind, count]) => [kind, String(count), String(Math.round(daily[kind] ?? 0))]);
  if (rows.length > 0) {
    page.line(tableOf(page, [{ head: 'calls' }, { head: `since ${since.slice(0, 10)}` }, { head: 'a day' }], rows));
    page.line();
  }
  say(context, answer.summary);
}
