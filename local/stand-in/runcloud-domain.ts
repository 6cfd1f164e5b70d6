/** The domain objects of the stand-in for RunCloud. */

export type StandInDomain = {
  id: number;
  name: string;
  type: 'primary' | 'alias';
  www: boolean;
  redirection: string;
  wildcard: boolean;
  createdAt: number;
  /** The list shows it from then on (epoch ms). */
  listedAt: number;
};

/** A body that is undefined is an empty one. */
export type StandInAnswer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
};

export function serves({ name, www, wildcard }: StandInDomain, asked: string): boolean {
  if (asked === name || (www && asked === `www.${name}`)) return true;
  return wildcard && asked.endsWith(name.replace(/^\*?\.?/, '.'));
}

/** As answers have it: flags are numbers, and dates have no zone. */
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
