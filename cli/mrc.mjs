#!/usr/bin/env node
// Plain JavaScript, because an older Node cannot read the rest: it starts the Node that the install brought along.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const brought = fileURLToPath(new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= OLDEST) {
  await import('./start.ts');
} else if (existsSync(brought)) {
  // Ctrl-C is for the program itself, which ends as it sees fit.
  process.on('SIGINT', () => {});
  const { status } = spawnSync(brought, process.argv.slice(1), { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  await import('../local/require-node.mjs');
}
