/** A stand-in for public DNS, with two resolvers that may disagree. */
import { isIPv6 } from 'node:net';
import type { AddressAnswer, CaaAnswer, CaaRecord } from '../../lib/core/probe/dns-answer.ts';
import type { Dns } from '../../lib/dns/dns.ts';

export type DnsRecords = {
  readonly ipv4?: readonly string[];
  readonly ipv6?: readonly string[];
  readonly cname?: string;
  /** Name servers: this name is a zone of its own. */
  readonly ns?: readonly string[];
  readonly caa?: readonly CaaRecord[];
  /** A family whose question the name servers of this name do not answer (SERVFAIL). An alias is told of, and not asked for. */
  readonly failing?: 'ipv4' | 'ipv6' | 'caa';
};

const RESOLVERS = 2;
const SILENCE = { kind: 'could-not-ask', why: 'the resolver did not answer in time' } as const;

const SERVFAIL = { kind: 'could-not-ask', why: 'the resolver could not find out' } as const;

export class StandInDns implements Dns {
  /** Names of all questions, for addresses or CAA, in their order. */
  readonly questions: string[] = [];
  readonly #records = new Map<string, DnsRecords>();
  /** Records that only the second resolver has. */
  readonly #second = new Map<string, DnsRecords>();
  readonly #unreachable = new Set<number>();

  constructor(addresses: ReadonlyMap<string, readonly string[]> = new Map()) {
    for (const [name, each] of addresses) this.point(name, ...each);
  }

  /** Somebody points a name to addresses, and to no others. Its other records stay. */
  point(name: string, ...addresses: string[]): void {
    const { caa, ns } = this.#records.get(name) ?? {};
    this.set(name, { ...byFamily(addresses), ...(caa && { caa }), ...(ns && { ns }) });
  }

  /** Somebody sets all records of a name. */
  set(name: string, records: DnsRecords): void {
    this.#records.set(name, records);
  }

  /** Somebody deletes a name. */
  forget(name: string): void {
    this.#records.delete(name);
  }

  /** The second resolver has other records for a name, as during a change; without records it agrees again. */
  disagree(name: string, records?: DnsRecords): void {
    if (records) this.#second.set(name, records);
    else this.#second.delete(name);
  }

  /** Resolvers (from 0) do not answer any more; all where none is named. */
  breakDown(...resolvers: number[]): void {
    const broken = resolvers.length > 0 ? resolvers : Array.from({ length: RESOLVERS }, (_, index) => index);
    for (const resolver of broken) this.#unreachable.add(resolver);
  }

  /** All resolvers answer again. */
  recover(): void {
    this.#unreachable.clear();
  }

  /** The records that the first resolver has. Does not count as a question. */
  recordsOf(name: string): Required<Pick<DnsRecords, 'ipv4' | 'ipv6' | 'caa'>> {
    const { ipv4, ipv6 } = this.#see(0, name);
    return { ipv4, ipv6, caa: this.#caa(0, name) };
  }

  async addressesOf(name: string): Promise<readonly AddressAnswer[]> {
    return this.#ask(name, (resolver) => {
      const seen = this.#see(resolver, name);
      const { failing } = this.#find(resolver, name);
      const isHalf = failing === 'ipv4' || failing === 'ipv6';
      if (isHalf && seen.ipv4.length + seen.ipv6.length === 0) return SERVFAIL;
      return { kind: 'answered', ...seen, ...(isHalf && { unasked: SERVFAIL.why }) } as const;
    });
  }

  async caaOf(name: string): Promise<readonly CaaAnswer[]> {
    return this.#ask(name, (resolver) =>
      this.#find(resolver, name).failing === 'caa'
        ? SERVFAIL
        : ({ kind: 'answered', records: this.#caa(resolver, name) } as const),
    );
  }

  async nameServersOf(zones: readonly string[]): Promise<readonly string[] | undefined> {
    const resolver = Array.from({ length: RESOLVERS }, (_, index) => index).find(
      (each) => !this.#unreachable.has(each),
    );
    if (resolver === undefined) return undefined;
    return zones.map((zone) => this.#find(resolver, zone).ns ?? []).find((names) => names.length > 0) ?? [];
  }

  #ask<T>(name: string, answer: (resolver: number) => T): readonly (T | typeof SILENCE)[] {
    this.questions.push(name);
    return Array.from({ length: RESOLVERS }, (_, resolver) =>
      this.#unreachable.has(resolver) ? SILENCE : answer(resolver),
    );
  }

  #find(resolver: number, name: string): DnsRecords {
    return (resolver === 1 ? this.#second.get(name) : undefined) ?? this.#records.get(name) ?? {};
  }

  #see(resolver: number, name: string) {
    const { ipv4 = [], ipv6 = [], cname, failing } = this.#find(resolver, name);
    return { ipv4: failing === 'ipv4' ? [] : ipv4, ipv6: failing === 'ipv6' ? [] : ipv6, cname };
  }

  /** Those of the nearest ancestor that has any. */
  #caa(resolver: number, name: string): readonly CaaRecord[] {
    const labels = name.split('.');
    const ancestors = labels.map((_, index) => labels.slice(index).join('.'));
    const sets = ancestors.map((each) => this.#find(resolver, each).caa ?? []);
    return sets.find((records) => records.length > 0) ?? [];
  }
}

function byFamily(addresses: readonly string[]): Pick<DnsRecords, 'ipv4' | 'ipv6'> {
  return { ipv4: addresses.filter((each) => !isIPv6(each)), ipv6: addresses.filter((each) => isIPv6(each)) };
}
