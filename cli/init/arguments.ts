/** The command line of `mrc init`. */
import { parseArgs } from 'node:util';
import { type SecretKind, type SecretRef, secretNameOf } from '../../lib/aws/secret-name.ts';
import { SETTINGS } from './questions.ts';
import { Refusal } from './refusal.ts';

/** What happens to the webhook keys. In each case a key is made if there is none. */
export type KeyChange = 'none' | 'rotate' | 'drop-old';

export type NamedSecrets = {
  readonly kind: 'secrets';
  readonly secrets: Readonly<Record<SecretKind, SecretRef>>;
  /** Undefined if both secrets are named. */
  readonly stage: string | undefined;
};

export type InitOptions = {
  readonly target: NamedSecrets | { readonly kind: 'env-file' };
  /** A `wp-config.php` to read values from. */
  readonly from: string | undefined;
  readonly keyChange: KeyChange;
  readonly pluginWebhook: 'open' | 'as it is';
  /** Settings to ask for although they are there. */
  readonly change: ReadonlySet<string>;
  readonly runcloud: 'asked' | 'not asked';
  readonly network: 'asked' | 'not asked';
  readonly existing: 'kept' | 'replaced';
};

export const HELP = `npx mrc init [options]

Fills .env in the current folder, or with --stage the secrets of a deployed
stage in AWS Secrets Manager, <stage>/webhook and <stage>/runcloud. It keeps
what is there, asks for what is missing, checks that RunCloud and the network
can be read with it, and only then writes. AWS credentials and region are those
of your environment.

  --stage <stage>        the stage, as in "npx sst deploy --stage <stage>"
  --webhook-secret <name>, --runcloud-secret <name>
                         name or ARN of a secret that is called otherwise
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
  --skip-network-check   writes without asking the network: where only the
                         service reaches it
  --start-over           keeps nothing of what is there: for a file or a secret
                         that cannot be read any more
  --help                 says this

Secrets are asked for and not shown while you type. Without a terminal, answers
are read from standard input, one a line, in the order of the questions: API
token, panel address (or server id, then app id), policy, address of the
network's REST API, its key, its secret. Each is asked for only if it is
missing. The last three are optional.
`;

const NO_SECRETS =
  'Secrets are not taken as arguments, because arguments stand in the history of the shell and in the list of processes. They are asked for, or read from standard input.';

/** @throws Refusal, which repeats no value: somebody may have given a secret */
export function parseArguments(args: readonly string[]): InitOptions | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const target = targetOf(values);
  if (values.rotate && values['drop-old-key']) {
    throw new Refusal('--rotate and --drop-old-key are two steps. Enter the new key in WordPress between them.');
  }
  const others = [values.from, values.change, values['plugin-webhook'], values['start-over']];
  if (values['drop-old-key'] && others.some((other) => other !== undefined)) {
    throw new Refusal('--drop-old-key goes alone. Change other things before or after it.');
  }
  const change = new Set(values.change ?? []);
  const known = SETTINGS[target.kind];
  if ([...change].some((name) => !known.includes(name))) {
    throw new Refusal(`--change takes the name of a setting: ${known.join(', ')}. ${NO_SECRETS}`);
  }
  return {
    target,
    from: values.from,
    keyChange: values.rotate ? 'rotate' : values['drop-old-key'] ? 'drop-old' : 'none',
    pluginWebhook: values['plugin-webhook'] ? 'open' : 'as it is',
    change,
    runcloud: values['skip-runcloud-check'] ? 'not asked' : 'asked',
    network: values['skip-network-check'] ? 'not asked' : 'asked',
    existing: values['start-over'] ? 'replaced' : 'kept',
  };
}

/** @throws Refusal */
function targetOf(values: ReturnType<typeof parse>): InitOptions['target'] {
  const { stage } = values;
  if (stage !== undefined && !/^[A-Za-z0-9-]+$/.test(stage)) {
    throw new Refusal('A stage consists of letters, digits and hyphens.');
  }
  const [webhook, runcloud] = [refOf('webhook', values), refOf('runcloud', values)];
  if (webhook === undefined && runcloud === undefined) return { kind: 'env-file' };
  if (webhook !== undefined && runcloud !== undefined)
    return { kind: 'secrets', secrets: { webhook, runcloud }, stage };
  throw new Refusal(`Name the secrets: --stage <stage>, or both --webhook-secret and --runcloud-secret.\n\n${HELP}`);
}

/** @throws Refusal */
function refOf(kind: SecretKind, values: ReturnType<typeof parse>): SecretRef | undefined {
  const { stage } = values;
  const named = values[`${kind}-secret`];
  if (named === undefined) return stage === undefined ? undefined : { kind, id: secretNameOf(stage, kind) };
  // The characters that Secrets Manager allows. A key that somebody put here by mistake is not shown.
  if (/^[A-Za-z0-9/_+=.@:-]+$/.test(named) && !named.startsWith('whsec_')) return { kind, id: named };
  throw new Refusal(`--${kind}-secret takes the name or the ARN of a secret, not what is in it. ${NO_SECRETS}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stage: { type: 'string' },
        'webhook-secret': { type: 'string' },
        'runcloud-secret': { type: 'string' },
        from: { type: 'string' },
        change: { type: 'string', multiple: true },
        rotate: { type: 'boolean' },
        'drop-old-key': { type: 'boolean' },
        'plugin-webhook': { type: 'boolean' },
        'skip-runcloud-check': { type: 'boolean' },
        'skip-network-check': { type: 'boolean' },
        'start-over': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    // Node's own message repeats the argument.
    const isPositional = (error as { code?: unknown }).code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL';
    const what = isPositional
      ? 'There is an argument without a name. (A stage has one: npx mrc init --stage production)'
      : 'There is an option that is unknown, lacks its value, or has a value although it takes none.';
    throw new Refusal(`${what} ${NO_SECRETS}\n\n${HELP}`);
  }
}
