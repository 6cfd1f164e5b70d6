/** `.env` on a real disk: its mode, its owner, links, and what another program does to it meanwhile. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envTarget } from '../../../cli/init/env-target.ts';

function setUp(environment: NodeJS.ProcessEnv = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'env-')));
  const file = join(folder, '.env');
  const target = envTarget(folder, environment);
  const write = async (values: Record<string, string>): Promise<string> =>
    (await (await target.read('kept')).write(values, 'none')).join('\n');
  const mode = (path = file): string => (statSync(path).mode & 0o777).toString(8);
  return { folder, file, target, write, mode };
}

describe('a new .env', () => {
  it('has every setting with a comment, as .env.example has, and only its owner can open it', async () => {
    const { file, write, mode, folder } = setUp();
    expect(await write({ POLICY: 'sync', GRACE: '2h' })).toContain('.env was made. Only its owner can read it');
    const expected = readFileSync('.env.example', 'utf8')
      .replace('\nPOLICY=observe\n', '\nPOLICY=sync\n')
      .replace('\n#GRACE=1h\n', '\n#GRACE=1h\nGRACE=2h\n');
    expect(readFileSync(file, 'utf8')).toBe(expected);
    expect(mode()).toBe('600');
    expect(readdirSync(folder)).toEqual(['.env']);
  });

  it('is made where a link leads to', async () => {
    const { folder, file, write, mode } = setUp();
    mkdirSync(join(folder, 'shared'));
    symlinkSync('shared/settings', file);
    expect(await write({ POLICY: 'sync' })).toContain(`as ${join(folder, 'shared/settings')}`);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(mode(join(folder, 'shared/settings'))).toBe('600');
  });

  it.runIf(process.geteuid?.() === 0)('is to be given to the user of the service, if root made it', async () => {
    expect(await setUp().write({ POLICY: 'sync' })).toMatch(/belongs to root.*chown/);
  });
});

describe('an existing .env', () => {
  it('keeps comments, order and unknown names, and the service is to be started again', async () => {
    const { file, write } = setUp();
    writeFileSync(file, '# Mine.\nOTHER=1\nPOLICY=observe\n', { mode: 0o600 });
    expect(await write({ OTHER: '1', POLICY: 'sync' })).toBe(
      '.env was written. A service that runs reads it when it is started again.',
    );
    expect(readFileSync(file, 'utf8')).toBe('# Mine.\nOTHER=1\nPOLICY=sync\n');
  });

  it.each([
    ['is written', { POLICY: 'sync' }],
    ['has all of it already', { POLICY: 'observe' }],
  ])('that others can open is narrowed, which is said, where it %s', async (_, values) => {
    const { file, write, mode } = setUp();
    writeFileSync(file, 'POLICY=observe\n');
    chmodSync(file, 0o644);
    expect(await write(values)).toContain('Others than its owner could open .env (mode 644). Now only its owner can');
    expect(mode()).toBe('600');
    expect(await write(values)).toBe('.env has all of this already.');
  });

  it('behind a link is changed there, and the link stays', async () => {
    const { folder, file, write } = setUp();
    writeFileSync(join(folder, 'settings'), 'POLICY=observe\n', { mode: 0o600 });
    symlinkSync('settings', file);
    expect(await write({ POLICY: 'sync' })).toContain('where the link leads to');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'settings'), 'utf8')).toBe('POLICY=sync\n');
    expect(readdirSync(folder).sort()).toEqual(['.env', 'settings']);
  });

  it.runIf(process.geteuid?.() === 0)('belongs to its owner still, where root changes it', async () => {
    const { file, write } = setUp();
    writeFileSync(file, 'POLICY=observe\n', { mode: 0o600 });

    chownSync(file, 65_534, 65_534);
    await write({ POLICY: 'sync' });
    expect(statSync(file)).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  it('is not replaced where it changes in the last moment, and nothing is left beside it', async () => {
    const { folder, file, target } = setUp();
    writeFileSync(file, 'POLICY=observe\n', { mode: 0o600 });
    const reading = await target.read('kept');
    await reading.checkUnchanged();
    writeFileSync(file, 'POLICY=create-only\n');
    await expect(reading.write({ POLICY: 'sync' }, 'none')).rejects.toThrow(/Somebody else changed .env/);
    expect(readFileSync(file, 'utf8')).toBe('POLICY=create-only\n');
    expect(readdirSync(folder)).toEqual(['.env']);
  });

  it('that is not UTF-8 is refused, and stays as it is', async () => {
    const { file, target } = setUp();
    const bytes = Buffer.from([...Buffer.from('POLICY=sync\n# caf'), 0xe9, 0x0a]);
    writeFileSync(file, bytes);
    await expect((async () => target.read('kept'))()).rejects.toThrow(/is not in UTF-8, so it is not changed/);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('that is a folder is refused, with what to do', async () => {
    const { file, target } = setUp();
    mkdirSync(file);
    await expect(target.read('kept')).rejects.toThrow(/\.env could not be read \(EISDIR\)/);
  });

  it('is not written where it would not be read back, and keeps what it has', async () => {
    const { file, write } = setUp();
    writeFileSync(file, 'POLICY=observe\n', { mode: 0o600 });
    await expect(write({ POLICY: 'observe', WEBHOOK_TOKEN: 'a\nb' })).rejects.toThrow(/WEBHOOK_TOKEN cannot stand/);
    expect(readFileSync(file, 'utf8')).toBe('POLICY=observe\n');
  });

  it('has settings of one machine too, which are known and checked', async () => {
    const { target } = setUp();
    const faults = target.parse({ PORT: '99999', DATA_DIR: 'x' });
    expect(faults).toMatchObject({ ok: false, faults: expect.arrayContaining([expect.stringContaining('PORT is')]) });
    expect(JSON.stringify(faults)).not.toContain('DATA_DIR');
    expect(target.addressOf({ PORT: '9000' }).words).toContain('http://127.0.0.1:9000/webhooks');
  });

  it('is overruled by the environment, which is said by name alone', async () => {
    const { write } = setUp({ POLICY: 'MARKED', GRACE: '1h', PATH: '/bin' });
    const said = await write({ POLICY: 'sync', GRACE: '1h' });
    expect(said).toContain('The environment has another value for POLICY.');
    expect(said).not.toContain('MARKED');
  });
});
