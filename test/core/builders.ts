/** Small builders for the tests of the core, and random worlds for its properties. */
import fc from 'fast-check';
import type { CertificateRequest, IssuanceHistory } from '../../lib/core/certificates/requests.ts';
import type { DomainCounts } from '../../lib/core/domain/application.ts';
import {
  type MappingRequest,
  type MapRequest,
  requestOrder,
  type UnmapRequest,
} from '../../lib/core/domain/mapping-request.ts';
import type { DomainRecord, DomainState, FailureState } from '../../lib/core/domain/record.ts';
import { type ActualDomain, ActualIndex } from '../../lib/core/domain/runcloud-domain.ts';
import type { DesiredSource, Mapping } from '../../lib/core/plan/desired.ts';
import type { Hold } from '../../lib/core/plan/hold.ts';
import type { CertificateInput, PlanInput, PlanSettings } from '../../lib/core/plan/input.ts';
import type { Plan } from '../../lib/core/plan/plan.ts';
import type { CertificateVerdict } from '../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../lib/core/probe/result.ts';
import { type HostName, parseHostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, type IsoTime, iso, MINUTE } from '../../lib/core/values/time.ts';

export const NOW = Date.parse('2026-11-22T08:00:00.000Z');

/** Takes a number of milliseconds; returns the moment that long before NOW. */
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
  readonly now?: number;
};

export const SERVER = { main: '203.0.113.10', others: [] };

/** A server, and certificates kept for each domain. */
export const CERTIFICATES: CertificateInput = {
  mode: 'advanced',
  server: SERVER,
  shared: undefined,
  requests: [],
  scope: 'all',
};

/** Takes what matters to a test; returns it as the planner wants it. Unless told otherwise, the application has its primary. */
export function input({
  desired = { from: 'events' },
  objects = [PRIMARY],
  records = [],
  counts,
  settings,
  ownHost,
  certificates,
  now = NOW,
}: Situation): PlanInput {
  return {
    desired,
    actual: objects,
    ledger: new Map(records.map((each) => [each.domain, each])),
    counts: { ...fleetOf(objects, records, now), ...counts },
    settings: { ...SETTINGS, ...settings },
    ownHost,
    certificates: { ...CERTIFICATES, ...certificates },
    now,
  };
}

export function fleetOf(objects: readonly ActualDomain[], records: readonly DomainRecord[], now: number): DomainCounts {
  const states = records.map(({ state }) => state);
  return {
    owned: states.filter((state) => state.owned).length,
    removedLastDay: states.filter(({ removedAt }) => removedAt && removedAt > iso(now - DAY)).length,
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

/** Takes where a domain points and what the server shows for it, both since two days; returns it as remembered just now. */
export function seen(
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

/** Takes how long ago a certificate was asked for (ms); returns the request. */
export function requested(msAgo: number, more: Partial<CertificateRequest> = {}): CertificateRequest {
  return { at: ago(msAgo), names: ['shop.example'], order: 'new', answer: 'open', ...more };
}

/** Takes how long ago the last of some requests in a row was sent (ms); returns what is remembered of them. */
export function asked(msAgo: number, attempts = 1, more: Partial<IssuanceHistory> = {}): IssuanceHistory {
  return { requests: [requested(msAgo)], attempts, ...more };
}

export function listed(...names: readonly HostName[]): DesiredSource {
  return network(names.map((domain) => ({ domain, namedAs: 'bare' })));
}

export function network(mappings: readonly Mapping[], readAt: IsoTime = iso(NOW)): DesiredSource {
  return { from: 'network', readAt, mappings, doubt: undefined };
}

export const UNREAD: DesiredSource = { from: 'nowhere', why: 'status 500' };

/** A plan in short: `add shop.example`, `hold grace shop.example`. */
export function inShort({ steps, holds }: Plan): string[] {
  return [
    ...steps.map(({ action, domain }) => `${action} ${domain}`),
    ...holds.map(({ code, domain }) => `hold ${code} ${domain}`),
  ];
}

/** Takes what must be a list of one; returns that one. */
export function only<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`one was expected, not ${items.length}`);
  return first;
}

export function words({ reason, whatToDo }: Hold): string {
  return `${reason} / ${whatToDo}`;
}

// Few names, so that they meet: a bare one, a name below another, a network's subdomain, the network itself.
export const NAMES = ['shop.example', 'fr.shop.example', 'a.network.example', 'network.example', 'x.co.uk'].map(host);
const OBJECT_NAMES = [...NAMES, ...NAMES.map((name) => `www.${name}`), '*.network.example', 'other.example'];

const times = fc.integer({ min: 0, max: 4 }).map((hours) => ago(hours * HOUR));
const eventIds = fc.constantFrom('e1', 'e2', 'e3');

/** Mostly the first value, and each of the others now and then. */
function often<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
}

export const requests: fc.Arbitrary<MappingRequest> = fc.oneof(
  fc.record({
    kind: fc.constant('mapped' as const),
    trust: fc.constantFrom('signed' as const, 'hint' as const),
    namedAs: fc.constantFrom('bare' as const, 'www' as const),
    eventId: eventIds,
    occurredAt: times,
  }),
  fc.record({
    kind: fc.constant('unmapped' as const),
    trust: fc.constant('signed' as const),
    eventId: eventIds,
    occurredAt: times,
  }),
);

export const objectLists: fc.Arbitrary<ActualDomain[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...OBJECT_NAMES),
      type: often<string | undefined>('alias', 'primary', 'redirect', undefined),
      www: fc.constantFrom(true, false, undefined),
      redirection: fc.constantFrom('none', 'www', 'non-www', undefined),
      wildcard: often(false, true),
    }),
    { selector: ({ name }) => name, maxLength: OBJECT_NAMES.length, size: 'large' },
  )
  .map((objects) => objects.map(({ name, ...each }, position) => object(name, { id: position + 1, ...each })));

const settingsOf: fc.Arbitrary<PlanSettings> = fc.record({
  policy: often<PlanSettings['policy']>('sync', 'observe', 'create-only'),
  protectedDomains: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...NAMES, 'www.shop.example', '*.network.example', '*.shop.example']) },
  ),
  www: fc.constantFrom('auto', 'always', 'never'),
  subdomains: often<PlanSettings['subdomains']>('create', 'wildcard', 'ignore'),
  graceMs: fc.constantFrom(0, HOUR, 2 * HOUR),
  brake: fc.oneof(
    fc.constant({ count: 1_000, percent: 100 }),
    fc.record({ count: fc.nat(3), percent: fc.constantFrom(0, 20, 50) }),
  ),
});

const mappings = fc.uniqueArray(
  fc.record({ domain: fc.constantFrom(...NAMES), namedAs: fc.constantFrom('bare' as const, 'www' as const) }),
  { selector: ({ domain }) => domain },
);

const desires: fc.Arbitrary<DesiredSource> = fc.oneof(
  fc.constant({ from: 'events' } as const),
  fc.constant(UNREAD),
  fc.record({
    from: fc.constant('network' as const),
    readAt: times,
    mappings,
    doubt: often(undefined, 'mapping 4: a name that is none'),
  }),
);

const serving = fc.record({
  www: fc.boolean(),
  redirection: fc.constantFrom('none' as const, 'non-www' as const),
});

/** What a ledger may hold of a domain, before it is known which object stands for the domain. */
const memories = fc.record({
  domain: fc.constantFrom(...NAMES),
  request: fc.option(requests, { nil: undefined }),
  owns: often('this', 'an older one', 'nothing'),
  missingSince: fc.option(times, { nil: undefined }),
  goneSince: fc.option(times, { nil: undefined, freq: 2 }),
  removedAt: fc.option(times, { nil: undefined }),
  asked: fc.option(serving, { nil: undefined }),
  failure: fc.option(fc.record({ due: fc.boolean(), stands: fc.boolean() }), { nil: undefined, freq: 2 }),
});

const OLDER_ID = 900;

/** Worlds with every kind of wish, object, ownership, trouble and setting, in every combination. */
export const worlds: fc.Arbitrary<PlanInput> = fc
  .record({
    desired: desires,
    objects: objectLists,
    remembered: fc.uniqueArray(memories, { selector: ({ domain }) => domain, maxLength: NAMES.length, size: 'large' }),
    settings: settingsOf,
  })
  .map(({ desired, objects, remembered, settings }) => {
    const index = new ActualIndex(objects);
    const records = remembered.map(({ domain, request, owns, failure: failed, ...rest }, position) => {
      const ours = owns === 'this' ? index.find(domain)?.id : undefined;
      const state: DomainState = {
        ...(owns !== 'nothing' && owned(ours ?? OLDER_ID + position)),
        ...(rest.missingSince && { missingSince: rest.missingSince }),
        ...(rest.goneSince && { goneSince: rest.goneSince }),
        ...(rest.removedAt && { removedAt: rest.removedAt }),
        ...(rest.asked && { requested: rest.asked }),
        ...(failed && {
          failure: failure(request, {
            dueAt: failed.due ? ago(MINUTE) : iso(NOW + MINUTE),
            ...(!failed.stands && { requestOrder: 'an older wish' }),
          }),
        }),
      };
      return record(domain, request, state);
    });
    return input({ desired, objects, records, settings });
  });

/** Takes a world; returns it with its ledger, its objects and its mappings in any other order. */
export function shuffled(world: PlanInput): fc.Arbitrary<PlanInput> {
  const { desired, actual, ledger } = world;
  const anyOrder = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  return fc
    .record({
      objects: anyOrder(actual),
      entries: anyOrder([...ledger]),
      list: anyOrder(desired.from === 'network' ? desired.mappings : []),
    })
    .map(({ objects, entries, list }) => ({
      ...world,
      actual: objects,
      ledger: new Map(entries),
      desired: desired.from === 'network' ? { ...desired, mappings: list } : desired,
    }));
}
