/** Links to the pages of customers, as the settings make them. */
import { type CustomerLink, customerUrl } from '../pages/link.ts';
import { isLoopback, type ReceiverSettings } from './settings.ts';

export type CustomerLinks =
  /** `reach`: whether customers can open them, or this machine alone. */
  | { readonly kind: 'made'; readonly reach: 'public' | 'this machine'; readonly urlOf: (link: CustomerLink) => string }
  /** Nobody knows under which address the service is reached. */
  | { readonly kind: 'no-address' };

/** `ownUrl`: where the service is reached if PUBLIC_URL names no address. */
export function customerLinks(
  { keys: [key], publicUrl }: Pick<ReceiverSettings, 'keys' | 'publicUrl'>,
  ownUrl: () => string | undefined,
): () => CustomerLinks {
  return () => {
    const base = publicUrl ?? ownUrl();
    if (base === undefined || key === undefined) return { kind: 'no-address' };
    const reach = isLoopback(new URL(base)) ? 'this machine' : 'public';
    return { kind: 'made', reach, urlOf: (link) => customerUrl(base, link, key) };
  };
}

/** For whoever passes them on: only those that customers can open. */
export function publicLinks(links: () => CustomerLinks): (link: CustomerLink) => string | undefined {
  return (link) => {
    const made = links();
    return made.kind === 'made' && made.reach === 'public' ? made.urlOf(link) : undefined;
  };
}
