/** Makes the webhook keys, and changes them in two steps, so that no webhook is refused meanwhile. */
import { randomBytes } from 'node:crypto';
import { newWebhookKey } from '../../lib/intake/new-key.ts';
import type { KeyChange } from './arguments.ts';
import type { Values } from './questions.ts';
import { Refusal } from './refusal.ts';

const TOKEN_BYTES = 24;

/** `messages` are for the operator, once the values are written. */
export type Keyed = { readonly values: Values; readonly messages: readonly string[] };

/** What the operator is told when keys change. It depends on when the service sees the change. */
export type KeyWords = {
  readonly dropped: string;
  /** What to do after a new key was made, up to the command that drops the old one. */
  readonly afterRotation: string;
  /** The command line that drops the old one. */
  readonly dropCommand: string;
};

/** The keys in WEBHOOK_SECRET, the newest first. */
export function keysIn(setting: string | undefined): string[] {
  return (setting ?? '').split(/\s+/).filter((key) => key !== '');
}

/**
 * The values with at least one key.
 * @throws Refusal if the step does not fit the keys that are there
 */
export function withKeys(values: Values, change: KeyChange, words: KeyWords): Keyed {
  const keys = keysIn(values['WEBHOOK_SECRET']);
  const [newest, ...older] = keys;
  if (change === 'drop-old') {
    if (newest === undefined || older.length === 0) {
      throw new Refusal('There is no second webhook key to remove.');
    }
    return {
      values: { ...values, WEBHOOK_SECRET: newest },
      messages: [words.dropped],
    };
  }
  if (newest === undefined) {
    return { values: { ...values, WEBHOOK_SECRET: newWebhookKey() }, messages: ['A webhook key was made.'] };
  }
  if (change === 'none') return { values, messages: [] };
  if (older.length > 0) {
    throw new Refusal(
      `There are two webhook keys already, and WordPress may still use the older one. Once it uses the newer one, run: ${words.dropCommand}`,
    );
  }
  return {
    values: { ...values, WEBHOOK_SECRET: `${newWebhookKey()} ${newest}` },
    messages: [
      'A new webhook key was made. The service accepts the old one too, so that no webhook is refused meanwhile.',
      `${words.afterRotation}: ${words.dropCommand}`,
    ],
  };
}

/** Whether the previous values still have a key that the present ones do not. */
export function isHalfDropped(values: Values, before: Values): boolean {
  const keys = keysIn(values['WEBHOOK_SECRET']);
  return keys.length === 1 && keysIn(before['WEBHOOK_SECRET']).some((key) => !keys.includes(key));
}

/** Adds a WEBHOOK_TOKEN, the secret part of the address for the plugin's own webhook, if there is none. */
export function withUrlToken(values: Values): Keyed {
  if (values['WEBHOOK_TOKEN']) return { values, messages: [] };
  return {
    values: { ...values, WEBHOOK_TOKEN: randomBytes(TOKEN_BYTES).toString('base64url') },
    messages: ["A token for the plugin's own webhook was made."],
  };
}
