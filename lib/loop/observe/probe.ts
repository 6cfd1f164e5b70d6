/**
 * What is outside RunCloud's list: the server's addresses and how certificates are kept, read now and then; and each domain
 * by public DNS and by a handshake with the server, which cost RunCloud nothing.
 */
import pMap, { pMapSkip } from 'p-map';
import type { CertificateMode } from '../../core/certificates/mode.ts';
import { isDueToLook } from '../../core/certificates/next-probe.ts';
import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, namesServed } from '../../core/domain/runcloud-domain.ts';
import { glimpse } from '../../core/domain/transitions.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { judgeHandshake, worstOf } from '../../core/probe/certificate-verdict.ts';
import { type DnsLook, judgeAddresses, judgeCaa, type ServerAddresses } from '../../core/probe/dns-verdict.ts';
import type { Handshake } from '../../core/probe/handshake.ts';
import type { Glance } from '../../core/probe/result.ts';
import { type HostName, parseHostName } from '../../core/values/host-name.ts';
import { DAY, epoch, HOUR, type IsoTime, iso, MINUTE, SECOND } from '../../core/values/time.ts';
import type { KnownServer, Notes, OutsidePart } from '../../ledger/ledger.ts';
import type { Patience } from '../../runcloud/api.ts';
import { createCertificateReader } from '../../runcloud/certificates.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { messageOf } from '../../util/log.ts';
import type { World } from '../dependencies.ts';

/** What is known of the server and of how certificates are kept, and what of it is new and to be remembered. */
export type Outside = {
  readonly server: ServerAddresses | undefined;
  readonly mode: CertificateMode | undefined;
  readonly news: Notes;
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
export async function readOutside(world: World, patience: Patience, notes: Notes): Promise<Outside> {
  return readParts(world, patience, notes, () => true);
}

/** The same for a run that events wait for: it gives up after ten seconds, and leaves alone for a while what was asked for in vain. */
export async function readOutsideBriefly(world: World, patience: Patience, notes: Notes): Promise<Outside> {
  const now = world.clock.now();
  const until = Math.min(patience.until, now + BRIEFLY_MS);
  return readParts(world, { ...patience, until }, notes, (part) => isOld(notes.unasked?.[part], ASKED_IN_VAIN_MS, now));
}

/** Mappings need none of it: what is missing here keeps certificates waiting, and says so. So no part stands in for another. */
async function readParts(
  world: World,
  patience: Patience,
  notes: Notes,
  mayAsk: (part: OutsidePart) => boolean,
): Promise<Outside> {
  const { clock, log, runcloud } = world;
  let news: Notes = {};
  const learn = async (part: OutsidePart, readAt: IsoTime | undefined, keptMs: number, ask: () => Promise<Notes>) => {
    const now = clock.now();
    if (!isOld(readAt, keptMs, now) || !mayAsk(part) || now > patience.until) return;
    try {
      news = { ...news, ...(await ask()) };
    } catch (error) {
      if (!(error instanceof RunCloudError || error instanceof UnsureError)) throw error;
      log.warn('What certificates need to know could not be read', { part, why: messageOf(error) });
      news = { ...news, unasked: { ...notes.unasked, ...news.unasked, [part]: iso(now) } };
    }
  };
  await learn('server', notes.server?.readAt, SERVER_KEPT_MS, async () => ({
    server: await readServer(world, patience, notes.server),
  }));
  const server = news.server ?? notes.server;
  const name = nameInDns(world, notes.facts?.primary);
  if (server && name !== undefined) {
    await learn('others', server.othersReadAt, SERVER_KEPT_MS, async () => {
      const others = await alsoThere(world, server.main, name);
      return { server: { ...server, others, othersReadAt: iso(clock.now()) } };
    });
  }
  await learn('certificateMode', notes.certificateMode?.readAt, MODE_KEPT_MS, async () => {
    const mode = await createCertificateReader(runcloud, patience).readMode();
    return { certificateMode: { mode: mode ?? null, readAt: iso(clock.now()) } };
  });
  return { ...knownOutside({ ...notes, ...news }), news };
}

function isOld(at: IsoTime | undefined, keptMs: number, now: number): boolean {
  return at === undefined || epoch(at) <= now - keptMs;
}

/** Takes the notes; returns what is known without asking. */
export function knownOutside({ server, certificateMode }: Notes): Outside {
  return { server, mode: certificateMode?.mode ?? undefined, news: {} };
}

/** Of another address it is not known what else leads there. */
async function readServer(world: World, patience: Patience, before: KnownServer | undefined): Promise<KnownServer> {
  const main = await createReader(world.runcloud, patience).serverAddress();
  const readAt = iso(world.clock.now());
  return before?.main === main ? { ...before, readAt } : { main, others: [], readAt };
}

/**
 * RunCloud names one address. Where the network's own host, which somebody set up with care, has that address in public DNS
 * and IPv6 ones beside it, those lead to the server too. Throws UnsureError.
 */
async function alsoThere(world: World, main: string, name: string): Promise<readonly string[]> {
  const views: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] }[] = [];
  for (const answer of await world.dns.addressesOf(name)) {
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
export function nameInDns({ network }: World, primary: ActualDomain | undefined): string | undefined {
  return network && parseHostName(network.host).ok ? network.host : primary?.name;
}

/** A domain to look at, and the object that serves it, where there is one. */
export type Sight = {
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
const LONGEST_LOOK_MS = 4 * MINUTE;

/**
 * Takes domains that are due to be looked at; returns the states that this changed. Those that were never looked at come first,
 * then those that have waited longest: where time runs out before the end, the next run begins with the rest.
 */
export async function lookAround(
  world: World,
  sights: readonly Sight[],
  { server }: Outside,
  { until, before }: Patience,
): Promise<ReadonlyMap<HostName, DomainState>> {
  const { clock } = world;
  const changed = new Map<HostName, DomainState>();
  if (!server || sights.length === 0) return changed;
  const end = Math.min(until, clock.now() + LONGEST_LOOK_MS);
  const eye = new Eye(world, server);
  // Twenty at a time want to know whether the lease holds: one asks for all.
  let holding: Promise<void> | undefined;
  const hold = async (): Promise<void> => {
    holding ??= before?.().finally(() => {
      holding = undefined;
    });
    await holding;
  };
  const seen = await pMap(
    sights.toSorted((a, b) => lookedAt(a).localeCompare(lookedAt(b))),
    async (sight) => {
      if (clock.now() > end) return pMapSkip;
      await hold();
      return { sight, glance: await eye.glance(sight) };
    },
    { concurrency: AT_A_TIME },
  );
  for (const { sight, glance } of seen) {
    const { domain, state } = sight.record;
    const after = glimpse(state, glance, clock.now());
    if (after !== state) changed.set(domain, after);
  }
  return changed;
}

function lookedAt({ record: { state } }: Sight): string {
  return state.look?.at ?? '';
}

/**
 * Takes a domain that may be looked at, how certificates are kept and what was asked for the shared one, and the time (ms);
 * returns whether it is time to. A newer wish asks for a new look.
 */
export function isDue(
  { record: { wish, state } }: Sight,
  { mode }: Outside,
  { sharedCertificate }: Notes,
  now: number,
): boolean {
  const issuing = mode === 'basic' ? (sharedCertificate ?? undefined) : state.issuing;
  return isDueToLook(state.look, issuing, now) || (wish !== undefined && wish.occurredAt > (state.look?.at ?? ''));
}

/** Looks at one name after the other, and gives up on a server that does not answer. */
export class Eye {
  readonly #world: World;
  readonly #server: ServerAddresses;
  #unanswered = 0;

  constructor(world: World, server: ServerAddresses) {
    this.#world = world;
    this.#server = server;
  }

  /** Takes a domain; returns what is seen of it now. Never throws. */
  async glance({ record, actual, apart }: Sight): Promise<Glance> {
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

  async #addresses(name: string): Promise<DnsLook> {
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
