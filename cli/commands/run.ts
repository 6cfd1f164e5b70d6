/** Commands that act: what they came to is shown when the run has ended, and until then how far it is. */
import { type Hold, type RunAnswer, readAnswer, SCHEMAS } from '../answers.ts';
import { asking, type Context, command, refuse, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { checksumOf, showPlan, showSteps } from '../render/plan.ts';
import { describeProgress } from '../render/progress.ts';
import { judgeRun, judgeWholeRun, showRun } from '../render/run.ts';
import { judgePlan } from './plan.ts';

export async function reconcile(context: Context): Promise<ExitStatus> {
  return withProgress(context, async () =>
    asking(context, ['reconcile', { action: 'reconcile' }, SCHEMAS.run], judgeWholeRun, (answer) =>
      showRun(context, answer),
    ),
  );
}

/** Shows the plan, asks, and applies exactly that plan. */
export async function apply(
  context: Context,
  checksum: string | undefined,
  options: { readonly yes?: true },
): Promise<ExitStatus> {
  const { service, page, terminal } = context;
  let approved = checksum;
  if (context.form === 'text') {
    const asked = readAnswer(await service.invoke('reconcile', { action: 'plan' }), SCHEMAS.plan, service);
    if (asked.kind === 'refused') return refuse(context, asked.answer.summary);
    const { answer } = asked;
    showPlan(context, answer);
    if (checksum !== undefined && checksum !== answer.checksum) {
      say(context, `The plan ${checksum} is out of date, so nothing was done. This is the new one.`);
      return EXIT.changesDue;
    }
    approved = checksumOf(answer);
    if (approved === undefined) return judgePlan(answer);
  }
  if (approved === undefined || (!options.yes && (terminal.kind === 'pipe' || context.form === 'json'))) {
    return refuse(context, 'Nobody can be asked here. Give the checksum of the plan that you have read, and --yes.');
  }
  if (!options.yes && !(await terminal.confirm('Apply this plan?'))) return stopped(context);
  return withProgress(context, async () =>
    asking(context, ['reconcile', { action: 'apply', checksum: approved }, SCHEMAS.run], judgeWholeRun, (answer) => {
      page.line();
      showRun(context, answer);
    }),
  );
}

export async function map(context: Context, domain: string): Promise<ExitStatus> {
  return asking(context, ['reconcile', { action: 'map', domain }, SCHEMAS.run], judgeRun, ({ summary }) =>
    say(context, summary),
  );
}

export async function unmap(context: Context, domain: string, options: { readonly yes?: true }): Promise<ExitStatus> {
  const { terminal } = context;
  if (!options.yes) {
    if (terminal.kind === 'pipe' || context.form === 'json') {
      return refuse(
        context,
        `unmap removes ${domain} from RunCloud. Nobody can be asked here: give --yes if that is meant.`,
      );
    }
    if (!(await terminal.confirm(`Remove ${domain} from RunCloud, with its certificate?`))) return stopped(context);
  }
  return asking(context, ['reconcile', { action: 'unmap', domain }, SCHEMAS.run], judgeRun, ({ summary }) =>
    say(context, summary),
  );
}

export type AdoptOptions = { readonly all?: true; readonly dryRun?: true; readonly yes?: true };

/** Shows what would follow, asks, and adopts. */
export async function adopt(context: Context, domains: readonly string[], options: AdoptOptions): Promise<ExitStatus> {
  const { service, terminal } = context;
  if ((domains.length === 0) === (options.all === undefined)) {
    return refuse(context, 'Name the domains to adopt, or give --all for every domain that is mapped and on RunCloud.');
  }
  const named = options.all ? 'all' : domains;
  const showing = ['reconcile', { action: 'plan', adopt: named }, SCHEMAS.adoption] as const;
  if (options.dryRun) return asking(context, showing, judgeAdoption, (answer) => showAdoption(context, answer));
  if (!options.yes) {
    if (terminal.kind === 'pipe' || context.form === 'json') {
      return refuse(
        context,
        'An adopted domain follows the network. Nobody can be asked here: see --dry-run, and give --yes.',
      );
    }
    const asked = readAnswer(await service.invoke(showing[0], showing[1]), SCHEMAS.adoption, service);
    if (asked.kind === 'refused') return refuse(context, asked.answer.summary);
    showAdoption(context, asked.answer);
    if (asked.answer.steps.length === 0) return judgeAdoption(asked.answer);
    if (!(await terminal.confirm('Adopt them?'))) return stopped(context);
  }
  return asking(context, ['reconcile', { action: 'adopt', domains: named }, SCHEMAS.run], judgeAdopted, (answer) =>
    showRun(context, answer),
  );
}

/** A domain that was named and is not adopted is told of. */
function judgeAdoption({ holds }: { readonly holds: readonly Hold[] }): ExitStatus {
  return holds.length > 0 ? EXIT.changesDue : EXIT.fine;
}

function judgeAdopted(answer: RunAnswer): ExitStatus {
  return answer.held.length > 0 && answer.ok ? EXIT.changesDue : judgeRun(answer);
}

type Adoption = {
  readonly summary: string;
  readonly steps: Parameters<typeof showSteps>[1];
  readonly holds: readonly Hold[];
  readonly follows: Parameters<typeof showSteps>[1];
};

function showAdoption(context: Context, { summary, steps, holds, follows }: Adoption): void {
  showSteps(context, steps);
  for (const { reason, what_to_do: whatToDo } of holds) say(context, `${reason} ${whatToDo}`);
  if (follows.length > 0) {
    context.page.line();
    context.page.line('What follows:');
    showSteps(context, follows);
  }
  if (steps.length > 0) context.page.line();
  say(context, summary);
}

function stopped({ page }: Context): ExitStatus {
  page.line('Nothing was done.');
  return EXIT.changesDue;
}

/** While `work` is under way, a line on the terminal says how far the run is. */
async function withProgress(context: Context, work: () => Promise<ExitStatus>): Promise<ExitStatus> {
  const { page, service, terminal, form } = context;
  if (terminal.kind === 'pipe' || form === 'json') return work();
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await context.sleep(service.pollEveryMs, ended.signal);
      if (ended.signal.aborted) return;
      const answer = await service.invoke('query', { action: 'status', limit: 0 }, ended.signal);
      const asked = readAnswer(answer, SCHEMAS.status, service);
      const progress = asked.kind === 'answered' ? asked.answer.progress : undefined;
      if (progress && !ended.signal.aborted) page.progress(describeProgress(progress));
    }
    // Whether the run goes well does not depend on this line. Somebody may act who may not look.
  })().catch(() => undefined);
  page.progress(`At work. Ctrl-C leaves it at work; ${command(context, 'watch')} shows how far it is.`);
  try {
    return await work();
  } finally {
    ended.abort();
    await watching;
    page.clearProgress();
  }
}
