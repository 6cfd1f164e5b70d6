import { type Clock, systemClock } from '../util/clock.ts';
import { jsonLog, type Log, writeLine } from '../util/log.ts';

/** `write` takes lines of the log, and metrics. */
export type LambdaEnvironment = { readonly clock: Clock; readonly log: Log; readonly write: (line: string) => void };

export function lambdaEnvironment(): LambdaEnvironment {
  return { clock: systemClock, log: jsonLog(systemClock, writeLine), write: writeLine };
}

/**
 * Loads the modules behind an opener at its first call. The AWS SDK alone takes 40 ms, and a request that is refused at
 * once need not wait for it.
 */
export function loadedWhenNeeded<T>(load: () => Promise<() => Promise<T>>): () => Promise<T> {
  let loaded: Promise<() => Promise<T>> | undefined;
  return async () => {
    loaded ??= load();
    return (await loaded)();
  };
}
