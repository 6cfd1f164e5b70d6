/** Why the settings cannot be had from Secrets Manager, in words. None of them repeats anything that stands in the secret. */
import { ExplainedError } from '../util/explained-error.ts';
import { messageOf } from '../util/log.ts';
import { commandFor, nameOfSecret, stageOf } from './secret-name.ts';

export type SecretFault =
  /** There is no secret of this name. */
  | 'missing'
  /** It has no value yet, or one with nothing in it. */
  | 'empty'
  /** Its value is not a JSON object of texts. */
  | 'malformed'
  /** Nobody knows what is in it: no right to read it, no answer, no credentials. */
  | 'unreadable';

/** The settings are not to be had now. `message` says why, `whatToDo` what a person can do about it. */
export class SecretUnreadyError extends ExplainedError<SecretFault> {
  override readonly name = 'SecretUnreadyError';
}

const NEEDED =
  'WU_RUNCLOUD_API_TOKEN, WU_RUNCLOUD_SERVER_ID, WU_RUNCLOUD_APP_ID, WEBHOOK_SECRET and POLICY (observe, create-only or sync)';

/** Takes the secret's name or ARN; returns what a person has to put there, and how. */
export function howToFill(secretId: string): string {
  return `It holds one JSON object with at least ${NEEDED}. Fill it with \`${commandFor(secretId)}\`, or in the Secrets Manager console.`;
}

/** Takes what is missing or wrong in the settings, in sentences, and the secret's name or ARN; returns it as an error. */
export function wrongSettings(faults: readonly string[], secretId: string): SecretUnreadyError {
  const why = `The secret ${nameOfSecret(secretId)} holds settings that are missing or wrong: ${faults.join(' ')}`;
  return new SecretUnreadyError('malformed', why, howToFill(secretId));
}

/** Takes whatever a call of Secrets Manager threw, the secret's name or ARN and what was tried; returns it in words. */
export function explainAwsError(
  error: unknown,
  secretId: string,
  tried: 'read' | 'write' = 'read',
): SecretUnreadyError {
  if (error instanceof SecretUnreadyError) return error;
  const secret = nameOfSecret(secretId);
  const name = error instanceof Error ? error.name : '';
  const said = messageOf(error);
  if (name === 'ResourceNotFoundException') {
    return new SecretUnreadyError(
      'missing',
      `There is no secret ${secret} in this account and region, or it has no value.`,
      `The deployment makes it: npx sst deploy --stage ${stageOf(secretId) ?? '<stage>'}. If that was done, compare the stage, the account and the region. ${howToFill(secretId)}`,
      { cause: error },
    );
  }
  const [why, whatToDo] = wordsFor(name, said, (error as { code?: unknown }).code);
  return new SecretUnreadyError('unreadable', `Could not ${tried} the secret ${secret}: ${why}.`, whatToDo, {
    cause: error,
  });
}

/** The names of errors are those of the Secrets Manager API, of STS, and of the SDK's credential providers. */
function wordsFor(name: string, said: string, code: unknown): readonly [why: string, whatToDo: string] {
  if (/^AccessDenied/.test(name)) {
    return [
      // It names who asked, the action and the secret, and nothing of its content.
      `AWS denies it (${said.replace(/\.$/, '')})`,
      'Whoever asks needs secretsmanager:GetSecretValue on this secret (and PutSecretValue to fill it), and kms:Decrypt if it has a key of its own.',
    ];
  }
  if (/^ExpiredToken/.test(name) || /token.*expired|expired.*token|session.*expired/i.test(said)) {
    return ['the AWS session has expired', 'Sign in again (aws sso login, or new temporary credentials).'];
  }
  if (['UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidSignatureException'].includes(name)) {
    return [
      'AWS does not know these credentials',
      'Check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    ];
  }
  if (/^(CredentialsProviderError|TokenProviderError|CredentialsError)$/.test(name)) {
    return ['there are no AWS credentials', 'Set AWS_PROFILE, or sign in with aws sso login or aws configure.'];
  }
  if (/^region (is missing|not accepted)/i.test(said)) {
    return [
      'no AWS region is set, or one that is none',
      'Set AWS_REGION to the region of the deployment, as in AWS_REGION=eu-central-1.',
    ];
  }
  if (name === 'InvalidRequestException' && /marked for deletion|marked deleted|scheduled for deletion/i.test(said)) {
    return ['it is marked for deletion', 'Bring it back: aws secretsmanager restore-secret --secret-id <name>.'];
  }
  if (name === 'DecryptionFailure') {
    return ['AWS could not decrypt it', 'Whoever asks needs kms:Decrypt on the key of this secret.'];
  }
  if (/^(ThrottlingException|TooManyRequestsException)$/.test(name)) {
    return ['AWS asks for fewer requests', 'Wait for a minute.'];
  }
  return [
    `Secrets Manager could not be asked (${typeof code === 'string' ? code : name || 'unknown'})`,
    'If AWS or the network has an outage, wait for its end. Otherwise check AWS_REGION and AWS_ENDPOINT_URL.',
  ];
}
