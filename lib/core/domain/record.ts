/** What is on RunCloud, and what the ledger remembers of each domain. */

import type { Issuing } from '../certificates/requests.ts';
import type { Look } from '../probe/result.ts';
import type { HostName } from '../values/host-name.ts';
import type { IsoTime } from '../values/time.ts';
import { type Wish, wishOrder } from './mapping-request.ts';

export type Redirection = 'none' | 'www' | 'non-www';

/** How RunCloud is asked to serve a domain: whether its `www.` name too, and which form redirects to the other. */
export type Serving = { readonly www: boolean; readonly redirection: Redirection };

/**
 * A domain object of the web application as RunCloud shows it. Only `id` and `name` are certain (early API v2 gave no
 * more); values that RunCloud does not document are kept as they came and decide nothing.
 */
export type ActualDomain = {
  readonly id: number;
  /** The one spelling of a host name; what is no host name for us (`*.shop.example`) in lower case as it came. */
  readonly name: string;
  readonly type: string | undefined;
  readonly www: boolean | undefined;
  readonly redirection: string | undefined;
  readonly wildcard: boolean;
  /** RunCloud's `created_at`, read as if it were UTC (ms since 1970): it names no zone. */
  readonly createdAt: number | undefined;
};

/** Why the last attempt for a domain did not succeed, and when the next one is due. */
export type Trouble = {
  readonly attempts: number;
  readonly dueAt: IsoTime;
  readonly why: string;
  readonly whatToDo: string;
  /** Place of the wish it happened under (`wishOrder`): a newer wish is tried at once. Empty without a wish. */
  readonly under: string;
};

/** That the network was told of a domain being live: in which of its rows, when, and whether it took it. */
export type WrittenBack = {
  readonly row: number;
  readonly at: IsoTime;
  readonly answer: 'accepted' | 'failed';
};

/** What the service itself must remember of a domain. Written only by the holder of the lease. */
export type DomainState = {
  /**
   * Present on owned domains only: this service added the domain object with this id, or was told to adopt it. An object
   * of the same name that somebody else made later has another id, and is not ours.
   */
  readonly owned?: { readonly id: number; readonly since: IsoTime; readonly by: 'added' | 'adopted' };
  /** The domain as RunCloud last showed it; absent when it was not there. */
  readonly seen?: ActualDomain;
  readonly trouble?: Trouble;
  /** When a complete read of the network first lacked the domain: the beginning of its grace. */
  readonly missingSince?: IsoTime;
  /** Since when RunCloud's list has not shown an object that is ours. */
  readonly goneSince?: IsoTime;
  /** The wish (`wishOrder`) that the network's own records contradicted: it is carried out no more. */
  readonly refuted?: string;
  /** When this service last removed it. The brake counts these. */
  readonly removedAt?: IsoTime;
  /** What was seen of it from outside. */
  readonly look?: Look;
  /** What was asked for its own certificate. */
  readonly issuing?: Issuing;
  /** The rows of the network that were set to `done`, or were to be. */
  readonly writtenBack?: readonly WrittenBack[];
  /** A change of serving that was accepted but not yet seen in RunCloud's list: never asked for twice. */
  readonly asked?: Serving;
};

export type DomainRecord = {
  readonly domain: HostName;
  readonly wish: Wish | undefined;
  readonly state: DomainState;
};

/** What must be known of the whole application where only a few domains are looked at. */
export type Facts = {
  /** When RunCloud's list was last read whole. */
  readonly observedAt: IsoTime;
  /** How long that took, without waits for a RunCloud in trouble (ms). */
  readonly tookMs?: number;
  readonly primary: ActualDomain | undefined;
  readonly wildcards: readonly ActualDomain[];
  /** The highest id in that list: ids only grow, so an answer with a lower one shows an object that stood before. */
  readonly highestId: number;
  /** Whether its objects have a `created_at`: early API v2 gives none. */
  readonly isDated: boolean;
  /** How many domain objects it held: the last one is never removed. */
  readonly count: number;
};

/** Sizes the brake works with. */
export type Fleet = {
  readonly owned: number;
  readonly removedLastDay: number;
  /** Domain objects of the application on RunCloud, ours or not. */
  readonly present: number;
};

/** Takes a domain's state and the object on RunCloud; returns whether that object is the one this service owns. */
export function isOurs(state: DomainState, actual: ActualDomain): boolean {
  return state.owned?.id === actual.id;
}

/** Takes a record; returns its trouble where that belongs to the wish that stands, undefined where a newer one came. */
export function standingTrouble(record: DomainRecord): Trouble | undefined {
  const { trouble } = record.state;
  return trouble?.under === (record.wish ? wishOrder(record.wish) : '') ? trouble : undefined;
}

/** Takes RunCloud's whole list and when it was read; returns what to remember of the application. */
export function factsOf(actual: readonly ActualDomain[], observedAt: IsoTime): Facts {
  let highestId = 0;
  for (const { id } of actual) if (id > highestId) highestId = id;
  return {
    observedAt,
    primary: actual.find((domain) => domain.type === 'primary'),
    wildcards: actual.filter((domain) => wildcardSuffix(domain) !== undefined),
    highestId,
    isDated: actual.some((domain) => domain.createdAt !== undefined),
    count: actual.length,
  };
}

/** Takes a domain object; returns `network.example` where it serves `*.network.example`, else undefined. */
export function wildcardSuffix(domain: ActualDomain): string | undefined {
  if (domain.name.startsWith('*.')) return domain.name.slice(2);
  return domain.wildcard ? domain.name : undefined;
}

/** Takes a domain object; returns every name that it serves, its own first; none where it is a wildcard. */
export function namesServed(domain: ActualDomain): readonly string[] {
  if (wildcardSuffix(domain) !== undefined) return [];
  return domain.www ? [domain.name, `www.${domain.name}`] : [domain.name];
}

/** RunCloud's list by the domain each object stands for: `shop.example`, or else a separate `www.shop.example`. */
export class ActualIndex {
  readonly #list: readonly ActualDomain[];
  readonly #byName = new Map<string, number>();
  readonly #byWww = new Map<string, number>();
  readonly #taken: Uint8Array;

  /** Takes the list; of two objects with one name the last stands. */
  constructor(list: readonly ActualDomain[]) {
    this.#list = list;
    this.#taken = new Uint8Array(list.length);
    for (let position = 0; position < list.length; position++) {
      const { name } = list[position] as ActualDomain;
      this.#byName.set(name, position);
      if (name.startsWith('www.')) this.#byWww.set(name.slice(4), position);
    }
  }

  /** Takes a domain; returns the object that serves it, under either form of its name, or undefined. */
  find(domain: string): ActualDomain | undefined {
    const position = this.#positionOf(domain);
    return position === undefined ? undefined : this.#list[position];
  }

  /** Takes a domain; returns the object of its `www.` name where that is one of its own beside the domain's. */
  apart(domain: string): ActualDomain | undefined {
    const position = this.#byName.has(domain) ? this.#byWww.get(domain) : undefined;
    return position === undefined ? undefined : this.#list[position];
  }

  /** Finds as `find` does, and remembers that somebody asked for this object. */
  take(domain: string): ActualDomain | undefined {
    const position = this.#positionOf(domain);
    if (position === undefined) return undefined;
    this.#taken[position] = 1;
    return this.#list[position];
  }

  /** Returns the objects that nobody took. */
  untaken(): ActualDomain[] {
    return this.#list.filter((_, position) => this.#taken[position] === 0);
  }

  #positionOf(domain: string): number | undefined {
    return this.#byName.get(domain) ?? this.#byWww.get(domain);
  }
}
