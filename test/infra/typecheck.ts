/** `npm run typecheck`: the types of everything, with those that SST brings. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readArguments } from '../../local/help.ts';
import { makePlatform, ROOT } from './platform.ts';

const HELP = `npm run typecheck

Checks all types: those of the code and its tests, then those of the deployment
(sst.config.ts and infra/), for which SST's platform is made where it is not
there yet. Nothing is built.
`;

readArguments(HELP);
check();
const made = await makePlatform();
if (!made.ok) {
  process.stderr.write(`SST's platform could not be made (${made.why}): sst.config.ts and infra/ are not checked.\n`);
  process.exit(1);
}
check('-p', 'infra');

/** Ends the process where the types are wrong. */
function check(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
