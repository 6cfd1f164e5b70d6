import type { Serving } from '../../core/domain/runcloud-domain.ts';
import { redirectionFor, type WwwWhenAdded } from '../../core/plan/www.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { judgeAddresses, type ServerAddresses } from '../../core/probe/dns-verdict.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { Dependencies } from '../dependencies.ts';

/**
 * Takes a domain, what the plan says of its `www`, and the server's addresses; returns what to ask RunCloud for. Not knowing is no:
 * `www` is added later when its DNS comes, while one that leads elsewhere does harm now. Never throws.
 */
export async function chooseServing(
  { dns }: Dependencies,
  domain: HostName,
  wanted: WwwWhenAdded,
  server: ServerAddresses | undefined,
): Promise<Serving> {
  if (wanted !== 'auto') return serving(wanted === 'yes');
  if (!server || !isWwwWatched({ domain, request: undefined }, [], wanted)) return serving(false);
  return serving(judgeAddresses(await dns.addressesOf(`www.${domain}`), server).kind === 'pointing');
}

function serving(www: boolean): Serving {
  return { www, redirection: redirectionFor(www) };
}
