/** @example quantity(1, 'domain') is `1 domain`, quantity(2, 'domain') is `2 domains`. Knows plurals in -s alone. */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
