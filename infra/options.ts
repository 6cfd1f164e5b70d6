/** Options of a deployment. SST has read `.env` and `.env.<stage>` into the environment before. */
import * as z from 'zod';

export type Options = {
  readonly stage: string;
  /** `kept`: ledger and secret outlive `sst remove`, and are protected from deletion. */
  readonly lifetime: 'kept' | 'throwaway';
  /** Address that gets the alarms. Undefined: nobody is subscribed to the topic. */
  readonly alarmEmail: string | undefined;
  /** `fixed`: requests to RunCloud leave from one address, for the allow-list of its API. */
  readonly outgoingAddress: 'any' | 'fixed';
  /** `new`: the deployment makes an empty secret. `existing`: it reads one that somebody else manages. */
  readonly secret: { readonly kind: 'new' } | { readonly kind: 'existing'; readonly arn: string };
  /** `existing`: a table that was restored, or kept when an earlier deployment was removed. */
  readonly ledger: { readonly kind: 'new' } | { readonly kind: 'existing'; readonly table: string };
};

/**
 * Physical names contain the stage. EventBridge allows 48 characters for the name of an archive, of which
 * `multisite-runcloud-` leaves 29. The rest is room for longer suffixes.
 */
const LONGEST_STAGE = 20;

const schema = z.object({
  stage: z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9-]{1,${LONGEST_STAGE}}$`),
      `has at most ${LONGEST_STAGE} letters, digits or "-", because names in AWS are made from it`,
    ),
  ALARM_EMAIL: z.email('is one e-mail address, such as ops@example.org').optional(),
  OUTGOING_ADDRESS: z.literal('fixed', 'is "fixed", or left out').optional(),
  SECRET_ARN: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
      // IAM compares whole ARNs: a name, or an ARN without AWS's suffix, would grant nothing.
      'is the whole ARN of a secret of Secrets Manager, with the six characters that AWS puts at its end',
    )
    .optional(),
  LEDGER_TABLE: z
    .string()
    .regex(/^[\w.-]{3,255}$/, 'is the name of a table of DynamoDB in the region of the deployment, and no ARN')
    .optional(),
});

/** What SST says of the stage, and what it is about to do with it: `sst dev`, or anything else. */
export type Invocation = {
  readonly stage: string;
  readonly removal: 'remove' | 'retain' | 'retain-all';
  readonly command: 'deploy' | 'dev';
};

/**
 * An empty value counts as missing.
 * @throws Error with one line for each wrong value, which names its variable
 */
export function readOptions(
  environment: Readonly<Record<string, string | undefined>>,
  { stage, removal, command }: Invocation,
): Options {
  // It would replace the stage's functions by bridges to this machine, and give their roles more rights.
  if (command === 'dev' && removal !== 'remove') {
    throw new Error(
      `\`sst dev\` is for a stage called "dev" or "dev-…", and not for "${stage}", whose functions it would take out of service. Try: npx sst dev --stage dev`,
    );
  }
  const optionOf = (name: string) => environment[name]?.trim() || undefined;
  const parsed = schema.safeParse({
    stage,
    ALARM_EMAIL: optionOf('ALARM_EMAIL'),
    OUTGOING_ADDRESS: optionOf('OUTGOING_ADDRESS'),
    SECRET_ARN: optionOf('SECRET_ARN'),
    LEDGER_TABLE: optionOf('LEDGER_TABLE'),
  });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      path[0] === 'stage' ? `The stage's name ${message}.` : `${path.join('.')} ${message}.`,
    );
    throw new Error(faults.join('\n'));
  }
  const { ALARM_EMAIL, OUTGOING_ADDRESS, SECRET_ARN, LEDGER_TABLE } = parsed.data;
  return {
    stage,
    lifetime: removal === 'remove' ? 'throwaway' : 'kept',
    alarmEmail: ALARM_EMAIL,
    outgoingAddress: OUTGOING_ADDRESS ?? 'any',
    secret: SECRET_ARN === undefined ? { kind: 'new' } : { kind: 'existing', arn: SECRET_ARN },
    ledger: LEDGER_TABLE === undefined ? { kind: 'new' } : { kind: 'existing', table: LEDGER_TABLE },
  };
}
