/** The command `mrc`: what it takes, and what it says about itself. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FILTER_STATES } from '../lib/core/report/state-names.ts';
import { printable } from '../lib/core/values/text.ts';
import { MOST_LINK_DAYS } from '../lib/pages/link.ts';
import { wrap } from '../lib/util/wrap.ts';
import { doctor } from './commands/doctor.ts';
import { verify, why } from './commands/domain.ts';
import { events } from './commands/events.ts';
import { link } from './commands/link.ts';
import { notify } from './commands/notify.ts';
import { plan } from './commands/plan.ts';
import { quota } from './commands/quota.ts';
import { adopt, apply, map, reconcile, unmap } from './commands/run.ts';
import { status } from './commands/status.ts';
import { watch } from './commands/watch.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { CouldNotAskError, type Service } from './service/service.ts';
import { Page, type Terminal } from './terminal.ts';

const AFTER_HELP = `
Exit status: 0 fine; 1 could not ask, or not understood; 2 changes are due;
3 something needs a person.
`;

/** What names the service. */
type Where = { readonly stage?: string; readonly url?: string; readonly json?: true };

export type MrcDependencies = {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  readonly openService: (place: Place) => Promise<Service>;
  /** Fills the settings, with the arguments after `init`. */
  readonly init: (args: readonly string[]) => Promise<ExitStatus>;
};

export type Place = { readonly kind: 'local'; readonly url: URL } | { readonly kind: 'stage'; readonly stage: string };

/** Carries out a command line, and never throws for what a person did. */
export async function runMrc(args: readonly string[], deps: MrcDependencies): Promise<ExitStatus> {
  const { terminal } = deps;
  const wizard = argumentsOfInit(args);
  if (wizard) return deps.init(wizard);
  let ended: ExitStatus = EXIT.fine;
  const program = describe(deps, (status) => {
    ended = status;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.couldNotAsk;
    if (!(error instanceof CouldNotAskError)) throw error;
    terminal.errors.write(`${wrap(printable(`${error.message} ${error.whatToDo}`), terminal.columns)}\n`);
    return EXIT.couldNotAsk;
  }
}

/** `init` has options of its own, which the wizard explains; it refuses those that it does not know, wherever they stand. */
function argumentsOfInit(args: readonly string[]): readonly string[] | undefined {
  if (args[0] === 'help' && args[1] === 'init') return ['--help'];
  const at = args.indexOf('init');
  const before = args.slice(0, Math.max(0, at));
  const isBehindOptions = before.every(
    (arg, index) => arg.startsWith('-') || /^--(stage|url)$/.test(before[index - 1] ?? ''),
  );
  return at >= 0 && isBehindOptions ? [...before, ...args.slice(at + 1)] : undefined;
}

function describe(deps: MrcDependencies, end: (status: ExitStatus) => void): Command {
  const { terminal } = deps;
  const program = new Command('mrc')
    .description('Shows and steers the service that keeps the domains of a RunCloud web application.')
    .option('--stage <stage>', 'a deployment on AWS, instead of the service on this machine')
    .option('--url <url>', 'address of the service on this machine (default: http://127.0.0.1 at PORT)')
    .option('--json', 'the answer as it is')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.errors.write(text),
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('mrc --help lists all commands and options.')
    .addHelpText('after', AFTER_HELP);

  const acting =
    <Args extends unknown[]>(work: (context: Context, ...args: Args) => Promise<ExitStatus>) =>
    async (...given: unknown[]): Promise<void> => {
      // Commander hands in the arguments, the options and the command itself.
      const args = given.slice(0, -1) as Args;
      const service = await deps.openService(placeOf(program.opts<Where>(), deps.environment));
      const page = new Page(terminal);
      try {
        end(await work(contextOf(service, page, program.opts<Where>(), deps.environment), ...args));
      } finally {
        page.clearProgress();
        await service.close();
      }
    };

  program
    .command('status')
    .description('where the domains stand, and what needs you')
    .addOption(
      new Option('--state <states>', `those in these states: ${FILTER_STATES.join(', ')}`).argParser(parseStates),
    )
    .option('--search <text>', 'those with this in their name')
    .option('--all', 'a table of all domains')
    .option('--csv', 'for a spreadsheet')
    .action(acting(status));
  program
    .command('why <domain>')
    .description('why a domain is not live, and what to do')
    .option('--mail', 'text to send to the customer')
    .action(acting(why));
  program
    .command('verify <domain>')
    .description('the same, asked now of DNS, the server and RunCloud')
    .option('--mail', 'text to send to the customer')
    .action(acting(verify));
  program.command('plan').description('what the next run does, and what is held').action(acting(plan));
  program
    .command('apply [checksum]')
    .description('shows the plan, asks, and applies it, held removals included')
    .option('--yes', 'without asking')
    .action(acting(apply));
  program.command('reconcile').description('does what is due now').action(acting(reconcile));
  program
    .command('map <domain>')
    .description('adds a domain, as a mapping would')
    .action(acting((context, domain: string) => map(context, domain)));
  program
    .command('unmap <domain>')
    .description('removes a domain, as the end of its mapping would')
    .option('--yes', 'without asking')
    .action(acting(unmap));
  program
    .command('adopt [domains...]')
    .description('hands domains on RunCloud over to the service')
    .option('--all', 'every domain that is mapped and on RunCloud')
    .option('--dry-run', 'only shows what would follow')
    .option('--yes', 'without asking')
    .action(acting(adopt));
  program
    .command('doctor')
    .description('checks everything that can be wrong')
    .option('--all', 'shows the checks that are well too')
    .action(acting(doctor));
  program
    .command('quota')
    .description('calls to RunCloud: used, on what, how long they last')
    .action(acting((context) => quota(context)));
  program
    .command('events [domain]')
    .description('what happened to a domain, or to all, within 90 days')
    .action(acting((context, domain: string | undefined) => events(context, domain)));
  program
    .command('notify')
    .addArgument(new Argument('<message>').choices(['test']))
    .description('sends a test message to whom the settings name')
    .action(acting((context) => notify(context)));
  program
    .command('link <domain>')
    .description("link to the customer's page of a domain, to be sent to its customer")
    .addOption(new Option('--days <number>', 'how long it works (default: 30)').argParser(parseDays))
    .action(acting(link));
  program
    .command('watch')
    .description('shows what changes, and how far a run is')
    .action(acting((context) => watch(context)));
  program.command('init').description('fills .env, or the secrets of a stage (mrc init --help)');
  return program;
}

function contextOf(service: Service, page: Page, { stage, url, json }: Where, environment: NodeJS.ProcessEnv): Context {
  const options = stage === undefined ? (url === undefined ? '' : ` --url ${url}`) : ` --stage ${stage}`;
  return {
    service,
    terminal: page.terminal,
    page,
    form: json ? 'json' : 'text',
    // As npm tells a program that was started with npx.
    spoken: { program: environment['npm_command'] === 'exec' ? 'npx mrc' : 'mrc', options },
    sleep: async (ms, ended) => {
      await sleepFor(ms, undefined, { signal: ended }).catch(() => undefined);
    },
  };
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_LINK_DAYS) return days;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MOST_LINK_DAYS}.`);
}

function parseStates(text: string): string[] {
  const states = text.split(',').map((each) => each.trim());
  const unknown = states.find((state) => !FILTER_STATES.some((known) => known === state));
  if (unknown !== undefined) throw new InvalidArgumentError(`Known are ${FILTER_STATES.join(', ')}.`);
  return states;
}

/** @throws CouldNotAskError */
function placeOf({ stage, url }: Where, environment: NodeJS.ProcessEnv): Place {
  if (stage !== undefined && url !== undefined) {
    throw new CouldNotAskError('--stage and --url name two services.', 'Give one of them.');
  }
  if (stage !== undefined) {
    if (/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(stage)) return { kind: 'stage', stage };
    throw new CouldNotAskError('A stage consists of letters, digits and hyphens.', 'It is the one that was deployed.');
  }
  const text = url ?? `http://127.0.0.1:${environment['PORT']?.trim() || '8787'}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CouldNotAskError(`${text} is no address of a service.`, 'It looks like http://127.0.0.1:8787.');
  }
  return { kind: 'local', url: new URL(text) };
}

/** PORT stands in `.env` too, where the service reads it. Nothing else of that file is looked at, and whoever may not read it has --url. */
export function withPort(environment: NodeJS.ProcessEnv, file: string): NodeJS.ProcessEnv {
  if (environment['PORT']?.trim()) return environment;
  try {
    return { ...environment, PORT: parseEnv(readFileSync(file, 'utf8'))['PORT'] };
  } catch {
    return environment;
  }
}
