/** Before the tests: makes SST's platform, so that the deployment can be evaluated. Half a minute, once per clone. */
import { makePlatform } from './platform.ts';

export default async function setup(): Promise<void> {
  const made = await makePlatform();
  if (made.ok) return;
  const line = `The deployment is not evaluated, and its tests are skipped: SST's platform could not be made (${made.why}).`;
  // Where nobody reads along, a skipped test would pass for a passed one.
  if (process.env['CI']) throw new Error(line);
  process.stdout.write(`${line}\n`);
}
