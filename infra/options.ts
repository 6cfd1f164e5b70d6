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
  readonly webhookSecret: SecretOption;
  readonly runcloudSecret: SecretOption;
  /**
   * Address of the webhooks that outlives a deployment. `none`: API Gateway's own. `elsewhere`: its DNS is not in Route 53,
   * so somebody made a certificate and sets the record.
   */
  readonly webhookDomain:
    | { readonly kind: 'none' }
    | { readonly kind: 'route-53'; readonly name: string }
    | { readonly kind: 'elsewhere'; readonly name: string; readonly certificateArn: string };
  /** `existing`: a table that was restored, or kept when an earlier deployment was removed. */
  readonly ledger: { readonly kind: 'new' } | { readonly kind: 'existing'; readonly table: string };
};

/** `new`: the deployment makes an empty secret. `existing`: it reads one that somebody else manages. */
export type SecretOption = { readonly kind: 'new' } | { readonly kind: 'existing'; readonly arn: string };

/**
 * Physical names contain the stage. EventBridge allows 48 characters for the name of an archive, of which
 * `multisite-runcloud-` leaves 29. The rest is room for longer suffixes.
 */
const LONGEST_STAGE = 20;

const arnOfSecret = z.string().regex(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
  // IAM compares whole ARNs: a name, or an ARN without AWS's suffix, would grant nothing.
  'is the whole ARN of a secret of Secrets Manager, with the six characters that AWS puts at its end',
);

const variables = {
  ALARM_EMAIL: z.email('is one e-mail address, such as ops@example.org').optional(),
  OUTGOING_ADDRESS: z.literal('fixed', 'is "fixed", or left out').optional(),
  WEBHOOK_SECRET_ARN: arnOfSecret.optional(),
  RUNCLOUD_SECRET_ARN: arnOfSecret.optional(),
  // Version 0.1.0 had one secret, which the function that the internet reaches could read too.
  SECRET_ARN: z
    .never(
      'is no option any more, because there are two secrets: name this one by RUNCLOUD_SECRET_ARN, and by WEBHOOK_SECRET_ARN another one that holds WEBHOOK_SECRET and WEBHOOK_TOKEN (or leave that out, and the deployment makes it). See docs/aws.md',
    )
    .optional(),
  LEDGER_TABLE: z
    .string()
    .regex(/^[\w.-]{3,255}$/, 'is the name of a table of DynamoDB in the region of the deployment, and no ARN')
    .optional(),
  WEBHOOK_DOMAIN: z
    .string()
    .regex(
      /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/,
      'is a host name in lower case, such as hooks.example.org, without https:// and without a path',
    )
    .optional(),
  WEBHOOK_CERTIFICATE_ARN: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
      'is the ARN of a certificate of ACM, in the region of the deployment',
    )
    .optional(),
};

/** The names of all variables. */
export const OPTIONS: readonly string[] = Object.keys(variables);

const schema = z
  .object({
    stage: z
      .string()
      .regex(
        new RegExp(`^[A-Za-z0-9-]{1,${LONGEST_STAGE}}$`),
        `has at most ${LONGEST_STAGE} letters, digits or "-", because names in AWS are made from it`,
      ),
    ...variables,
  })
  .refine(({ WEBHOOK_DOMAIN, WEBHOOK_CERTIFICATE_ARN }) => !WEBHOOK_CERTIFICATE_ARN || WEBHOOK_DOMAIN, {
    path: ['WEBHOOK_CERTIFICATE_ARN'],
    message: 'is for a WEBHOOK_DOMAIN, and none is given',
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
  const given = OPTIONS.map((name) => [name, environment[name]?.trim() || undefined]);
  const parsed = schema.safeParse({ ...Object.fromEntries(given), stage });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      path[0] === 'stage' ? `The stage's name ${message}.` : `${path.join('.')} ${message}.`,
    );
    throw new Error(faults.join('\n'));
  }
  const { ALARM_EMAIL, OUTGOING_ADDRESS, LEDGER_TABLE } = parsed.data;
  return {
    stage,
    lifetime: removal === 'remove' ? 'throwaway' : 'kept',
    alarmEmail: ALARM_EMAIL,
    outgoingAddress: OUTGOING_ADDRESS ?? 'any',
    webhookSecret: secretOf(parsed.data.WEBHOOK_SECRET_ARN),
    runcloudSecret: secretOf(parsed.data.RUNCLOUD_SECRET_ARN),
    webhookDomain: webhookDomainOf(parsed.data),
    ledger: LEDGER_TABLE === undefined ? { kind: 'new' } : { kind: 'existing', table: LEDGER_TABLE },
  };
}

function secretOf(arn: string | undefined): SecretOption {
  return arn === undefined ? { kind: 'new' } : { kind: 'existing', arn };
}

function webhookDomainOf({
  WEBHOOK_DOMAIN: name,
  WEBHOOK_CERTIFICATE_ARN: certificateArn,
}: z.infer<typeof schema>): Options['webhookDomain'] {
  if (name === undefined) return { kind: 'none' };
  return certificateArn === undefined ? { kind: 'route-53', name } : { kind: 'elsewhere', name, certificateArn };
}
