import { type WebhookReceiver, webhookReceiver } from '../intake/delivery.ts';
import { parseReceiverSettings, type ReceiverSettings } from '../intake/settings.ts';
import type { SigningKey } from '../intake/signature.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { eventBridgeBus } from './bus.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';
import type { SecretRef } from './secret-name.ts';

/**
 * Opens the receiver for one request, with settings that are 5 minutes old at most; that throws SecretUnreadyError. The
 * environment has to hold WEBHOOK_SECRET_ID and EVENT_BUS.
 * @throws Error if it lacks one of them
 */
export function receiverOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): () => Promise<WebhookReceiver> {
  const ref: SecretRef = { kind: 'webhook', id: resourceName(environment, 'WEBHOOK_SECRET_ID') };
  const bus = eventBridgeBus(resourceName(environment, 'EVENT_BUS'));
  const source = new SecretSource(ref, { clock, log });

  const settingsOf = (raw: RawSettings): ReceiverSettings => {
    const parsed = parseReceiverSettings(raw);
    if (!parsed.ok) throw wrongSettings(parsed.faults, ref);
    return parsed.settings;
  };

  const keysOf = (raw: RawSettings | undefined): readonly SigningKey[] => {
    const parsed = parseReceiverSettings(raw ?? {});
    return parsed.ok ? parsed.settings.keys : [];
  };

  return async () => {
    const settings = settingsOf(await source.get());
    return {
      ...webhookReceiver(settings, bus, clock),
      // The secret may have a newer key than the one kept here, and WordPress may still use the older one.
      moreKeys: async () => [...keysOf(await source.refresh()), ...keysOf(await source.previous())],
    };
  };
}
