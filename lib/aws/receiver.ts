/** The way in on AWS: its settings from Secrets Manager, its bus in EventBridge. */

import { type WebhookReceiver, webhookReceiver } from '../intake/delivery.ts';
import { parseReceiverSettings, type ReceiverSettings } from '../intake/settings.ts';
import type { SigningKey } from '../intake/signature.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { eventBridgeBus } from './bus.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';

/**
 * Takes the environment (RUNCLOUD_SECRET_ID, EVENT_BUS); returns what opens the way in for a request, with settings that
 * are at most 5 minutes old. That throws SecretUnreadyError. Throws Error where the environment lacks a name.
 */
export function receiverOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): () => Promise<WebhookReceiver> {
  const secretId = resourceName(environment, 'RUNCLOUD_SECRET_ID');
  const bus = eventBridgeBus(resourceName(environment, 'EVENT_BUS'));
  const source = new SecretSource(secretId, { clock, log });

  const settingsOf = (given: RawSettings): ReceiverSettings => {
    const parsed = parseReceiverSettings(given);
    if (!parsed.ok) throw wrongSettings(parsed.faults, secretId);
    return parsed.settings;
  };

  const keysOf = (given: RawSettings | undefined): readonly SigningKey[] => {
    const parsed = parseReceiverSettings(given ?? {});
    return parsed.ok ? parsed.settings.keys : [];
  };

  return async () => {
    const settings = settingsOf(await source.get());
    return {
      ...webhookReceiver(settings, bus, clock),
      // A key may be newer than what is kept here, or the network may not have changed its own yet.
      moreKeys: async () => [...keysOf(await source.refresh()), ...keysOf(await source.previous())],
    };
  };
}
