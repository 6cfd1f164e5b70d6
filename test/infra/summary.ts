/** `npm run evaluate -- --stage production`: what a deployment of this stage would consist of. Nothing is deployed. */
import { OPTIONS } from '../../infra/options.ts';
import { messageOf } from '../../lib/util/log.ts';
import { readArguments } from '../../local/help.ts';
import { type Evaluation, evaluate, removePackages } from './evaluation.ts';
import { complaints } from './limits.ts';
import { makePlatform } from './platform.ts';

const HELP = `npm run evaluate -- --stage <stage>

Shows what a deployment of this stage would consist of: the functions and their
sizes, what is made in AWS, what is printed at the end, and what AWS would
refuse. Nothing is deployed, and no account is used. The options of a deployment
(docs/aws.md) are taken from the environment. The stage is "dev" if none is
named.
`;

const { stage = 'dev' } = readArguments(HELP, { stage: { type: 'string' } });
const made = await makePlatform();
if (!made.ok) {
  process.stderr.write(`Nothing is evaluated: SST's platform could not be made (${made.why}).\n`);
  process.exit(1);
}
const options = Object.fromEntries(OPTIONS.map((name) => [name, process.env[name] ?? '']));

try {
  const evaluation = await evaluate(stage, { options });
  const refused = complaints(evaluation.resources);
  process.stdout.write(summaryOf(evaluation, refused));
  process.exitCode = refused.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  removePackages();
}

function summaryOf({ functions, resources, outputs, warnings }: Evaluation, refused: readonly string[]): string {
  const kinds = [...Map.groupBy(resources, ({ type }) => type)].sort();
  const lines = [
    `Evaluated, not deployed: stage ${stage}`,
    '',
    ...Object.values(functions).map(
      ({ source, bytes, startBytes }) => `${source}: ${bytes} bytes, of which ${startBytes} are read at the start`,
    ),
    '',
    ...kinds.map(([type, made]) => `${`${made.length}`.padStart(4)}  ${type}: ${namesOf(made).join(', ')}`),
    '',
    ...Object.entries(outputs).map(([name, value]) => `${name}: ${value}`),
    '',
    ...(warnings === '' ? [] : [warnings]),
    ...(refused.length === 0 ? ['No limit of AWS is overstepped.'] : refused),
  ];
  return `${lines.join('\n')}\n`;
}

function namesOf(resources: Evaluation['resources']): readonly string[] {
  return resources.map(({ id }) => id).toSorted();
}
