/** The keys of the webhooks: made here, changed in two steps, so that no webhook is refused meanwhile. */
import { randomBytes } from 'node:crypto';
import type { KeyChange } from './arguments.ts';
import type { Values } from './questions.ts';
import { Refusal } from './refusal.ts';

const KEY_BYTES = 32;
const TOKEN_BYTES = 24;

export type Keyed = { readonly values: Values; readonly said: readonly string[] };

/** Returns a new key for signed webhooks, as in `whsec_…`. */
export function newWebhookKey(): string {
  return `whsec_${randomBytes(KEY_BYTES).toString('base64')}`;
}

/** Takes the setting WEBHOOK_SECRET; returns its keys, the newest first. */
export function keysIn(setting: string | undefined): string[] {
  return (setting ?? '').split(/\s+/).filter((key) => key !== '');
}

/**
 * Takes the values, what to do with the keys, and the command that drops the old one; returns the values with at least
 * one key, and what to tell about it. Throws Refusal where the step cannot be made.
 */
export function withKeys(values: Values, change: KeyChange, dropCommand: string): Keyed {
  const keys = keysIn(values['WEBHOOK_SECRET']);
  const [newest, ...older] = keys;
  if (change === 'drop-old') {
    if (newest === undefined || older.length === 0) {
      throw new Refusal('There is no second webhook key that could be taken out.');
    }
    return {
      values: { ...values, WEBHOOK_SECRET: newest },
      said: [
        'The older webhook key was taken out, and with it the version of the secret before, which had it too: what it signs is refused within 5 minutes.',
      ],
    };
  }
  if (newest === undefined) {
    return { values: { ...values, WEBHOOK_SECRET: newWebhookKey() }, said: ['A webhook key was made.'] };
  }
  if (change === 'none') return { values, said: [] };
  if (older.length > 0) {
    throw new Refusal(
      `There are two webhook keys already, and WordPress may still use the older one. Once it uses the newer: ${dropCommand}`,
    );
  }
  return {
    values: { ...values, WEBHOOK_SECRET: `${newWebhookKey()} ${newest}` },
    said: [
      'A new webhook key was made. The old one is taken as well, so that nothing is refused meanwhile.',
      `Enter the new one in WordPress. When that is done, wait 10 minutes for what is still under way, and drop the old one: ${dropCommand}`,
    ],
  };
}

/** Takes the values as they are and as they were before; returns whether a key was taken out that those before still have. */
export function isHalfDropped(values: Values, before: Values): boolean {
  const keys = keysIn(values['WEBHOOK_SECRET']);
  return keys.length === 1 && keysIn(before['WEBHOOK_SECRET']).some((key) => !keys.includes(key));
}

/** Takes the values; returns them with a WEBHOOK_TOKEN, the secret part of the address for the plugin's own webhook. */
export function withUrlToken(values: Values): Keyed {
  if (values['WEBHOOK_TOKEN']) return { values, said: [] };
  return {
    values: { ...values, WEBHOOK_TOKEN: randomBytes(TOKEN_BYTES).toString('base64url') },
    said: ["A token for the plugin's own webhook was made."],
  };
}
