type Reading = { readonly aheadMs: number; next: Reading | undefined };

/**
 * What the dates of a server's answers say of its clock. Runs share a client, and each looks at what was heard since its own beginning.
 * The list holds on to its end alone, so a reading that no run looks at any more is freed.
 */
export class ClockReadings {
  #last: Reading = { aheadMs: 0, next: undefined };
  #latestAheadMs: number | undefined;

  /** By the latest date since a run last began: another run that begins meanwhile has it begin anew. Undefined: no date since. */
  get latestAheadMs(): number | undefined {
    return this.#latestAheadMs;
  }

  /** For a run that begins: this machine's clock may have been set since the last one. */
  beginAnew(): void {
    this.#latestAheadMs = undefined;
  }

  /** `aheadMs`: how far that clock is ahead of this machine's. */
  add(aheadMs: number): void {
    const reading = { aheadMs, next: undefined };
    this.#last.next = reading;
    this.#last = reading;
    this.#latestAheadMs = Math.max(this.#latestAheadMs ?? aheadMs, aheadMs);
  }

  /** Returns a function that gives the readings that came since it was last called, in their order. */
  follow(): () => readonly number[] {
    let seen = this.#last;
    return () => {
      const heard: number[] = [];
      for (; seen.next; seen = seen.next) heard.push(seen.next.aheadMs);
      return heard;
    };
  }
}
