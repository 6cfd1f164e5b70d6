/**
 * The one name that RunCloud's refusal is about. A served name elsewhere in the text may be anything: where a redirect ended, or the
 * web application's own name.
 */

const NAME = String.raw`"?([a-z\d-]+(?:\.[a-z\d-]+)+)`;

/**
 * Where an ACME client says whose problem follows: lego, certbot, and older versions of that. These alone count where there are any, for the
 * text of the problem may name others.
 */
const LABELS = [
  String.raw`\[${NAME}\] acme:`,
  String.raw`domain:\s+${NAME}[\s,;]+type:`,
  String.raw`${NAME} \((?:http|dns|tls-alpn)-01\):`,
].map(global);

/**
 * Where a name stands for the one that could not be certified, after Boulder's sentences. A CAA record is found at the name or at one above
 * it, so what comes after `processing CAA for` is left out. The address of a challenge is none of these: Boulder names the one where the
 * redirects ended, and that may be another customer's (va/http.go, the last of `records`).
 */
const PHRASES = [
  `cannot issue for ${NAME}`,
  String.raw`processing caa for ${NAME}(?:\S* caa record for \S+)?`,
  `caa record for ${NAME}`,
  `incorrect validation [^.;]{0,80}? for ${NAME}`,
  String.raw`failed authorizations \(\d+\) for ${NAME}`,
  // A problem of its own for each name, first of all or after another.
  String.raw`(?:^|^status \d+: |[;,[{\n]\s*)${NAME}"?:(?!\d)`,
].map(global);

/** The same, unless something was reached before: then it is where a redirect led that has no address. */
const LOOKUPS = [`looking up (?:a|aaaa|caa) for ${NAME}`, `no valid (?:a|aaaa|ip) \\w+ found for ${NAME}`].map(global);

/** Boulder puts the address that it used before the problem. */
const REACHED = /(?:\b\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\]): |fetching https?:/;

/** Undefined: the refusal names none of these, or several, so that nobody knows which one it was. */
export function blamedIn(says: string, names: readonly string[]): string | undefined {
  if (names.length < 2) return undefined;
  const text = says.toLowerCase();
  const labelled = found(text, LABELS);
  if (labelled.size > 0) return onlyOf(labelled, names);
  const [before = ''] = text.split(REACHED, 1);
  return onlyOf(
    new Set([...found(text, PHRASES), ...found(before, LOOKUPS)].filter((name) => names.includes(name))),
    names,
  );
}

/** What one phrase has found is not there for the next. */
function found(text: string, phrases: readonly RegExp[]): Set<string> {
  let rest = text;
  const names = new Set<string>();
  for (const phrase of phrases) {
    for (const [, name = ''] of rest.matchAll(phrase)) names.add(name);
    rest = rest.replace(phrase, ' ');
  }
  return names;
}

function onlyOf(found: ReadonlySet<string>, names: readonly string[]): string | undefined {
  const [first, ...others] = found;
  return others.length === 0 && first !== undefined && names.includes(first) ? first : undefined;
}

function global(phrase: string): RegExp {
  return new RegExp(phrase, 'g');
}
