/**
 * What the customer whose domain it is may see: whether it works, and what to set. Neither other customers nor the panel, ids or
 * words of operators are part of it. Pure: same record, same view.
 */
import { certificateAxis } from '../certificates/axis.ts';
import { WAIT_CAUSES } from '../certificates/decision.ts';
import type { IssuanceHistory } from '../certificates/requests.ts';
import { isOurs } from '../domain/ownership.ts';
import { type DomainRecord, type DomainState, standingRequest } from '../domain/record.ts';
import { namesServed } from '../domain/runcloud-domain.ts';
import type { Hold, HoldCode } from '../plan/hold.ts';
import type { Subdomains } from '../plan/input.ts';
import { aged } from '../probe/certificate-verdict.ts';
import { type DnsHost, dnsHostOf } from '../probe/dns-host.ts';
import type { DnsRecord } from '../probe/dns-records.ts';
import type { ServerAddresses } from '../probe/dns-verdict.ts';
import { NOW_DISAGREED, rememberedRecords } from '../probe/remembered-records.ts';
import { dnsAxis, isHere, isUnreached, type ProbeState, servedDns } from '../probe/result.ts';
import { epoch, type IsoTime, MINUTE } from '../values/time.ts';
import { countsAsNeed } from './pressing.ts';

export type CustomerState =
  /** Visitors reach it with a valid certificate. */
  | { readonly kind: 'live' }
  /** The same, and its certificate is due to be renewed. */
  | { readonly kind: 'expiring' }
  /** The customer is done; the rest comes by itself. */
  | { readonly kind: 'working' }
  /** Records are to be set. */
  | { readonly kind: 'dns' }
  /** It pointed here, and its records lead elsewhere now. */
  | { readonly kind: 'moved-away' }
  | { readonly kind: 'proxied'; readonly by: string }
  /** Nobody has looked at it yet, or nobody knows what it has to point to. */
  | { readonly kind: 'checking' }
  /** The network serves it together with others, by a wildcard domain or beside this service: there is nothing to set. */
  | { readonly kind: 'network' }
  /** Nothing that the customer does helps: whoever runs the network has to see to it. */
  | { readonly kind: 'provider' }
  | { readonly kind: 'unmapped' };

export type StepState = 'done' | 'now' | 'problem' | 'later';

export type CustomerRecord = Pick<DnsRecord, 'type' | 'name' | 'ok'> & {
  /** Undefined: there must be no such record. */
  readonly value: string | undefined;
  /** What public DNS has. */
  readonly now: { readonly kind: 'values'; readonly text: string } | { readonly kind: 'none' | 'unknown' };
};

export type CustomerView = {
  readonly state: CustomerState;
  readonly steps: { readonly dns: StepState; readonly server: StepState; readonly certificate: StepState };
  /** Empty where nothing is to be set. */
  readonly records: readonly CustomerRecord[];
  /** Who keeps the DNS, where that is known. */
  readonly host: DnsHost | undefined;
  readonly nameServers: readonly string[];
  /** When DNS and certificate were last looked at. */
  readonly lookedAt: IsoTime | undefined;
  /** Whether a look shows anything: of what is not on RunCloud it does not, unless runs look at it too. */
  readonly look: 'possible' | 'of no use';
};

/** How often a customer may ask for a look (ms). */
export const CHECK_EVERY_MS = MINUTE;

export function isCheckDue(lookedAt: IsoTime | undefined, now: number): boolean {
  return lookedAt === undefined || now - epoch(lookedAt) >= CHECK_EVERY_MS;
}

export type CustomerInput = {
  readonly record: DomainRecord;
  /** Undefined: nobody knows what the domain has to point to. */
  readonly server: ServerAddresses | undefined;
  /** Holds of this domain that the last runs left. */
  readonly held: readonly Hold[];
  readonly subdomains: Subdomains;
  /** Requests for the certificate that all names share. Undefined where each has its own. */
  readonly shared: IssuanceHistory | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Holds that waiting does not end. Whoever is needed for the others, and for a step that failed, is no customer either. */
const STAYING: ReadonlySet<HoldCode> = new Set(['protected', 'not-ours', 'policy']);
const SERVED_ELSEWHERE: ReadonlySet<HoldCode> = new Set(['wildcard', 'subdomain']);
/** Of a domain that is not on RunCloud, each of these is about adding it: so it is mapped, whatever the ledger has of requests. */
const ABOUT_ADDING: ReadonlySet<HoldCode> = new Set([
  'protected',
  'wildcard',
  'subdomain',
  'policy',
  'quota',
  'waiting',
  'stopped',
  ...WAIT_CAUSES,
]);

export function isCheckable({ seen, probe }: Pick<DomainState, 'seen' | 'probe'>): boolean {
  return seen !== undefined || probe !== undefined;
}

export function customerView(input: CustomerInput): CustomerView {
  const { record, server } = input;
  const { probe, seen } = record.state;
  const isKnown = isMapped(input);
  const { records, areRight } = isKnown && probe && server ? recordsToSet(record, probe, server) : NO_RECORDS;
  const state: CustomerState = isKnown ? stateOf(record, areRight, input) : { kind: 'unmapped' };
  const isToSet = state.kind === 'dns' || state.kind === 'moved-away';
  const nameServers = isToSet ? (probe?.nameServers ?? []) : [];
  const hasLook = isKnown && state.kind !== 'network' && isCheckable(record.state);
  return {
    state,
    steps: stepsOf(state, { isOnServer: seen !== undefined, isPointing: dnsAxis(probe) === 'pointing' }),
    records: isToSet ? records : [],
    host: dnsHostOf(nameServers),
    nameServers,
    lookedAt: hasLook ? probe?.at : undefined,
    look: hasLook ? 'possible' : 'of no use',
  };
}

/**
 * Where no event came, what is on RunCloud counts as mapped until it is missed, for only the network's list was asked then; and so does what
 * the last run would have added.
 */
function isMapped({ record, held }: CustomerInput): boolean {
  const { seen, removedAt } = record.state;
  if (record.unreadable !== undefined || seen !== undefined) return standingRequest(record)?.kind !== 'unmapped';
  if (held.some(({ code }) => ABOUT_ADDING.has(code))) return true;
  const request = standingRequest(record);
  // What was removed for want of being listed keeps the request that once mapped it.
  return request?.kind === 'mapped' && (removedAt === undefined || removedAt < request.occurredAt);
}

function stateOf(record: DomainRecord, areRight: boolean, input: CustomerInput): CustomerState {
  const { seen, probe } = record.state;
  const dns = probe && servedDns(probe)?.verdict;
  if (seen && probe && dns && (isHere(dns) || dns.kind === 'proxied') && !isUnreached(probe, input.now)) {
    const shown = probe.certificate && aged(probe.certificate.verdict, input.now).kind;
    if (shown === 'valid') return { kind: 'live' };
    if (shown === 'expiring') return { kind: 'expiring' };
  }
  if (record.unreadable !== undefined) return { kind: 'provider' };
  if (seen === undefined && input.held.some(({ code }) => SERVED_ELSEWHERE.has(code))) return { kind: 'network' };
  if (dns?.kind === 'proxied') return { kind: 'proxied', by: dns.by };
  if (!areRight) return { kind: dnsAxis(probe) === 'moved away' ? 'moved-away' : 'dns' };
  if (needsProvider(record, input)) return { kind: 'provider' };
  return { kind: dns && isHere(dns) ? 'working' : 'checking' };
}

const NO_RECORDS = { records: [], areRight: true };

/** The `www.` name is wanted too where it is watched; only where it is served, nothing works without it. */
function recordsToSet({ domain, state: { seen } }: DomainRecord, probe: ProbeState, server: ServerAddresses) {
  const all = rememberedRecords(domain, probe, server);
  const isServed = probe.servedAs !== undefined || (seen !== undefined && namesServed(seen).includes(`www.${domain}`));
  const needed = isServed ? all : all.filter(({ name }) => name === domain);
  return { records: all.map(customerRecord), areRight: needed.every(({ ok }) => ok) };
}

function customerRecord({ type, name, value, now, ok }: DnsRecord): CustomerRecord {
  return { type, name, ok, value: value === 'none' ? undefined : value, now: nowOf(now) };
}

function nowOf(now: string): CustomerRecord['now'] {
  if (now === 'none') return { kind: 'none' };
  return now === NOW_DISAGREED ? { kind: 'unknown' } : { kind: 'values', text: now };
}

function needsProvider(record: DomainRecord, { held, subdomains, shared, now }: CustomerInput): boolean {
  const { seen, probe, issuance } = record.state;
  if (seen && !isOurs(record.state, seen)) return true;
  if (held.some((hold) => STAYING.has(hold.code) || countsAsNeed(hold, subdomains))) return true;
  if (probe === undefined) return false;
  return isUnreached(probe, now) || certificateAxis(probe, shared ?? issuance, 'ours', now) === 'failed';
}

type Reached = { readonly isOnServer: boolean; readonly isPointing: boolean };

function stepsOf({ kind }: CustomerState, { isOnServer, isPointing }: Reached): CustomerView['steps'] {
  switch (kind) {
    case 'live':
    case 'expiring':
      return { dns: 'done', server: 'done', certificate: 'done' };
    case 'working':
      return { dns: 'done', server: isOnServer ? 'done' : 'now', certificate: isOnServer ? 'now' : 'later' };
    case 'dns':
    case 'moved-away':
    case 'proxied':
      return { dns: 'problem', server: isOnServer ? 'done' : 'later', certificate: 'later' };
    case 'checking':
      return { dns: 'now', server: isOnServer ? 'done' : 'now', certificate: 'later' };
    case 'provider':
      return {
        dns: isPointing ? 'done' : 'later',
        server: isOnServer ? 'done' : 'problem',
        certificate: isOnServer ? 'problem' : 'later',
      };
    case 'network':
    case 'unmapped':
      return { dns: 'later', server: 'later', certificate: 'later' };
  }
}
