/** A domain of the stand-in for RunCloud, what it serves, and how answers show it. */

export type StandInDomain = {
  id: number;
  name: string;
  type: 'primary' | 'alias';
  www: boolean;
  redirection: string;
  wildcard: boolean;
  createdAt: number;
  /** From when on the list shows it. */
  listedAt: number;
};

/** A body that is undefined is an empty one. */
export type StandInAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
};

/** Takes a domain and a host name; returns whether that is served by it. */
export function serves({ name, www, wildcard }: StandInDomain, asked: string): boolean {
  if (asked === name || (www && asked === `www.${name}`)) return true;
  return wildcard && asked.endsWith(name.replace(/^\*?\.?/, '.'));
}

/** Takes a domain, and how far the zone of its date is ahead of UTC (ms); returns it as answers have it: flags as numbers. */
export function show({ id, name, type, www, redirection, wildcard, createdAt }: StandInDomain): object {
  return {
    id,
    name,
    type,
    www: www ? 1 : 0,
    redirection,
    wildcard: wildcard ? 1 : 0,
    dns_integration: 'none',
    status: null,
    created_at: new Date(createdAt).toISOString().slice(0, 19).replace('T', ' '),
  };
}
