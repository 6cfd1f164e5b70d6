/** `npm run secret`: fills the secret of a deployed stage. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import { commandFor, nameOfSecret, stageOf } from '../../lib/aws/secret-name.ts';
import { parseSecretValue } from '../../lib/aws/secret-value.ts';
import { parseSettings } from '../../lib/settings.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { messageOf } from '../../lib/util/log.ts';
import type { RawSettings } from '../../lib/util/raw-settings.ts';
import { HELP, parseArguments, type SecretOptions } from './arguments.ts';
import { checkRunCloud } from './check.ts';
import { completeValues, isIncomplete, type Values } from './questions.ts';
import { Refusal } from './refusal.ts';
import { SecretStore, type Stored } from './store.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { isHalfDropped, withKeys, withUrlToken } from './webhook-keys.ts';
import { readServiceUrl, wordpressLines } from './wordpress.ts';
import { readConstants } from './wp-config.ts';

const OUTPUTS = '.sst/outputs.json';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function fill(options: SecretOptions): Promise<void> {
  const { secretId } = options;
  const store = new SecretStore(secretId);
  const stored = await store.read();
  const existing = options.existing === 'replaced' ? {} : existingValues(stored, secretId);
  if (options.keyChange === 'drop-old' && stored.text !== undefined && (await isLeftOver(store, existing, secretId))) {
    await store.write(stored.text);
    print(
      `The older webhook key was removed from the previous version too. Within 5 minutes the service refuses what it signs.`,
    );
    return;
  }
  const start = { ...existing, ...(options.from === undefined ? {} : constantsOf(options.from)) };
  const answered = await askForRest(start, options);
  const keyed = withKeys(answered, options.keyChange, `${commandFor(secretId)} --drop-old-key`);
  const tokened =
    options.pluginWebhook === 'open' ? withUrlToken(keyed.values) : { values: keyed.values, messages: [] };
  const { values } = tokened;

  const parsed = parseSettings(values);
  if (!parsed.ok) {
    const list = parsed.faults.map((fault) => `  - ${fault}`).join('\n');
    throw new Refusal(`The settings are not right:\n${list}\nCorrect one with --change <NAME>.`);
  }
  print(
    options.runcloud === 'asked'
      ? await checkRunCloud(parsed.settings.api, { clock: systemClock, print })
      : 'RunCloud was not asked. The first run of the service shows whether token and ids are right.',
  );
  await checkUnchanged(store, stored);
  const secret = nameOfSecret(secretId);
  if (isDeepStrictEqual(values, existing)) {
    // A write that changes nothing would still replace the previous version.
    print(`The secret ${secret} has all of this already.`);
  } else {
    const text = JSON.stringify(values, null, 2);
    await store.write(text);
    // The functions also accept the keys of the previous version. The second write replaces that one too.
    if (options.keyChange === 'drop-old') await writeAgain(store, text, secretId);
    print(`The secret ${secret} was written. The service sees it within 5 minutes.`);
  }
  for (const line of [...keyed.messages, ...tokened.messages]) print(line);
  if (options.from !== undefined) {
    print(`Now remove the WU_RUNCLOUD_* constants from ${options.from}. The token must not stay on the web server.`);
  }
  print('');
  for (const line of wordpressLines(values, readServiceUrl(OUTPUTS, stageOf(secretId)))) print(line);
}

async function writeAgain(store: SecretStore, text: string, secretId: string): Promise<void> {
  try {
    await store.write(text);
  } catch (error) {
    const again = `${commandFor(secretId)} --drop-old-key`;
    throw new SecretUnreadyError(
      'unreadable',
      `The first of two writes was made. The second failed: ${messageOf(error)}`,
      `The service still accepts the old key, from the previous version. Run it again: ${again}`,
      { cause: error },
    );
  }
}

/** Whether an earlier run made the first of its two writes and not the second. */
async function isLeftOver(store: SecretStore, existing: Values, secretId: string): Promise<boolean> {
  const text = await store.readPrevious();
  try {
    return isHalfDropped(existing, withoutGaps(parseSecretValue(text, secretId)));
  } catch (error) {
    // An empty or unreadable version has no key in it.
    if (error instanceof SecretUnreadyError) return false;
    throw error;
  }
}

function existingValues({ text }: Stored, secretId: string): Values {
  try {
    return withoutGaps(parseSecretValue(text, secretId));
  } catch (error) {
    if (!(error instanceof SecretUnreadyError)) throw error;
    if (error.fault === 'empty') return {};
    throw new Refusal(
      `${error.message} So its values cannot be kept. Mend it in the Secrets Manager console, or write all of it anew with --start-over.`,
    );
  }
}

function withoutGaps(raw: RawSettings): Values {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function constantsOf(file: string): Values {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
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

async function askForRest(start: Values, { change, keyChange, pluginWebhook }: SecretOptions): Promise<Values> {
  // An operator who changes one thing is not asked about others.
  const isForOneThing = change.size > 0 || keyChange !== 'none' || pluginWebhook === 'open';
  const optional = isForOneThing && !isIncomplete(start) ? 'left out' : 'asked';
  const terminal: Terminal = openTerminal(process.stdin, process.stdout);
  try {
    return await completeValues(start, terminal, { change, optional });
  } finally {
    terminal.close();
  }
}

/**
 * Secrets Manager has no conditional writes. Two operators can still overwrite each other, but only within a moment.
 */
async function checkUnchanged(store: SecretStore, before: Stored): Promise<void> {
  if ((await store.read()).version === before.version) return;
  throw new Refusal('Somebody else changed the secret meanwhile. Start again with the new values.');
}

try {
  const options = parseArguments(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else await fill(options);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\nNothing was written.\n`);
  } else if (error instanceof SecretUnreadyError) {
    process.stderr.write(`${error.message} ${error.whatToDo}\n`);
  } else {
    process.stderr.write(`${messageOf(error)}\n`);
  }
}
