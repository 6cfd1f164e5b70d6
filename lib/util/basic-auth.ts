import { Secret } from './secret.ts';

/** What HTTP Basic sends behind its word (RFC 7617). It gives both away, so it is a secret too. */
export function basicPair(key: Secret, secret: Secret): Secret {
  return new Secret(Buffer.from(`${key.reveal()}:${secret.reveal()}`).toString('base64'));
}
