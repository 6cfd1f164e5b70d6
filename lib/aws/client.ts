/** What all clients of the AWS SDK are made with. Region, credentials and AWS_ENDPOINT_URL come from the environment. */
import { SECOND } from '../core/values/time.ts';

/**
 * Without limits of its own the SDK waits for an answer for ever. An answer takes some 10 ms; who waits for it (a webhook's
 * sender, a batch) is to learn in time that there is none.
 */
export const CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: SECOND, requestTimeout: 2 * SECOND, throwOnRequestTimeout: true },
};
