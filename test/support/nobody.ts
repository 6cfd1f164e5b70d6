/**
 * Settings for tests that use the real clients of DNS and TLS and are about something else: they ask this machine, on
 * ports where nobody listens. The stand-in RunCloud names the address that goes with them.
 */
export const NOBODY = { DNS_SERVERS: '127.0.0.1:9', TLS_PORT: '9' } as const;

/** Option of the stand-in RunCloud. */
export const HERE = { address: '127.0.0.1' } as const;
