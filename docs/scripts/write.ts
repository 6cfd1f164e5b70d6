/** `npm run docs`: writes into README.md what the demonstration prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readArguments } from '../../local/help.ts';
import { demonstrationStory, withStory } from './demonstration.ts';

const HELP = `npm run docs

Runs the demonstration (a few seconds, no account, no network) and writes its
story into README.md, between the two marks there. Run it after a change of what
the demonstration or the service says; a test compares the two.
`;

readArguments(HELP);
const file = resolve(import.meta.dirname, '../../README.md');
const before = readFileSync(file, 'utf8');
const after = withStory(before, await demonstrationStory());
if (after !== before) writeFileSync(file, after);
process.stdout.write(after === before ? 'README.md is up to date.\n' : 'README.md was written.\n');
