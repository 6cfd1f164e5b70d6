/** What a deployment keeps: the ledger, and the secret with the settings. */
import { deploymentName } from './names.ts';
import type { Options } from './options.ts';

export type Storage = {
  readonly ledger: { readonly name: $util.Input<string>; readonly arn: $util.Input<string> };
  readonly secretArn: $util.Input<string>;
};

/** Days in which AWS can restore a deleted secret: 7 to 30, or 0 for none. */
const RECOVERY_DAYS = { kept: 7, throwaway: 0 } as const;

export function createStorage(options: Options): Storage {
  return { ledger: createLedger(options), secretArn: createSecret(options) };
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

function createSecret({ lifetime, secret }: Options): $util.Input<string> {
  if (secret.kind === 'existing') return secret.arn;

  // The secret gets no value here: it would stand in SST's state and its history.
  const { arn } = new aws.secretsmanager.Secret(
    'Settings',
    {
      name: `${$app.name}/${$app.stage}`,
      description: `Settings of ${deploymentName()}: one JSON object with WU_RUNCLOUD_API_TOKEN, WU_RUNCLOUD_SERVER_ID, WU_RUNCLOUD_APP_ID, POLICY, WEBHOOK_SECRET and the optional settings you need. See docs/settings.md.`,
      recoveryWindowInDays: RECOVERY_DAYS[lifetime],
    },
    // SST's `removal: retain` covers tables, not secrets. A later deployment with SECRET_ARN must not delete this one
    // either.
    { retainOnDelete: lifetime === 'kept' },
  );
  return arn;
}
