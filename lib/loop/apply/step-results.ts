import type { Hold } from '../../core/plan/hold.ts';
import type { Done, Failed } from './context.ts';
import type { ProgressReporter } from './progress.ts';

/** What the steps of a run came to so far. Each outcome is told on. */
export class StepResults {
  readonly done: Done[] = [];
  readonly held: Hold[] = [];
  readonly failed: Failed[] = [];
  readonly #reporter: ProgressReporter;
  /** Steps that neither are done nor will be by a run that goes on with this one's work. */
  #left = 0;

  constructor(reporter: ProgressReporter) {
    this.#reporter = reporter;
  }

  finish(done: Done): void {
    this.done.push(done);
    this.#report();
  }

  fail(failed: Failed): void {
    this.failed.push(failed);
    this.#left += 1;
    this.#report();
  }

  hold(hold: Hold): void {
    this.held.push(hold);
    if (hold.code === 'stopped') return;
    this.#left += 1;
    this.#report();
  }

  #report(): void {
    this.#reporter.report(this.done.length, this.#left);
  }
}
