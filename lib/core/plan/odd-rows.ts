/**
 * Rows of the network's lists that are not understood: a name that is no host name, a flag that is neither 1 nor 0. Such a row stops
 * nothing but what it may itself stand for. Those domains count as listed, so none of them goes for want of being listed.
 */
import { type HostName, isSubdomain, parseMapping } from '../values/host-name.ts';

export type OddRow = {
  /** Which row it is and what is wrong with it, without a full stop: `mapping 7: "a b" has a space in it`. */
  readonly what: string;
  readonly standsFor: Names;
};

export type Names = {
  readonly domains: readonly HostName[];
  /** Any name below these. */
  readonly below: readonly HostName[];
};

/** The odd row that may stand for the domain. */
export function oddRowFor(domain: HostName, rows: readonly OddRow[]): OddRow | undefined {
  return rows.find(
    ({ standsFor: { domains, below } }) =>
      domains.includes(domain) || below.some((suffix) => isSubdomain(domain, suffix)),
  );
}

/**
 * Host names that somebody may have meant who typed this.
 *
 * @example 'https://shop.example:8080/a' means `shop.example`; '*.shop.example' means every name below it too. 'my_shop.example' means
 * none: no such name can be on RunCloud.
 */
export function namesMeantBy(text: string): Names {
  const words = text.replace(/\p{Cf}/gu, '').split(/[^\p{L}\p{M}\p{N}._-]+/u);
  const domains = words.flatMap((word) => {
    const parsed = parseMapping(word.replace(/^[.]+|[.]+$/g, '').replace(/^(www\.)+/i, ''));
    return parsed.ok ? [parsed.domain] : [];
  });
  return { domains, below: text.includes('*') ? domains : [] };
}

const SHOWN = 3;

/** A sentence about all of them, for people. Undefined: there is none. */
export function describeOddRows(rows: readonly OddRow[]): string | undefined {
  if (rows.length === 0) return undefined;
  const shown = rows.slice(0, SHOWN).map(({ what }) => what);
  const more = rows.length > SHOWN ? `; and ${rows.length - SHOWN} more` : '';
  const which =
    rows.length === 1
      ? "A row of the network's lists is not understood, and what it may stand for is left alone"
      : `${rows.length} rows of the network's lists are not understood, and what they may stand for is left alone`;
  return `${which}: ${shown.join('; ')}${more}.`;
}
