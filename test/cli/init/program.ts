/** `mrc init` as a process of its own. */
import { runInit } from '../../../cli/init/wizard.ts';

process.exitCode = await runInit(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  folder: process.cwd(),
});
