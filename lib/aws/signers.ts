/** Whose signatures count on AWS, and where customers' pages are: what the secret of webhooks says. */
import type { PageSettings } from '../intake/receive-page.ts';
import { parseReceiverSettings, type ReceiverSettings } from '../intake/settings.ts';
import type { SigningKey } from '../intake/signature.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';
import type { SecretRef } from './secret-name.ts';

type On = Pick<LambdaEnvironment, 'clock' | 'log'>;

/**
 * Opens them for one request; they are 5 minutes old at most. That throws SecretUnreadyError. The environment has to hold
 * WEBHOOK_SECRET_ID.
 * @throws Error if it lacks it
 */
export function signersOnAws(environment: NodeJS.ProcessEnv, on: On): () => Promise<PageSettings> {
  const source = webhookSettings(environment, on);
  return async () => {
    const { keys, publicUrl } = await source.get();
    return { keys, publicUrl, moreKeys: source.moreKeys };
  };
}

/** The same with all that the receiver of webhooks needs. */
export function webhookSettings(
  environment: NodeJS.ProcessEnv,
  on: On,
): { readonly get: () => Promise<ReceiverSettings>; readonly moreKeys: () => Promise<readonly SigningKey[]> } {
  const ref: SecretRef = { kind: 'webhook', id: resourceName(environment, 'WEBHOOK_SECRET_ID') };
  const source = new SecretSource(ref, on);

  const keysOf = (raw: RawSettings | undefined): readonly SigningKey[] => {
    const parsed = parseReceiverSettings(raw ?? {});
    return parsed.ok ? parsed.settings.keys : [];
  };

  return {
    get: async () => {
      const parsed = parseReceiverSettings(await source.get());
      if (!parsed.ok) throw wrongSettings(parsed.faults, ref);
      return parsed.settings;
    },
    // The secret may have a newer key than the one kept here, and WordPress may still use the older one.
    moreKeys: async () => [...keysOf(await source.refresh()), ...keysOf(await source.previous())],
  };
}
