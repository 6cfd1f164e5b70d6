/** Probes of domains: public DNS, and a TLS handshake with the server under each name. They cost RunCloud nothing. */
import pMap, { pMapSkip } from 'p-map';
import { isProbeDue } from '../../core/certificates/next-probe.ts';
import { isOurs } from '../../core/domain/ownership.ts';
import type { DomainRecord, DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, isWwwAlone, namesServed } from '../../core/domain/runcloud-domain.ts';
import { applyProbe } from '../../core/domain/transitions.ts';
import { isBareAloneHere, isWwwAloneHere } from '../../core/plan/www-alone.ts';
import { isWwwWatched } from '../../core/plan/www-watched.ts';
import { judgeHandshake, worstOf } from '../../core/probe/certificate-verdict.ts';
import type { AddressAnswer } from '../../core/probe/dns-answer.ts';
import { keptNameServers, zonesFor } from '../../core/probe/dns-host.ts';
import {
  type DnsResult,
  judgeAddresses,
  judgeCaa,
  type ServerAddresses,
  seemsHere,
  withCaa,
} from '../../core/probe/dns-verdict.ts';
import type { Handshake } from '../../core/probe/handshake.ts';
import type { ProbeOccasion, ProbeResult } from '../../core/probe/result.ts';
import { handshakeAddress } from '../../core/probe/server-addresses.ts';
import type { HostName, NamedAs } from '../../core/values/host-name.ts';
import { MINUTE } from '../../core/values/time.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import { timeForAges } from '../run-clock.ts';
import type { ServerInfo } from './remembered-server.ts';

export type ProbeTarget = {
  readonly record: DomainRecord;
  /** The object that serves the domain. Undefined: RunCloud has none. */
  readonly actual: ActualDomain | undefined;
  /** The separate object of its `www.` name. A certificate for all names of the application covers that name too. Absent: not known. */
  readonly apart?: ActualDomain | 'none';
  /** As the network's list names the mapping. Absent: the last request does. */
  readonly namedAs?: NamedAs | undefined;
};

// A light load for a web server.
const AT_A_TIME = 20;
// After so many names in a row without an answer the server is out of reach. Going on would take ten seconds for each.
const MOST_UNANSWERED = AT_A_TIME;
// The next run goes on with the rest.
const LONGEST_PROBING_MS = 4 * MINUTE;

/**
 * Returns the states that the probes changed. The targets without any probe come first, then those whose probe is oldest: if time runs
 * out, the next run begins where this one ended.
 */
export async function probeTargets(
  deps: Dependencies,
  targets: readonly ProbeTarget[],
  { server }: Pick<ServerInfo, 'server'>,
  { deadline, beforeSend }: RequestOptions,
  occasion: ProbeOccasion = 'run',
): Promise<ReadonlyMap<HostName, DomainState>> {
  const { clock } = deps;
  const changed = new Map<HostName, DomainState>();
  if (!server || targets.length === 0) return changed;
  const end = Math.min(deadline, clock.now() + LONGEST_PROBING_MS);
  const prober = new Prober(deps, server);
  // Twenty probes at once must not renew the lease twenty times: the first to come does it for all.
  let renewing: Promise<void> | undefined;
  const keepLease = async (): Promise<void> => {
    renewing ??= beforeSend?.().finally(() => {
      renewing = undefined;
    });
    await renewing;
  };
  const probed = await pMap(
    targets.toSorted((a, b) => probedAt(a).localeCompare(probedAt(b))),
    async (target) => {
      if (clock.now() > end) return pMapSkip;
      await keepLease();
      return { target, result: await prober.probe(target) };
    },
    { concurrency: AT_A_TIME },
  );
  for (const { target, result } of probed) {
    const { domain, state } = target.record;
    const after = applyProbe(state, result, clock.now(), timeForAges(deps), occasion);
    if (after !== state) changed.set(domain, after);
  }
  return changed;
}

/** A mapping request that is newer than the last probe makes the domain due at once: somebody waits for it. */
export function isDue(
  { record: { request, state } }: ProbeTarget,
  { mode }: Pick<ServerInfo, 'mode'>,
  { sharedCertificate }: ApplicationState,
  now: number,
): boolean {
  const issuance = mode === 'basic' ? (sharedCertificate ?? undefined) : state.issuance;
  return (
    isProbeDue(state.probe, issuance, now) || (request !== undefined && request.occurredAt > (state.probe?.at ?? ''))
  );
}

/** Probes one domain after the other. Gives up on a server that does not answer. */
export class Prober {
  readonly #deps: Dependencies;
  readonly #server: ServerAddresses;
  #unanswered = 0;

  constructor(deps: Dependencies, server: ServerAddresses) {
    this.#deps = deps;
    this.#server = server;
  }

  /** Never throws: what could not be asked is part of the result. */
  async probe({
    record,
    actual,
    apart,
    namedAs = record.request?.kind === 'mapped' ? record.request.namedAs : undefined,
  }: ProbeTarget): Promise<ProbeResult> {
    const { domain } = record;
    const served = actual ? namesServed(actual) : [];
    const www = `www.${domain}`;
    const beside = actual && !served.includes(www) && isBesideOurs(record, apart) ? [www] : [];
    const watched = apart === undefined || apart === 'none' ? [...served, ...beside] : [apart.name];
    const isWatched = isWwwWatched(record, watched, this.#deps.settings.www);
    const [atBare, atWww] = await Promise.all([
      this.#deps.dns.addressesOf(domain),
      isWatched ? this.#deps.dns.addressesOf(`www.${domain}`) : undefined,
    ]);
    const bare = judgeAddresses(atBare, this.#server);
    const ofWww = atWww && judgeAddresses(atWww, this.#server);
    // Nobody reaches the server under a bare name that leads elsewhere, and one that somebody made by hand has a certificate of theirs.
    const isLeftAlone = beside.length > 0 && ofWww !== undefined && isWwwAloneHere(bare, ofWww);
    const isOther = beside.length > 0 && actual !== undefined && !isOurs(record.state, actual);
    const isOnlyBeside = isLeftAlone || isOther;
    const isBesideLeft = !isOther && namedAs === 'bare' && ofWww !== undefined && isBareAloneHere(bare, ofWww);
    const names = isOnlyBeside ? beside : isBesideLeft ? served : [...served, ...beside];
    const handshakes = await this.#shakeHandsAs(names, (name) => (name === domain ? atBare : (atWww ?? [])));
    const shown = handshakes?.map((each) => judgeHandshake(each, this.#deps.clock.now()));
    const certificate = shown && worstOf(shown as NonEmpty);
    const isOfWww =
      isOnlyBeside ||
      (shown !== undefined &&
        names.length > served.length &&
        certificate?.kind !== 'valid' &&
        worstOf(shown.slice(0, -1) as NonEmpty).kind === 'valid');
    // CAA matters only where a certificate is to be issued. A `www.` name that is not served yet would need a new one.
    const certified = certificate?.kind === 'valid' ? names : [];
    const [dns, ofWwwName] = await Promise.all([
      certificate?.kind === 'valid' ? without(bare) : this.#withCaa(domain, bare),
      ofWww && (certified.includes(www) ? without(ofWww) : this.#withCaa(www, ofWww)),
    ]);
    const nameServers = isToBeSet(dns.result, ofWwwName?.result)
      ? await this.#deps.dns.nameServersOf(zonesFor(domain))
      : undefined;
    return {
      dns: dns.result,
      www: ofWwwName?.result,
      caaUnasked: dns.caaUnasked,
      wwwCaaUnasked: ofWwwName?.caaUnasked,
      ...(nameServers && { nameServers: keptNameServers(nameServers) }),
      certificate,
      servedAs: isLeftAlone || (actual && isWwwAlone(actual, domain)) ? 'www' : undefined,
      certificateOf: isOfWww ? 'www' : undefined,
    };
  }

  /** A `www.` name may have CAA records of its own, or those of what it is an alias of. */
  async #withCaa(name: string, result: DnsResult): Promise<WithCaa> {
    if (!seemsHere(result)) return without(result);
    const caa = judgeCaa(await this.#deps.dns.caaOf(name));
    if (caa.kind === 'could-not-ask') return { result, caaUnasked: caa.why };
    return { result: withCaa(result, caa), caaUnasked: undefined };
  }

  async #shakeHandsAs(
    names: readonly string[],
    answersOf: (name: string) => readonly AddressAnswer[],
  ): Promise<readonly Handshake[] | undefined> {
    if (names.length === 0) return undefined;
    const handshakes: Handshake[] = [];
    for (const name of names) {
      handshakes.push(await this.#shakeHands(name, handshakeAddress(answersOf(name), this.#server)));
    }
    return handshakes;
  }

  async #shakeHands(name: string, address: string): Promise<Handshake> {
    if (this.#unanswered >= MOST_UNANSWERED) {
      return { kind: 'could-not-ask', why: `the server did not answer ${MOST_UNANSWERED} names in a row` };
    }
    const { main } = this.#server;
    const first = await this.#deps.tls.shakeHands(address, name);
    // This machine may have no IPv6, and a load balancer may let nobody in but visitors.
    const isOther = first.kind === 'could-not-ask' && address !== main;
    const handshake = isOther ? await this.#deps.tls.shakeHands(main, name) : first;
    this.#unanswered = handshake.kind === 'could-not-ask' ? this.#unanswered + 1 : 0;
    return handshake;
  }
}

/** Whether its customer has something to set, and so may ask where. Servers that do not answer are not asked once more. */
function isToBeSet(...results: readonly (DnsResult | undefined)[]): boolean {
  return results.some((each) => each !== undefined && each.kind !== 'could-not-ask' && each.kind !== 'pointing');
}

type WithCaa = { readonly result: DnsResult; readonly caaUnasked: string | undefined };

function without(result: DnsResult): WithCaa {
  return { result, caaUnasked: undefined };
}

type NonEmpty = [ReturnType<typeof judgeHandshake>, ...ReturnType<typeof judgeHandshake>[]];

/** A separate `www.` object of ours has a certificate of its own. */
function isBesideOurs({ state }: DomainRecord, apart: ProbeTarget['apart']): boolean {
  if (apart === undefined) return state.ownedWww !== undefined;
  return apart !== 'none' && isOurs(state, apart);
}

function probedAt({ record: { state } }: ProbeTarget): string {
  return state.probe?.at ?? '';
}
