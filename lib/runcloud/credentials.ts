/** What RunCloud knows this service by. */
import { basicPair } from '../util/basic-auth.ts';
import type { Secret } from '../util/secret.ts';

export type Credentials =
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly key: Secret; readonly secret: Secret };

/** The header of that name. */
export function authorization(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token.reveal()}`;
  return `Basic ${basicPair(credentials.key, credentials.secret).reveal()}`;
}

/** Every form in which they go over the wire: none of them may come back in words of RunCloud. */
export function secretsIn(credentials: Credentials): readonly Secret[] {
  if (credentials.kind === 'bearer') return [credentials.token];
  const { key, secret } = credentials;
  return [key, secret, basicPair(key, secret)];
}
