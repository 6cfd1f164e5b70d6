/** The settings of the deployed functions: one JSON secret in Secrets Manager, kept for minutes. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { HOUR, iso, MINUTE } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { CLIENT } from './client.ts';
import { explainAwsError, type SecretUnreadyError } from './secret-error.ts';
import { parseSecretValue } from './secret-value.ts';

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

/** What Secrets Manager is asked for. */
export type SecretReader = {
  /** Returns the value that has this stage, or undefined where none has. Throws what the AWS SDK throws. */
  read(stage: Stage): Promise<string | undefined>;
};

/** Each read costs money and time; a change of the secret is to be seen soon all the same. */
const KEPT_MS = 5 * MINUTE;
/** Time from one attempt to the next where somebody asks for more, or where the last one failed. */
const PAUSE_MS = MINUTE;
/** An outage of Secrets Manager is bridged so long. After that a secret that was taken away really is gone. */
const STALE_MS = HOUR;

/** Takes the secret's name or ARN; returns a reader. Region and credentials are those of the environment. */
export function secretsManagerReader(secretId: string): SecretReader {
  let client: SecretsManagerClient | undefined;
  return {
    async read(stage) {
      // Loading the SDK takes 40 ms of a function's start, which a request that is refused at once need not wait for.
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

/** Where there is no secret of that name at all the error is the same, in other words. The previous stage may just be absent. */
function isWithoutValue(error: unknown, stage: Stage): boolean {
  if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') return false;
  return stage === 'AWSPREVIOUS' || /can't find the specified secret value/i.test(error.message);
}

type Kept = { readonly text: string | undefined; readonly given: RawSettings; readonly readAt: number };

/**
 * Names and values from the secret. Reads when first needed and keeps what it read for 5 minutes; who asks while a read
 * is under way gets its result. A read that fails is not kept: the values from before go on being used, for at most an
 * hour, and without any the next call asks again.
 */
export class SecretSource {
  readonly #secretId: string;
  readonly #reader: SecretReader;
  readonly #clock: Clock;
  readonly #log: Log;
  #current: Kept | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #previous:
    | { readonly given: RawSettings | undefined; readonly beside: string | undefined; readonly until: number }
    | undefined;
  readonly #readCurrent = shared(() => this.#fetchCurrent());
  readonly #readPrevious = shared(() => this.#fetchPrevious());

  /** Takes the secret's name or ARN. Reads nothing yet. */
  constructor(
    secretId: string,
    { reader = secretsManagerReader(secretId), clock, log }: { reader?: SecretReader; clock: Clock; log: Log },
  ) {
    this.#secretId = secretId;
    this.#reader = reader;
    this.#clock = clock;
    this.#log = log;
  }

  /** Returns names and values, at most 5 minutes old in the usual case. Throws SecretUnreadyError. */
  async get(): Promise<RawSettings> {
    const now = this.#clock.now();
    const kept = this.#current;
    if (kept && (now - kept.readAt < KEPT_MS || this.#isPausing(kept, now))) return kept.given;
    return (await this.#readCurrent()).given;
  }

  /**
   * Reads again at once, but at most once a minute: for a 401 of RunCloud, and for a signature that no key fits (either may
   * be newer in the secret than what is kept). Returns names and values as `get` does. Throws SecretUnreadyError.
   */
  async refresh(): Promise<RawSettings> {
    const now = this.#clock.now();
    if (now - this.#refreshedAt < PAUSE_MS) return this.get();
    this.#refreshedAt = now;
    return (await this.#readCurrent()).given;
  }

  /**
   * Returns the names and values from before the last change of the secret; undefined where there are none to be had. Ask
   * for them only where no key of `refresh` fits a signature: the answer is kept for 5 minutes, also where it is none, so
   * that garbage causes no reads of its own. Throws SecretUnreadyError where the present ones cannot be had.
   */
  async previous(): Promise<RawSettings | undefined> {
    const current = this.#current ?? (await this.#readCurrent());
    const known = this.#previous;
    if (known && known.beside === current.text && this.#clock.now() < known.until) return known.given;
    return this.#readPrevious();
  }

  /** After a failure not every request is made to wait for the next one. */
  #isPausing(kept: Kept, now: number): boolean {
    return now - this.#triedAt < PAUSE_MS && now - kept.readAt < STALE_MS;
  }

  async #fetchCurrent(): Promise<Kept> {
    this.#triedAt = this.#clock.now();
    try {
      const text = await this.#reader.read('AWSCURRENT');
      this.#current = { text, given: parseSecretValue(text, this.#secretId), readAt: this.#clock.now() };
      return this.#current;
    } catch (error) {
      const why = explainAwsError(error, this.#secretId);
      const kept = this.#current;
      if (!kept || this.#clock.now() - kept.readAt >= STALE_MS) throw why;
      this.#warn('The settings could not be read again: the older ones go on being used', why, kept);
      return kept;
    }
  }

  async #fetchPrevious(): Promise<RawSettings | undefined> {
    const beside = this.#current;
    const [given, keptMs] = await this.#tryPrevious(beside);
    this.#previous = { given, beside: beside?.text, until: this.#clock.now() + keptMs };
    return given;
  }

  async #tryPrevious(beside: Kept | undefined): Promise<readonly [RawSettings | undefined, number]> {
    let text: string | undefined;
    try {
      text = await this.#reader.read('AWSPREVIOUS');
    } catch (error) {
      this.#warn('The settings from before could not be read', explainAwsError(error, this.#secretId), beside);
      return [undefined, PAUSE_MS];
    }
    try {
      return [text === undefined ? undefined : parseSecretValue(text, this.#secretId), KEPT_MS];
    } catch {
      // An empty secret came before the first filled one.
      return [undefined, KEPT_MS];
    }
  }

  #warn(message: string, { message: why, whatToDo }: SecretUnreadyError, kept: Kept | undefined): void {
    this.#log.warn(message, { why, whatToDo, readAt: kept && iso(kept.readAt) });
  }
}

/** Takes what reads; returns the same, but that callers who come while it is under way get its result. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async () => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
