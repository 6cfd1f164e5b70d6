/**
 * What is outside RunCloud's list: the server's addresses and how certificates are kept, read now and then; and each domain
 * by public DNS and by a handshake with the server, which cost RunCloud nothing.
 */
import pMap, { pMapSkip } from 'p-map';
import type { CertificateMode } from '../../core/certificates/mode.ts';
import { isProbeDue } from '../../core/certificates/next-probe.ts';
import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, namesServed } from '../../core/domain/runcloud-domain.ts';
import { applyProbe } from '../../core/domain/transitions.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { judgeHandshake, worstOf } from '../../core/probe/certificate-verdict.ts';
import { type DnsResult, judgeAddresses, judgeCaa, type ServerAddresses } from '../../core/probe/dns-verdict.ts';
import type { Handshake } from '../../core/probe/handshake.ts';
import type { ProbeResult } from '../../core/probe/result.ts';
import { type HostName, parseHostName } from '../../core/values/host-name.ts';
import { DAY, epoch, HOUR, type IsoTime, iso, MINUTE, SECOND } from '../../core/values/time.ts';
import type { ApplicationState, KnownServer, ServerInfoPart } from '../../ledger/ledger.ts';
import { createCertificateReader } from '../../runcloud/certificates.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { messageOf } from '../../util/log.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';

/** What is known of the server and of how certificates are kept, and what of it is new and to be remembered. */
export type ServerInfo = {
  readonly server: ServerAddresses | undefined;
  readonly mode: CertificateMode | undefined;
  readonly news: ApplicationState;
};

// A server keeps its address for years; asking once a day is enough to notice a move.
const SERVER_KEPT_MS = DAY;
// Somebody may switch the mode in the panel at any time. Too late a notice costs a request that is refused.
const MODE_KEPT_MS = HOUR;

// Whoever has a domain to add waits meanwhile. One request that hangs takes 30 s whatever is left, so this is for beginning another.
const BRIEFLY_MS = 10 * SECOND;
const ASKED_IN_VAIN_MS = 5 * MINUTE;

/**
 * Takes how long requests may wait, and the notes with the newest facts there are; returns what is known, asking where that is too
 * old. What cannot be had stays as it was known.
 */
export async function readServerInfo(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
): Promise<ServerInfo> {
  return readParts(deps, options, application, () => true);
}

/** The same for a run that events wait for: it gives up after ten seconds, and leaves alone for a while what was asked for in vain. */
export async function readServerInfoBriefly(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
): Promise<ServerInfo> {
  const now = deps.clock.now();
  const deadline = Math.min(options.deadline, now + BRIEFLY_MS);
  return readParts(deps, { ...options, deadline }, application, (part) =>
    isOld(application.unasked?.[part], ASKED_IN_VAIN_MS, now),
  );
}

/** Mappings need none of it: what is missing here keeps certificates waiting, and says so. So no part stands in for another. */
async function readParts(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
  mayAsk: (part: ServerInfoPart) => boolean,
): Promise<ServerInfo> {
  const { clock, log, runcloud } = deps;
  let news: ApplicationState = {};
  const learn = async (
    part: ServerInfoPart,
    readAt: IsoTime | undefined,
    keptMs: number,
    ask: () => Promise<ApplicationState>,
  ) => {
    const now = clock.now();
    if (!isOld(readAt, keptMs, now) || !mayAsk(part) || now > options.deadline) return;
    try {
      news = { ...news, ...(await ask()) };
    } catch (error) {
      if (!(error instanceof RunCloudError || error instanceof UnsureError)) throw error;
      log.warn('What certificates need to know could not be read', { part, why: messageOf(error) });
      news = { ...news, unasked: { ...application.unasked, ...news.unasked, [part]: iso(now) } };
    }
  };
  await learn('server', application.server?.readAt, SERVER_KEPT_MS, async () => ({
    server: await readServer(deps, options, application.server),
  }));
  const server = news.server ?? application.server;
  const name = referenceHost(deps, application.snapshot?.primary);
  if (server && name !== undefined) {
    await learn('others', server.othersReadAt, SERVER_KEPT_MS, async () => {
      const others = await otherAddresses(deps, server.main, name);
      return { server: { ...server, others, othersReadAt: iso(clock.now()) } };
    });
  }
  await learn('certificateMode', application.certificateMode?.readAt, MODE_KEPT_MS, async () => {
    const mode = await createCertificateReader(runcloud, options).readMode();
    return { certificateMode: { mode: mode ?? null, readAt: iso(clock.now()) } };
  });
  return { ...rememberedServerInfo({ ...application, ...news }), news };
}

function isOld(at: IsoTime | undefined, keptMs: number, now: number): boolean {
  return at === undefined || epoch(at) <= now - keptMs;
}

/** Takes the notes; returns what is known without asking. */
export function rememberedServerInfo({ server, certificateMode }: ApplicationState): ServerInfo {
  return { server, mode: certificateMode?.mode ?? undefined, news: {} };
}

/** Of another address it is not known what else leads there. */
async function readServer(
  deps: Dependencies,
  options: RequestOptions,
  before: KnownServer | undefined,
): Promise<KnownServer> {
  const main = await createReader(deps.runcloud, options).serverAddress();
  const readAt = iso(deps.clock.now());
  return before?.main === main ? { ...before, readAt } : { main, others: [], readAt };
}

/**
 * RunCloud names one address. Where the network's own host, which somebody set up with care, has that address in public DNS
 * and IPv6 ones beside it, those lead to the server too. Throws UnsureError.
 */
async function otherAddresses(deps: Dependencies, main: string, name: string): Promise<readonly string[]> {
  const views: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] }[] = [];
  for (const answer of await deps.dns.addressesOf(name)) {
    if (answer.kind === 'could-not-ask') throw new UnsureError(answer.why);
    views.push({ ipv4: answer.ipv4.toSorted(), ipv6: answer.ipv6.toSorted() });
  }
  const [first, ...rest] = views;
  if (!first) throw new UnsureError('there is no resolver to ask');
  if (rest.some((each) => JSON.stringify(each) !== JSON.stringify(first))) {
    throw new UnsureError(`the resolvers say different things of ${name}`);
  }
  return first.ipv4.length === 1 && first.ipv4[0] === main ? first.ipv6 : [];
}

/** Public DNS did not say what leads to the server. */
class UnsureError extends Error {}

/**
 * Takes the primary domain, where it is known; returns a name that somebody set up with care and that leads to the server: the
 * network's own host, or where its address has none (an IP address, this machine) the primary domain.
 */
export function referenceHost({ network }: Dependencies, primary: ActualDomain | undefined): string | undefined {
  return network && parseHostName(network.host).ok ? network.host : primary?.name;
}

/** A domain to look at, and the object that serves it, where there is one. */
export type ProbeTarget = {
  readonly record: DomainRecord;
  readonly actual: ActualDomain | undefined;
  /** The object of its `www.` name, where somebody made one apart: a certificate of all names covers that name too. */
  readonly apart?: ActualDomain | undefined;
};

// So many handshakes at a time are a light load for a web server.
const AT_A_TIME = 20;
// With so many names in a row not answered the server is out of reach: going on would take ten seconds for each.
const MOST_UNANSWERED = AT_A_TIME;
// The rest is looked at by the next run.
const LONGEST_PROBING_MS = 4 * MINUTE;

/**
 * Takes domains that are due to be looked at; returns the states that this changed. Those that were never looked at come first,
 * then those that have waited longest: where time runs out before the end, the next run begins with the rest.
 */
export async function probeTargets(
  deps: Dependencies,
  targets: readonly ProbeTarget[],
  { server }: ServerInfo,
  { deadline, beforeSend }: RequestOptions,
): Promise<ReadonlyMap<HostName, DomainState>> {
  const { clock } = deps;
  const changed = new Map<HostName, DomainState>();
  if (!server || targets.length === 0) return changed;
  const end = Math.min(deadline, clock.now() + LONGEST_PROBING_MS);
  const prober = new Prober(deps, server);
  // Twenty at a time want to know whether the lease holds: one asks for all.
  let holding: Promise<void> | undefined;
  const hold = async (): Promise<void> => {
    holding ??= beforeSend?.().finally(() => {
      holding = undefined;
    });
    await holding;
  };
  const seen = await pMap(
    targets.toSorted((a, b) => probedAt(a).localeCompare(probedAt(b))),
    async (target) => {
      if (clock.now() > end) return pMapSkip;
      await hold();
      return { target, result: await prober.probe(target) };
    },
    { concurrency: AT_A_TIME },
  );
  for (const { target, result } of seen) {
    const { domain, state } = target.record;
    const after = applyProbe(state, result, clock.now());
    if (after !== state) changed.set(domain, after);
  }
  return changed;
}

function probedAt({ record: { state } }: ProbeTarget): string {
  return state.probe?.at ?? '';
}

/**
 * Takes a domain that may be looked at, how certificates are kept and what was asked for the shared one, and the time (ms);
 * returns whether it is time to. A newer wish asks for a new look.
 */
export function isDue(
  { record: { request, state } }: ProbeTarget,
  { mode }: ServerInfo,
  { sharedCertificate }: ApplicationState,
  now: number,
): boolean {
  const issuance = mode === 'basic' ? (sharedCertificate ?? undefined) : state.issuance;
  return (
    isProbeDue(state.probe, issuance, now) || (request !== undefined && request.occurredAt > (state.probe?.at ?? ''))
  );
}

/** Looks at one name after the other, and gives up on a server that does not answer. */
export class Prober {
  readonly #world: Dependencies;
  readonly #server: ServerAddresses;
  #unanswered = 0;

  constructor(deps: Dependencies, server: ServerAddresses) {
    this.#world = deps;
    this.#server = server;
  }

  /** Takes a domain; returns what is seen of it now. Never throws. */
  async probe({ record, actual, apart }: ProbeTarget): Promise<ProbeResult> {
    const { domain } = record;
    const served = actual ? namesServed(actual) : [];
    const [bare, ofWww, shown] = await Promise.all([
      this.#addresses(domain),
      isWwwWatched(record, apart ? [apart.name] : served, this.#world.settings.www)
        ? this.#addresses(`www.${domain}`)
        : undefined,
      this.#handshakes(served),
    ]);
    const certificate =
      shown && worstOf(shown.map((each) => judgeHandshake(each, this.#world.clock.now())) as NonEmpty);
    if (certificate?.kind === 'valid' || bare.kind !== 'pointing') {
      return { dns: bare, www: ofWww, caaUnasked: undefined, certificate };
    }
    // Whether a certificate may be issued matters only where one is wanted.
    const caa = judgeCaa(await this.#world.dns.caaOf(domain));
    if (caa.kind === 'could-not-ask') return { dns: bare, www: ofWww, caaUnasked: caa.why, certificate };
    return { dns: caa, www: ofWww, caaUnasked: undefined, certificate };
  }

  async #addresses(name: string): Promise<DnsResult> {
    return judgeAddresses(await this.#world.dns.addressesOf(name), this.#server);
  }

  async #handshakes(names: readonly string[]): Promise<readonly Handshake[] | undefined> {
    if (names.length === 0) return undefined;
    const shown: Handshake[] = [];
    for (const name of names) shown.push(await this.#shakeHands(name));
    return shown;
  }

  async #shakeHands(name: string): Promise<Handshake> {
    if (this.#unanswered >= MOST_UNANSWERED) {
      return { kind: 'could-not-ask', why: `the server did not answer ${MOST_UNANSWERED} names in a row` };
    }
    const shown = await this.#world.tls.shakeHands(this.#server.main, name);
    this.#unanswered = shown.kind === 'could-not-ask' ? this.#unanswered + 1 : 0;
    return shown;
  }
}

type NonEmpty = [ReturnType<typeof judgeHandshake>, ...ReturnType<typeof judgeHandshake>[]];
