/** What a deployment may choose. SST reads `.env` and `.env.<stage>` into the environment before it asks. */
import * as z from 'zod';

export type Options = {
  readonly stage: string;
  /** `kept`: its ledger and its secret are not deleted with the rest, nor by accident. */
  readonly lifetime: 'kept' | 'throwaway';
  /** Who is told by e-mail of an alarm. Undefined: nobody, the topic stands ready for other subscribers. */
  readonly alarmEmail: string | undefined;
  /** `fixed`: requests to RunCloud leave from one address, which can be put on the allow-list of its API. */
  readonly outgoingAddress: 'any' | 'fixed';
  /** `new`: the deployment makes the secret, empty. `existing`: it only reads one that somebody else looks after. */
  readonly secret: { readonly kind: 'new' } | { readonly kind: 'existing'; readonly arn: string };
};

/**
 * The longest stage. Physical names are built from it, and EventBridge takes 48 characters for the name of an archive:
 * `multisite-runcloud-` leaves 29, and some room is kept for longer suffixes.
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
      // IAM compares with the whole ARN; a name, or an ARN without the end that AWS adds, would grant nothing.
      'is the whole ARN of a secret of Secrets Manager, with the six characters that AWS puts at its end',
    )
    .optional(),
});

/**
 * Takes the environment, the stage's name and what `sst remove` does to it; returns the options. An empty value counts as
 * left out.
 * Throws with one line for each value that is wrong, naming its variable.
 */
export function readOptions(
  environment: Readonly<Record<string, string | undefined>>,
  { stage, removal }: { readonly stage: string; readonly removal: 'remove' | 'retain' | 'retain-all' },
): Options {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const parsed = schema.safeParse({
    stage,
    ALARM_EMAIL: given('ALARM_EMAIL'),
    OUTGOING_ADDRESS: given('OUTGOING_ADDRESS'),
    SECRET_ARN: given('SECRET_ARN'),
  });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      path[0] === 'stage' ? `The stage's name ${message}.` : `${path.join('.')} ${message}.`,
    );
    throw new Error(faults.join('\n'));
  }
  const { ALARM_EMAIL, OUTGOING_ADDRESS, SECRET_ARN } = parsed.data;
  return {
    stage,
    lifetime: removal === 'remove' ? 'throwaway' : 'kept',
    alarmEmail: ALARM_EMAIL,
    outgoingAddress: OUTGOING_ADDRESS ?? 'any',
    secret: SECRET_ARN === undefined ? { kind: 'new' } : { kind: 'existing', arn: SECRET_ARN },
  };
}
