/** What a deployment keeps: the ledger, and the secrets with the settings. */
import { deploymentName } from './names.ts';
import type { Options, SecretOption } from './options.ts';

export type Storage = {
  readonly ledger: { readonly name: $util.Input<string>; readonly arn: $util.Input<string> };
  /** ARNs. `webhook` holds no credential of RunCloud: its function is reached from the internet. */
  readonly webhookSecret: $util.Input<string>;
  readonly runcloudSecret: $util.Input<string>;
};

/** Days in which AWS can restore a deleted secret: 7 to 30, or 0 for none. */
const RECOVERY_DAYS = { kept: 7, throwaway: 0 } as const;

export function createStorage(options: Options): Storage {
  return {
    ledger: createLedger(options),
    webhookSecret: createSecret(
      'webhook',
      options.webhookSecret,
      'WEBHOOK_SECRET, and WEBHOOK_TOKEN, NOTIFY_URL, NOTIFY_SECRET and SLACK_WEBHOOK_URL if you need them',
      options,
    ),
    runcloudSecret: createSecret(
      'runcloud',
      options.runcloudSecret,
      'WU_RUNCLOUD_API_TOKEN, WU_RUNCLOUD_SERVER_ID, WU_RUNCLOUD_APP_ID, POLICY and the optional settings you need',
      options,
    ),
  };
}

function createLedger({ lifetime, ledger }: Options): Storage['ledger'] {
  if (ledger.kind === 'existing') {
    // Without such a table this fails before anything is made.
    const { name, arn, hashKey } = aws.dynamodb.getTableOutput({ name: ledger.table });
    return {
      name,
      arn: $resolve([arn, hashKey]).apply(([found, key]) => {
        if (key !== 'id') throw new Error(`LEDGER_TABLE: the key of ${ledger.table} is "${key}", so it is no ledger.`);
        return found;
      }),
    };
  }
  return new sst.aws.Dynamo('Ledger', {
    fields: { id: 'string' },
    primaryIndex: { hashKey: 'id' },
    // For dropped records: readers ignore them at once, and people can see them for a while.
    ttl: 'expiresAt',
    // The ledger knows which domains are ours. Without it the service would never remove one again.
    deletionProtection: lifetime === 'kept',
  });
}

function createSecret(
  part: 'webhook' | 'runcloud',
  secret: SecretOption,
  content: string,
  { lifetime }: Options,
): $util.Input<string> {
  if (secret.kind === 'existing') return secret.arn;
  // The secret gets no value here: it would stand in SST's state and its history.
  const { arn } = new aws.secretsmanager.Secret(
    part === 'webhook' ? 'WebhookSettings' : 'RunCloudSettings',
    {
      name: `${$app.name}/${$app.stage}/${part}`,
      description: `Settings of ${deploymentName()}: one JSON object with ${content}. See docs/settings.md.`,
      recoveryWindowInDays: RECOVERY_DAYS[lifetime],
    },
    // SST's `removal: retain` covers tables, not secrets. A later deployment with the ARN of another one must not delete
    // this one either.
    { retainOnDelete: lifetime === 'kept' },
  );
  return arn;
}
