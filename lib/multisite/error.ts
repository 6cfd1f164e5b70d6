/** Faults of the network: what it lists proves nothing then. */
import { ExplainedError } from '../util/explained-error.ts';

export type NetworkFault =
  /** 401 or 403 of the plugin: the key or the secret is wrong, or the header does not reach WordPress. */
  | 'unauthorized'
  /** 401 or 403 of something else: a firewall, another plugin. The key was not looked at. */
  | 'blocked'
  /** 500 of the plugin to a change: it refused this one record. */
  | 'refused'
  /** 404 of the route: the plugin is missing or too old, or its API is switched off. */
  | 'no-api'
  /** 404 of the plugin: it has no record of this id. */
  | 'no-item'
  /** A redirect, such as to a login page. The key is never sent to where it leads. */
  | 'redirected'
  /** The certificate of the network's address is not valid. */
  | 'certificate'
  /** 429, 5xx, resets and time-outs, at every attempt. */
  | 'unavailable'
  /** HTML, or JSON of another form than the known one. */
  | 'unreadable'
  /** The pages do not make one whole list, or a cache kept an answer for too long. */
  | 'incomplete'
  /** The run has to end before the next request may be sent. */
  | 'no-time-left'
  /** Any other status. */
  | 'unexpected';

/** The network could not be asked, or its answer proves nothing. No domain is removed then. */
export class NetworkError extends ExplainedError<NetworkFault> {
  override readonly name = 'NetworkError';
}
