import type { ParsedSettings } from '../../lib/settings.ts';
import type { KeyChange } from './arguments.ts';
import type { Values } from './questions.ts';
import type { KeyWords } from './webhook-keys.ts';
import type { ServiceAddress } from './wordpress.ts';

/** Where settings are kept: `.env`, or the two secrets of a stage. */
export type SettingsTarget = {
  /** What the operator is told of the keys of webhooks. */
  readonly keyWords: KeyWords;
  /**
   * Reads what stands there. `replaced`: whatever that is, nothing of it is kept.
   * @throws Refusal or SecretUnreadyError if it cannot be read
   */
  read(existing: 'kept' | 'replaced'): Promise<Reading>;
  /** What the service makes of the values when it reads them there. */
  parse(values: Values): ParsedSettings;
  /** Where webhooks go to. */
  addressOf(values: Values): ServiceAddress;
  /** What to do once it is filled, in sentences. */
  nextSteps(): readonly string[];
};

/** What stood there at one moment, and what may be done as long as it still does. */
export type Reading = {
  readonly values: Values;
  /** Sentences on where the values come from. */
  readonly origin: readonly string[];
  /** Ends a removal of an old key that an earlier run left half done. Returns a sentence if there was one. */
  finishDrop(): Promise<string | undefined>;
  /** @throws Refusal if somebody else changed it since */
  checkUnchanged(): Promise<void>;
  /**
   * Writes what differs, or nothing. Returns sentences on what was written, and on what is to be done about it.
   * @throws Refusal or SecretUnreadyError
   */
  write(values: Values, keyChange: KeyChange): Promise<readonly string[]>;
};
