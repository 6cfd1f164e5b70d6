/** A deployed stage, by Lambda. Region and credentials are those of the environment. */
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { parseJson } from '../../lib/util/json.ts';
import { messageOf } from '../../lib/util/log.ts';
import { CouldNotAskError, type FunctionName, LONGEST_ANSWER_MS, type Service } from './service.ts';

// Each question is an invocation that is paid for.
const POLL_MS = 5_000;
const CONNECT_MS = 3_000;

/** The name that infra/names.ts gives. */
function functionNameOf(stage: string, name: FunctionName): string {
  return `multisite-runcloud-${stage}-${name}`;
}

/** `config`: beside what the environment says. */
export function lambdaService(stage: string, config: LambdaClientConfig = {}): Service {
  const client = new LambdaClient({
    ...config,
    // What changes something is not to be sent twice.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: LONGEST_ANSWER_MS,
      throwOnRequestTimeout: true,
    },
  });
  return {
    place: `the stage ${stage}`,
    pollEveryMs: POLL_MS,
    invoke: async (name, payload, signal) => {
      const functionName = functionNameOf(stage, name);
      const invoked = await client
        .send(new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }), {
          ...(signal && { abortSignal: signal }),
        })
        .catch((error: unknown) => {
          throw explain(error, stage, functionName);
        });
      const answer = parseJson(Buffer.from(invoked.Payload ?? []));
      if (invoked.FunctionError === undefined && answer !== undefined) return answer;
      const why = (answer as { errorMessage?: unknown } | undefined)?.errorMessage;
      throw new CouldNotAskError(
        `The function ${functionName} failed${typeof why === 'string' ? `: ${why.replace(/\.$/, '')}` : ''}.`,
        `Read its log: aws logs tail /aws/lambda/${functionName} --since 1h`,
      );
    },
    close: async () => client.destroy(),
  };
}

function explain(error: unknown, stage: string, functionName: string): CouldNotAskError {
  const name = error instanceof Error ? error.name : '';
  const because = (message: string, whatToDo: string) => new CouldNotAskError(message, whatToDo, { cause: error });
  switch (name) {
    case 'ResourceNotFoundException':
      return because(
        `There is no function ${functionName} in this account and region.`,
        `Is ${stage} deployed here? See the names of stages with: aws lambda list-functions --query "Functions[].FunctionName". Another account or region: AWS_PROFILE, AWS_REGION.`,
      );
    case 'AccessDeniedException':
      return because(
        `AWS does not let you invoke ${functionName}: ${messageOf(error)}`,
        functionName.endsWith('-query')
          ? 'You need the right lambda:InvokeFunction on it. docs/console.md has the policy for those who only look.'
          : 'You need the right lambda:InvokeFunction on it. Whoever may only look can use mrc status, why, watch and quota.',
      );
    case 'CredentialsProviderError':
      return because(
        'There are no AWS credentials in the environment.',
        'Log in: aws sso login, or set AWS_PROFILE. mrc without --stage asks the service on this machine.',
      );
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
      return because(`AWS does not accept the credentials: ${messageOf(error)}`, 'Log in anew: aws sso login.');
    case 'TooManyRequestsException':
      return because(
        `${functionName} is at work, and AWS runs one of it at a time.`,
        'Ask again in a moment. mrc watch shows how far it is.',
      );
    case 'TimeoutError':
      return because(
        `${functionName} gave no answer in time.`,
        'Whether it did what was asked is not known: mrc status shows it.',
      );
    default: {
      const isRegionMissing = /region is missing/i.test(messageOf(error));
      return isRegionMissing
        ? because('No AWS region is set.', 'Set AWS_REGION to the region of the deployment, or AWS_PROFILE.')
        : because(
            `AWS could not be asked: ${messageOf(error)}.`,
            'See the network, AWS_REGION and the credentials. mrc status shows what was done.',
          );
    }
  }
}
