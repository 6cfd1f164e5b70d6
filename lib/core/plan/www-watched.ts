/** Whether the `www.` name of a domain is looked at: only where it is served, or may come to be. */

import type { DomainRecord } from '../domain/record.ts';
import { isRegistrable } from '../values/host-name.ts';
import type { WwwSetting } from './www.ts';

/**
 * Takes a domain and its wish, the names that are served for it now, and the setting; returns whether it matters where its `www.`
 * name points. Where it does not, nobody is to be told to set it up.
 */
export function isWwwWatched(
  { domain, request }: Pick<DomainRecord, 'domain' | 'request'>,
  served: readonly string[],
  setting: WwwSetting,
): boolean {
  if (setting === 'always' || served.includes(`www.${domain}`)) return true;
  if (request?.kind === 'mapped' && request.namedAs === 'www') return true;
  return setting === 'auto' && isRegistrable(domain);
}
