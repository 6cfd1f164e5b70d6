/** What a certificate waits for outside of RunCloud: the server's address, the server itself, and public DNS. */
import { dnsAdvice } from '../probe/dns-advice.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { hasMovedAway, type ProbeState, servedDns, whyUnasked } from '../probe/result.ts';
import { formatHostName } from '../values/host-name.ts';
import { type CertificateWait, type WaitCause, wait } from './decision.ts';

/** RunCloud did not tell the address that the domain would have to point to. */
export function unknownServer(domain: string): CertificateWait {
  return wait(
    'unasked',
    `It is not known whether ${formatHostName(domain)} points to the server: RunCloud did not tell the address of the server.`,
    'Nothing, if it passes: the next run asks again. If it stays, {"action":"doctor"} says whether the token may read the server.',
  );
}

/** The last probe of the certificate failed, or there never was one. */
export function unaskedServer(
  domain: string,
  { certificateUnasked }: ProbeState,
  server: ServerAddresses,
): CertificateWait {
  return wait(
    'unasked',
    `The server ${server.main} could not be asked for the certificate of ${formatHostName(domain)}: ${certificateUnasked ?? 'nobody tried'}.`,
    'Nothing, if it passes: the next run asks again. If it stays, make sure that this service reaches the port TLS_PORT of the server. Meanwhile nobody knows what a visitor sees.',
  );
}

/** A domain that moved away shows also while its certificate is valid: that one will not be renewed, and visitors go elsewhere. */
export function waitIfMovedAway(
  domain: string,
  names: readonly string[],
  probe: ProbeState,
  server: ServerAddresses,
): CertificateWait | undefined {
  const name = probe.servedAs === 'www' ? `www.${domain}` : domain;
  const moved = names.includes(name) && hasMovedAway(probe) ? servedDns(probe) : undefined;
  const advice = moved && dnsAdvice(name, moved.verdict, server);
  if (!advice) return undefined;
  return wait(
    'moved-away',
    `${formatHostName(name)} pointed here until ${probe.leftAt} and does not any more. ${advice.why}`,
    `If the customer left, unmap it in the network. Otherwise: ${advice.whatToDo}`,
  );
}

/** The first of the names that does not point here. Undefined: all of them do, and the last probe could ask about each. */
export function waitForDns(
  domain: string,
  names: readonly string[],
  probe: ProbeState,
  server: ServerAddresses,
): CertificateWait | undefined {
  for (const name of names) {
    const known = dnsOf(probe, domain, name);
    if (!known) return unaskedDns(domain, probe.dnsUnasked ?? `${name} has not been probed yet`);
    const advice = dnsAdvice(name, known.verdict, server);
    if (advice) return wait(causeOf(known.verdict.kind), advice.why, advice.whatToDo);
  }
  // An older verdict is good enough to show, and not to spend a request on.
  const unasked = whyUnasked(probe, domain, names);
  return unasked === undefined ? undefined : unaskedDns(domain, unasked);
}

function unaskedDns(domain: string, why: string): CertificateWait {
  return wait(
    'unasked',
    `Public DNS could not be asked about ${formatHostName(domain)}: ${why}.`,
    'Nothing, if it passes: the next run asks again. If it stays, check DNS_SERVERS and the name servers of the domain.',
  );
}

/** `name` is the domain or its `www.` name. */
export function dnsOf(probe: ProbeState, domain: string, name: string): ProbeState['dns'] {
  return name === domain ? probe.dns : probe.www;
}

function causeOf(kind: string): WaitCause {
  if (kind === 'proxied') return 'proxied';
  return kind === 'blocked' ? 'caa' : 'dns';
}
