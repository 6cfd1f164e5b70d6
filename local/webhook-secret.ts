/** `npm run --silent webhook-secret`: prints a new key for WEBHOOK_SECRET. */
import { newWebhookKey } from './secret/webhook-keys.ts';

process.stdout.write(`${newWebhookKey()}\n`);
