/**
 * All well outside, for tests that are about something else: names point to the server, and it has a valid certificate
 * for each.
 */

import type { AddressAnswer } from '../../lib/core/probe/dns-answer.ts';
import { DAY, iso } from '../../lib/core/values/time.ts';
import type { Dns } from '../../lib/dns/dns.ts';
import type { Tls } from '../../lib/tls/tls.ts';
import type { Clock } from '../../lib/util/clock.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';

/** Every name without records points to the server, but for `www.` names. */
export function pointing(dns: Dns): Dns {
  const here: AddressAnswer = { kind: 'answered', ipv4: [StandInRunCloud.address], ipv6: [], cname: undefined };
  return {
    caaOf: async (name) => dns.caaOf(name),
    nameServersOf: async (zones) => dns.nameServersOf(zones),
    async addressesOf(name) {
      const answers = await dns.addressesOf(name);
      const isUnknown = answers.every((answer) => answer.kind === 'answered' && answer.ipv4.length === 0);
      return isUnknown && !name.startsWith('www.') ? answers.map(() => here) : answers;
    },
  };
}

/** The server shows a valid certificate for every name. */
export function certified(clock: Clock): Tls {
  return {
    shakeHands: async (_address, name) => ({
      kind: 'certificate',
      notBefore: iso(clock.now() - DAY),
      notAfter: iso(clock.now() + 89 * DAY),
      names: [name],
      fits: 'fits',
      trust: 'trusted',
    }),
  };
}
