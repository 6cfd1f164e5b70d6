export type Redirection = 'none' | 'www' | 'non-www';

/** Whether RunCloud serves the `www.` name too, and which form redirects to the other. */
export type Serving = { readonly www: boolean; readonly redirection: Redirection };

/**
 * A domain object of the web application as RunCloud shows it. Only `id` and `name` are certain: early API v2 gave no more.
 * Values that RunCloud does not document are kept as they came and decide nothing.
 */
export type ActualDomain = {
  readonly id: number;
  /** A `HostName` where it parses as one. Anything else (`*.shop.example`) is kept in lower case as it came. */
  readonly name: string;
  readonly type: string | undefined;
  readonly www: boolean | undefined;
  readonly redirection: string | undefined;
  readonly wildcard: boolean;
};

/** `network.example` for the object that serves `*.network.example`. RunCloud writes the star, or sets a flag. */
export function wildcardSuffix(domain: ActualDomain): string | undefined {
  if (domain.name.startsWith('*.')) return domain.name.slice(2);
  return domain.wildcard ? domain.name : undefined;
}

/** Whether the object stands for the `www.` name by itself. */
export function isWwwAlone({ name }: ActualDomain, domain: string): boolean {
  return name === `www.${domain}`;
}

/** The names that its certificate must hold, its own first. None for a wildcard: no single name stands for it. */
export function namesServed(domain: ActualDomain): readonly string[] {
  if (wildcardSuffix(domain) !== undefined) return [];
  return domain.www ? [domain.name, `www.${domain.name}`] : [domain.name];
}

/** A position that no list has: nothing is read there, and a typed array keeps nothing there. */
const NOWHERE = -1;

/**
 * RunCloud's list, by domain. An object named `www.shop.example` serves the domain `shop.example` where that has no object of
 * its own. Built for every event, so it holds positions instead of copies.
 */
export class ActualIndex {
  readonly #list: readonly ActualDomain[];
  readonly #byName = new Map<string, number>();
  readonly #byWww = new Map<string, number>();
  readonly #taken: Uint8Array;

  /** Of two objects with one name the last counts. */
  constructor(list: readonly ActualDomain[]) {
    this.#list = list;
    this.#taken = new Uint8Array(list.length);
    for (let position = 0; position < list.length; position++) {
      const { name } = list[position] as ActualDomain;
      this.#byName.set(name, position);
      if (name.startsWith('www.')) this.#byWww.set(name.slice(4), position);
    }
  }

  /** The object that serves the domain, named as the domain or, failing that, as its `www.` name. */
  find(domain: string): ActualDomain | undefined {
    return this.#list[this.#positionOf(domain)];
  }

  /** The separate `www.` object that stands beside the domain's own one. */
  apart(domain: string): ActualDomain | undefined {
    return this.#list[this.#positionApart(domain)];
  }

  /** Finds as `find` does, and counts the object as taken. */
  take(domain: string): ActualDomain | undefined {
    const position = this.#positionOf(domain);
    this.#taken[position] = 1;
    return this.#list[position];
  }

  /** Finds as `apart` does, and counts the object as taken where `isTaken` says so. */
  takeApart(domain: string, isTaken: (object: ActualDomain) => boolean): ActualDomain | undefined {
    const position = this.#positionApart(domain);
    const found = this.#list[position];
    if (found && isTaken(found)) this.#taken[position] = 1;
    return found;
  }

  /** The objects that no record and no mapping stands for. */
  untaken(): ActualDomain[] {
    return this.#list.filter((_, position) => this.#taken[position] === 0);
  }

  #positionApart(domain: string): number {
    return (this.#byName.has(domain) ? this.#byWww.get(domain) : undefined) ?? NOWHERE;
  }

  #positionOf(domain: string): number {
    return this.#byName.get(domain) ?? this.#byWww.get(domain) ?? NOWHERE;
  }
}
