/** Settings that nobody reads, because their name is another than those that are known. */

export type GivenNames = {
  readonly names: readonly string[];
  /** `settings`: a file or a secret for this service alone. `environment`: it has names of all programs. */
  readonly from: 'settings' | 'environment';
};

/** Near one of ours by chance: systemd sets it for services that report to it. */
const FOREIGN: ReadonlySet<string> = new Set(['NOTIFY_SOCKET']);

/** What others hardly begin a name of theirs with. */
const PREFIXES = ['WU_RUNCLOUD_', 'RUNCLOUD_', 'MULTISITE_', 'WEBHOOK_', 'BRAKE_'];

/** A sentence for each name, with the known one that is nearest. Values are never part of it. */
export function warnOfUnknown({ names, from }: GivenNames, known: readonly string[]): string[] {
  return names
    .filter((name) => !known.includes(name) && (from === 'settings' || isMeantForUs(name, known)))
    .map((name) => {
      const nearest = nearestOf(name, known);
      const hint = nearest === undefined ? 'docs/settings.md lists all of them' : `Did you mean ${nearest}?`;
      return `The setting ${printable(name)} is not known, so nothing reads it. ${hint}${nearest === undefined ? '.' : ''}`;
    });
}

function isMeantForUs(name: string, known: readonly string[]): boolean {
  const upper = name.toUpperCase();
  if (FOREIGN.has(upper)) return false;
  if (PREFIXES.some((prefix) => upper.startsWith(prefix))) return true;
  // One letter in six. Below that HOST would be taken for a slip of HOME, and TRACE for one of GRACE.
  return known.some((each) => distance(upper, each) <= Math.floor(each.length / 6));
}

/** A name whose words the other one has comes first: MULTISITE_KEY is MULTISITE_API_KEY. */
function nearestOf(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const words = wordsOf(upper);
  const withWords = known.filter((each) => isWithin(words, wordsOf(each)) || isWithin(wordsOf(each), words));
  const near = known.filter((each) => distance(upper, each) <= Math.max(2, Math.floor(each.length / 3)));
  const candidates = withWords.length > 0 ? withWords : near;
  return candidates.toSorted((a, b) => distance(upper, a) - distance(upper, b))[0];
}

function wordsOf(name: string): ReadonlySet<string> {
  return new Set(name.split(/[^A-Z0-9]+/).filter((word) => word !== ''));
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return some.size > 0 && [...some].every((word) => all.has(word));
}

/** Levenshtein's: how many letters must be put in, taken out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [position, letter] of [...a].entries()) {
    const next = [position + 1];
    for (const [index, other] of [...b].entries()) {
      const [left = 0, above = 0, before = 0] = [next[index], row[index + 1], row[index]];
      next.push(Math.min(left + 1, above + 1, before + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const LONGEST_SHOWN = 60;

/** A value may have come into the place of a name. */
function printable(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && name.length <= LONGEST_SHOWN ? name : 'with a name that is none';
}
