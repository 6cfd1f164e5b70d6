import type { MultisiteOptions, NetworkReply } from '../../local/stand-in/multisite.ts';

/**
 * A page cache in front of the network. It keeps each answer for good and by its address alone: it heeds neither `Cache-Control` nor
 * `Authorization`, sends no `Age`, and dates what it kept as of now. `addressOf` is what it takes for the address.
 */
export function pageCache(addressOf = (path: string): string => path): NonNullable<MultisiteOptions['spoil']> {
  const kept = new Map<string, NetworkReply>();
  return ({ method, path }, right) => {
    if (method !== 'GET') return undefined;
    const address = addressOf(path);
    const reply = kept.get(address) ?? structuredClone(right);
    kept.set(address, reply);
    return reply;
  };
}
