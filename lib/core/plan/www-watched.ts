import type { DomainRecord } from '../domain/record.ts';
import { isRegistrable } from '../values/host-name.ts';
import type { WwwSetting } from './www.ts';

/**
 * Whether to probe the `www.` name: only where it is served, or may come to be. Of other domains nobody should be told to set it
 * up. `served` are the names that RunCloud serves for the domain now.
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
