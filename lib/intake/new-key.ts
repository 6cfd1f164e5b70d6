import { randomBytes } from 'node:crypto';

const KEY_BYTES = 32;

/** A key for WEBHOOK_SECRET, in the form that operators keep. */
export function newWebhookKey(): string {
  return `whsec_${randomBytes(KEY_BYTES).toString('base64')}`;
}
