/** `mrc init`: fills `.env`, or the secrets of a deployed stage. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { messageOf } from '../../lib/util/log.ts';
import { COLUMNS, wrap } from '../../lib/util/wrap.ts';
import { HELP, type InitOptions, parseArguments } from './arguments.ts';
import { checkedValues } from './checks.ts';
import { envTarget } from './env-target.ts';
import { completeValues, isIncomplete, type Values } from './questions.ts';
import { Refusal } from './refusal.ts';
import { secretsTarget } from './secrets-target.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { withKeys, withUrlToken } from './webhook-keys.ts';
import { wordpressLines } from './wordpress.ts';
import { readConstants } from './wp-config.ts';

export type WizardDependencies = {
  /** Where answers come from. */
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
  readonly errors: Writable;
  /** What file names are relative to. `.env` lies in it, and the outputs of the last deployment. */
  readonly folder: string;
  /** How long a line is at most. */
  readonly columns?: number;
};

/** A wizard at work: where it prints, and all it was started with. */
type Wizard = Required<WizardDependencies> & { print(text: string): void };

/** `args` are those after `init`. Returns the exit code. AWS's region and credentials are those of the environment. */
export async function runInit(args: readonly string[], given: WizardDependencies): Promise<0 | 1> {
  const { output, errors, columns = COLUMNS } = given;
  const print = (text: string): void => void output.write(`${wrap(text, columns)}\n`);
  try {
    const wanted = parseArguments(args);
    if (wanted === 'help') output.write(HELP);
    else await fill(wanted, { ...given, columns, print });
    return 0;
  } catch (error) {
    errors.write(`${wrap(goodbye(error), columns)}\n`);
    return 1;
  }
}

function goodbye(error: unknown): string {
  if (error instanceof Refusal) return `${error.message}\nNothing was written.`;
  return error instanceof SecretUnreadyError ? `${error.message} ${error.whatToDo}` : messageOf(error);
}

async function fill(options: InitOptions, wizard: Wizard): Promise<void> {
  const { print, folder } = wizard;
  const target = options.target.kind === 'secrets' ? secretsTarget(options.target, folder) : envTarget(folder);
  const reading = await target.read(options.existing);
  const finished = options.keyChange === 'drop-old' ? await reading.finishDrop() : undefined;
  if (finished !== undefined) {
    print(finished);
    return;
  }
  for (const line of reading.origin) print(line);
  const start = { ...reading.values, ...(options.from === undefined ? {} : constantsOf(options.from, wizard)) };
  const answered = await askForRest(start, options, wizard);
  const keyed = withKeys(answered, options.keyChange, target.keyWords);
  const tokened =
    options.pluginWebhook === 'open' ? withUrlToken(keyed.values) : { values: keyed.values, messages: [] };
  const values = await checkedValues(tokened.values, options, {
    parse: target.parse,
    print,
    clock: systemClock,
    askAgain: wizard.input.isTTY
      ? async (wrong, names) => ask(wrong, { change: new Set(names), optional: 'left out' }, wizard)
      : undefined,
  });
  await reading.checkUnchanged();
  for (const line of await reading.write(values, options.keyChange)) print(line);
  for (const line of [...keyed.messages, ...tokened.messages]) print(line);
  if (options.from !== undefined) {
    print(`Now remove the WU_RUNCLOUD_* constants from ${options.from}. The token must not stay on the web server.`);
  }
  print('');
  for (const line of wordpressLines(values, target.addressOf(values))) {
    if (line.kind === 'prose') print(line.text);
    else wizard.output.write(`${line.text}\n`);
  }
  for (const line of target.nextSteps()) print(`\n${line}`);
}

function constantsOf(file: string, { folder, print }: Wizard): Values {
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), 'utf8');
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw new Refusal(`${file} could not be read (${typeof code === 'string' ? code : messageOf(error)}).`);
  }
  const { values, unreadable } = readConstants(text);
  const names = Object.keys(values);
  print(
    names.length > 0
      ? `From ${file}: ${names.join(', ')}.`
      : `There is no constant of the RunCloud integration in ${file} that could be read.`,
  );
  for (const { name, why } of unreadable) print(`${name} could not be read from ${file}: ${why}.`);
  return values;
}

async function askForRest(start: Values, options: InitOptions, wizard: Wizard): Promise<Values> {
  const { change, keyChange, pluginWebhook } = options;
  // Who comes for one thing is not asked about others.
  const isForOneThing = change.size > 0 || keyChange !== 'none' || pluginWebhook === 'open';
  const optional = isForOneThing && !isIncomplete(start) ? 'left out' : 'asked';
  return ask(start, { change, optional }, wizard);
}

/** The terminal is free between two rounds of questions: there Ctrl-C ends the program, also while RunCloud is asked. */
async function ask(
  start: Values,
  questions: { readonly change: ReadonlySet<string>; readonly optional: 'asked' | 'left out' },
  { input, output, columns }: Wizard,
): Promise<Values> {
  const terminal: Terminal = openTerminal(input, output, columns);
  try {
    return await completeValues(start, terminal, questions);
  } finally {
    terminal.close();
  }
}
