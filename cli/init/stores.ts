/** Both secrets of a stage, as one set of settings. */
import { isDeepStrictEqual } from 'node:util';
import { SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import {
  commandFor,
  formerSecretNameOf,
  nameOfSecret,
  SECRET_KINDS,
  type SecretKind,
  type SecretRef,
  settingsFor,
} from '../../lib/aws/secret-name.ts';
import { parseSecretValue } from '../../lib/aws/secret-value.ts';
import { messageOf } from '../../lib/util/log.ts';
import type { Values } from './questions.ts';
import { Refusal } from './refusal.ts';
import { SecretStore, type Stored } from './store.ts';
import { isHalfDropped } from './webhook-keys.ts';

export type BothStored = Readonly<Record<SecretKind, Stored>>;

export type ExistingSettings = {
  readonly values: Values;
  /** The secret of version 0.1.0, if values come from there. */
  readonly takenOverFrom: string | undefined;
};

export class SecretStores {
  readonly #refs: Readonly<Record<SecretKind, SecretRef>>;
  readonly #stage: string | undefined;
  readonly #stores: Readonly<Record<SecretKind, SecretStore>>;

  constructor(refs: Readonly<Record<SecretKind, SecretRef>>, stage: string | undefined) {
    this.#refs = refs;
    this.#stage = stage;
    this.#stores = { webhook: new SecretStore(refs.webhook), runcloud: new SecretStore(refs.runcloud) };
  }

  /** @throws SecretUnreadyError if one of them is missing or cannot be read */
  async read(): Promise<BothStored> {
    return { webhook: await this.#stores.webhook.read(), runcloud: await this.#stores.runcloud.read() };
  }

  /**
   * What stands in both, wherever it stands; in its own secret it counts first. While one of them never had a value,
   * version 0.1.0's secret fills what they lack.
   * @throws Refusal if a value is not readable
   */
  async existing(stored: BothStored): Promise<ExistingSettings> {
    const webhook = valuesOf(stored.webhook, this.#refs.webhook);
    const runcloud = valuesOf(stored.runcloud, this.#refs.runcloud);
    const values = { ...webhook, ...runcloud, ...settingsFor('webhook', webhook) };
    if (this.#stage === undefined || SECRET_KINDS.every((kind) => stored[kind].text !== undefined)) {
      return { values, takenOverFrom: undefined };
    }
    const ref: SecretRef = { kind: 'runcloud', id: formerSecretNameOf(this.#stage) };
    const former = valuesOf(await readIfThere(ref), ref);
    const isUsed = Object.keys(former).some((name) => !(name in values));
    return { values: { ...former, ...values }, takenOverFrom: isUsed ? ref.id : undefined };
  }

  /** Secrets Manager has no conditional writes. Two operators can still overwrite each other, but only within a moment. */
  async checkUnchanged(before: BothStored): Promise<void> {
    const now = await this.read();
    if (SECRET_KINDS.every((kind) => now[kind].version === before[kind].version)) return;
    throw new Refusal('Somebody else changed a secret meanwhile. Start again with the new values.');
  }

  /**
   * Writes what differs, and returns what to tell. A write that changes nothing would still replace the previous version,
   * whose keys the functions accept too.
   * @throws SecretUnreadyError
   */
  async write(values: Values, before: BothStored, webhookWrites: 'once' | 'twice'): Promise<readonly string[]> {
    const changed = SECRET_KINDS.filter(
      (kind) => !isDeepStrictEqual(settingsFor(kind, values), rawValuesOf(before[kind], this.#refs[kind])),
    );
    const names = changed.map((kind) => nameOfSecret(this.#refs[kind].id));
    for (const [index, kind] of changed.entries()) {
      try {
        await this.#stores[kind].write(textOf(kind, values));
      } catch (error) {
        throw index === 0 ? error : afterFirstWrite(error, names[0] ?? '');
      }
    }
    if (webhookWrites === 'twice' && changed.includes('webhook')) await this.#writeAgain(textOf('webhook', values));
    if (changed.length === 0) return ['The secrets have all of this already.'];
    return names.map((name) => `The secret ${name} was written. The service sees it within 5 minutes.`);
  }

  /** Ends what a run began that removed an old key with the first of its two writes alone. Returns whether there was any. */
  async endHalfDropped({ webhook }: BothStored, values: Values): Promise<boolean> {
    if (webhook.text === undefined) return false;
    const previous = await this.#stores.webhook.readPrevious();
    const before = rawValuesOf({ text: previous, version: undefined }, this.#refs.webhook);
    if (before === undefined || !isHalfDropped(values, before)) return false;
    await this.#stores.webhook.write(webhook.text);
    return true;
  }

  async #writeAgain(text: string): Promise<void> {
    try {
      await this.#stores.webhook.write(text);
    } catch (error) {
      throw new SecretUnreadyError(
        'unreadable',
        `The first of two writes was made. The second failed: ${messageOf(error)}`,
        `The service still accepts the old key, from the previous version. Run it again: ${commandFor(this.#refs.webhook)} --drop-old-key`,
        { cause: error },
      );
    }
  }
}

function afterFirstWrite(error: unknown, written: string): unknown {
  if (!(error instanceof SecretUnreadyError)) return error;
  const message = `The secret ${written} was written, but then: ${error.message}`;
  return new SecretUnreadyError(error.fault, message, `${error.whatToDo} Then run it again.`, { cause: error });
}

function textOf(kind: SecretKind, values: Values): string {
  return JSON.stringify(settingsFor(kind, values), null, 2);
}

async function readIfThere(ref: SecretRef): Promise<Stored> {
  try {
    return await new SecretStore(ref).read();
  } catch (error) {
    if (error instanceof SecretUnreadyError && error.fault === 'missing')
      return { text: undefined, version: undefined };
    throw error;
  }
}

function valuesOf({ text }: Stored, ref: SecretRef): Values {
  try {
    return withoutGaps(parseSecretValue(text, ref));
  } catch (error) {
    if (!(error instanceof SecretUnreadyError)) throw error;
    if (error.fault === 'empty') return {};
    throw new Refusal(
      `${error.message} So its values cannot be kept. Mend it in the Secrets Manager console, or write all of it anew with --start-over.`,
    );
  }
}

/** Undefined for a value that is empty or not readable. */
function rawValuesOf({ text }: Stored, ref: SecretRef): Values | undefined {
  try {
    return withoutGaps(parseSecretValue(text, ref));
  } catch (error) {
    if (error instanceof SecretUnreadyError) return undefined;
    throw error;
  }
}

function withoutGaps(raw: Readonly<Record<string, string | undefined>>): Values {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
