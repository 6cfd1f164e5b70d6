/**
 * Writing back: which of the network's records are to be told that their domain is live.
 *
 * The plugin looks six times within half an hour, and then calls a mapping failed for good; a customer's DNS often takes longer.
 * So the record of a domain that visitors reach without a fault is set to `done`, once. What somebody makes of it after that is
 * theirs.
 */

import type { DomainRecord, WrittenBack } from '../domain/record.ts';
import { type ActualDomain, ActualIndex, namesServed } from '../domain/runcloud-domain.ts';
import type { PlanInput } from '../plan/input.ts';
import { isProtected } from '../plan/protected-domains.ts';
import { isHere, isLive, type ProbeState } from '../probe/result.ts';
import { type HostName, type NamedAs, parseMapping } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime } from '../values/time.ts';
import { living, type NetworkDomain, type NetworkSite } from './mappings.ts';

/** A row of the network whose domain is live by what is remembered, and is not called so. */
export type RowToWrite = {
  readonly row: number;
  readonly namedAs: NamedAs;
  readonly record: DomainRecord;
  readonly actual: ActualDomain;
};

/** The network's lists, read whole. */
export type Rows = { readonly domains: readonly NetworkDomain[]; readonly sites: readonly NetworkSite[] };

/** What the planner was given, as far as it matters here. */
export type Known = Pick<PlanInput, 'desired' | 'actual' | 'ledger' | 'ownHost' | 'settings' | 'now'>;

export type Restraint = {
  /** Domains that this run changed: what is known of them here is from before, so they are left to the next one. */
  readonly changed: ReadonlySet<HostName>;
  /** When the network last refused to be changed at all. */
  readonly refusedAt: IsoTime | undefined;
};

/** Where the plugin's check may stand still. It never goes on by itself from the last two. */
const STUCK: ReadonlySet<string> = new Set(['checking-dns', 'checking-ssl-cert', 'failed', 'ssl-failed']);
const RETRY_MS = DAY;
// One domain has two rows at most, and a new one when it is mapped anew.
const MOST_REMEMBERED = 4;

/**
 * Takes the network's lists, what is known beside them and what holds back; returns the rows to set to `done`, those that never
 * failed first. Only where the lists are believed: another network's records are nobody's to change.
 */
export function rowsToWrite(rows: Rows, known: Known, { changed, refusedAt }: Restraint): readonly RowToWrite[] {
  const { desired, actual, ledger, now } = known;
  if (desired.from !== 'network' || desired.doubt !== undefined || isRecent(refusedAt, now)) return [];
  const index = new ActualIndex(actual);
  const found: { readonly toWrite: RowToWrite; readonly failedAt: string }[] = [];
  for (const row of living(rows.domains, rows.sites)) {
    const parsed = parseMapping(row.name);
    if (!isBehind(row) || !parsed.ok || changed.has(parsed.domain)) continue;
    const { domain, namedAs } = parsed;
    const [record, object] = [ledger.get(domain), index.find(domain)];
    if (!record || !object || isLeftAlone(domain, object, known)) continue;
    if (!namesServed(object).includes(namedAs === 'www' ? `www.${domain}` : domain)) continue;
    const before = record.state.writtenBack?.find((each) => each.row === row.id);
    if (before?.answer === 'accepted' || isRecent(before?.at, now) || !isLiveAs(record.state.probe, namedAs)) continue;
    found.push({ toWrite: { row: row.id, namedAs, record, actual: object }, failedAt: before?.at ?? '' });
  }
  // A row that fails every day must not keep the others from their turn.
  found.sort((a, b) => a.failedAt.localeCompare(b.failedAt));
  return found.map(({ toWrite }) => toWrite);
}

/**
 * `done-without-ssl` is left as it is: only a person sets it nowadays, for a domain that is to be served without https, and the
 * plugin counts it as working. A stage that is not known may mean anything.
 */
function isBehind({ stage, isSecure }: NetworkDomain): boolean {
  return STUCK.has(stage) || (stage === 'done' && !isSecure);
}

/** What the planner leaves alone is left alone here too: the network's own name, the primary domain, what is protected. */
function isLeftAlone(domain: HostName, object: ActualDomain, { ownHost, settings }: Known): boolean {
  const names = [domain, object.name];
  return domain === ownHost || object.type === 'primary' || isProtected(settings.protectedDomains, names);
}

function isRecent(at: IsoTime | undefined, now: number): boolean {
  return at !== undefined && now - epoch(at) < RETRY_MS;
}

/**
 * Takes what was seen of a domain, and the form of its name that is mapped; returns whether that name is live beyond doubt: public
 * DNS leads here and the server shows a valid certificate, both answered when they were last asked.
 */
export function isLiveAs(probe: ProbeState | undefined, namedAs: NamedAs): boolean {
  if (!probe || probe.dnsUnasked !== undefined || probe.certificateUnasked !== undefined || !isLive(probe))
    return false;
  return namedAs === 'bare' || (probe.www !== undefined && isHere(probe.www.verdict));
}

/** Takes what is remembered of writing back, and what came of a row now; returns what to remember. */
export function withWrittenBack(
  before: readonly WrittenBack[] | undefined,
  written: WrittenBack,
): readonly WrittenBack[] {
  const others = (before ?? []).filter(({ row }) => row !== written.row);
  return [...others, written].slice(-MOST_REMEMBERED);
}
