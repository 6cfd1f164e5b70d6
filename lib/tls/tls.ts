/** What the server shows over TLS: a handshake as a visitor's browser makes it, and no request after it. */
import type { Handshake } from '../core/handshake.ts';

export type Tls = {
  /** Takes an IP address and the host name to ask it for; returns what was shown. Never throws. */
  shakeHands(address: string, name: string): Promise<Handshake>;
};
