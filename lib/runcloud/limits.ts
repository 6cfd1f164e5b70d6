/**
 * What stands between a request and RunCloud: the rate limit (rate-limit.ts), a pause that a 429 asked for, and the end of the month's calls
 * (core/quota/blocked.ts). One of these for each client.
 */
import type { Rate } from '../core/plan/duration.ts';
import { BLOCK_TRIED_EVERY_MS, type Block, looksBlocked, type Situation } from '../core/quota/blocked.ts';
import { iso } from '../core/values/time.ts';
import type { Clock } from '../util/clock.ts';
import { isJsonObject, type Method, type Received } from './answer.ts';
import { kindOf } from './call-meter.ts';
import type { RunCloudError } from './error.ts';
import { blocked, limitedUntil, type QuietBy } from './out-of-time.ts';
import {
  type Answer,
  afterAnswer,
  afterSending,
  afterSilence,
  type Budget,
  freshBudget,
  nextSlot,
  presentBudget,
  type SentRequest,
} from './rate-limit.ts';

/** What the ledger keeps of it from process to process. */
export type RememberedLimits = {
  /** Epoch ms, or 0. */
  readonly quietUntil: number;
  readonly block: Block | undefined;
  readonly situation: Situation;
};

export class Limits {
  readonly #clock: Clock;
  #budget: Budget = freshBudget(0);
  #quietBy: QuietBy = 'RunCloud';
  #situation: Situation = { share: 0, hasWorked: false };
  #block: Block | undefined;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** RunCloud's own 429s in a row. */
  #limited = { count: 0, since: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** End of the pause that a 429 asked for (epoch ms; 0 if none did). */
  get quietUntil(): number {
    return presentBudget(this.#budget, this.#clock.now()).quietUntil;
  }

  get quietBy(): QuietBy {
    return this.#quietBy;
  }

  /** Set while RunCloud refuses every call. */
  get block(): Block | undefined {
    return this.#block;
  }

  /** Why nothing can be asked now, where RunCloud refuses every call. */
  get blockError(): RunCloudError | undefined {
    return this.#block && limitedUntil(this.quietUntil, 'quota');
  }

  /** Nothing is sent before the end of a remembered pause, and `block` says whether that was because of the quota. */
  recall({ quietUntil, block, situation }: RememberedLimits): void {
    this.#situation = situation;
    this.#block = block;
    if (quietUntil <= this.quietUntil) return;
    this.#budget = { ...this.#budget, quietUntil };
    this.#quietBy = block ? 'quota' : 'RunCloud';
  }

  /** As far as it is known by now: announced and learned, or assumed. */
  get rate(): Rate {
    return { requests: this.#budget.limit, windowMs: this.#budget.length };
  }

  /** Earliest time for the next request (epoch ms). */
  nextSlot(): number {
    return nextSlot(this.#budget, this.#clock.now());
  }

  /** Whether a pause, and not the rate alone, lasts until then (epoch ms). */
  isQuietUntil(moment: number): boolean {
    return this.#budget.quietUntil >= moment;
  }

  quietError(moment: number): RunCloudError {
    return limitedUntil(moment, this.#quietBy);
  }

  sending(): SentRequest {
    const at = this.#clock.now();
    this.#budget = afterSending(this.#budget, at);
    return { nth: this.#budget.sentCount, at };
  }

  /** Takes in the headers. `endedBy` takes in a 429 once its body is there. */
  heard(answer: Answer, request: SentRequest): { readonly endedBy: (text: string) => void } {
    const now = this.#clock.now();
    const ofRunCloud = afterAnswer(this.#budget, answer, request, now);
    // RunCloud answers in JSON alone. Until then a 429 may be a firewall's page, which may name a day.
    const believed = answer.status === 429 ? { ...answer, headers: {} } : answer;
    this.#budget = afterAnswer(this.#budget, believed, request, now);
    return {
      endedBy: (text) => {
        if (answer.status !== 429) return;
        this.#quietBy = isJsonObject(text) ? 'RunCloud' : 'in-between';
        // Others may have been sent or answered while its body came.
        const { sent, sentCount, underWay } = this.#budget;
        if (this.#quietBy === 'RunCloud') this.#budget = { ...ofRunCloud, sent, sentCount, underWay };
      },
    };
  }

  /** No headers came. */
  silent(request: SentRequest): void {
    this.#budget = afterSilence(this.#budget, request, this.#clock.now());
  }

  /** Begins a pause that is longer than a run where the month's calls seem to be used up. @throws RunCloudError then */
  judge(method: Method, path: string, { status, text, isPauseNamed }: Received): void {
    const read = kindOf(method, path) === 'lists' ? 'list' : 'look';
    const form = isJsonObject(text) ? 'json' : 'other';
    const now = this.#clock.now();
    const { count, since } = this.#countLimited(status, form, now);
    const refusal = {
      status,
      form,
      of: method === 'GET' ? read : 'change',
      takenAgoMs: now - this.#takenAt,
      limited: { count, forMs: now - since, pauseMs: isPauseNamed ? this.quietUntil - now : undefined },
    } as const;
    if (looksBlocked(refusal, this.#situation)) {
      this.#block = { since: this.#block?.since ?? iso(now), status };
      this.#quietBy = 'quota';
      this.#budget = { ...this.#budget, quietUntil: now + BLOCK_TRIED_EVERY_MS };
      throw blocked(status, this.#situation);
    }
    // Whatever else it judges a request by, it takes calls.
    if (form === 'json' && status < 500 && ![401, 403, 429].includes(status)) {
      this.#block = undefined;
      this.#takenAt = now;
    }
  }

  #countLimited(
    status: number,
    form: 'json' | 'other',
    now: number,
  ): { readonly count: number; readonly since: number } {
    const { count, since } = this.#limited;
    if (status !== 429) this.#limited = { count: 0, since: now };
    else if (form === 'json') this.#limited = { count: count + 1, since: count === 0 ? now : since };
    return this.#limited;
  }
}
