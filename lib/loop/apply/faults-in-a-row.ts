import type { RunCloudFault } from '../../runcloud/error.ts';

type Fault = RunCloudFault | 'in-between';

// One domain about which RunCloud cannot be asked keeps no other one waiting.
const MOST = 3;

/** So many domains with the same fault in a row, and it concerns all. */
export class FaultsInARow {
  #fault: Fault | undefined;
  #count = 0;

  concernsAll(fault: Fault): boolean {
    this.#count = fault === this.#fault ? this.#count + 1 : 1;
    this.#fault = fault;
    return this.#count >= MOST;
  }

  end(): void {
    this.#fault = undefined;
  }
}
