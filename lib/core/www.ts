/** Whether a domain's `www.` name is served too, and which of the two forms redirects to the other. */
import type { AddressAnswer } from './dns-answer.ts';
import type { NamedAs } from './host-name.ts';
import type { ActualDomain, Redirection, Serving } from './record.ts';

/** `auto`: where the domain is a registrable one and its `www.` name resolves to the server. */
export type WwwSetting = 'auto' | 'always' | 'never';

/** What to ask for when a domain is added: known beforehand, or decided in that moment by the name and by DNS. */
export type WwwWhenAdded = 'yes' | 'no' | 'auto';

/**
 * Takes how a domain was named and the setting; returns what to ask for when it is added. A mapping named
 * `www.shop.example` asks for `www` by its name, whatever the setting: without it nothing is served.
 */
export function wwwWhenAdded(namedAs: NamedAs, setting: WwwSetting): WwwWhenAdded {
  if (namedAs === 'www' || setting === 'always') return 'yes';
  return setting === 'auto' ? 'auto' : 'no';
}

/** Takes whether `www.` is served; returns the redirection: the bare name is the one customers type and see. */
export function redirectionFor(www: boolean): Redirection {
  return www ? 'non-www' : 'none';
}

/**
 * Takes a domain on RunCloud, how it was named and the setting; returns how it should be served where that differs
 * from how it is, else undefined. With `auto` the choice that DNS made when the domain was added stands; a value that
 * RunCloud does not show (early API v2 shows neither) is not compared. A separate `www.` object has no www of its own.
 */
export function servingDiffers(actual: ActualDomain, namedAs: NamedAs, setting: WwwSetting): Serving | undefined {
  // Other types (`redirect`) were made by hand for a purpose, and a change would turn them into an alias.
  if (actual.name.startsWith('www.') || (actual.type !== undefined && actual.type !== 'alias')) return undefined;
  const www = namedAs === 'www' || setting === 'always' ? true : setting === 'never' ? false : actual.www;
  if (www === undefined) return undefined;
  const redirection = redirectionFor(www);
  const wwwDiffers = actual.www !== undefined && actual.www !== www;
  const redirectionDiffers = actual.redirection !== undefined && actual.redirection !== redirection;
  return wwwDiffers || redirectionDiffers ? { www, redirection } : undefined;
}

/**
 * Takes what each resolver said about a name, and the server's address; returns whether the name surely resolves to the
 * server: all of them answered, and none of them with another address. Anything less is no, since one `www.` name that
 * leads elsewhere spoils a certificate (see Let's Encrypt's http-01 challenge).
 */
export function pointsHere(answers: readonly AddressAnswer[], serverAddress: string): boolean {
  return (
    answers.length > 0 &&
    answers.every((answer) => {
      if (answer.kind === 'could-not-ask') return false;
      const addresses = [...answer.ipv4, ...answer.ipv6];
      return addresses.length > 0 && addresses.every((address) => address === serverAddress);
    })
  );
}
