import { SECOND } from '../core/values/time.ts';

/**
 * Options of every client of the AWS SDK. Region, credentials and AWS_ENDPOINT_URL come from the environment.
 *
 * By default the SDK waits for an answer for ever. An answer takes some 10 ms, and a webhook's sender or a batch has to
 * learn in time that there is none.
 */
export const CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: SECOND, requestTimeout: 2 * SECOND, throwOnRequestTimeout: true },
};
