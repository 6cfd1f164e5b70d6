/**
 * The one name that RunCloud's refusal is about. A served name elsewhere in the text may be anything: where a redirect ended, or the
 * web application's own name.
 */

const NAME = String.raw`"?([a-z\d-]+(?:\.[a-z\d-]+)+)`;

/**
 * Where a name stands for the one that could not be certified, after Boulder's sentences. A CAA record is found at the name or at one above
 * it, so what comes after `processing CAA for` is left out.
 */
const PHRASES = [
  `cannot issue for ${NAME}`,
  String.raw`processing caa for ${NAME}(?:\S* caa record for \S+)?`,
  `caa record for ${NAME}`,
  `looking up (?:a|aaaa|caa) for ${NAME}`,
  `no valid (?:a|aaaa|ip) \\w+ found for ${NAME}`,
  `incorrect validation [^.;]{0,80}? for ${NAME}`,
  String.raw`failed authorizations \(\d+\) for ${NAME}`,
  String.raw`http://${NAME}(?::\d+)?/\.well-known/acme-challenge/`,
  // A problem of its own for each name, first of all or after another.
  String.raw`(?:^|^status \d+: |[;,[{\n]\s*)${NAME}"?:(?!\d)`,
].map((phrase) => new RegExp(phrase, 'g'));

/** Undefined: the refusal names none of these, or several, so that nobody knows which one it was. */
export function blamedIn(says: string, names: readonly string[]): string | undefined {
  if (names.length < 2) return undefined;
  let rest = says.toLowerCase();
  const found = new Set<string>();
  for (const phrase of PHRASES) {
    for (const [, name] of rest.matchAll(phrase)) if (name !== undefined && names.includes(name)) found.add(name);
    rest = rest.replace(phrase, ' ');
  }
  const [first, ...others] = found;
  return others.length === 0 ? first : undefined;
}
