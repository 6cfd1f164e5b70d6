/**
 * For questions that are asked at once: all have ended when this does, so that none is still sent after the run, and of several faults the
 * first in the order of the questions is thrown, whichever came first.
 */
export async function allInOrder<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(asked)).map(settledValue);
}

/** @throws the reason of what was rejected */
export function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
