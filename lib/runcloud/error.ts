/** What can go wrong between this service and RunCloud so that a run cannot go on. */
import { ExplainedError } from '../util/explained-error.ts';

export type RunCloudFault =
  /** 401: a wrong token, or an address that is not on the API's allow-list. */
  | 'unauthorized'
  /** 403: the plan or the token does not allow the call. */
  | 'forbidden'
  /** 404 of the server or the web application. */
  | 'application-not-found'
  /** 429 that ends later than this run does. */
  | 'rate-limited'
  /** 5xx, resets and time-outs that outlasted the retries of a read. */
  | 'unavailable'
  /** HTML, or JSON that is not what was asked for. */
  | 'unreadable'
  /** An answer that points elsewhere. The token is never sent there. */
  | 'redirected'
  /** The list of domains changed each time while it was read. */
  | 'unstable-list'
  /** The run has to end before the next request may be sent. */
  | 'no-time-left'
  /** Any other status. */
  | 'unexpected';

/** RunCloud could not be asked, or its answer ends the run. What it says about one domain only is an outcome, not this. */
export class RunCloudError extends ExplainedError<RunCloudFault> {
  override readonly name = 'RunCloudError';
}
