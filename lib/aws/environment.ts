/** The name of an AWS resource, as the deployment gave it to the function. @throws Error if the deployment did not */
export function resourceName(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new Error(`The environment variable ${name} is not set. The deployment sets it: deploy again.`);
}
