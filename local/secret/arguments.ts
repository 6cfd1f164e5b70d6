/** The command line of `npm run secret`. */
import { parseArgs } from 'node:util';
import { secretNameOf } from '../../lib/aws/secret-name.ts';
import { SETTINGS } from './questions.ts';
import { Refusal } from './refusal.ts';

/** What is done with the webhook's key beside making one where there is none. */
export type KeyChange = 'none' | 'rotate' | 'drop-old';

export type Wanted = {
  /** Name or ARN of the secret. */
  readonly secretId: string;
  /** A `wp-config.php` to take values from. */
  readonly from: string | undefined;
  readonly keyChange: KeyChange;
  readonly pluginWebhook: 'wanted' | 'as it is';
  /** Settings to be asked for although they are there. */
  readonly change: ReadonlySet<string>;
  readonly runcloud: 'asked' | 'not asked';
  readonly existing: 'kept' | 'replaced';
};

export const HELP = `npm run secret -- --stage <stage> [options]

Fills the secret of a deployed stage in AWS Secrets Manager. It keeps what is
there, asks for what is missing, checks that RunCloud can be read with it, and
only then writes. AWS credentials and region are those of your environment.

  --stage <stage>        the stage, as in "npx sst deploy --stage <stage>"
  --secret <name>        instead of --stage: name or ARN of the secret
  --from <file>          takes the WU_RUNCLOUD_* constants of a wp-config.php
  --change <NAME>        asks for this setting although it is there; may be
                         given several times
  --rotate               makes a new webhook key, and keeps the old one beside
                         it
  --drop-old-key         takes the older of two webhook keys out
  --plugin-webhook       makes a WEBHOOK_TOKEN for the plugin's own webhook, if
                         there is none
  --skip-runcloud-check  writes without asking RunCloud: where its allow-list
                         does not have this machine's address
  --start-over           keeps nothing of what is there: for a value that is no
                         longer JSON
  --help                 says this

Secrets are asked for and not shown while you type. Without a terminal, answers
are read from standard input, one a line, in the order of the questions: API
token, panel address (or server id, then app id), policy, address of the
network's REST API, its key, its secret. Each is asked for only if it is
missing. The last three are optional.
`;

const NO_SECRETS =
  'Secrets are not taken as arguments, because those stand in the history of the shell and in the list of processes: they are asked for, or read from standard input.';

/** Takes the arguments; returns what is wanted, or 'help'. Throws Refusal, which repeats no argument's value. */
export function parseArguments(args: readonly string[]): Wanted | 'help' {
  const given = parse(args);
  if (given.help) return 'help';
  const { stage, secret } = given;
  if ((stage === undefined) === (secret === undefined)) {
    throw new Refusal(`Say which secret is meant: --stage <stage>, or --secret <name or ARN>.\n\n${HELP}`);
  }
  if (stage !== undefined && !/^[A-Za-z0-9-]+$/.test(stage)) {
    throw new Refusal('A stage is made of letters, digits and hyphens.');
  }
  // By the documentation of Secrets Manager; a key that was put here by mistake is not to be shown.
  if (secret !== undefined && (!/^[A-Za-z0-9/_+=.@:-]+$/.test(secret) || secret.startsWith('whsec_'))) {
    throw new Refusal(`--secret takes the name or the ARN of a secret, and not what is in it. ${NO_SECRETS}`);
  }
  if (given.rotate && given['drop-old-key']) {
    throw new Refusal('--rotate and --drop-old-key are two steps: between them the new key goes into WordPress.');
  }
  const others = [given.from, given.change, given['plugin-webhook'], given['start-over']];
  if (given['drop-old-key'] && others.some((other) => other !== undefined)) {
    throw new Refusal('--drop-old-key goes alone: change other things before or after it.');
  }
  const change = new Set(given.change ?? []);
  if ([...change].some((name) => !SETTINGS.includes(name))) {
    throw new Refusal(`--change takes the name of a setting: ${SETTINGS.join(', ')}. ${NO_SECRETS}`);
  }
  return {
    secretId: secret ?? secretNameOf(stage ?? ''),
    from: given.from,
    keyChange: given.rotate ? 'rotate' : given['drop-old-key'] ? 'drop-old' : 'none',
    pluginWebhook: given['plugin-webhook'] ? 'wanted' : 'as it is',
    change,
    runcloud: given['skip-runcloud-check'] ? 'not asked' : 'asked',
    existing: given['start-over'] ? 'replaced' : 'kept',
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stage: { type: 'string' },
        secret: { type: 'string' },
        from: { type: 'string' },
        change: { type: 'string', multiple: true },
        rotate: { type: 'boolean' },
        'drop-old-key': { type: 'boolean' },
        'plugin-webhook': { type: 'boolean' },
        'skip-runcloud-check': { type: 'boolean' },
        'start-over': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    // Node's own message repeats what was given.
    const isPositional = (error as { code?: unknown }).code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';
    const what = isPositional
      ? 'There is an argument without a name. (npm wants two hyphens before the options: npm run secret -- --stage production)'
      : 'There is an option that is not known, or lacks its value, or has one too many.';
    throw new Refusal(`${what} ${NO_SECRETS}\n\n${HELP}`);
  }
}
