/**
 * The AWS adapters, loaded when they are first needed: the SDK alone takes 40 ms of a function's start, and 50 ms with the
 * Public Suffix List, which a request that is refused at once need not wait for.
 */
import { type Clock, systemClock } from '../clock.ts';
import type { Intake } from '../intake/receive.ts';
import { jsonLog, type Log, writeLine } from '../log.ts';
import type { Opening } from '../loop/world.ts';

/** What the adapters find around them: the time, and where words and figures go. */
export type Surroundings = { readonly clock: Clock; readonly log: Log; readonly write: (line: string) => void };

/** Returns what a function finds around it on Lambda. */
export function onLambda(): Surroundings {
  return { clock: systemClock, log: jsonLog(systemClock, writeLine), write: writeLine };
}

/** Takes what is around; returns what opens the way in. It throws as `intakeOnAws` does. */
export function openIntakeOnAws(surroundings: Surroundings): () => Promise<Intake> {
  return opener(async () => (await import('./intake.ts')).intakeOnAws(process.env, surroundings));
}

/** Takes what is around; returns what opens the world. It throws as `worldOnAws` does. */
export function openWorldOnAws(surroundings: Surroundings): () => Promise<Opening> {
  return opener(async () => (await import('./world.ts')).worldOnAws(process.env, surroundings));
}

function opener<T>(load: () => Promise<() => Promise<T>>): () => Promise<T> {
  let loaded: Promise<() => Promise<T>> | undefined;
  return async () => {
    loaded ??= load();
    return (await loaded)();
  };
}
