/**
 * The AWS adapters, loaded when they are first needed: the SDK alone takes 40 ms of a function's start, and 50 ms with the
 * Public Suffix List, which a request that is refused at once need not wait for.
 */
import type { Clock } from '../clock.ts';
import type { Intake } from '../intake/receive.ts';
import type { Log } from '../log.ts';
import type { Opening } from '../loop/world.ts';

type Surroundings = { readonly clock: Clock; readonly log: Log };

/** Takes the clock and the log; returns what opens the way in. It throws as `intakeOnAws` does. */
export function openIntakeOnAws(surroundings: Surroundings): () => Promise<Intake> {
  return opener(async () => (await import('./intake.ts')).intakeOnAws(process.env, surroundings));
}

/** Takes the clock and the log; returns what opens the world. It throws as `worldOnAws` does. */
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
