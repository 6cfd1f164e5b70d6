/** @example quantity(1, 'domain') is `1 domain`, quantity(2, 'domain') is `2 domains`. English adds -s to no other word here. */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
