/** Every script of package.json that is a program of this project, and what it says under a Node that is too old. */
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/process.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const programs = Object.entries(scripts).flatMap(([name, command]) => {
  const [, file] = /^node (\S+)$/.exec(command) ?? [];
  return file === undefined || name.startsWith('pre') ? [] : [[name, file] as const];
});

describe('a program', () => {
  it('stands behind each of these scripts', () => {
    expect(programs.map(([name]) => name).sort()).toEqual(
      ['start', 'serve', 'webhook-secret', 'bench', 'docs', 'typecheck', 'evaluate', 'screenshots'].sort(),
    );
  });

  it.each(programs)('answers npm run %s -- --help with what it does, and does nothing', async (name, file) => {
    const folder = mkdtempSync(join(tmpdir(), 'help-'));
    const asked = run(resolve(file), {}, folder, { args: ['--help'] });
    expect(await asked.ended).toBe(0);
    const [usage = '', gap, ...words] = asked.printed().split('\n');
    expect(usage).toMatch(name === 'start' ? /^npm start$/ : new RegExp(`^npm run (--silent )?${name}\\b`));
    expect(gap).toBe('');
    expect(words.join('\n')).toMatch(/^[A-Z].*\.\n/s);
    expect(words.filter((line) => line.length > 80)).toEqual([]);
  });

  it('says which argument it does not know, and does nothing', async () => {
    const asked = run(resolve('local/serve.mjs'), {}, mkdtempSync(join(tmpdir(), 'help-')), { args: ['--port', '1'] });
    expect(await asked.ended).toBe(1);
    expect(asked.printed()).toMatch(/^Unknown option '--port'.*\n\nnpm run serve\n/s);
  });
});

describe('under a Node that is too old', () => {
  const OLD = `data:text/javascript,Object.defineProperty(process,'version',{value:'v20.20.2'});Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`;
  const BROUGHT = `node_modules/node-linux-${process.arch}/bin/node`;

  /** A folder of the project in which only the entry of the service is, and perhaps the Node of an install. */
  function project(install: 'brought' | 'not brought'): string {
    const folder = mkdtempSync(join(tmpdir(), 'project-'));
    cpSync('local/require-node.mjs', join(folder, 'local/require-node.mjs'));
    cpSync('local/serve.mjs', join(folder, 'local/serve.mjs'));
    if (install === 'not brought') return folder;
    mkdirSync(join(folder, BROUGHT, '..'), { recursive: true });
    mkdirSync(join(folder, 'node_modules/.bin'));
    writeFileSync(join(folder, BROUGHT), '');
    return folder;
  }
  const start = (folder: string, file: string) =>
    run(join(folder, file), { NODE_OPTIONS: `--import "${OLD}"` }, folder);

  it('the service says what to do, instead of that it cannot be read', async () => {
    const asked = start(project('not brought'), 'local/serve.mjs');
    expect(await asked.ended).toBe(1);
    expect(asked.printed()).toMatch(/^This needs Node 24 and runs under v20\.20\.2\./);
    expect(asked.printed()).not.toMatch(/\n {4}at /);
  });

  it.runIf(process.platform === 'linux')('the hook of a script links the Node that the install brought', async () => {
    const folder = project('brought');
    expect(await start(folder, 'local/require-node.mjs').ended).toBe(0);
    expect(lstatSync(join(folder, 'node_modules/.bin/node')).isSymbolicLink()).toBe(true);
    const asked = start(folder, 'local/serve.mjs');
    expect(await asked.ended).toBe(1);
    expect(asked.printed()).toMatch(/it is\s+node_modules\/\.bin\/node\./);
  });

  it.runIf(process.platform === 'linux')(
    'the hook makes the folder of programs where the install made none',
    async () => {
      const folder = project('brought');
      rmSync(join(folder, 'node_modules/.bin'), { recursive: true });
      expect(await start(folder, 'local/require-node.mjs').ended).toBe(0);
      expect(lstatSync(join(folder, 'node_modules/.bin/node')).isSymbolicLink()).toBe(true);
    },
  );

  it.runIf(process.platform === 'linux')('a folder that cannot be written is a sentence, and no stack', async () => {
    const folder = project('not brought');
    mkdirSync(join(folder, BROUGHT, '..'), { recursive: true });
    writeFileSync(join(folder, BROUGHT), '');
    // Nothing can be put below a file, whoever tries.
    writeFileSync(join(folder, 'node_modules/.bin'), '');
    const asked = start(folder, 'local/require-node.mjs');
    expect(await asked.ended).toBe(1);
    expect(asked.printed()).toMatch(/could not be\s+made \(ENOTDIR\)\. Make that folder writable\.\n$/);
  });
});
