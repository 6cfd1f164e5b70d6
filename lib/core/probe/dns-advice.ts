/** What a customer has to change in DNS, in words that can be sent to one. */

import { formatHostName } from '../values/host-name.ts';
import type { DnsVerdict, ServerAddresses } from './dns-verdict.ts';

/** What is not right, and what to change. */
export type Advice = { readonly why: string; readonly whatToDo: string };

/** Takes a name, where it points, and the server's addresses; returns what is not right and what to change. Undefined: all is right. */
export function dnsAdvice(name: string, verdict: DnsVerdict, server: ServerAddresses): Advice | undefined {
  const shown = formatHostName(name);
  const set = `Set ${recordFor(name, server)}`;
  switch (verdict.kind) {
    case 'pointing':
      return undefined;
    case 'absent':
      return { why: `${shown} does not resolve: public DNS has no address for it.`, whatToDo: `${set}.` };
    case 'elsewhere':
      return {
        why: `${shown} points to ${list(verdict.addresses)}, and the server is ${server.main}.`,
        whatToDo: `${set}, and no other address.`,
      };
    case 'proxied':
      return {
        why: `${shown} is proxied by ${verdict.by}, so Let's Encrypt does not reach the server under this name, and visitors are shown ${verdict.by}'s certificate.`,
        whatToDo: `Switch the proxy off for ${name} at ${verdict.by} ("DNS only"), so that it resolves to ${server.main}; once the certificate is there it may be switched on again.`,
      };
    case 'partly':
      return {
        why: `${shown} points to the server, ${server.main}, but to ${list(verdict.foreign)} as well, where Let's Encrypt may look too.`,
        whatToDo: `Delete the ${verdict.foreign.every((each) => each.includes(':')) ? 'AAAA' : 'A or AAAA'} record of ${name} with ${list(verdict.foreign)}.`,
      };
    case 'disagreed':
      return {
        why: `The public resolvers say different things about ${shown}: a change is on its way, or its name servers differ.`,
        whatToDo: `Wait for an hour. If it stays, see that all name servers of ${name} have the same records.`,
      };
    case 'blocked':
      return {
        why: `${shown} points to the server, but its CAA record ${verdict.record} does not let Let's Encrypt issue a certificate.`,
        // A record that others must understand and do not forbids it to all of them, whatever else is allowed.
        whatToDo: verdict.record.startsWith('issue ')
          ? `Add the record CAA ${name} → 0 issue "letsencrypt.org".`
          : `Delete the CAA record ${verdict.record} that governs ${name}, or take its critical flag (128) off.`,
      };
  }
}

/** Takes a name and the server's addresses; returns the record that points it there, as in `A shop.example → 203.0.113.10`. */
export function recordFor(name: string, { main }: ServerAddresses): string {
  return `${main.includes(':') ? 'AAAA' : 'A'} ${name} → ${main}`;
}

function list(addresses: readonly string[]): string {
  return addresses.join(', ');
}
