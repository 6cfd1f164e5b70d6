/** What can go wrong between this service and the network so that its list proves nothing. */
import { ExplainedError } from '../util/explained-error.ts';

export type NetworkFault =
  /** 401 or 403: wrong key or secret, or the header does not reach WordPress. */
  | 'unauthorized'
  /** 404 of the route: no plugin, an older one, or its API is switched off. */
  | 'no-api'
  /** 404 by the plugin itself: it has no item of this id. */
  | 'no-item'
  /** An answer that points elsewhere, such as a login page. The key is never sent there. */
  | 'redirected'
  /** The certificate of the network's address is not valid. */
  | 'certificate'
  /** 5xx, resets and time-outs that outlasted the retries. */
  | 'unavailable'
  /** HTML, or JSON of another form. */
  | 'unreadable'
  /** The pages do not add up to one whole list. */
  | 'incomplete'
  /** The run has to end before the next request may be sent. */
  | 'no-time-left'
  /** Any other status. */
  | 'unexpected';

/** The network could not be asked, or its answer proves nothing. Nothing is removed then. */
export class NetworkError extends ExplainedError<NetworkFault> {
  override readonly name = 'NetworkError';
}
