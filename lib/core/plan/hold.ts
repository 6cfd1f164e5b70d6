/**
 * What this service does not do now, why, and what to do about it. The reasons why a certificate waits are worded in
 * `certificates/`, the numbers of the brake in `brake.ts`, and why a run ended where it ended.
 */
import { type CertificateWait, WAIT_CAUSES, type WaitCause } from '../certificates/decision.ts';
import type { FailureState } from '../domain/record.ts';
import type { Usage } from '../quota/usage.ts';
import { formatHostName } from '../values/host-name.ts';
import { formatDuration, type IsoTime } from '../values/time.ts';

export type HoldCode =
  | 'protected'
  | 'wildcard'
  | 'not-ours'
  | 'unmanaged'
  | 'beside'
  | 'gone'
  | 'last-domain'
  | 'waiting'
  | 'policy'
  | 'grace'
  | 'incomplete'
  | 'brake'
  | 'changed'
  | 'not-taken'
  | 'as-found'
  | 'absent'
  | 'subdomain'
  | 'still-mapped'
  | 'not-listed'
  | 'stopped'
  | 'unreadable'
  | 'quota'
  | WaitCause;

const CERTIFICATE_CODES: ReadonlySet<HoldCode> = new Set(WAIT_CAUSES);

export type Hold = {
  readonly domain: string;
  readonly code: HoldCode;
  readonly reason: string;
  readonly whatToDo: string;
  /** Whether a person has to see to it, where the code alone does not tell. */
  readonly pressing?: boolean;
};

/** Why a run ended before it had carried out its plan. */
export type RunAbort = {
  readonly why: string;
  readonly whatToDo: string;
  /** For want of time, or at RunCloud's limit: the next run goes on where this one ended. */
  readonly passes?: true;
};

export const holds = {
  /** Mapped or unmapped; the primary domain, the network's own host, or on the list of protected names. */
  protected: (domain: string): Hold => ({
    domain,
    code: 'protected',
    reason: `${formatHostName(domain)} is the application's primary domain, the network's own host, or listed in PROTECTED_DOMAINS. This service never adds, changes or removes any of these.`,
    whatToDo:
      'Change it in RunCloud by hand if that is meant. Take the name off PROTECTED_DOMAINS if it should not be protected.',
  }),
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
  /** Unmapped and present, but neither added nor adopted by this service. */
  notOursToRemove: (domain: string): Hold => ({
    domain,
    code: 'not-ours',
    reason: `${formatHostName(domain)} was unmapped, but what RunCloud has under this name was not added by this service, so it does not remove it.`,
    whatToDo: `Remove it in RunCloud by hand, or hand it over with {"action":"adopt","domains":["${domain}"]}: the next run then removes it.`,
  }),
  unmanaged: (domain: string): Hold => ({
    domain,
    code: 'unmanaged',
    reason: `${formatHostName(domain)} is on RunCloud, but no mapping of it is known and this service did not add it.`,
    whatToDo: 'Nothing, if it is meant to be there. Otherwise remove it in RunCloud by hand.',
  }),
  /** Mostly `www.shop.example` beside `shop.example`. `domain` is the mapping's. */
  beside: (name: string, domain: string): Hold => ({
    domain: name,
    code: 'beside',
    reason: `${formatHostName(name)} is on RunCloud as a domain object of its own, beside the one that serves ${formatHostName(domain)}. This service leaves it alone.`,
    whatToDo:
      'Nothing, if it is meant to be there. To have one object serve both names, remove this one in RunCloud by hand.',
  }),
  /** Ours, not known to be mapped, and not in RunCloud's list. */
  gone: (domain: string, since: IsoTime): Hold => ({
    domain,
    code: 'gone',
    reason: `${formatHostName(domain)} is not known to be mapped, and RunCloud's list has not shown it since ${since}. A list may be late, so the ledger does not forget it yet.`,
    whatToDo: 'Nothing: the ledger forgets it if it stays away, and the next run decides anew if it shows again.',
  }),
  lastDomain: (domain: string): Hold => ({
    domain,
    code: 'last-domain',
    reason: `${formatHostName(domain)} is the last domain of the web application, and this service never removes the last one.`,
    whatToDo: 'Add the domain that shall stay, or remove this one in RunCloud by hand.',
  }),
  /** The last attempt failed, and the next one is not due yet. */
  waiting: (domain: string, failure: FailureState): Hold => ({
    domain,
    code: 'waiting',
    reason: `${failure.why} ${failure.attempts === 1 ? 'One attempt' : `${failure.attempts} attempts`} so far.`,
    whatToDo: `${failure.whatToDo} It is tried again at ${failure.dueAt}; {"action":"map"} or {"action":"unmap"} with its name tries at once.`,
  }),
  /** What is left of RunCloud's calls is kept for steps that matter more (reserve.ts). */
  quota: (domain: string, change: string, { used, quota, resetAt }: Usage): Hold => ({
    domain,
    code: 'quota',
    reason: `${formatHostName(domain)}: the step "${change}" is due, but ${used} of RunCloud's ${quota?.calls} calls of this month are used. What is left is kept for removals that somebody asked for, then for certificates that run out, then for new domains.`,
    whatToDo: `Wait until RunCloud counts anew at ${resetAt}, or buy more calls in RunCloud and set RUNCLOUD_CALLS_PER_MONTH to what there is then.`,
  }),
  policy: (domain: string, change: string, policy: string): Hold => ({
    domain,
    code: 'policy',
    reason: `${formatHostName(domain)}: the step "${change}" is due, but POLICY is ${policy}.`,
    whatToDo: 'Set POLICY=sync when the plan looks right.',
  }),
  grace: (domain: string, since: IsoTime, graceMs: number): Hold => ({
    domain,
    code: 'grace',
    reason: `${formatHostName(domain)} has been missing from the network's list since ${since}. This service removes it when a whole list lacks it again, at least ${formatDuration(graceMs)} later.`,
    whatToDo: `Nothing, if the mapping is gone. {"action":"unmap","domain":"${domain}"} removes it at once.`,
  }),
  /** Unmapped by an event, or not in a list that is doubted, and no whole list is believed. */
  incomplete: (domain: string, against: 'event' | 'list', why: string): Hold => ({
    domain,
    code: 'incomplete',
    reason: `${formatHostName(domain)} ${against === 'event' ? "was unmapped, but the network's list" : "is not in the network's list, but that list"} could not be read whole or is doubted (${why}). This service removes nothing on half an answer.`,
    whatToDo: 'Mend what stands in brackets. The next whole list decides.',
  }),
  /** A whole list lacks it, and the question for its name has no answer. `why`: undefined where it was not asked yet. */
  unconfirmed: (domain: string, why: string | undefined): Hold => ({
    domain,
    code: 'incomplete',
    reason: `${formatHostName(domain)} is not in the network's list. Before it goes, this service asks the network for it by name, and has no answer yet${why === undefined ? '' : ` (${why})`}.`,
    whatToDo: 'Nothing, if the network answers again: the next run asks for it by name.',
  }),
  /** Unmapped by an event after the last run, and the ledger alone is asked. */
  undecided: (domain: string): Hold => ({
    domain,
    code: 'incomplete',
    reason: `${formatHostName(domain)} was unmapped after the last run over all domains. What comes of that the ledger alone does not tell: the network is asked before anything is removed.`,
    whatToDo: 'Nothing: the next run decides.',
    pressing: false,
  }),
  /** `what`: the row of the network's list that is not understood and may stand for the domain. */
  oddRow: (domain: string, what: string): Hold => ({
    domain,
    code: 'incomplete',
    reason: `The network's list has a row that is not understood and may stand for ${formatHostName(domain)} (${what}). So the domain counts as listed and stays.`,
    whatToDo: 'Correct that row in the network, or delete it there.',
  }),
  brake: (domain: string, numbers: string): Hold => ({
    domain,
    code: 'brake',
    reason: `${formatHostName(domain)} would be removed, but ${numbers}`,
    whatToDo:
      'Read {"action":"plan"}. If all of it is meant, apply it with {"action":"apply","checksum":"…"} and the checksum of that plan.',
  }),
  /** Of `www` or redirection. */
  brakeUpdate: (domain: string, numbers: string): Hold => ({
    domain,
    code: 'brake',
    reason: `${formatHostName(domain)} would be served with another www or redirection, but ${numbers}`,
    whatToDo:
      'Read {"action":"plan"}. If all of it is meant, apply it with {"action":"apply","checksum":"…"} and the checksum of that plan. If not, see what WWW is set to.',
  }),
  /** The object is not as it was when the plan was made. */
  changed: (domain: string): Hold => ({
    domain,
    code: 'changed',
    reason: `Somebody changed ${formatHostName(domain)} on RunCloud after this service read its list, so this service left it alone.`,
    whatToDo: 'Nothing: the next reconcile decides anew.',
  }),
  /** Before its removal the ledger had a newer request than the plan was made from. */
  askedAnew: (domain: string): Hold => ({
    domain,
    code: 'changed',
    reason: `A newer request about ${formatHostName(domain)} came after this run had made its plan, so this service did not remove it.`,
    whatToDo: 'Nothing: the next run decides by that request.',
  }),
  /** RunCloud accepted a change and went on showing the old value. */
  notTaken: (domain: string): Hold => ({
    domain,
    code: 'not-taken',
    reason: `RunCloud accepted new www or redirection settings for ${formatHostName(domain)} and still shows the old ones. This service does not ask for them again.`,
    whatToDo: 'Change them in RunCloud by hand, or change WWW so that they fit.',
  }),
  /** Adopted, and the network maps its `www.` name, which the object as it was found does not serve. */
  asFound: (domain: string): Hold => ({
    domain,
    code: 'as-found',
    reason: `The network maps www.${domain}, and RunCloud serves only ${formatHostName(domain)}. It was adopted, so this service leaves its www and redirection as it found them.`,
    whatToDo: 'Switch www on for it in RunCloud by hand, or set WWW=always, which asks for it at every domain.',
  }),
  /** The same of a `www.` object that was adopted, where the network maps the bare name. */
  asFoundWww: (domain: string): Hold => ({
    domain,
    code: 'as-found',
    reason: `The network maps ${formatHostName(domain)}, and RunCloud serves only www.${domain}. That was adopted, so this service leaves it as it found it, and adds nothing beside it.`,
    whatToDo: `Add ${formatHostName(domain)} in RunCloud by hand. Or remove www.${domain} there: then this service adds what is mapped.`,
  }),
  /** Named for adoption, but not on RunCloud. */
  absent: (domain: string): Hold => ({
    domain,
    code: 'absent',
    reason: `${formatHostName(domain)} is not on RunCloud, so there is nothing to adopt.`,
    whatToDo: `Check the spelling. {"action":"map","domain":"${domain}"} adds it.`,
  }),
  /** SUBDOMAINS leaves the network's subdomains to somebody else. */
  subdomain: (domain: string, setting: string): Hold => ({
    domain,
    code: 'subdomain',
    reason: `${formatHostName(domain)} is a subdomain of the network, and SUBDOMAINS is ${setting}, so this service neither adds nor removes it.`,
    whatToDo:
      'Make sure that a wildcard domain of the application serves the subdomains, or set SUBDOMAINS=create to have each of them added.',
  }),
  stillMapped: (domain: string): Hold => ({
    domain,
    code: 'still-mapped',
    reason: `An event said that ${formatHostName(domain)} was unmapped, but the network still maps it, and its own records count.`,
    whatToDo: 'Unmap it in the network, if it is to go.',
  }),
  notListed: (domain: string, since: IsoTime): Hold => ({
    domain,
    code: 'not-listed',
    reason: `An event of ${since} said that ${formatHostName(domain)} was mapped, but the network has no active mapping of it on a living site, and its own records count.`,
    whatToDo: 'Map it in the network, or activate the mapping that is there.',
  }),
  /** `why` is about its row in the ledger. Whether the domain is ours stands there, and nowhere else. */
  unreadable: (domain: string, why: string): Hold => ({
    domain,
    code: 'unreadable',
    reason: `The ledger's row of ${formatHostName(domain)} cannot be read (${why}), so it is not known whether the domain is ours. This service adds, changes and removes nothing under this name.`,
    whatToDo:
      'Restore the row from a backup, or delete it: the domain then shows as not ours, and can be adopted. docs/holds.md#unreadable says how.',
  }),
  /** The certificate waits, or in mode `basic` the domain itself. */
  certificate: (domain: string, { cause, why, whatToDo, until }: CertificateWait): Hold => ({
    domain,
    code: cause,
    reason: why,
    whatToDo: until === undefined ? whatToDo : `${whatToDo} Checked again from ${until} on.`,
  }),
  /** The run ended before it came to this step. */
  stopped: (domain: string, change: string, stop: RunAbort): Hold => ({
    domain,
    code: 'stopped',
    reason: `${formatHostName(domain)}: the step "${change}" was left for the next run. ${stop.why}`,
    whatToDo: stop.whatToDo,
    ...(stop.passes && { pressing: false }),
  }),
} as const;

/** After a run that did nothing at all: what a run of the same length will not come to either needs a person. */
export function withoutProgress(hold: Hold): Hold {
  if (hold.code !== 'stopped') return hold;
  const { pressing: _, ...rest } = hold;
  return rest;
}

/** Whether the hold may leave the domain itself alone and keep only its certificate waiting. */
export function isAboutCertificate({ code }: Hold): boolean {
  return CERTIFICATE_CODES.has(code);
}
