/** `npm run secret`: fills the secrets of a deployed stage. */
import { runWizard } from './wizard.ts';

process.exitCode = await runWizard(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  folder: process.cwd(),
});
