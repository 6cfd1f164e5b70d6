/** What is not done now, why, and the way on: every sentence an operator may read about a hold stands here. */
import { type CertificateWait, WAIT_CAUSES, type WaitCause } from '../certificates/decision.ts';
import type { FailureState } from '../domain/record.ts';
import { formatHostName } from '../values/host-name.ts';
import { formatDuration, type IsoTime } from '../values/time.ts';

export type HoldCode =
  | 'protected'
  | 'wildcard'
  | 'not-ours'
  | 'unmanaged'
  | 'gone'
  | 'last-domain'
  | 'waiting'
  | 'policy'
  | 'grace'
  | 'incomplete'
  | 'brake'
  | 'changed'
  | 'not-taken'
  | 'absent'
  | 'subdomain'
  | 'still-mapped'
  | 'not-listed'
  | 'stopped'
  | WaitCause;

const CERTIFICATE_CODES: ReadonlySet<HoldCode> = new Set(WAIT_CAUSES);

export type Hold = {
  readonly domain: string;
  readonly code: HoldCode;
  readonly reason: string;
  readonly whatToDo: string;
};

/** Why a run ended before its plan did. */
export type RunAbort = { readonly why: string; readonly whatToDo: string };

export const holds = {
  /** Mapped or unmapped, but the application's primary domain or on the list of protected names. */
  protected: (domain: string): Hold => ({
    domain,
    code: 'protected',
    reason: `${formatHostName(domain)} is the application's primary domain, the network's own host, or listed in PROTECTED_DOMAINS: none of these is ever added, changed or removed by this service.`,
    whatToDo:
      'Change it in RunCloud by hand if that is meant. A name that should not be protected comes off PROTECTED_DOMAINS.',
  }),
  /** Served by a wildcard domain of the application already. */
  wildcard: (domain: string): Hold => ({
    domain,
    code: 'wildcard',
    reason: `${formatHostName(domain)} is served by a wildcard domain of the application.`,
    whatToDo: 'Nothing, as long as that wildcard domain stays on RunCloud.',
  }),
  /** Mapped and present, but neither added nor adopted by this service. */
  notOurs: (domain: string): Hold => ({
    domain,
    code: 'not-ours',
    reason: `${formatHostName(domain)} is mapped and on RunCloud, but this service did not add it, so it will neither change nor remove it.`,
    whatToDo: `Hand it over with {"action":"adopt","domains":["${domain}"]}, or leave it as it is.`,
  }),
  /** Asked to go, but neither added nor adopted by this service. */
  notOursToRemove: (domain: string): Hold => ({
    domain,
    code: 'not-ours',
    reason: `${formatHostName(domain)} was unmapped, but what RunCloud has under this name was not added by this service, so it does not remove it.`,
    whatToDo: `Remove it in RunCloud by hand, or hand it over with {"action":"adopt","domains":["${domain}"]}: the next run then removes it.`,
  }),
  /** On RunCloud without any mapping, and not ours. */
  unmanaged: (domain: string): Hold => ({
    domain,
    code: 'unmanaged',
    reason: `${formatHostName(domain)} is on RunCloud, but no mapping of it is known and this service did not add it.`,
    whatToDo: 'Nothing, if it is meant to be there. Otherwise remove it in RunCloud by hand.',
  }),
  /** Ours and not wanted any more, and RunCloud's list does not show it. */
  gone: (domain: string, since: IsoTime): Hold => ({
    domain,
    code: 'gone',
    reason: `${formatHostName(domain)} is to go, and RunCloud's list has not shown it since ${since}. A list may be late, so it is not forgotten yet.`,
    whatToDo: 'Nothing: it is forgotten when it stays away, and removed when it shows again.',
  }),
  /** The only domain left on the application. */
  lastDomain: (domain: string): Hold => ({
    domain,
    code: 'last-domain',
    reason: `${formatHostName(domain)} is the last domain of the web application, and the last one is never removed.`,
    whatToDo: 'Add the domain that shall stay, or remove this one in RunCloud by hand.',
  }),
  /** Tried before, and not due again yet. */
  waiting: (domain: string, failure: FailureState): Hold => ({
    domain,
    code: 'waiting',
    reason: `${failure.why} (${failure.attempts === 1 ? 'one attempt' : `${failure.attempts} attempts`} so far.)`,
    whatToDo: `${failure.whatToDo} It is tried again at ${failure.dueAt}; {"action":"map"} or {"action":"unmap"} with its name tries at once.`,
  }),
  /** The deployment's policy does not allow the change. */
  policy: (domain: string, change: string, policy: string): Hold => ({
    domain,
    code: 'policy',
    reason: `${formatHostName(domain)}: the step "${change}" is due, but POLICY is ${policy}.`,
    whatToDo: 'Set POLICY=sync when the plan looks right.',
  }),
  /** Missing from the network, but not for long enough. */
  grace: (domain: string, since: IsoTime, graceMs: number): Hold => ({
    domain,
    code: 'grace',
    reason: `${formatHostName(domain)} is missing from the network's list since ${since}. It goes when a complete list lacks it again, at least ${formatDuration(graceMs)} later.`,
    whatToDo: `Nothing, if the mapping is gone. {"action":"unmap","domain":"${domain}"} removes it at once.`,
  }),
  /** To go by an event, or by a list that is doubted, while the network's list could not be read whole. */
  incomplete: (domain: string, against: 'event' | 'list', why: string): Hold => ({
    domain,
    code: 'incomplete',
    reason: `${formatHostName(domain)} ${against === 'event' ? 'was unmapped' : "is not in the network's list"}, but that list could not be read whole or is doubted (${why}), and nothing is removed on half an answer.`,
    whatToDo: 'See to what stands in brackets; the next complete read decides.',
  }),
  /** One of too many removals. */
  brake: (domain: string, numbers: string): Hold => ({
    domain,
    code: 'brake',
    reason: `${formatHostName(domain)} would be removed, but ${numbers}`,
    whatToDo:
      'Look through {"action":"plan"}. If all of it is meant, apply it with {"action":"apply","checksum":"…"} and the checksum of that plan.',
  }),
  /** Not the object any more that the plan was made for. */
  changed: (domain: string): Hold => ({
    domain,
    code: 'changed',
    reason: `What RunCloud has for ${formatHostName(domain)} was changed by hand since its list was last read, so it is left alone.`,
    whatToDo: 'Nothing: the next reconcile looks at all of it anew.',
  }),
  /** RunCloud accepted a change and went on showing the old value. */
  notTaken: (domain: string): Hold => ({
    domain,
    code: 'not-taken',
    reason: `RunCloud accepted new www or redirection settings for ${formatHostName(domain)} and still shows the old ones. They are not asked for again.`,
    whatToDo: 'Change them in RunCloud by hand, or change WWW so that they fit.',
  }),
  /** To be adopted, but not on RunCloud. */
  absent: (domain: string): Hold => ({
    domain,
    code: 'absent',
    reason: `${formatHostName(domain)} is not on RunCloud, so there is nothing to adopt.`,
    whatToDo: `Check the spelling. {"action":"map","domain":"${domain}"} adds it.`,
  }),
  /** A subdomain of the network, where this service is told not to look after those. */
  subdomain: (domain: string, setting: string): Hold => ({
    domain,
    code: 'subdomain',
    reason: `${formatHostName(domain)} is a subdomain of the network, and SUBDOMAINS is ${setting}: it is neither added nor removed.`,
    whatToDo:
      'See that a wildcard domain of the application serves the subdomains, or set SUBDOMAINS=create to have each of them added.',
  }),
  /** Unmapped by an event, and the network's own records have it still. */
  stillMapped: (domain: string): Hold => ({
    domain,
    code: 'still-mapped',
    reason: `An event said that ${formatHostName(domain)} was unmapped, but the network still maps it, and its own records count.`,
    whatToDo: 'Unmap it in the network, if it is to go.',
  }),
  /** Mapped by an event, and the network's own records lack it. */
  notListed: (domain: string, since: IsoTime): Hold => ({
    domain,
    code: 'not-listed',
    reason: `An event of ${since} said that ${formatHostName(domain)} was mapped, but the network has no active mapping of it on a living site, and its own records count.`,
    whatToDo: 'Map it in the network, or activate the mapping that is there.',
  }),
  /** Its certificate, or in mode `basic` the domain itself, waits for something. */
  certificate: (domain: string, { cause, why, whatToDo, until }: CertificateWait): Hold => ({
    domain,
    code: cause,
    reason: why,
    whatToDo: until === undefined ? whatToDo : `${whatToDo} Looked at again from ${until} on.`,
  }),
  /** Planned, but the run had to end before it came to it. */
  stopped: (domain: string, change: string, stop: RunAbort): Hold => ({
    domain,
    code: 'stopped',
    reason: `${formatHostName(domain)}: the step "${change}" was left for the next run. ${stop.why}`,
    whatToDo: stop.whatToDo,
  }),
} as const;

/** Takes a hold; returns whether it is a domain's certificate that waits, and not the domain. */
export function isAboutCertificate({ code }: Hold): boolean {
  return CERTIFICATE_CODES.has(code);
}
