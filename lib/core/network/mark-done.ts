/**
 * Writing back: which of the network's rows to set to `done`.
 *
 * The plugin checks a mapping six times within half an hour and then calls it failed for good. A customer's DNS often takes
 * longer. So the row of a domain that visitors reach with a valid certificate is set to `done`, once. Whoever changes the row
 * afterwards has the last word.
 */

import { isOurs } from '../domain/ownership.ts';
import type { DomainRecord, WrittenBack } from '../domain/record.ts';
import { type ActualDomain, ActualIndex, namesServed } from '../domain/runcloud-domain.ts';
import type { PlanInput } from '../plan/input.ts';
import { isProtected } from '../plan/protected-domains.ts';
import { hasValidCertificate, isHere, type ProbeState } from '../probe/result.ts';
import { type HostName, type NamedAs, parseMapping } from '../values/host-name.ts';
import { DAY, epoch, type IsoTime, iso } from '../values/time.ts';
import { living, type NetworkDomain, type NetworkSite } from './mappings.ts';

/** A row to set to `done`. The domain was live when it was last probed; it is probed once more before the row is set. */
export type RowToWrite = {
  readonly row: number;
  /** The forms of the name that visitors meet: the row's own, and the one that RunCloud redirects it to. */
  readonly forms: readonly NamedAs[];
  readonly record: DomainRecord;
  readonly actual: ActualDomain;
  readonly apart: ActualDomain | 'none';
};

/** The network's lists, read whole. */
export type Rows = { readonly domains: readonly NetworkDomain[]; readonly sites: readonly NetworkSite[] };

export type Known = Pick<PlanInput, 'desired' | 'actual' | 'ledger' | 'ownHost' | 'settings' | 'now'>;

export type Restraint = {
  /** Domains that this run changed. Their probes are from before the change, so they are left to the next run. */
  readonly changed: ReadonlySet<HostName>;
  /** When the network last refused to be changed at all: its API key may not write, for example. */
  readonly refusedAt: IsoTime | undefined;
};

/** Stages where the plugin's check may stand still. It never leaves the last two by itself. */
const STUCK: ReadonlySet<string> = new Set(['checking-dns', 'checking-ssl-cert', 'failed', 'ssl-failed']);
const RETRY_MS = DAY;
// A domain has two rows at most, and gets new ones when it is mapped anew.
const MOST_REMEMBERED = 4;

/**
 * Rows to set to `done`: those that never failed first, then those whose failure is longest ago. None while the lists are
 * doubted, because they may be those of another network.
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
    const [record, object, beside] = [ledger.get(domain), index.find(domain), index.apart(domain)];
    if (!record || record.unreadable !== undefined || !object || isLeftAlone(domain, object, known)) continue;
    const apart = beside && isOurs(record.state, beside) ? beside : undefined;
    const forms = formsMet(domain, namedAs, object, apart);
    const before = record.state.writtenBack?.find((each) => each.row === row.id);
    if (before?.answer === 'accepted' || isRecent(before?.at, now) || !isLiveAs(record.state.probe, forms)) continue;
    const toWrite: RowToWrite = { row: row.id, forms, record, actual: object, apart: beside ?? 'none' };
    found.push({ toWrite, failedAt: before?.at ?? '' });
  }
  // A run may end before it has set them all. A row that fails every day must not keep the others waiting.
  found.sort((a, b) => a.failedAt.localeCompare(b.failedAt));
  return found.map(({ toWrite }) => toWrite);
}

/**
 * `done-without-ssl` stays: only a person sets it, for a domain to be served without https, and the plugin counts it as
 * working. A stage of a later version of the plugin may mean anything, so it stays too.
 */
function isBehind({ stage, isSecure }: NetworkDomain): boolean {
  return STUCK.has(stage) || (stage === 'done' && !isSecure);
}

/** What the planner leaves alone stays alone here too. */
function isLeftAlone(domain: HostName, object: ActualDomain, { ownHost, settings }: Known): boolean {
  const names = [domain, object.name];
  return domain === ownHost || object.type === 'primary' || isProtected(settings.protectedDomains, names);
}

/**
 * None where RunCloud does not serve the row's form. `apart` is the separate object of the `www.` name, where that is ours: only then it
 * is probed.
 */
function formsMet(
  domain: HostName,
  namedAs: NamedAs,
  object: ActualDomain,
  apart: ActualDomain | undefined,
): readonly NamedAs[] {
  const www = `www.${domain}`;
  const server = namedAs === 'www' && apart ? apart : object;
  if (!namesServed(server).includes(namedAs === 'www' ? www : domain)) return [];
  if (server.name === www) return ['www'];
  return namedAs === 'bare' && server.redirection !== 'www' ? ['bare'] : ['bare', 'www'];
}

function isRecent(at: IsoTime | undefined, now: number): boolean {
  return now - epoch(at ?? iso(0)) < RETRY_MS;
}

/**
 * Whether the last probe proves that all of these forms are live: public DNS points here and the server shows a valid certificate. Where
 * either could not be asked, an older answer proves nothing.
 */
export function isLiveAs(probe: ProbeState | undefined, forms: readonly NamedAs[]): boolean {
  if (!probe || probe.certificateUnasked !== undefined || !hasValidCertificate(probe)) return false;
  return forms.length > 0 && forms.every((form) => isHereAs(probe, form));
}

/** Where `www.` is served by itself, the certificate that was probed may be of that name alone. */
function isHereAs({ dns, www, dnsUnasked, wwwUnasked, servedAs, certificateOf }: ProbeState, form: NamedAs): boolean {
  if (form === 'www') return wwwUnasked === undefined && www !== undefined && isHere(www.verdict);
  if (servedAs === 'www' || certificateOf === 'www') return false;
  return dnsUnasked === undefined && dns !== undefined && isHere(dns.verdict);
}

/** The last answer for each row, of the four rows that were set last. */
export function withWrittenBack(
  before: readonly WrittenBack[] | undefined,
  written: WrittenBack,
): readonly WrittenBack[] {
  const others = (before ?? []).filter(({ row }) => row !== written.row);
  return [...others, written].slice(-MOST_REMEMBERED);
}
