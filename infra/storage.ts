/** What is kept: the ledger, and the secret with the settings. */
import { deploymentName } from './names.ts';
import type { Options } from './options.ts';

export type Storage = {
  readonly ledger: sst.aws.Dynamo;
  readonly secretArn: $util.Input<string>;
};

/** Days in which a deleted secret can be brought back: the least and the most that AWS allows are 7 and 30; 0 is at once. */
const RECOVERY_DAYS = { kept: 7, throwaway: 0 } as const;

/** Takes the options; makes the table, and the secret unless one exists. */
export function createStorage({ lifetime, secret }: Options): Storage {
  const ledger = new sst.aws.Dynamo('Ledger', {
    fields: { id: 'string' },
    primaryIndex: { hashKey: 'id' },
    // Of records that were dropped: readers pass them over at once, people can look at them for a while.
    ttl: 'expiresAt',
    // The ledger says which domains are ours. Without it nothing would ever be removed again.
    deletionProtection: lifetime === 'kept',
  });
  if (secret.kind === 'existing') return { ledger, secretArn: secret.arn };

  // Made without a value: a value written here would stand in SST's state, in its history, and in the shell's.
  const { arn } = new aws.secretsmanager.Secret(
    'Settings',
    {
      name: `${$app.name}/${$app.stage}`,
      description: `Settings of ${deploymentName()}: one JSON object with WU_RUNCLOUD_API_TOKEN, WU_RUNCLOUD_SERVER_ID, WU_RUNCLOUD_APP_ID, POLICY, WEBHOOK_SECRET and those of the optional ones you need. See docs/settings.md.`,
      recoveryWindowInDays: RECOVERY_DAYS[lifetime],
    },
    // SST's `removal: retain` knows tables, and no secrets. Naming another secret later must not delete this one either.
    { retainOnDelete: lifetime === 'kept' },
  );
  return { ledger, secretArn: arn };
}
