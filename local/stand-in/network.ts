/** A stand-in for a WordPress network: maps and unmaps, and tells the service so with signed webhooks. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { iso, SECOND } from '../../lib/core/time.ts';
import { type SigningKey, signatureHeader } from '../../lib/intake/signature.ts';

export class StandInNetwork {
  readonly #url: string;
  readonly #key: SigningKey;
  readonly #clock: Clock;

  /** Takes the address of the service, the key it knows, and the network's own clock. */
  constructor(url: string, key: SigningKey, clock: Clock) {
    this.#url = url;
    this.#key = key;
    this.#clock = clock;
  }

  /** Tells the service that a domain was mapped; returns its answer. */
  async map(domain: string, siteId = 2): Promise<Response> {
    return this.#tell('domain.mapped', domain, siteId);
  }

  /** Tells the service that a domain was unmapped; returns its answer. */
  async unmap(domain: string, siteId = 2): Promise<Response> {
    return this.#tell('domain.unmapped', domain, siteId);
  }

  async #tell(type: string, domain: string, siteId: number): Promise<Response> {
    const now = this.#clock.now();
    const body = JSON.stringify({ type, timestamp: iso(now), data: { domain, siteId } });
    return fetch(`${this.#url}/webhooks`, { method: 'POST', headers: signedHeaders(this.#key, body, now), body });
  }
}

/** Takes a key, the body and when it is sent (ms); returns the headers of a Standard Webhook. */
export function signedHeaders(
  key: SigningKey,
  body: string,
  now: number,
  id = `msg_${randomUUID()}`,
): Record<string, string> {
  const timestamp = String(Math.floor(now / SECOND));
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatureHeader(key, id, timestamp, Buffer.from(body)),
  };
}
