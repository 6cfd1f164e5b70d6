/** Fills the secrets of a deployed stage: what `npm run secret` does. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import { commandFor } from '../../lib/aws/secret-name.ts';
import { parseSettings } from '../../lib/settings.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { messageOf } from '../../lib/util/log.ts';
import { COLUMNS, wrap } from '../../local/wrap.ts';
import { HELP, parseArguments, type SecretOptions } from './arguments.ts';
import { checkRunCloud } from './check-runcloud.ts';
import { completeValues, isIncomplete, type Values } from './questions.ts';
import { Refusal } from './refusal.ts';
import { type ExistingSettings, SecretStores } from './stores.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { withKeys, withUrlToken } from './webhook-keys.ts';
import { readServiceUrl, wordpressLines } from './wordpress.ts';
import { readConstants } from './wp-config.ts';

const OUTPUTS = '.sst/outputs.json';

export type WizardDependencies = {
  /** Where answers come from. */
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
  readonly errors: Writable;
  /** What file names are relative to. The outputs of the last deployment lie in it. */
  readonly folder: string;
  /** How long a line is at most. */
  readonly columns?: number;
};

/** A wizard at work: where it prints, and all it was started with. */
type Wizard = Required<WizardDependencies> & { print(text: string): void };

/** Does what the arguments print. Returns the exit code. AWS's region and credentials are those of the environment. */
export async function runWizard(args: readonly string[], given: WizardDependencies): Promise<0 | 1> {
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

async function fill(wanted: SecretOptions, wizard: Wizard): Promise<void> {
  const { print, folder } = wizard;
  const { secrets, stage } = wanted;
  const stores = new SecretStores(secrets, stage);
  const stored = await stores.read();
  const existing: ExistingSettings =
    wanted.existing === 'replaced' ? { values: {}, takenOverFrom: undefined } : await stores.existing(stored);
  if (wanted.keyChange === 'drop-old' && (await stores.endHalfDropped(stored, existing.values))) {
    print(
      `The older webhook key was taken out of the version before as well: what it signs is refused within 5 minutes.`,
    );
    return;
  }
  if (existing.takenOverFrom !== undefined) {
    print(`Values that are missing are taken from ${existing.takenOverFrom}, where version 0.1.0 kept all of them.`);
  }
  const start = { ...existing.values, ...(wanted.from === undefined ? {} : constantsOf(wanted.from, wizard)) };
  const answered = await askForRest(start, wanted, wizard);
  const keyed = withKeys(answered, wanted.keyChange, `${commandFor(secrets.webhook)} --drop-old-key`);
  const tokened = wanted.pluginWebhook === 'open' ? withUrlToken(keyed.values) : { values: keyed.values, messages: [] };
  const { values } = tokened;

  const parsed = parseSettings(values);
  if (!parsed.ok) {
    const list = parsed.faults.map((fault) => `  - ${fault}`).join('\n');
    throw new Refusal(`The settings are not right:\n${list}\nWith --change <NAME> one is asked for anew.`);
  }
  for (const warning of parsed.settings.warnings) print(warning);
  print(
    wanted.runcloud === 'asked'
      ? await checkRunCloud(parsed.settings.api, { clock: systemClock, print })
      : 'RunCloud was not asked: whether token and ids are right shows in the first run of the service.',
  );
  await stores.checkUnchanged(stored);
  // The functions look back at one version: the second write leaves none that has the old key.
  const writes = wanted.keyChange === 'drop-old' ? 'twice' : 'once';
  for (const line of await stores.write(values, stored, writes)) print(line);
  for (const line of [...keyed.messages, ...tokened.messages]) print(line);
  if (existing.takenOverFrom !== undefined) {
    print(
      `Nothing reads the secret ${existing.takenOverFrom} any more. It holds the token too, so delete it once you are sure that you do not go back: aws secretsmanager delete-secret --secret-id ${existing.takenOverFrom}`,
    );
  }
  if (wanted.from !== undefined) {
    print(`Now remove the WU_RUNCLOUD_* constants from ${wanted.from}. The token must not stay on the web server.`);
  }
  print('');
  for (const line of wordpressLines(values, readServiceUrl(join(folder, OUTPUTS), stage))) {
    if (line.kind === 'prose') print(line.text);
    else wizard.output.write(`${line.text}\n`);
  }
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

async function askForRest(
  start: Values,
  { change, keyChange, pluginWebhook }: SecretOptions,
  { input, output, columns }: Wizard,
): Promise<Values> {
  // Who comes for one thing is not asked about others.
  const isForOneThing = change.size > 0 || keyChange !== 'none' || pluginWebhook === 'open';
  const optional = isForOneThing && !isIncomplete(start) ? 'left out' : 'asked';
  const terminal: Terminal = openTerminal(input, output, columns);
  try {
    return await completeValues(start, terminal, { change, optional });
  } finally {
    terminal.close();
  }
}
