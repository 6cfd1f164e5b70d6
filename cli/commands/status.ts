import { type FilterState, NOT_LIVE } from '../../lib/core/report/state-names.ts';
import { quantity } from '../../lib/core/values/text.ts';
import { SCHEMAS, type StatusAnswer } from '../answers.ts';
import { asking, type Context, command } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { PAGE, withRest } from '../pages.ts';
import { shortAge } from '../render/age.ts';
import { describeCounts } from '../render/counts.ts';
import { csvOf, drawDomains } from '../render/domains.ts';
import { showNeeds } from '../render/needs.ts';
import { describeProgress } from '../render/progress.ts';

export type StatusOptions = {
  readonly state?: readonly FilterState[];
  readonly search?: string;
  readonly all?: true;
  readonly csv?: true;
};

/** Of so many lines the table of what is not live gets this many at least, if there is as much to show. */
const LEAST_TABLE = 5;

export async function status(context: Context, options: StatusOptions): Promise<ExitStatus> {
  const { state, search, all, csv } = options;
  const isOverview = !(state || search !== undefined || all || csv);
  const chosen = { ...(state && { state }), ...(search !== undefined && { search }) };
  // Whoever asks for the answer as it is gets all of it.
  const filter = isOverview && context.form === 'text' ? { state: NOT_LIVE } : chosen;
  const limit = context.form === 'json' ? {} : { limit: PAGE };
  const request = ['query', { action: 'status', ...filter, ...limit }, SCHEMAS.status] as const;
  return asking(context, request, judgeStatus, async (first) => {
    const answer = await withRest(context.service, filter, first);
    if (csv) context.page.line(csvOf(answer.domains));
    else if (isOverview) showOverview(context, answer);
    else showRows(context, answer);
  });
}

function judgeStatus({ needs, due, progress }: StatusAnswer): ExitStatus {
  if (needs.length > 0) return EXIT.needsPerson;
  return due > 0 || progress ? EXIT.changesDue : EXIT.fine;
}

function showRows(context: Context, { domains, asked_at: now }: StatusAnswer): void {
  const { page } = context;
  if (domains.length === 0) page.line('No domain is like that.');
  else page.line(drawDomains(context, domains, now));
}

/** What fits on one screen. */
function showOverview(context: Context, answer: StatusAnswer): void {
  const { page } = context;
  const { asked_at: now, due } = answer;
  page.prose(`${describeCounts(answer.counts)}.`);
  page.prose(describeRuns(answer));
  if (due > 0 && answer.run === undefined)
    page.prose(`${quantity(due, 'step')} due: ${command(context, 'plan')} shows ${due === 1 ? 'it' : 'them'}.`);
  if (answer.needs.length > 0) page.line();
  const rows = answer.domains;
  // The head, the line below the table, a line before it, and the prompt.
  const frame = 4;
  const room = page.terminal.kind === 'pipe' ? Number.POSITIVE_INFINITY : page.terminal.rows - page.lines;
  showNeeds(context, answer.needs, room - Math.min(rows.length, LEAST_TABLE) - (rows.length > 0 ? frame : 1));
  if (rows.length === 0) return;
  const left = page.terminal.kind === 'pipe' ? rows.length : page.terminal.rows - page.lines - frame;
  const shown = rows.toSorted(needyFirst).slice(0, Math.max(1, left));
  page.line();
  page.line(drawDomains(context, shown, now));
  const more = rows.length - shown.length;
  if (more > 0) page.line(`and ${more} more that are not live: ${command(context, 'status --all')}`);
}

function needyFirst(a: StatusAnswer['domains'][number], b: StatusAnswer['domains'][number]): number {
  return Number(b.needs_person ?? false) - Number(a.needs_person ?? false);
}

function describeRuns({ asked_at: now, last_run_at: last, list, run, progress }: StatusAnswer): string {
  const ended = last === undefined ? 'No run over all domains has ended yet.' : `Last run ${shortAge(last, now)} ago.`;
  const read = list && `RunCloud's list read ${shortAge(list.read_at, now)} ago.`;
  const atWork = run === undefined ? undefined : 'A run is at work.';
  const work = progress ? `${atWork ?? 'The next run goes on.'} ${describeProgress(progress)}.` : atWork;
  return [work, ended, read].filter((each) => each !== undefined).join(' ');
}
