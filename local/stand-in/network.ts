/** A stand-in for a WordPress network with the bridge: it maps and unmaps, and sends signed webhooks. */
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

  /** `url` is the service's address, and `site` the network's REST API, if it has one. */
  constructor(url: string, key: SigningKey, clock: Clock, site?: StandInMultisite) {
    this.#url = url;
    this.#key = key;
    this.#clock = clock;
    this.#site = site;
  }

  /** Resolves to the service's answer to the webhook. */
  async map(domain: string, siteId = 2): Promise<Response> {
    this.#site?.map(domain);
    return this.#send('domain.mapped', domain, siteId);
  }

  /** Maps a domain without a webhook, as the plugin's admin screen does. */
  mapSilently(domain: string): void {
    this.#site?.map(domain);
  }

  /** Resolves to the service's answer to the webhook. */
  async unmap(domain: string, siteId = 2): Promise<Response> {
    this.#site?.unmap(domain);
    return this.#send('domain.unmapped', domain, siteId);
  }

  async #send(type: string, domain: string, siteId: number): Promise<Response> {
    const now = this.#clock.now();
    const body = JSON.stringify({ type, timestamp: iso(now), data: { domain, siteId } });
    return fetch(`${this.#url}/webhooks`, { method: 'POST', headers: signedHeaders(this.#key, body, now), body });
  }
}

/** The headers of a Standard Webhook that is sent at `now` (epoch ms). */
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
