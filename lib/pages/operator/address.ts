/** What the address of the operator's page asks for, and the addresses of its links. */
import { FILTER_STATES, type FilterState } from '../../core/report/state-names.ts';
import { type HostName, parseMapping } from '../../core/values/host-name.ts';

/** Undefined: what is not live, which is what an operator looks for. `all`: whatever its state. */
export type Choice = {
  readonly state: FilterState | 'all' | undefined;
  readonly search: string;
  readonly from: number;
};

export type Asked =
  | { readonly kind: 'overview'; readonly choice: Choice }
  | { readonly kind: 'domain'; readonly domain: HostName }
  /** `why` is a sentence for whoever wrote the address. */
  | { readonly kind: 'fault'; readonly why: string };

export const ROWS_ON_A_PAGE = 50;
const LONGEST_SEARCH = 253;
const KNOWN = ['search', 'state', 'from', 'domain'] as const;

export function readAddress(query: URLSearchParams): Asked {
  for (const name of new Set(query.keys())) {
    if (!KNOWN.some((known) => known === name))
      return fault(`The address has "${name}", which is not known here. Known are ${KNOWN.join(', ')}.`);
    if (query.getAll(name).length > 1) return fault(`The address has "${name}" more than once.`);
  }
  const domain = query.get('domain');
  if (domain !== null) {
    if (query.size > 1)
      return fault('The address has "domain" and something beside it. One domain has its page by itself.');
    const parsed = parseMapping(domain);
    return parsed.ok ? { kind: 'domain', domain: parsed.domain } : fault(`The domain is refused: ${parsed.why}.`);
  }
  const search = (query.get('search') ?? '').trim();
  if (search.length > LONGEST_SEARCH)
    return fault(`The search is longer than ${LONGEST_SEARCH} characters, which no name is.`);
  const state = query.get('state') ?? (search === '' ? undefined : 'all');
  if (state !== undefined && !isState(state))
    return fault(`No state is called "${state}". Known are all, ${FILTER_STATES.join(', ')}.`);
  const from = query.get('from') ?? '0';
  if (!/^\d{1,7}$/.test(from)) return fault(`"from" has to be a whole number, and is "${from}".`);
  return { kind: 'overview', choice: { state, search, from: Number(from) } };
}

export function addressOf({ state, search, from }: Choice): string {
  const query = new URLSearchParams({
    ...(search !== '' && { search }),
    ...(state !== undefined && { state }),
    ...(from > 0 && { from: String(from) }),
  });
  return query.size === 0 ? '/' : `/?${query}`;
}

/** Undefined for an object that has no page, such as `*.shop.example`. */
export function addressOfDomain(name: string): string | undefined {
  const parsed = parseMapping(name);
  return parsed.ok ? `/?${new URLSearchParams({ domain: parsed.domain })}` : undefined;
}

function isState(text: string): text is FilterState | 'all' {
  return text === 'all' || FILTER_STATES.some((state) => state === text);
}

function fault(why: string): Asked {
  return { kind: 'fault', why };
}
