/** The desired state: from the network's own records where they can be read, else from the events in the ledger. */

import { type DomainRecord, standingRequest } from '../../core/domain/record.ts';
import { judgeReading, type KnownNetwork } from '../../core/network/credibility.ts';
import {
  answerAbout,
  type NameAnswer,
  type NetworkDomain,
  type NetworkReading,
  type NetworkSite,
  ownHostOf,
} from '../../core/network/mappings.ts';
import { underClockDoubt } from '../../core/plan/clock-doubt.ts';
import { withAnswers } from '../../core/plan/confirm.ts';
import type { DesiredSource, DomainAnswer } from '../../core/plan/desired-source.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { iso } from '../../core/values/time.ts';
import type { Records } from '../../ledger/ledger.ts';
import type { NetworkApi } from '../../multisite/api.ts';
import { NetworkError, type NetworkFault } from '../../multisite/error.ts';
import { createNetworkReader, type NetworkReader } from '../../multisite/network.ts';
import { explain } from '../../util/log.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import { allInOrder, settledValue } from '../../util/settled.ts';
import type { Dependencies } from '../dependencies.ts';

export type NetworkRead =
  /** About some domains only. */
  | { readonly kind: 'asked'; readonly desired: DesiredSource }
  /** No network is configured. */
  | { readonly kind: 'none' }
  /** Its lists could not be proven whole. */
  | { readonly kind: 'failed'; readonly error: NetworkError }
  /** Configured, but not asked in this run. */
  | { readonly kind: 'unasked' }
  | {
      readonly kind: 'read';
      readonly reading: NetworkReading;
      readonly clockAheadMs: number | undefined;
      /** What it was asked by name before. */
      readonly answers: ReadonlyMap<HostName, DomainAnswer>;
    };

/** Reads the network's whole lists. A fault of the network is an answer here and no exception: RunCloud is read all the same. */
export async function readNetwork(
  { network, clock, log }: Dependencies,
  options: RequestOptions,
  answers: ReadonlyMap<HostName, DomainAnswer> = new Map(),
): Promise<NetworkRead> {
  if (!network) return { kind: 'none' };
  const readAt = iso(clock.now());
  const reader = createNetworkReader(network, options);
  try {
    const { label, clockAheadMs } = await reader.authenticate();
    return { kind: 'read', reading: { readAt, label, ...(await reader.readLists()) }, clockAheadMs, answers };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    log.warn('The network could not be read', { fault: error.fault, why: error.message });
    return { kind: 'failed', error };
  }
}

/**
 * Asks the network about these domains, one by one. A single answer proves no removal: where it lacks a domain that an event unmapped,
 * the whole lists are read.
 */
export async function askNetwork(
  deps: Dependencies,
  records: Records,
  before: KnownNetwork | undefined,
  options: RequestOptions,
): Promise<NetworkRead> {
  const { network } = deps;
  if (!network) return { kind: 'none' };
  const ownHost = ownHostIn(network, before);
  const questions = [...records.values()].map((record): NameQuestion => {
    const isSite = ownHost !== undefined && record.domain.endsWith(`.${ownHost}`);
    return { domain: record.domain, likely: isUnmapped(record) || isSite ? 'without a mapping' : 'mapped' };
  });
  const answers = await askByName(deps, network, questions, options);
  const removable = [...records.values()].filter(
    (record) => isUnmapped(record) && answers.get(record.domain)?.kind === 'absent',
  );
  if (removable.length > 0) {
    const whole = await readNetwork(deps, options, answers);
    if (whole.kind !== 'failed') return whole;
    for (const { domain } of removable) answers.set(domain, { kind: 'unasked', why: explain(whole.error) });
  }
  return { kind: 'asked', desired: { from: 'asked', answers } };
}

/**
 * `likely` decides what is asked at once, and never what an answer means. Where no mapping is to be expected, the sites are asked too, as the
 * answer about mappings would lead to that: a removal, or a subdomain of the network.
 */
export type NameQuestion = { readonly domain: HostName; readonly likely: 'mapped' | 'without a mapping' };

/**
 * Asks about each of these domains by name. Where one question has no answer, the control question tells whether the network has none for
 * anything, or for this name alone: a firewall may dislike a word in it, or an error of PHP come with its row.
 * @throws what `beforeSend` throws
 */
export async function askByName(
  { clock }: Pick<Dependencies, 'clock'>,
  network: NetworkApi,
  questions: readonly NameQuestion[],
  options: RequestOptions,
): Promise<Map<HostName, DomainAnswer>> {
  const reader = createNetworkReader(network, options);
  const answers = new Map<HostName, DomainAnswer>();
  let unreachable: string | undefined;
  for (const [position, question] of questions.entries()) {
    const { domain } = question;
    if (unreachable !== undefined) {
      answers.set(domain, { kind: 'unasked', why: unreachable });
      continue;
    }
    const readAt = iso(clock.now());
    // Beside the first question nobody waits for it. It tells the time that an answer from a cache is behind.
    const [controlled, answered] = await Promise.allSettled([
      position === 0 ? askControl(reader) : undefined,
      askAbout(question, reader),
    ]);
    const control = settledValue(controlled);
    try {
      const answer = settledValue(answered);
      answers.set(domain, answer.kind === 'unclear' ? { kind: 'unasked', why: answer.why } : { ...answer, readAt });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      answers.set(domain, { kind: 'unasked', why: explain(error) });
      if (!isAboutOneAnswer(error.fault)) unreachable = whyNot(control ?? (await askControl(reader)));
    }
  }
  return answers;
}

type Control = { readonly kind: 'answered' } | { readonly kind: 'unanswered'; readonly why: string };

/** A question without a name in it. */
async function askControl(reader: NetworkReader): Promise<Control> {
  try {
    await reader.authenticate();
    return { kind: 'answered' };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { kind: 'unanswered', why: explain(error) };
  }
}

function whyNot(control: Control): string | undefined {
  return control.kind === 'unanswered' ? control.why : undefined;
}

/** The network answers, and this one answer proves nothing: the next one may. */
function isAboutOneAnswer(fault: NetworkFault): boolean {
  return fault === 'incomplete' || fault === 'unreadable' || fault === 'no-item' || fault === 'unexpected';
}

export type DesiredReading = {
  readonly desired: DesiredSource;
  /** The network's own host. Undefined: no network is configured, or its host is not known yet. */
  readonly ownHost: HostName | undefined;
  /** Replaces what the ledger remembers of the network. Undefined: that stands. */
  readonly known: KnownNetwork | undefined;
};

/** `before` is what the ledger remembers of the network, `owned` all domains of ours: a reading is believed by both (credibility.ts). */
export function desiredFrom(
  read: NetworkRead,
  deps: Dependencies,
  before: KnownNetwork | undefined,
  owned: readonly HostName[],
): DesiredReading {
  const reading = believedFrom(read, deps, before, owned);
  const doubt = deps.runClock?.doubt;
  // What the ledger remembers of the network has times too.
  return doubt === undefined
    ? reading
    : { ...reading, desired: underClockDoubt(reading.desired, doubt), known: undefined };
}

function believedFrom(
  read: NetworkRead,
  { network, settings }: Dependencies,
  before: KnownNetwork | undefined,
  owned: readonly HostName[],
): DesiredReading {
  const urlHost = network?.host ?? '';
  const ownHost = ownHostIn(network, before);
  switch (read.kind) {
    case 'none':
      return { desired: { from: 'events' }, ownHost: undefined, known: undefined };
    case 'failed':
      return { desired: { from: 'nowhere', why: explain(read.error) }, ownHost, known: undefined };
    case 'unasked':
      return { desired: { from: 'nowhere', why: 'it was not asked' }, ownHost, known: undefined };
    case 'asked':
      return { desired: read.desired, ownHost, known: undefined };
    case 'read': {
      const judged = judgeReading(read.reading, before, owned, { urlHost, graceMs: settings.graceMs });
      const desired = withAnswers(judged.desired, read.answers);
      return { ...judged, desired, ownHost: judged.known?.host ?? ownHost };
    }
  }
}

function ownHostIn(network: NetworkApi | undefined, before: KnownNetwork | undefined): HostName | undefined {
  return before?.host ?? ownHostOf(network?.host ?? '', []);
}

/** Whether it is ours is no part of this: the same run may find that out later, when it reads what became of an add. */
function isUnmapped(record: DomainRecord): boolean {
  return standingRequest(record)?.kind === 'unmapped';
}

/**
 * A site may have the domain for its own address, without a mapping: below the network's host, and where it is older than the plugin. The
 * mappings are judged first. Where they map it, a fault of the other answer is none.
 */
async function askAbout({ domain, likely }: NameQuestion, reader: NetworkReader): Promise<NameAnswer> {
  const [mappings, addresses] = await Promise.allSettled([
    askMappings(domain, reader),
    likely === 'mapped' ? undefined : reader.findSites(domain),
  ]);
  const { rows, sites } = settledValue(mappings);
  const byMapping = answerAbout(domain, rows, sites);
  if (byMapping.kind === 'mapped') return byMapping;
  const itsOwn = settledValue(addresses) ?? (await reader.findSites(domain));
  return answerAbout(domain, rows, [...sites, ...itsOwn]);
}

type Mappings = { readonly rows: readonly NetworkDomain[]; readonly sites: readonly NetworkSite[] };

/** The rows that name it, and their sites. */
async function askMappings(domain: HostName, reader: NetworkReader): Promise<Mappings> {
  const rows = await reader.findDomains(domain);
  const ids = new Set(rows.map(({ siteId }) => siteId).filter((siteId) => siteId !== 0));
  const sites = await allInOrder([...ids].map(async (siteId) => reader.findSite(siteId)));
  return { rows, sites: sites.filter((site) => site !== undefined) };
}
