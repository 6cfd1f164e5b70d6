import type { Startup } from '../loop/dependencies.ts';
import { type LambdaEnvironment, loadedWhenNeeded } from './lambda.ts';

/** `dependenciesOnAws` with the environment of this process, loaded at the first call. */
export function openDependenciesOnAws(environment: LambdaEnvironment): () => Promise<Startup> {
  return loadedWhenNeeded(async () => {
    const { dependenciesOnAws } = await import('./dependencies.ts');
    return dependenciesOnAws(process.env, environment);
  });
}
