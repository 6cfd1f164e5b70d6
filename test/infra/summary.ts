/** `npm run evaluate -- --stage production`: what a deployment of this stage would consist of. Nothing is deployed. */
import { parseArgs } from 'node:util';
import { messageOf } from '../../lib/util/log.ts';
import { type Evaluation, evaluate, removePackages } from './evaluation.ts';
import { complaints } from './limits.ts';

const { values } = parseArgs({ options: { stage: { type: 'string', default: 'dev' } } });
const { ALARM_EMAIL = '', OUTGOING_ADDRESS = '', SECRET_ARN = '' } = process.env;

try {
  const evaluation = await evaluate(values.stage, { ALARM_EMAIL, OUTGOING_ADDRESS, SECRET_ARN });
  const refused = complaints(evaluation.resources);
  process.stdout.write(summaryOf(evaluation, refused));
  process.exitCode = refused.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  removePackages();
}

function summaryOf({ functions, resources, outputs }: Evaluation, refused: readonly string[]): string {
  const kinds = [...Map.groupBy(resources, ({ type }) => type)].sort();
  const lines = [
    `Evaluated, not deployed: stage ${values.stage}`,
    '',
    ...Object.values(functions).map(
      ({ source, bytes, startBytes }) => `${source}: ${bytes} bytes, of which ${startBytes} are read at the start`,
    ),
    '',
    ...kinds.map(([type, { length }]) => `${`${length}`.padStart(4)}  ${type}`),
    '',
    ...Object.entries(outputs).map(([name, value]) => `${name}: ${value}`),
    '',
    ...(refused.length === 0 ? ['No limit of AWS is overstepped.'] : refused),
  ];
  return `${lines.join('\n')}\n`;
}
