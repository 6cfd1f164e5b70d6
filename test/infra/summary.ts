/** `npm run evaluate -- --stage production`: what a deployment of this stage would consist of. Nothing is deployed. */
import { parseArgs } from 'node:util';
import { evaluate, removePackages } from './evaluation.ts';
import { complaints } from './limits.ts';

const { values } = parseArgs({ options: { stage: { type: 'string', default: 'dev' } } });
const { ALARM_EMAIL = '', OUTGOING_ADDRESS = '', SECRET_ARN = '' } = process.env;
const evaluation = await evaluate(values.stage, { ALARM_EMAIL, OUTGOING_ADDRESS, SECRET_ARN });
const lines = [`Evaluated, not deployed: stage ${values.stage}`, ''];

for (const { source, entryBytes, bytes } of Object.values(evaluation.functions)) {
  lines.push(`${source}: ${bytes} bytes, of which ${entryBytes} are read at the start`);
}
lines.push('');
const counts = Map.groupBy(evaluation.resources, ({ type }) => type);
for (const [type, { length }] of [...counts].sort()) lines.push(`${`${length}`.padStart(4)}  ${type}`);
lines.push('', ...Object.entries(evaluation.outputs).map(([name, value]) => `${name}: ${value}`));
const refused = complaints(evaluation.resources);
lines.push('', refused.length === 0 ? 'No limit of AWS is overstepped.' : refused.join('\n'));

process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = refused.length === 0 ? 0 : 1;
removePackages();
