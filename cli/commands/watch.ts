/** What changes, as it changes: from the ledger, so that it disturbs no run. */
import { printableJson } from '../../lib/util/outside-text.ts';
import { type Row, readAnswer, SCHEMAS, type StatusAnswer } from '../answers.ts';
import { type Context, refuse } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { PAGE, withRest } from '../pages.ts';
import { describeCounts } from '../render/counts.ts';
import { describeProgress } from '../render/progress.ts';
import { CouldNotAskError } from '../service/service.ts';

/** Ends when somebody ends it. */
export async function watch(context: Context): Promise<ExitStatus> {
  const { page, terminal, service, sleep } = context;
  let before: StatusAnswer | undefined;
  let lost: string | undefined;
  while (!terminal.ended.aborted) {
    try {
      const answer = await service.invoke('query', { action: 'status', limit: PAGE });
      const asked = readAnswer(answer, SCHEMAS.status, service);
      const why = asked.kind === 'refused' ? asked.answer.summary : undefined;
      if (why !== undefined && why !== lost) refuse(context, why);
      lost = why;
      if (asked.kind === 'answered') {
        if (context.form === 'json') page.line(printableJson(JSON.stringify(answer)));
        const now = await withRest(service, {}, asked.answer);
        if (context.form === 'text') showNews(context, before, now);
        before = now;
      }
    } catch (error) {
      // The service may be started anew meanwhile. What was never there is an error.
      if (!(error instanceof CouldNotAskError) || before === undefined) throw error;
      if (error.message !== lost) refuse(context, `${error.message} It is asked again.`);
      lost = error.message;
    }
    await sleep(service.pollEveryMs, terminal.ended);
  }
  page.clearProgress();
  return lost === undefined ? EXIT.fine : EXIT.couldNotAsk;
}

function showNews(context: Context, before: StatusAnswer | undefined, now: StatusAnswer): void {
  const { page } = context;
  const time = now.asked_at.slice(11, 19);
  if (before === undefined) page.line(`${time}  ${describeCounts(now.counts)}`);
  else for (const line of newsOf(before, now)) page.prose(`${time}  ${line}`);
  const { progress } = now;
  page.progress(progress ? describeProgress(progress) : `${describeCounts(now.counts)}. Ctrl-C ends this.`);
}

/** Domains that came, went, or stand somewhere else; and when a run began or ended. */
export function newsOf(before: StatusAnswer, now: StatusAnswer): string[] {
  const old = new Map(before.domains.map((row) => [row.domain, row]));
  const present = new Set(now.domains.map(({ domain }) => domain));
  const changed = now.domains.flatMap((row) => {
    const was = old.get(row.domain);
    if (was === undefined) return [`${row.domain}: ${describe(row)}`];
    return describe(was) === describe(row) ? [] : [`${row.domain}: ${describe(row)}, before ${describe(was)}`];
  });
  const gone = before.domains.filter(({ domain }) => !present.has(domain)).map(({ domain }) => `${domain}: gone`);
  const runs = [
    ...(before.run === undefined && now.run !== undefined ? ['A run began.'] : []),
    ...(before.run !== undefined && now.run === undefined ? ['The run ended.'] : []),
  ];
  return [...runs, ...changed, ...gone];
}

function describe({ mapping, dns, certificate }: Row): string {
  return mapping === 'on RunCloud' ? `on RunCloud, DNS ${dns}, certificate ${certificate}` : mapping;
}
