/** Names of AWS resources, which the deployment gives each function in its environment. */

/** Takes the environment and a name; returns its value. Throws Error where the function was deployed without it. */
export function resourceName(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new Error(`The environment variable ${name} is not set. The deployment sets it: deploy again.`);
}
