import type { Startup } from '../loop/dependencies.ts';
import { type LambdaEnvironment, loadedWhenNeeded } from './lambda.ts';

/** Takes what is around; returns what opens the world as the environment names it. It throws as `worldOnAws` does. */
export function openDependenciesOnAws(environment: LambdaEnvironment): () => Promise<Startup> {
  return loadedWhenNeeded(async () => {
    const { dependenciesOnAws } = await import('./dependencies.ts');
    return dependenciesOnAws(process.env, environment);
  });
}
