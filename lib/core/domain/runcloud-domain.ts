/** Domain objects of the web application, as RunCloud shows them. */

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
};

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
