/** Faults of RunCloud that end a run. */
import { ExplainedError } from '../util/explained-error.ts';

export type RunCloudFault =
  /** 401 with JSON: the token is wrong, or this address is not on the API's allow-list. */
  | 'unauthorized'
  /** 403: the plan or the token does not allow the call. */
  | 'forbidden'
  /** 404 of the server or the web application. */
  | 'application-not-found'
  /** 402, 403 or 429, probably because the calls of the month are used up. */
  | 'quota-used-up'
  /** 429 that ends later than this run does. */
  | 'rate-limited'
  /** 5xx, resets, time-outs, and pages of something in between, at every attempt of a read. */
  | 'unavailable'
  /** HTML, also with 401, or JSON of another form than the documented one. */
  | 'unreadable'
  /** A redirect. The token is never sent to where it leads. */
  | 'redirected'
  /** The list of domains could not be proven whole at any attempt. */
  | 'unstable-list'
  /** The run has to end before the next request may be sent. */
  | 'no-time-left'
  /** Any other status. */
  | 'unexpected';

/** What RunCloud may answer for one domain while it answers properly for all others. */
export const OF_ONE_DOMAIN: ReadonlySet<RunCloudFault> = new Set([
  'unavailable',
  'unexpected',
  'unreadable',
  'forbidden',
  'redirected',
]);

/**
 * RunCloud could not be asked, or its answer concerns every domain. The refusal of one change is an outcome, not this.
 */
export class RunCloudError extends ExplainedError<RunCloudFault> {
  override readonly name = 'RunCloudError';
}
