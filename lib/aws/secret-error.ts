/** Explains why the secret in Secrets Manager cannot be used. No message repeats what stands in it. */
import { ExplainedError } from '../util/explained-error.ts';
import { messageOf } from '../util/log.ts';
import { commandFor, nameOfSecret, type SecretKind, type SecretRef, stageOf } from './secret-name.ts';

export type SecretFault =
  /** There is no secret of this name. */
  | 'missing'
  /** It has no value yet, or an empty one. */
  | 'empty'
  /** Its value is no JSON object of texts, or the settings in it are missing or wrong. */
  | 'malformed'
  /** It cannot be read: no right to, no answer, no credentials. */
  | 'unreadable';

export class SecretUnreadyError extends ExplainedError<SecretFault> {
  override readonly name = 'SecretUnreadyError';
}

const NEEDED: Readonly<Record<SecretKind, string>> = {
  webhook: 'WEBHOOK_SECRET',
  runcloud:
    'WU_RUNCLOUD_API_TOKEN, WU_RUNCLOUD_SERVER_ID, WU_RUNCLOUD_APP_ID and POLICY (observe, create-only or sync)',
};

export function howToFill(ref: SecretRef): string {
  return `It holds one JSON object with at least ${NEEDED[ref.kind]}. Fill it with \`${commandFor(ref)}\`, or in the Secrets Manager console.`;
}

export function wrongSettings(faults: readonly string[], ref: SecretRef): SecretUnreadyError {
  const why = `In the secret ${nameOfSecret(ref.id)} settings are missing or wrong: ${faults.join(' ')}`;
  return new SecretUnreadyError('malformed', why, howToFill(ref));
}

/** Explains whatever a call of Secrets Manager threw. */
export function explainAwsError(error: unknown, ref: SecretRef, tried: 'read' | 'write' = 'read'): SecretUnreadyError {
  if (error instanceof SecretUnreadyError) return error;
  const secret = nameOfSecret(ref.id);
  const name = error instanceof Error ? error.name : '';
  const message = messageOf(error);
  if (name === 'ResourceNotFoundException') {
    return new SecretUnreadyError(
      'missing',
      `There is no secret ${secret} in this account and region, or it has no value.`,
      `The deployment makes it: npx sst deploy --stage ${stageOf(ref) ?? '<stage>'}. If that was done, compare the stage, the account and the region. ${howToFill(ref)}`,
      { cause: error },
    );
  }
  const [why, whatToDo] = explanationOf(name, message, (error as { code?: unknown }).code);
  return new SecretUnreadyError('unreadable', `Could not ${tried} the secret ${secret}: ${why}.`, whatToDo, {
    cause: error,
  });
}

/** Errors have names of the Secrets Manager API, of STS, or of the SDK's credential providers. */
function explanationOf(name: string, message: string, code: unknown): readonly [why: string, whatToDo: string] {
  if (/^AccessDenied/.test(name)) {
    return [
      // AWS names who asked, the action and the secret, and nothing of its content.
      `AWS denies it (${message.replace(/\.$/, '')})`,
      'Whoever reads it needs secretsmanager:GetSecretValue on this secret, and kms:Decrypt if the secret has a key of its own. Whoever fills it needs PutSecretValue too.',
    ];
  }
  if (/^ExpiredToken/.test(name) || /token.*expired|expired.*token|session.*expired/i.test(message)) {
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
  if (/^region (is missing|not accepted)/i.test(message)) {
    return [
      'no AWS region is set, or one that does not exist',
      'Set AWS_REGION to the region of the deployment, as in AWS_REGION=eu-central-1.',
    ];
  }
  if (
    name === 'InvalidRequestException' &&
    /marked for deletion|marked deleted|scheduled for deletion/i.test(message)
  ) {
    return ['it is marked for deletion', 'Bring it back: aws secretsmanager restore-secret --secret-id <name>.'];
  }
  if (name === 'DecryptionFailure') {
    return ['AWS could not decrypt it', 'Whoever reads it needs kms:Decrypt on the key of this secret.'];
  }
  if (/^(ThrottlingException|TooManyRequestsException)$/.test(name)) {
    return ['AWS asks for fewer requests', 'Wait for a minute.'];
  }
  return [
    `Secrets Manager could not be asked (${typeof code === 'string' ? code : name || 'unknown'})`,
    'If AWS or the network has an outage, wait for its end. Otherwise check AWS_REGION and AWS_ENDPOINT_URL.',
  ];
}
