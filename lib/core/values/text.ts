/** Words around numbers. */

/** Takes a count and a noun; returns both, in the plural where it is one. */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
