/** Reads settings of the deployed functions from a JSON secret in Secrets Manager. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { HOUR, iso, MINUTE } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { CLIENT } from './client.ts';
import { explainAwsError, type SecretUnreadyError } from './secret-error.ts';
import type { SecretRef } from './secret-name.ts';
import { parseSecretValue } from './secret-value.ts';

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

export type SecretReader = {
  /** Undefined if no value has this stage. @throws what the AWS SDK throws */
  read(stage: Stage): Promise<string | undefined>;
};

/** Each read costs money and time. A change of the secret takes this long to be seen. */
const KEPT_MS = 5 * MINUTE;
/** From one attempt to the next, after a failure or for `refresh`. */
const PAUSE_MS = MINUTE;
/** For so long an outage of Secrets Manager is bridged. Later a secret that cannot be read counts as gone. */
const STALE_MS = HOUR;

export function secretsManagerReader(secretId: string): SecretReader {
  let client: SecretsManagerClient | undefined;
  return {
    async read(stage) {
      // Loading the SDK takes 40 ms, and a request that is refused at once need not wait for it.
      const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
      client ??= new SecretsManagerClient(CLIENT);
      try {
        const answer = await client.send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }));
        return answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString('utf8');
      } catch (error) {
        if (isWithoutValue(error, stage)) return undefined;
        throw error;
      }
    },
  };
}

/** A secret that does not exist gives the same error with another message. The previous stage may just be absent. */
function isWithoutValue(error: unknown, stage: Stage): boolean {
  if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') return false;
  return stage === 'AWSPREVIOUS' || /can't find the specified secret value/i.test(error.message);
}

type Kept = { readonly text: string | undefined; readonly raw: RawSettings; readonly readAt: number };

/**
 * Names and values from the secret, read when first needed and kept for 5 minutes. Callers who come during a read share
 * its result. After a failed read the values from before stay in use, for an hour at most.
 */
export class SecretSource {
  readonly #ref: SecretRef;
  readonly #reader: SecretReader;
  readonly #clock: Clock;
  readonly #log: Log;
  #current: Kept | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #previous:
    | { readonly raw: RawSettings | undefined; readonly beside: string | undefined; readonly until: number }
    | undefined;
  readonly #readCurrent = shared(() => this.#fetchCurrent());
  readonly #readPrevious = shared(() => this.#fetchPrevious());

  /** Reads nothing yet. */
  constructor(
    ref: SecretRef,
    { reader = secretsManagerReader(ref.id), clock, log }: { reader?: SecretReader; clock: Clock; log: Log },
  ) {
    this.#ref = ref;
    this.#reader = reader;
    this.#clock = clock;
    this.#log = log;
  }

  /** Values that are 5 minutes old at most, or an hour during an outage. @throws SecretUnreadyError */
  async get(): Promise<RawSettings> {
    const now = this.#clock.now();
    const kept = this.#current;
    if (kept && (now - kept.readAt < KEPT_MS || this.#isPausing(kept, now))) return kept.raw;
    return (await this.#readCurrent()).raw;
  }

  /**
   * Reads again, at most once a minute. For a 401 of RunCloud, and for a signature that no key fits: the secret may
   * have newer credentials and keys than those kept here.
   * @throws SecretUnreadyError
   */
  async refresh(): Promise<RawSettings> {
    const now = this.#clock.now();
    if (now - this.#refreshedAt < PAUSE_MS) return this.get();
    this.#refreshedAt = now;
    return (await this.#readCurrent()).raw;
  }

  /**
   * The values from before the last change of the secret, or undefined if there are none. For a signature that no key
   * of `refresh` fits. Both outcomes are kept for 5 minutes, so that forged webhooks cause no reads of their own.
   * @throws SecretUnreadyError if the present values cannot be read
   */
  async previous(): Promise<RawSettings | undefined> {
    const current = this.#current ?? (await this.#readCurrent());
    const known = this.#previous;
    if (known && known.beside === current.text && this.#clock.now() < known.until) return known.raw;
    return this.#readPrevious();
  }

  /** After a failure requests do not wait for another one, for a minute. */
  #isPausing(kept: Kept, now: number): boolean {
    return now - this.#triedAt < PAUSE_MS && now - kept.readAt < STALE_MS;
  }

  async #fetchCurrent(): Promise<Kept> {
    this.#triedAt = this.#clock.now();
    try {
      const text = await this.#reader.read('AWSCURRENT');
      this.#current = { text, raw: parseSecretValue(text, this.#ref), readAt: this.#clock.now() };
      return this.#current;
    } catch (error) {
      const why = explainAwsError(error, this.#ref);
      const kept = this.#current;
      if (!kept || this.#clock.now() - kept.readAt >= STALE_MS) throw why;
      this.#warn('The settings could not be read again. The older ones stay in use', why, kept);
      return kept;
    }
  }

  async #fetchPrevious(): Promise<RawSettings | undefined> {
    const beside = this.#current;
    const [raw, keptMs] = await this.#tryPrevious(beside);
    this.#previous = { raw, beside: beside?.text, until: this.#clock.now() + keptMs };
    return raw;
  }

  async #tryPrevious(beside: Kept | undefined): Promise<readonly [RawSettings | undefined, number]> {
    let text: string | undefined;
    try {
      text = await this.#reader.read('AWSPREVIOUS');
    } catch (error) {
      this.#warn('The settings from before could not be read', explainAwsError(error, this.#ref), beside);
      return [undefined, PAUSE_MS];
    }
    try {
      return [text === undefined ? undefined : parseSecretValue(text, this.#ref), KEPT_MS];
    } catch {
      // The value before the first filled one is empty.
      return [undefined, KEPT_MS];
    }
  }

  #warn(message: string, { message: why, whatToDo }: SecretUnreadyError, kept: Kept | undefined): void {
    this.#log.warn(message, { why, whatToDo, readAt: kept && iso(kept.readAt) });
  }
}

/** Callers who come during a read share its result. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async () => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
