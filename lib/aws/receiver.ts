import { type WebhookReceiver, webhookReceiver } from '../intake/delivery.ts';
import { eventBridgeBus } from './bus.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { webhookSettings } from './signers.ts';

/**
 * Opens the receiver for one request, with settings that are 5 minutes old at most; that throws SecretUnreadyError. The
 * environment has to hold WEBHOOK_SECRET_ID and EVENT_BUS.
 * @throws Error if it lacks one of them
 */
export function receiverOnAws(
  environment: NodeJS.ProcessEnv,
  on: Pick<LambdaEnvironment, 'clock' | 'log'>,
): () => Promise<WebhookReceiver> {
  const bus = eventBridgeBus(resourceName(environment, 'EVENT_BUS'));
  const source = webhookSettings(environment, on);
  return async () => ({ ...webhookReceiver(await source.get(), bus, on.clock), moreKeys: source.moreKeys });
}
