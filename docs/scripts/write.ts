/** `npm run docs`: writes what the documentation takes from the project: the demonstration's story, the rights of whoever deploys. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { readArguments } from '../../local/help.ts';
import { makePlatform } from '../../test/infra/platform.ts';
import { demonstrationStory, withStory } from './demonstration.ts';
import { deployPolicies, evaluateEverything, FOLDER, fileOf, textOf } from './deploy-policy.ts';

const HELP = `npm run docs

Runs the demonstration (a few seconds, no account, no network) and writes its
story into README.md, between the two marks there. Evaluates a deployment and
writes the rights of whoever makes it into docs/aws-deploy-policy. Run it after
a change of what the demonstration or the service says, or of infra/; tests
compare both.
`;

readArguments(HELP);
const readme = resolve(import.meta.dirname, '../../README.md');
update(readme, withStory(readFileSync(readme, 'utf8'), await demonstrationStory()));
const made = await makePlatform();
if (made.ok) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [part, document] of deployPolicies(await evaluateEverything())) update(fileOf(part), textOf(document));
} else {
  process.stderr.write(`docs/aws-deploy-policy stays as it is: SST's platform could not be made (${made.why}).\n`);
  process.exitCode = 1;
}

function update(file: string, text: string): void {
  const isNew = !existsSync(file) || readFileSync(file, 'utf8') !== text;
  if (isNew) writeFileSync(file, text);
  process.stdout.write(`${relative(process.cwd(), file)} ${isNew ? 'was written' : 'is up to date'}.\n`);
}
