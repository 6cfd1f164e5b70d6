/** What a customer has to change in DNS, worded so that it can be sent to one. */

import { formatHostName } from '../values/host-name.ts';
import { listOf } from '../values/text.ts';
import type { DnsVerdict, ServerAddresses } from './dns-verdict.ts';

export type Advice = { readonly why: string; readonly whatToDo: string };

/** Undefined: the name points to the server and nowhere else, and a certificate may be issued for it. */
export function dnsAdvice(name: string, verdict: DnsVerdict, server: ServerAddresses): Advice | undefined {
  const shown = formatHostName(name);
  const set = `Set ${recordFor(name, server)}`;
  switch (verdict.kind) {
    // Stryker disable next-line StringLiteral: without this case nothing is returned either.
    case 'pointing':
      return undefined;
    case 'absent':
      return { why: `${shown} does not resolve: public DNS has no address for it.`, whatToDo: `${set}.` };
    case 'elsewhere':
      return {
        why: `${shown} points to ${listOf(verdict.addresses)}, and the server is ${server.main}.`,
        whatToDo: `${set}, and no other address.`,
      };
    case 'proxied':
      return {
        why: `${shown} is proxied by ${verdict.by}, so Let's Encrypt does not reach the server under this name, and visitors see ${verdict.by}'s certificate.`,
        whatToDo: `Switch the proxy off for ${name} at ${verdict.by} ("DNS only"), so that it resolves to ${server.main}. Once the certificate is there, the proxy may be switched on again.`,
      };
    case 'partly':
      return {
        why: `${shown} points to the server, ${server.main}, and to ${listOf(verdict.foreign)} as well, and Let's Encrypt may ask any of these addresses.`,
        whatToDo: `Delete the ${verdict.foreign.every((each) => each.includes(':')) ? 'AAAA' : 'A or AAAA'} record of ${name} with ${listOf(verdict.foreign)}.`,
      };
    case 'disagreed':
      return {
        why: `${shown} resolves differently at the public resolvers: a change is on its way, or its name servers differ.`,
        whatToDo: `Wait for an hour. If it stays so, make sure that all name servers of ${name} have the same records.`,
      };
    case 'blocked':
      return {
        why: `${shown} points to the server, but its CAA record ${verdict.record} does not let Let's Encrypt issue a certificate.`,
        // A critical record that an authority does not understand forbids it to issue, whatever other records allow.
        whatToDo: verdict.record.startsWith('issue ')
          ? `Add the record CAA ${name} → 0 issue "letsencrypt.org".`
          : `Delete the CAA record ${verdict.record} that governs ${name}, or take its critical flag (128) off.`,
      };
  }
}

/** @example recordFor('shop.example', server) is `A shop.example → 203.0.113.10`. */
export function recordFor(name: string, { main }: ServerAddresses): string {
  return `${main.includes(':') ? 'AAAA' : 'A'} ${name} → ${main}`;
}
