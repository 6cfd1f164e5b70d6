/** Text for people, wrapped at words. */
import { wrapAnsi } from 'fast-wrap-ansi';

/** What every terminal shows without breaking a word. */
export const COLUMNS = 80;

/** What stands in front of a line stays in front of it: an indent, the mark of a list, the number of a chapter. */
const LEAD = /^ *(?:- |\d+\. )?/;

/**
 * Wraps each line at words; what follows goes below where the text of its line begins. A word that is longer than a line stays whole,
 * so that an address can still be copied.
 */
export function wrap(text: string, columns = COLUMNS): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');
}

function wrapLine(line: string, columns: number): string {
  if (line.length <= columns) return line;
  const [lead = ''] = LEAD.exec(line) ?? [];
  const below = `\n${' '.repeat(lead.length)}`;
  return lead + wrapAnsi(line.slice(lead.length), columns - lead.length).replaceAll('\n', below);
}
