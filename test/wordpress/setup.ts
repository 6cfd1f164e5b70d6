/** Before the tests: says whether the bridge is among what is tested. */
import { missingParts } from './parts.ts';

export default function setup(): void {
  const missing = missingParts();
  if (missing === undefined) return;
  const line = `The WordPress bridge is not tested here, because this is missing: ${missing}. On Debian: apt-get install --no-install-recommends wordpress php-cli php-mysql mariadb-server`;
  // Where nobody reads along, a skipped test would pass for a passed one. Whoever leaves it out has to say so.
  if (process.env['CI'] && process.env['WITHOUT_WORDPRESS'] !== '1') throw new Error(line);
  process.stdout.write(`${line}\n`);
}
