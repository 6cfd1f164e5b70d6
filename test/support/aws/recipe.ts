/** Runs the shell commands of a section of the documentation against moto, as an operator would copy them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
export function runRecipe(
  section: string,
  url: string,
  { files = {}, deploy = ':' }: { readonly files?: Readonly<Record<string, string>>; readonly deploy?: string } = {},
): RecipeRun {
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
    // Version 1 of the AWS CLI calls the region otherwise.
    const cli = join(folder, 'bin', 'aws');
    const real = spawnSync('bash', ['-c', 'command -v aws'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(cli, `#!/bin/bash\nAWS_DEFAULT_REGION=$AWS_REGION exec ${real} "$@"\n`);
    chmodSync(cli, 0o755);
    // `ask` is the shell function of docs/console.md. What the console answers is tested elsewhere.
    const script = `set -euo pipefail\nask() { echo "ask $1" >> "${folder}/calls"; }\n${commandsOf(section)}`;
    // Bash takes a socket on its standard input for a remote login, and would read the user's own settings.
    const ran = spawnSync('bash', ['--norc', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...CREDENTIALS,
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        HOME: process.env['HOME'],
        AWS_ENDPOINT_URL: url,
        AWS_PAGER: '',
      },
    });
    if (ran.status !== 0) throw new Error(`The commands of "${section}" failed:\n${ran.stdout}\n${ran.stderr}`);
    const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
    const lines = read('.env.production').split('\n');
    const pins = lines.filter((line) => line !== '').map((line) => line.split('=', 2));
    return { calls: read('calls').trim().split('\n'), pins: Object.fromEntries(pins) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All blocks of shell commands below the heading, in order. */
function commandsOf(section: string): string {
  const page = readFileSync('docs/aws-operations.md', 'utf8');
  const [, text] = page.split(`\n## ${section}\n`);
  const blocks = (text?.split('\n## ')[0] ?? '').matchAll(/```sh\n(.*?)```/gs);
  const commands = [...blocks].map(([, block = '']) => block);
  if (commands.length === 0) throw new Error(`docs/aws-operations.md has no commands below "${section}"`);
  return commands.join('\n');
}
