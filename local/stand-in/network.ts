/** A stand-in for a WordPress network: maps and unmaps, and tells the service so with signed webhooks. */
import { randomUUID } from 'node:crypto';
import { iso, SECOND } from '../../lib/core/values/time.ts';
import { type SigningKey, signatureHeader } from '../../lib/intake/signature.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { StandInMultisite } from './multisite.ts';

export class StandInNetwork {
  readonly #url: string;
  readonly #key: SigningKey;
  readonly #clock: Clock;
  readonly #site: StandInMultisite | undefined;

  /** Takes the address of the service, the key it knows, the network's own clock, and its REST API where it has one. */
  constructor(url: string, key: SigningKey, clock: Clock, site?: StandInMultisite) {
    this.#url = url;
    this.#key = key;
    this.#clock = clock;
    this.#site = site;
  }

  /** Maps a domain and tells the service so; returns its answer. */
  async map(domain: string, siteId = 2): Promise<Response> {
    this.#site?.map(domain);
    return this.#tell('domain.mapped', domain, siteId);
  }

  /** Maps a domain, and tells nobody: as the plugin itself does, but for what customers do. */
  mapSilently(domain: string): void {
    this.#site?.map(domain);
  }

  /** Unmaps a domain and tells the service so; returns its answer. */
  async unmap(domain: string, siteId = 2): Promise<Response> {
    this.#site?.unmap(domain);
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
