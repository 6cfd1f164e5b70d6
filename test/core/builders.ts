/** Small builders for the tests of the core. Random input for its properties stands in arbitraries.ts. */

import type { CertificateRequest, IssuanceHistory } from '../../lib/core/certificates/requests.ts';
import type { DomainCounts } from '../../lib/core/domain/application.ts';
import {
  type MappingRequest,
  type MapRequest,
  requestOrder,
  type UnmapRequest,
} from '../../lib/core/domain/mapping-request.ts';
import { ownsAny, removalsSent } from '../../lib/core/domain/ownership.ts';
import type { DomainRecord, DomainState, FailureState } from '../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../lib/core/domain/runcloud-domain.ts';
import type { BelievedList, DesiredSource, DoubtedList, Mapping } from '../../lib/core/plan/desired-source.ts';
import type { Hold } from '../../lib/core/plan/hold.ts';
import type { CertificateInput, PlanInput, PlanSettings } from '../../lib/core/plan/input.ts';
import { type Plan, plan } from '../../lib/core/plan/plan.ts';
import { proveByEvent } from '../../lib/core/plan/proof.ts';
import type { Step } from '../../lib/core/plan/step.ts';
import type { CertificateVerdict } from '../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../lib/core/probe/result.ts';
import type { DomainStatus } from '../../lib/core/report/status.ts';
import { type HostName, parseHostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, type IsoTime, iso, MINUTE } from '../../lib/core/values/time.ts';

export const NOW = Date.parse('2026-11-22T08:00:00.000Z');

/** `ms` before NOW. */
export function ago(ms: number): IsoTime {
  return iso(NOW - ms);
}

export function host(text: string): HostName {
  const parsed = parseHostName(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.name;
}

export const SHOP = host('shop.example');

export function object(name: string, more: Partial<ActualDomain> = {}): ActualDomain {
  return {
    id: 7,
    name,
    type: 'alias',
    www: false,
    redirection: 'none',
    wildcard: false,
    ...more,
  };
}

export const PRIMARY = object('network.example', { id: 1, type: 'primary' });

export function mapRequest(more: Partial<MapRequest> = {}): MapRequest {
  return { kind: 'mapped', trust: 'signed', namedAs: 'bare', eventId: 'e1', occurredAt: ago(HOUR), ...more };
}

export function unmapRequest(more: Partial<UnmapRequest> = {}): UnmapRequest {
  return { kind: 'unmapped', trust: 'signed', eventId: 'e1', occurredAt: ago(HOUR), ...more };
}

export function record(domain: HostName, request?: MappingRequest, state: DomainState = {}): DomainRecord {
  return { domain, request, state };
}

/** Owned since long ago; the id is the one that `object` gives. */
export function owned(id = 7): DomainState {
  return { owned: { id, since: ago(30 * DAY), by: 'added' } };
}

/** The same, and its removal was sent: nobody knows the outcome. */
export function removalSent(msAgo: number, id = 7): DomainState {
  return { owned: { id, since: ago(30 * DAY), by: 'added', removalSentAt: ago(msAgo) } };
}

export function failure(under: MappingRequest | undefined, more: Partial<FailureState> = {}): FailureState {
  return {
    attempts: 1,
    dueAt: iso(NOW + MINUTE),
    why: 'RunCloud said no.',
    whatToDo: 'Look there.',
    requestOrder: under ? requestOrder(under) : '',
    ...more,
  };
}

export const SETTINGS: PlanSettings = {
  policy: 'sync',
  protectedDomains: [],
  www: 'auto',
  subdomains: 'create',
  graceMs: HOUR,
  // Out of the way of tests that are about something else.
  brake: { count: 1_000, percent: 100 },
};

export type Situation = {
  readonly desired?: DesiredSource;
  readonly objects?: readonly ActualDomain[];
  readonly records?: readonly DomainRecord[];
  readonly counts?: Partial<DomainCounts>;
  readonly settings?: Partial<PlanSettings>;
  readonly ownHost?: HostName;
  readonly certificates?: Partial<CertificateInput>;
  readonly scope?: PlanInput['scope'];
  readonly now?: number;
};

/** Of a plan without a network. */
export const PROOF = proveByEvent(
  { from: 'events' },
  { kind: 'unmapped', trust: 'signed', eventId: 'proof', occurredAt: iso(NOW) },
);

export const SERVER = { main: '203.0.113.10', others: [] };

/** Mode advanced, and no request so far. */
export const CERTIFICATES: CertificateInput = {
  mode: 'advanced',
  server: SERVER,
  shared: undefined,
  requests: [],
};

/** What a test leaves out is the usual case: the application has its primary domain, and no network is configured. */
export function input({
  desired = { from: 'events' },
  objects = [PRIMARY],
  records = [],
  counts,
  settings,
  ownHost,
  certificates,
  scope = 'all',
  now = NOW,
}: Situation): PlanInput {
  return {
    desired,
    actual: objects,
    ledger: new Map(records.map((each) => [each.domain, each])),
    counts: { ...countsOf(objects, records, now), ...counts },
    settings: { ...SETTINGS, ...settings },
    ownHost,
    scope,
    certificates: { ...CERTIFICATES, ...certificates },
    now,
  };
}

export function countsOf(
  objects: readonly ActualDomain[],
  records: readonly DomainRecord[],
  now: number,
): DomainCounts {
  const states = records.map(({ state }) => state);
  const removals = states.flatMap((state) => [state.removedAt, ...removalsSent(state).map(({ at }) => at)]);
  return {
    owned: states.filter(ownsAny).length,
    removedLastDay: removals.filter((at) => at !== undefined && at > iso(now - DAY)).length,
    present: objects.length,
  };
}

export const VERDICTS = {
  pointing: { kind: 'pointing' },
  absent: { kind: 'absent' },
  elsewhere: { kind: 'elsewhere', addresses: ['198.51.100.7'] },
  proxied: { kind: 'proxied', by: 'Cloudflare', addresses: ['104.16.0.1'] },
  partly: { kind: 'partly', foreign: ['2001:db8::7'] },
  disagreed: { kind: 'disagreed' },
  blocked: { kind: 'blocked', record: 'issue "other.example"' },
} as const satisfies { readonly [K in DnsVerdict['kind']]: DnsVerdict & { readonly kind: K } };

export const SHOWN = {
  valid: { kind: 'valid', until: iso(NOW + 60 * DAY), expiringFrom: iso(NOW + 30 * DAY) },
  expiring: { kind: 'expiring', until: iso(NOW + 28 * DAY), expiringFrom: ago(2 * DAY) },
  expired: { kind: 'expired', until: ago(DAY) },
  'other-name': { kind: 'other-name', names: ['network.example'] },
  untrusted: { kind: 'untrusted', why: 'it comes from an authority that is not known' },
  none: { kind: 'none', why: 'it refused the handshake (unrecognized name)' },
} as const satisfies { readonly [K in CertificateVerdict['kind']]: CertificateVerdict & { readonly kind: K } };

/** A probe of just now whose verdicts have stood for two days. */
export function probeOf(
  dns: DnsVerdict['kind'],
  certificate: CertificateVerdict['kind'] | undefined,
  more: Partial<ProbeState> = {},
): ProbeState {
  const since = ago(2 * DAY);
  return {
    at: ago(0),
    dns: { verdict: VERDICTS[dns], since },
    ...(certificate && { certificate: { verdict: SHOWN[certificate], since } }),
    ...more,
  };
}

export function requested(msAgo: number, more: Partial<CertificateRequest> = {}): CertificateRequest {
  return { at: ago(msAgo), names: ['shop.example'], order: 'new', answer: 'open', ...more };
}

/** So many requests in a row without a certificate, the last of them `msAgo`. */
export function historyOf(msAgo: number, attempts = 1, more: Partial<IssuanceHistory> = {}): IssuanceHistory {
  return { requests: [requested(msAgo)], attempts, ...more };
}

export function listed(...names: readonly HostName[]): BelievedList {
  return network(names.map((domain) => ({ domain, namedAs: 'bare' })));
}

/** A believed list. What the plans of tests are about, and it lacks, the network does not map when asked by name either. */
export function network(
  mappings: readonly Mapping[],
  readAt: IsoTime = iso(NOW),
  asked: BelievedList['asked'] = new Map([[SHOP, { kind: 'absent', readAt: iso(NOW) }]]),
): BelievedList {
  return { from: 'network', readAt, mappings, odd: [], doubt: undefined, asked };
}

export function doubted(doubt: string, mappings: readonly Mapping[] = []): DoubtedList {
  return { from: 'network', readAt: iso(NOW), mappings, odd: [], doubt };
}

export const UNREAD: DesiredSource = { from: 'nowhere', why: 'status 500' };

/** A plan in short: `add shop.example`, `hold grace shop.example`. */
export function inShort({ steps, holds }: Plan): string[] {
  return [
    ...steps.map(({ action, domain }) => `${action} ${domain}`),
    ...holds.map(({ code, domain }) => `hold ${code} ${domain}`),
  ];
}

/** @throws if the list has not exactly one item. */
export function only<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`one was expected, not ${items.length}`);
  return first;
}

export function sentencesOf({ reason, whatToDo }: Hold): string {
  return `${reason} / ${whatToDo}`;
}

/** Of shop.example, where all is well. */
export const LIVE: DomainStatus = {
  domain: 'shop.example',
  mapping: 'on RunCloud',
  dns: 'pointing',
  certificate: 'valid',
  owned: true,
  next: 'nothing to do',
};

/** The usual domain: mapped or unmapped an hour ago, and its object on RunCloud. */
export const shop = object('shop.example');
export const mapped = mapRequest();
export const unmapped = unmapRequest();

/** shop.example is on RunCloud and ours, beside the primary. */
export function ours({
  request,
  state,
  ...rest
}: Situation & { readonly request?: MappingRequest | undefined; readonly state?: DomainState }): Situation {
  return { objects: [PRIMARY, shop], records: [record(SHOP, request, { ...owned(), ...state })], ...rest };
}

export function planOf(situation: Situation): Plan {
  return plan(input(situation));
}

export function outcome(situation: Situation): string[] {
  return inShort(planOf(situation));
}

export function stepOf(situation: Situation): Step {
  return only(planOf(situation).steps);
}
