/** How a domain is served when it is added: with `www` or without, as its name and public DNS say. */
import { type HostName, isRegistrable } from '../core/host-name.ts';
import type { Serving } from '../core/record.ts';
import { DAY, epoch, iso } from '../core/time.ts';
import { pointsHere, redirectionFor, type WwwWhenAdded } from '../core/www.ts';
import type { Hands } from './apply.ts';

// A server keeps its address for years; asking once a day is enough to notice a move.
const ADDRESS_KEPT_MS = DAY;

/** Chooses for one run, and asks for the address of the server at most once. */
export class ServingChooser {
  readonly #hands: Pick<Hands, 'world' | 'reader' | 'lease'>;
  #address: Promise<string> | undefined;

  constructor(hands: Pick<Hands, 'world' | 'reader' | 'lease'>) {
    this.#hands = hands;
  }

  /** Takes a domain and what the plan says of its `www`; returns what to ask RunCloud for. Throws RunCloudError. */
  async choose(domain: HostName, wanted: WwwWhenAdded): Promise<Serving> {
    const www = wanted === 'yes' || (wanted === 'auto' && (await this.#wwwPointsHere(domain)));
    return { www, redirection: redirectionFor(www) };
  }

  /** Not knowing is no: `www` can be added later, while one that leads elsewhere does harm now. */
  async #wwwPointsHere(domain: HostName): Promise<boolean> {
    if (!isRegistrable(domain)) return false;
    const answers = await this.#hands.world.dns.addressesOf(`www.${domain}`);
    if (!answers.some((answer) => answer.kind === 'answered' && answer.ipv4.length + answer.ipv6.length > 0))
      return false;
    this.#address ??= this.#serverAddress();
    return pointsHere(answers, await this.#address);
  }

  async #serverAddress(): Promise<string> {
    const { lease, reader, world } = this.#hands;
    const known = lease.notes.server;
    const now = world.clock.now();
    if (known && epoch(known.readAt) > now - ADDRESS_KEPT_MS) return known.address;
    const address = await reader.serverAddress();
    lease.note({ server: { address, readAt: iso(now) } });
    return address;
  }
}
