import { describeNeed } from '../certificates/decide.ts';
import { unaskedServer, waitForDns, waitIfMovedAway } from '../certificates/dns-waits.ts';
import type { DomainState } from '../domain/record.ts';
import { namesServed } from '../domain/runcloud-domain.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import type { HostName } from '../values/host-name.ts';

/**
 * What keeps visitors away from a domain on RunCloud, by the last probe, whoever it belongs to. Undefined: nothing, or it is not on
 * RunCloud, or nobody knows.
 */
export function whyNotLive(
  domain: HostName,
  { seen, probe }: Pick<DomainState, 'seen' | 'probe'>,
  server: ServerAddresses,
): string | undefined {
  if (!seen || !probe) return undefined;
  // Where only `www.` points here, and has an object of its own, the bare name may lead wherever its owner likes.
  const names = probe.servedAs === 'www' ? [`www.${domain}`] : namesServed(seen);
  const dns = waitIfMovedAway(domain, names, probe, server) ?? waitForDns(domain, names, probe, server);
  if (dns) return dns.why;
  const shown = probe.certificate?.verdict;
  if (shown && shown.kind !== 'valid' && shown.kind !== 'expiring') return describeNeed(domain, shown);
  // An older certificate is no answer to what visitors meet now.
  return probe.certificateUnasked === undefined ? undefined : unaskedServer(domain, probe, server).why;
}
