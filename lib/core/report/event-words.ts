/** The reason of an event and what to do about it. In our own words alone: what RunCloud or a certificate says may name anybody. */
import { waitForDns, waitIfMovedAway } from '../certificates/dns-waits.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import type { DomainEvent } from '../domain/event.ts';
import { ownershipOf } from '../domain/ownership.ts';
import type { DomainState } from '../domain/record.ts';
import { namesServed } from '../domain/runcloud-domain.ts';
import type { CertificateVerdict } from '../probe/certificate-verdict.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { formatHostName, type HostName } from '../values/host-name.ts';
import { quantity } from '../values/text.ts';
import type { Change } from './told.ts';

type Words = Pick<DomainEvent, 'reason' | 'whatToDo'>;

export function wordsFor(
  domain: HostName,
  { type, sum }: Change,
  before: DomainState,
  after: DomainState,
  { shared, server }: { readonly shared: IssuanceHistory | undefined; readonly server: ServerAddresses | undefined },
): Words {
  const words = ((): Words => {
    switch (type) {
      case 'domain.added':
        return after.seen && ownershipOf(after, after.seen)?.by === 'adopted'
          ? { reason: 'It was on RunCloud already, and was adopted.' }
          : {};
      case 'domain.removed':
        return after.removedAt !== undefined && after.removedAt !== before.removedAt
          ? { reason: 'This service removed it.' }
          : {
              reason: 'RunCloud does not have it any more, or has another of its name. This service did not remove it.',
              whatToDo: 'Nothing: while the network maps it, the next run adds it again.',
            };
      case 'dns.lost':
      case 'domain.not-live':
        return whyAway(domain, after, server);
      case 'certificate.issued':
        return sumOf(attemptsOf(shared ?? before.issuance));
      case 'certificate.failed':
        return {
          reason: `${quantity(attemptsOf(shared ?? after.issuance), 'request')} brought no valid certificate.`,
          whatToDo: `{"action":"verify","domain":"${domain}"} says why. The service tries again by itself.`,
        };
      case 'certificate.expiring':
        return {
          reason: 'Its certificate should have been renewed by now.',
          whatToDo: `Nothing while the service renews it. {"action":"verify","domain":"${domain}"} says what it waits for.`,
        };
      case 'domain.live':
      case 'dns.restored':
        return {};
    }
  })();
  if (!sum) return words;
  const changes = `It changed ${quantity(sum.times, 'time')} since ${sum.since}.`;
  return { ...words, reason: words.reason === undefined ? changes : `${changes} ${words.reason}` };
}

function attemptsOf(issuance: IssuanceHistory | undefined): number {
  return issuance?.attempts ?? 0;
}

function sumOf(attempts: number): Words {
  return attempts > 1 ? { reason: `It took ${quantity(attempts, 'request')}.` } : {};
}

/** Public DNS is everybody's to read. What the server shows instead is said by its kind alone. */
function whyAway(domain: HostName, { seen, probe }: DomainState, server: ServerAddresses | undefined): Words {
  if (!seen || !probe || !server) return {};
  const names = probe.servedAs === 'www' ? [`www.${domain}`] : namesServed(seen);
  const dns = waitIfMovedAway(domain, names, probe, server) ?? waitForDns(domain, names, probe, server);
  // A CAA record may name an account.
  if (dns && dns.cause !== 'unasked' && dns.cause !== 'caa') return { reason: dns.why, whatToDo: dns.whatToDo };
  const { certificate } = probe;
  const shows = certificate && SHOWS[certificate.verdict.kind];
  if (shows === undefined) return {};
  return {
    reason: `${formatHostName(domain)} points here, and ${shows}.`,
    whatToDo: `{"action":"verify","domain":"${domain}"} says more.`,
  };
}

const SHOWS: Readonly<Partial<Record<CertificateVerdict['kind'], string>>> = {
  expired: 'its certificate has expired',
  'other-name': 'the server shows a certificate of other names',
  untrusted: 'its certificate is not trusted',
  none: 'the server shows no certificate',
};
