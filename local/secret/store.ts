/** The secret in AWS, read and written as the operator. The deployed functions only ever read it (lib/aws/secret.ts). */
import { ResourceNotFoundException, SecretsManager } from '@aws-sdk/client-secrets-manager';
import { CLIENT } from '../../lib/aws/client.ts';
import { explainAwsError } from '../../lib/aws/secret-error.ts';

/** What stands there: `text` is undefined where no value was ever put. `version` tells one value from the next. */
export type Stored = { readonly text: string | undefined; readonly version: string | undefined };

export class SecretStore {
  readonly #secretId: string;
  readonly #client = new SecretsManager(CLIENT);

  /** Takes the secret's name or ARN. Region and credentials are those of the environment. */
  constructor(secretId: string) {
    this.#secretId = secretId;
  }

  /** Returns what stands there now. Throws SecretUnreadyError where there is no such secret, or it cannot be read. */
  async read(): Promise<Stored> {
    try {
      const { VersionIdsToStages: versions = {} } = await this.#client.describeSecret({ SecretId: this.#secretId });
      if (!Object.values(versions).some((stages) => stages.includes('AWSCURRENT'))) {
        return { text: undefined, version: undefined };
      }
      const value = await this.#client.getSecretValue({ SecretId: this.#secretId });
      return { text: value.SecretString ?? '', version: value.VersionId };
    } catch (error) {
      throw explainAwsError(error, this.#secretId);
    }
  }

  /** Returns what stood there before the last change, or undefined. Throws SecretUnreadyError where it cannot be read. */
  async readPrevious(): Promise<string | undefined> {
    try {
      const answer = await this.#client.getSecretValue({ SecretId: this.#secretId, VersionStage: 'AWSPREVIOUS' });
      return answer.SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw explainAwsError(error, this.#secretId);
    }
  }

  /** Takes the whole new value, and puts it there; the one before stays as AWSPREVIOUS. Throws SecretUnreadyError. */
  async write(text: string): Promise<void> {
    try {
      await this.#client.putSecretValue({ SecretId: this.#secretId, SecretString: text });
    } catch (error) {
      throw explainAwsError(error, this.#secretId, 'write');
    }
  }
}
