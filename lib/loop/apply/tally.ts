import type { Hold } from '../../core/plan/hold.ts';
import type { Done, Failed } from './context.ts';
import type { Teller } from './progress.ts';

/** What the steps of a run came to so far. Each outcome is told on. */
export class Tally {
  readonly done: Done[] = [];
  readonly held: Hold[] = [];
  readonly failed: Failed[] = [];
  readonly #teller: Teller;
  /** Steps that neither are done nor will be by a run that goes on with this one's work. */
  #left = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  finish(done: Done): void {
    this.done.push(done);
    this.#tell();
  }

  fail(failed: Failed): void {
    this.failed.push(failed);
    this.#left += 1;
    this.#tell();
  }

  hold(hold: Hold): void {
    this.held.push(hold);
    if (hold.code === 'stopped') return;
    this.#left += 1;
    this.#tell();
  }

  #tell(): void {
    this.#teller.tell(this.done.length, this.#left);
  }
}
