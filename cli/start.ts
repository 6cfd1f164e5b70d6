/** `mrc` as a program: hands in this process. */
import { createInterface } from 'node:readline/promises';
import { runMrc, withPort } from './main.ts';
import type { Terminal } from './terminal.ts';

const FOR_PIPES = 80;
const FEWEST_COLUMNS = 40;

const { stdout, stderr, stdin } = process;
const isTerminal = stdout.isTTY === true;
const ended = new AbortController();

/** Whoever reads the output may have enough of it: `mrc status --all | head`. */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') stderr.write(`The output could not be written (${error.code}).\n`);
  // What the command came to nobody saw.
  process.exit(1);
});

const terminal: Terminal = {
  output: stdout,
  errors: stderr,
  columns: isTerminal ? Math.max(FEWEST_COLUMNS, stdout.columns) : FOR_PIPES,
  rows: isTerminal ? stdout.rows : Number.POSITIVE_INFINITY,
  kind: isTerminal && stdin.isTTY === true ? 'terminal' : 'pipe',
  // It obeys NO_COLOR and FORCE_COLOR.
  colours: isTerminal && stdout.hasColors() ? 'on' : 'off',
  confirm: async (question) => {
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} (y/N) `, { signal: ended.signal })).trim());
    } catch {
      stderr.write('\n');
      return false;
    } finally {
      lines.close();
    }
  },
  ended: ended.signal,
};

process.once('SIGINT', () => {
  ended.abort();
  // A command that waits for an answer has nothing to clean up: the run it asked for goes on.
  setTimeout(() => process.exit(130), 200).unref();
});

process.exitCode = await runMrc(process.argv.slice(2), {
  terminal,
  environment: withPort(process.env, '.env'),
  openService: async (place) =>
    place.kind === 'local'
      ? (await import('./service/local.ts')).localService(place.url)
      : (await import('./service/lambda.ts')).lambdaService(place.stage),
  init: async (args) => {
    const { runInit } = await import('./init/wizard.ts');
    return runInit(args, { input: stdin, output: stdout, errors: stderr, folder: process.cwd() });
  },
});
