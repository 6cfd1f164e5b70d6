/** Runs the shell commands of a section of the documentation against moto, as an operator would copy them. */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CREDENTIALS } from './cloud.ts';

export type RecipeRun = {
  /** What `npx` and `npm` were called with, in order. SST and the operator's answers are not part of it. */
  readonly calls: readonly string[];
  /** What stands in `.env.production` afterwards. */
  readonly pins: Readonly<Record<string, string>>;
};

/** Whether the programs are there that the recipes are written with. */
export function hasRecipePrograms(): boolean {
  return ['aws --version', 'jq --version', 'bash --version'].every((line) => {
    const [program = '', ...parameters] = line.split(' ');
    return spawnSync(program, parameters).status === 0;
  });
}

/**
 * `files` stand in the folder before. `deploy` are shell commands in the place of `npx sst deploy`.
 * @throws Error with what was printed, if a command fails
 */
export async function runRecipe(
  section: string,
  url: string,
  { files = {}, deploy = ':' }: { readonly files?: Readonly<Record<string, string>>; readonly deploy?: string } = {},
): Promise<RecipeRun> {
  const folder = mkdtempSync(join(tmpdir(), 'recipe-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    mkdirSync(join(folder, 'bin'));
    for (const program of ['npx', 'npm']) {
      const file = join(folder, 'bin', program);
      const deploying = program === 'npx' ? `case "$*" in *"sst deploy"*) ${deploy};; esac` : '';
      writeFileSync(file, `#!/bin/bash\nset -e\necho "${program} $*" >> "${folder}/calls"\n${deploying}\n`);
      chmodSync(file, 0o755);
    }
    // `ask` is the shell function of docs/console.md. What the console answers is tested elsewhere.
    const ask = `ask() { echo "ask $1" >> "${folder}/calls"; }`;
    await runShell(`${ask}\n${commandsOf('docs/aws-operations.md', section)}`, url, folder);
    const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
    const lines = read('.env.production').split('\n');
    const pins = lines.filter((line) => line !== '').map((line) => line.split('=', 2));
    return { calls: read('calls').trim().split('\n'), pins: Object.fromEntries(pins) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs shell commands in the folder, with AWS at `url`. @throws Error with what was printed, if a command fails */
export async function runShell(commands: string, url: string, folder: string): Promise<void> {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  // Version 1 of the AWS CLI calls the region otherwise, and always takes payloads as they are.
  const real = spawnSync('bash', ['--norc', '-c', 'command -v aws'], { encoding: 'utf8' }).stdout.trim();
  const isFirst = spawnSync(real, ['--version'], { encoding: 'utf8' }).stdout.startsWith('aws-cli/1.');
  const withoutFormat = isFirst
    ? 'for each; do shift; case "$each" in --cli-binary-format|raw-in-base64-out) ;; *) set -- "$@" "$each";; esac; done\n'
    : '';
  writeFileSync(
    join(folder, 'bin/aws'),
    `#!/bin/bash\n${withoutFormat}AWS_DEFAULT_REGION=$AWS_REGION exec ${real} "$@"\n`,
  );
  chmodSync(join(folder, 'bin/aws'), 0o755);
  // Bash takes a socket on its standard input for a remote login, and would read the user's own settings.
  const running = promisify(execFile)('bash', ['--norc', '-c', `set -euo pipefail\n${commands}`], {
    cwd: folder,
    env: {
      ...CREDENTIALS,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      HOME: process.env['HOME'],
      AWS_ENDPOINT_URL: url,
      AWS_PAGER: '',
    },
  });
  running.child.stdin?.end();
  try {
    await running;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`The commands failed:\n${commands}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** All blocks of shell commands of the page below the heading, in order. */
export function commandsOf(page: string, section: string): string {
  const [, text] = readFileSync(page, 'utf8').split(`\n## ${section}\n`);
  const blocks = (text?.split('\n## ')[0] ?? '').matchAll(/```sh\n(.*?)```/gs);
  const commands = [...blocks].map(([, block = '']) => block);
  if (commands.length === 0) throw new Error(`${page} has no commands below "${section}"`);
  return commands.join('\n');
}
