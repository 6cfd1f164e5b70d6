/** What a function finds around it on Lambda, and how it comes by the AWS adapters. */
import { type Clock, systemClock } from '../util/clock.ts';
import { jsonLog, type Log, writeLine } from '../util/log.ts';

/** The time, and where words and figures go. */
export type LambdaEnvironment = { readonly clock: Clock; readonly log: Log; readonly write: (line: string) => void };

/** Returns what is around on Lambda. */
export function lambdaEnvironment(): LambdaEnvironment {
  return { clock: systemClock, log: jsonLog(systemClock, writeLine), write: writeLine };
}

/**
 * Takes what loads an opener; returns an opener that loads it when it is first called, and once. The AWS SDK alone takes
 * 40 ms of a function's start, which a request that is refused at once need not wait for.
 */
export function loadedWhenNeeded<T>(load: () => Promise<() => Promise<T>>): () => Promise<T> {
  let loaded: Promise<() => Promise<T>> | undefined;
  return async () => {
    loaded ??= load();
    return (await loaded)();
  };
}
