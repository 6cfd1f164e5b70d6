/** @example quantity(1, 'domain') is `1 domain`, quantity(2, 'domain') is `2 domains`. Knows plurals in -s alone. */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const SHOWN = 5;

/**
 * A list that comes from outside may have thousands of entries, and stands in a sentence.
 *
 * @example listOf(['a', 'b']) is `a, b`. Of 1,500 entries it names five `and 1,495 more`.
 */
export function listOf(items: readonly string[], most = SHOWN): string {
  const rest = items.length - most;
  const shown = items.slice(0, most).join(', ');
  return rest > 0 ? `${shown} and ${String(rest).replace(/\B(?=(?:\d{3})+$)/g, ',')} more` : shown;
}

/**
 * Replaces what a terminal obeys and a reader does not see: control characters (C0, DEL, and C1, U+0080 to U+009F, whose U+009B
 * begins a command as ESC does), other line ends, and format characters that turn text around. The two joiners stay: words need them.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}

const UNPRINTABLE = /(?:[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200C\u200D])\p{Cf})+/gu;

/** A value from outside, to be quoted in a sentence: printable, and cut where it is longer. */
export function shorten(text: string, most: number): string {
  const shown = printable(text);
  return shown.length > most ? `${shown.slice(0, most).toWellFormed()}…` : shown;
}
