import type { Opening } from '../loop/dependencies.ts';
import { loadedWhenNeeded, type Surroundings } from './lambda.ts';

/** Takes what is around; returns what opens the world as the environment names it. It throws as `worldOnAws` does. */
export function openWorldOnAws(surroundings: Surroundings): () => Promise<Opening> {
  return loadedWhenNeeded(async () => {
    const { worldOnAws } = await import('./dependencies.ts');
    return worldOnAws(process.env, surroundings);
  });
}
