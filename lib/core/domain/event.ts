/** What the service tells of a domain and of the application, as the ledger keeps it. */
import type { CertificateAxis } from '../certificates/axis.ts';
import type { DnsAxis } from '../probe/result.ts';
import type { IsoTime } from '../values/time.ts';

/** As `status` shows it. */
export type DomainView = {
  readonly mapping: 'on RunCloud' | 'not on RunCloud';
  readonly dns: DnsAxis;
  readonly certificate: CertificateAxis;
};

export const DOMAIN_EVENT_TYPES = [
  'domain.added',
  'domain.removed',
  'domain.live',
  'domain.not-live',
  'dns.lost',
  'dns.restored',
  'certificate.issued',
  'certificate.failed',
  'certificate.expiring',
] as const;
export type DomainEventType = (typeof DOMAIN_EVENT_TYPES)[number];

/** In our own words alone: what RunCloud or a certificate says may name anybody. */
type Words = { readonly reason?: string; readonly whatToDo?: string };

type Kept = {
  /** Place among all events of the application, from 1 on. */
  readonly number: number;
  /** The run that made it: unique to that run. */
  readonly run: string;
  readonly at: IsoTime;
};

export type DomainEvent = Kept &
  Words & { readonly type: DomainEventType; readonly before: DomainView; readonly after: DomainView };

/** `domains`: the first of those that the brake holds, by name. */
type RemovalsHeld = {
  readonly type: 'removals.held';
  readonly domains: readonly string[];
  readonly before: { readonly held: number };
  readonly after: { readonly held: number };
};
/** `before` counts nothing: it is of the begin of the period. */
type QuotaLow = {
  readonly type: 'quota.low';
  readonly before: { readonly used: 0; readonly percent: 0 };
  readonly after: { readonly used: number; readonly percent: number; readonly resetAt: IsoTime };
};
/** Of the application, and of no domain. */
export type ApplicationNews = Words & (RemovalsHeld | QuotaLow);
export type ApplicationEvent = Kept & ApplicationNews;

/** The same for each delivery of an event. */
export function eventId({ run, number }: Kept): string {
  return `${run}.${number}`;
}

/** What the events so far say of a domain that is on RunCloud and ours. */
export type Told = {
  /** Absent: it was adopted, and nobody knows yet how it is. */
  readonly live?: 'live' | 'not live';
  /** Absent: it did not point here yet, as far as is known. */
  readonly dns?: 'here' | 'lost';
  /** `wanting`: none yet, or none that is valid any more. Absent: not known. */
  readonly certificate?: 'wanting' | 'valid' | 'expiring' | 'failed';
  /** What changes so often that it is told once it rests. */
  readonly unrest?: { readonly live?: Unrest<'live' | 'not live'>; readonly dns?: Unrest<'here' | 'lost'> };
};

/** `is` since `at`, after so many changes since `since` that nobody was told of. */
export type Unrest<Value> = {
  readonly is: Value;
  readonly at: IsoTime;
  readonly since: IsoTime;
  readonly times: number;
};

/** The application's part of the outbox. What is numbered beyond `toldUpTo` is still to be told. */
export type News = {
  /** Number of the last event that was made. */
  readonly last: number;
  readonly toldUpTo: number;
  readonly events?: readonly ApplicationEvent[];
  /** What the brake held in the last run over all domains: how many removals, and the first of their domains by name. */
  readonly held?: { readonly count: number; readonly domains: readonly string[] };
  /** Begin of the period of RunCloud's quota of which it was told that its calls run low. */
  readonly lowSince?: IsoTime;
};

export const NO_NEWS: News = { last: 0, toldUpTo: 0 };

/** So long an event is kept for people. */
export const HISTORY_DAYS = 90;
