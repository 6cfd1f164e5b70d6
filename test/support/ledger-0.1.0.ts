/** The ledger that version 0.1.0 wrote (`test/ledger/fixtures/0.1.0`), and what must be read from it today. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IssuanceHistory } from '../../lib/core/certificates/requests.ts';
import type { ApplicationSnapshot } from '../../lib/core/domain/application.ts';
import type { PendingAdd } from '../../lib/core/domain/pending-adds.ts';
import type { DomainRecord, DomainState } from '../../lib/core/domain/record.ts';
import type { KnownNetwork } from '../../lib/core/network/credibility.ts';
import type { CertificateVerdict } from '../../lib/core/probe/certificate-verdict.ts';
import type { DnsVerdict } from '../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../lib/core/probe/result.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { type IsoTime, iso, MINUTE } from '../../lib/core/values/time.ts';
import type { ApplicationState, KnownServer } from '../../lib/ledger/ledger.ts';
import { START } from './clock.ts';

const FOLDER = join(import.meta.dirname, '../ledger/fixtures/0.1.0');

/** What 0.1.0 itself reads. */
export const readBy010: {
  readonly records: readonly unknown[];
  readonly notes: object;
  readonly leaseUntil: string;
  readonly inDoubt: readonly unknown[];
} = JSON.parse(readFileSync(join(FOLDER, 'read.json'), 'utf8'));

/** All items of its DynamoDB table. */
export const items010: readonly Record<string, AttributeValue>[] = JSON.parse(
  readFileSync(join(FOLDER, 'items.json'), 'utf8'),
);

/** Puts a copy of its database into a folder, where the service looks for one. */
export function copyDatabase010(folder: string): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(FOLDER, 'service.db'), join(folder, 'service.db'));
}

function at(minutes: number): IsoTime {
  return iso(START + minutes * MINUTE);
}

const host = (name: string) => name as HostName;
const alias = { type: 'alias', www: true, redirection: 'non-www', wildcard: false } as const;

// `Required`: a key that is not in here is one that no test looks for.
const probe: Required<
  Omit<ProbeState, 'dnsHalfSince' | 'wwwHalfSince' | 'servedAs' | 'certificateOf' | 'nameServers'>
> = {
  at: at(-3),
  dns: { verdict: { kind: 'partly', foreign: ['198.51.100.7', '2001:db8::7'] }, since: at(-50) },
  www: { verdict: { kind: 'proxied', by: 'Cloudflare', addresses: ['104.16.0.1'] }, since: at(-51) },
  certificate: { verdict: { kind: 'expiring', until: at(5_000), expiringFrom: at(-4_000) }, since: at(-52) },
  leftAt: at(-49),
  dnsUnasked: 'no resolver answered',
  wwwUnasked: 'it timed out',
  certificateUnasked: 'the connection was refused',
  unaskedSince: at(-5),
};
const issuance: Required<Omit<IssuanceHistory, 'blamed'>> = {
  requests: [
    {
      at: at(-700),
      names: ['full.example', 'www.full.example'],
      order: 'new',
      answer: 'refused',
      spent: { key: 'registered full.example', until: at(900) },
    },
    { at: at(-20), names: ['full.example'], order: 'renewal', answer: 'open' },
  ],
  attempts: 2,
  says: 'too many certificates (50) already issued for "full.example"',
  notBefore: at(900),
  obstacle: { kind: 'foreign', at: at(-10), method: 'custom' },
};
const full: Required<Omit<DomainState, 'ownedWww' | 'contested' | 'told' | 'events'>> = {
  owned: { id: 11, since: at(-90), by: 'added' },
  seen: { id: 11, name: 'full.example', ...alias },
  failure: {
    attempts: 3,
    dueAt: at(45),
    why: 'RunCloud answered 500.',
    whatToDo: 'Nothing, if it passes.',
    requestOrder: `${at(1)} 11 event-full`,
  },
  missingSince: at(-40),
  goneSince: at(-30),
  refuted: `${at(-2)} 01 event-earlier`,
  removedAt: at(-600),
  probe,
  issuance,
  writtenBack: [
    { row: 5, at: at(-8), answer: 'accepted' },
    { row: 6, at: at(-7), answer: 'failed' },
  ],
  requested: { www: true, redirection: 'www' },
};

function probed(domain: string, dns: DnsVerdict, certificate: CertificateVerdict): DomainRecord {
  const since = at(-6);
  const state = { probe: { at: at(-1), dns: { verdict: dns, since }, certificate: { verdict: certificate, since } } };
  return { domain: host(domain), request: undefined, state };
}

/** By domain. `dropped.example` is not among them. */
export const RECORDS: readonly DomainRecord[] = [
  {
    domain: host('adopted.example'),
    request: undefined,
    state: {
      owned: { id: 12, since: at(-80), by: 'adopted' },
      seen: {
        id: 12,
        name: 'adopted.example',
        type: undefined,
        www: undefined,
        redirection: undefined,
        wildcard: false,
      },
      issuance: { requests: [], attempts: 0, obstacle: { kind: 'unread', at: at(-9), times: 4, why: 'status 500' } },
    },
  },
  probed('expired.example', { kind: 'absent' }, { kind: 'expired', until: at(-100) }),
  {
    domain: host('foreign.example'),
    request: undefined,
    state: { seen: { id: 13, name: 'foreign.example', ...alias } },
  },
  {
    domain: host('full.example'),
    request: {
      kind: 'mapped',
      trust: 'signed',
      namedAs: 'www',
      eventId: 'event-full',
      siteId: 4,
      occurredAt: at(1),
    },
    state: full,
  },
  {
    domain: host('hint.example'),
    request: { kind: 'mapped', trust: 'hint', namedAs: 'bare', eventId: 'event-hint', occurredAt: at(2) },
    state: {},
  },
  probed(
    'none.example',
    { kind: 'blocked', record: 'issue "other-authority.example"' },
    { kind: 'none', why: 'nobody listens on the port' },
  ),
  probed(
    'other-name.example',
    { kind: 'elsewhere', addresses: ['198.51.100.8'] },
    { kind: 'other-name', names: ['else.example'] },
  ),
  {
    domain: host('unmapped.example'),
    request: { kind: 'unmapped', trust: 'signed', eventId: 'event-unmapped', siteId: 5, occurredAt: at(-5) },
    state: { removedAt: at(-4) },
  },
  probed('untrusted.example', { kind: 'disagreed' }, { kind: 'untrusted', why: 'self-signed certificate' }),
  probed('valid.example', { kind: 'pointing' }, { kind: 'valid', until: at(90_000), expiringFrom: at(60_000) }),
];

const snapshot: Required<ApplicationSnapshot> = {
  observedAt: at(-15),
  tookMs: 1_234,
  primary: { ...alias, id: 1, name: 'network.example', type: 'primary' },
  wildcards: [{ ...alias, id: 2, name: '*.network.example', wildcard: true }],
  highestId: 13,
  count: 5,
};
const server: Required<Omit<KnownServer, 'host'>> = {
  main: '203.0.113.10',
  others: ['203.0.113.11'],
  readAt: at(-16),
  othersReadAt: at(-17),
};
const network: Required<KnownNetwork> = {
  label: 'Shops',
  host: host('network.example'),
  since: at(-9_000),
  rival: { label: 'Copy of Shops', host: host('staging.example'), since: at(-60) },
  emptySince: at(-61),
};

/** What 0.1.0 knew of it. */
export const APPLICATION_STATE: Required<
  Omit<
    ApplicationState,
    | 'eventNetworks'
    | 'settingsInUse'
    | 'keptHolds'
    | 'calls'
    | 'listDifferedAt'
    | 'block'
    | 'progress'
    | 'runs'
    | 'news'
  >
> = {
  snapshot,
  removals: {
    owned: 2,
    removals: [
      { until: at(-600), count: 1 },
      { until: at(-4), count: 3 },
    ],
  },
  quietUntil: at(-100),
  server,
  certificateMode: { mode: 'advanced', readAt: at(-18) },
  unasked: { server: at(-70), others: at(-71), certificateMode: at(-72) },
  sharedCertificate: {
    requests: [
      {
        at: at(-3_000),
        names: ['network.example'],
        order: 'new',
        answer: 'open',
        spent: { key: 'orders', until: at(-2_900) },
      },
    ],
    attempts: 1,
    says: 'too many new orders',
    notBefore: at(-2_900),
    obstacle: { kind: 'unread', at: at(-2_800), times: 1, why: 'no answer' },
  },
  network,
  writeBackRefusedAt: at(-62),
  lastReconcile: { at: at(-14), done: 3, held: 2, failed: 1 },
  abort: { why: 'RunCloud answered 429.', whatToDo: 'Nothing: the next run goes on.', at: at(-13) },
};

/** Of a run that ended, and of the one that died with the lease in its hand. */
export const PENDING_ADDS: readonly PendingAdd[] = [
  { domain: host('earlier.example'), since: at(-10), until: at(-8) },
  { domain: host('hint.example'), since: at(0), until: at(2) },
  { domain: host('new.example'), since: at(0), until: at(2) },
];

/** The end of the dead run's lease (ms). */
export const LEASE_END = START + 2 * MINUTE;
