/**
 * A secret in AWS, read and written with the operator's rights. The deployed functions only read it
 * (lib/aws/secret.ts).
 */
import { ResourceNotFoundException, SecretsManager } from '@aws-sdk/client-secrets-manager';
import { CLIENT } from '../../lib/aws/client.ts';
import { explainAwsError } from '../../lib/aws/secret-error.ts';
import type { SecretRef } from '../../lib/aws/secret-name.ts';

/** `text` is undefined if the secret never had a value. `version` is the id of the present one. */
export type Stored = { readonly text: string | undefined; readonly version: string | undefined };

export class SecretStore {
  readonly #ref: SecretRef;
  readonly #client = new SecretsManager(CLIENT);

  constructor(ref: SecretRef) {
    this.#ref = ref;
  }

  /** @throws SecretUnreadyError if there is no such secret, or if it cannot be read */
  async read(): Promise<Stored> {
    try {
      const { VersionIdsToStages: versions = {} } = await this.#client.describeSecret({ SecretId: this.#ref.id });
      if (!Object.values(versions).some((stages) => stages.includes('AWSCURRENT'))) {
        return { text: undefined, version: undefined };
      }
      const value = await this.#client.getSecretValue({ SecretId: this.#ref.id });
      return { text: value.SecretString ?? '', version: value.VersionId };
    } catch (error) {
      throw explainAwsError(error, this.#ref);
    }
  }

  /** The value before the last change, if there is one. @throws SecretUnreadyError if it cannot be read */
  async readPrevious(): Promise<string | undefined> {
    try {
      const answer = await this.#client.getSecretValue({ SecretId: this.#ref.id, VersionStage: 'AWSPREVIOUS' });
      return answer.SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw explainAwsError(error, this.#ref);
    }
  }

  /** Replaces the whole value. The present one becomes AWSPREVIOUS. @throws SecretUnreadyError */
  async write(text: string): Promise<void> {
    try {
      await this.#client.putSecretValue({ SecretId: this.#ref.id, SecretString: text });
    } catch (error) {
      throw explainAwsError(error, this.#ref, 'write');
    }
  }
}
