/** `mrc init --stage` as an operator meets it, with stand-ins for RunCloud and Secrets Manager. Two cases are a process of their own. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runInit } from '../../../cli/init/wizard.ts';
import { settingsFor } from '../../../lib/aws/secret-name.ts';
import { parseSettings } from '../../../lib/settings.ts';
import { systemClock } from '../../../lib/util/clock.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { AwsFault, StandInSecretsManager } from '../../support/aws/secrets-manager.ts';
import { run } from '../../support/process.ts';
import { keyText } from '../../support/webhooks.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../cli/mrc.mjs');
const WEBHOOK = 'multisite-runcloud/production/webhook';
const RUNCLOUD = 'multisite-runcloud/production/runcloud';
const FORMER = 'multisite-runcloud/production';
/** So that a sentence is one line. */
const WIDE = 1_000;
const PANEL = 'https://manage.runcloud.io/servers/7/webapps/12';

async function setUp() {
  const aws = new StandInSecretsManager();
  const runcloud = new StandInRunCloud({ clock: systemClock, authorization: 'Bearer MARKED-TOKEN' });
  for (let count = 0; count < 11; count++) runcloud.addByHand(`shop-${count}.example`);
  const api = await runcloud.listen();
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));
  const environment: Record<string, string> = {
    AWS_ENDPOINT_URL: await aws.listen(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'MARKED-AWS',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  };
  onTestFinished(async () => {
    await aws.close();
    await runcloud.close();
  });
  const puts = (): number => aws.calls.filter((call) => call === 'PutSecretValue').length;
  type Ended = { readonly code: number | null; readonly printed: string };
  const watched = async (running: () => Promise<Ended>) => {
    const before = puts();
    const { code, printed } = await running();
    expect(printed).not.toMatch(/MARKED|at .*\.ts:\d/);
    return { code, printed, puts: puts() - before };
  };
  const start = async (args: readonly string[], input = '', changes: Record<string, string> = {}, columns = WIDE) =>
    watched(async () => {
      for (const [name, value] of Object.entries({ ...environment, ...changes })) vi.stubEnv(name, value);
      const all = new PassThrough({ encoding: 'utf8' });
      const code = await runInit(args, { input: Readable.from([input]), output: all, errors: all, folder, columns });
      vi.unstubAllEnvs();
      return { code, printed: all.read() ?? '' };
    });
  const startProcess = async (args: readonly string[], input: string) =>
    watched(async () => {
      const running = run(PROGRAM, environment, folder, { args: ['init', ...args], input });
      return { code: await running.ended, printed: running.printed() };
    });
  const fill = async (input: string, ...options: string[]) => start(['--stage', 'production', ...options], input);
  const inSecret = (id: string): Record<string, string> => JSON.parse(aws.value(id) ?? '{}');
  const value = (): Record<string, string> => ({ ...inSecret(RUNCLOUD), ...inSecret(WEBHOOK) });
  const createBoth = (): void => {
    aws.create(WEBHOOK);
    aws.create(RUNCLOUD);
  };
  /** All that is needed, and where the stand-in listens, which stays through every change. */
  const good = {
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    POLICY: 'observe',
    WEBHOOK_SECRET: keyText(1),
    RUNCLOUD_API_URL: api,
  };
  const put = (values: Record<string, unknown>): void => {
    aws.create(WEBHOOK, JSON.stringify(settingsFor('webhook', values)));
    aws.create(RUNCLOUD, JSON.stringify(settingsFor('runcloud', values)));
  };
  return { aws, runcloud, api, folder, start, startProcess, fill, value, inSecret, createBoth, good, put };
}

describe('mrc init --stage', () => {
  it('asks for what is needed, asks RunCloud, writes, and says what WordPress needs', async () => {
    const { fill, value, put, api, aws } = await setUp();
    put({ RUNCLOUD_API_URL: api });
    const { code, printed } = await fill(`MARKED-TOKEN\n${PANEL}\n\n\n`);
    expect(printed).toContain('has 12 domains; primary is network.example');
    expect(code).toBe(0);
    expect(value()).toEqual({
      RUNCLOUD_API_URL: api,
      WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
      WU_RUNCLOUD_SERVER_ID: '7',
      WU_RUNCLOUD_APP_ID: '12',
      POLICY: 'observe',
      WEBHOOK_SECRET: expect.stringMatching(/^whsec_/),
    });
    expect(parseSettings(value())).toMatchObject({ ok: true });
    expect(printed).toContain(`define( 'MULTISITE_RUNCLOUD_SECRET', '${value()['WEBHOOK_SECRET']}' );`);
    expect(printed).toMatch(/MULTISITE_RUNCLOUD_URL.*\n[\s\S]*"webhookUrl" in what `npx sst deploy` prints/);
    expect(aws.calls).not.toContain('CreateSecret');
  });

  it('fills a secret that never had a value, without RunCloud where that is wanted', async () => {
    const { runcloud, fill, value, createBoth } = await setUp();
    createBoth();
    const input = 'MARKED-TOKEN\n7\n12\nsync\nhttps://network.example\nMARKED-KEY\nMARKED-SECRET\n';
    const { code, printed } = await fill(input, '--skip-runcloud-check', '--skip-network-check');
    expect(code).toBe(0);
    expect(printed).toContain('RunCloud was not asked');
    expect(printed).toContain('The network was not asked');
    expect(runcloud.calls).toEqual([]);
    expect(value()).toMatchObject({
      WU_RUNCLOUD_SERVER_ID: '7',
      WU_RUNCLOUD_APP_ID: '12',
      POLICY: 'sync',
      MULTISITE_URL: 'https://network.example',
      MULTISITE_API_KEY: 'MARKED-KEY',
      MULTISITE_API_SECRET: 'MARKED-SECRET',
    });
  });

  it('keeps what is there, known or not, and writes nothing where nothing is new', async () => {
    const { fill, value, put, good } = await setUp();
    const before = { ...good, GRACE: '2h', SOMETHING_ELSE: 'MARKED-ELSE', WU_RUNCLOUD_SERVER_ID: 7 };
    put(before);
    const { code, printed, puts } = await fill('');
    expect(code).toBe(0);
    expect(value()).toEqual(before);
    expect(puts).toBe(0);
    expect(printed).toContain('have all of this already');
    expect(printed).not.toContain('API token');
    expect(printed.replace(/\s+/g, ' ')).toContain('The setting SOMETHING_ELSE is not known, so nothing reads it.');
    expect(printed).not.toContain('MARKED-ELSE');
  });

  it('asks anew for what is named, and for nothing else', async () => {
    const { fill, value, put, good } = await setUp();
    put({ ...good, WU_RUNCLOUD_API_TOKEN: 'MARKED-OLD', GRACE: '2h' });
    const options = ['--change', 'WU_RUNCLOUD_API_TOKEN', '--change', 'GRACE', '--change', 'POLICY'];
    expect((await fill('MARKED-TOKEN\n\n-\n', ...options)).code).toBe(0);
    expect(value()).toEqual(good);
  });

  it('takes the constants of a wp-config.php, and asks for what is not in it', async () => {
    const { fill, value, put, good, api, folder } = await setUp();
    put({ RUNCLOUD_API_URL: api, WEBHOOK_SECRET: good.WEBHOOK_SECRET });
    const file = join(folder, 'wp-config.php');
    writeFileSync(
      file,
      `<?php define('WU_RUNCLOUD_API_TOKEN', getenv('T'));\ndefine('WU_RUNCLOUD_SERVER_ID', '7');define("WU_RUNCLOUD_APP_ID", 12);`,
    );
    const { code, printed } = await fill('MARKED-TOKEN\nobserve\n', '--from', file);
    expect(code).toBe(0);
    expect(value()).toEqual(good);
    expect(printed).toContain('WU_RUNCLOUD_API_TOKEN could not be read');
    expect(printed).toContain('remove the WU_RUNCLOUD_* constants');

    writeFileSync(file, `<?php define('WU_RUNCLOUD_API_TOKEN', 'MARKED-TOKEN');`);
    const again = await fill('', '--from', file);
    expect(again.printed).toContain(`From ${file}: WU_RUNCLOUD_API_TOKEN.`);
    expect(again.code).toBe(0);
  });

  it('changes the webhook key in two steps, and both keys are taken between them', async () => {
    const { fill, value, put, good } = await setUp();
    put(good);
    const rotated = await fill('', '--rotate');
    expect(rotated.code).toBe(0);
    const [key = '', old] = value()['WEBHOOK_SECRET']?.split(' ') ?? [];
    expect(old).toBe(good.WEBHOOK_SECRET);
    expect(key).toMatch(/^whsec_/);
    expect(parseSettings(value())).toMatchObject({ ok: true, settings: { receiver: { keys: { length: 2 } } } });
    expect(rotated.printed).toContain(`'${key}'`);
    expect(rotated.printed).not.toContain(good.WEBHOOK_SECRET);
    expect(rotated.printed).toContain('npx mrc init --stage production --drop-old-key');

    const tooEarly = await fill('', '--rotate');
    expect(tooEarly).toMatchObject({ code: 1, puts: 0, printed: expect.stringContaining('two webhook keys already') });
    // Twice, so that the version before, which the functions look back at, lacks the old key too.
    expect(await fill('', '--drop-old-key')).toMatchObject({ code: 0, puts: 2 });
    expect(value()).toEqual({ ...good, WEBHOOK_SECRET: key });
    expect(await fill('', '--drop-old-key')).toMatchObject({ code: 1, puts: 0 });
  });

  it('says that the old key is still taken where the second write fails, and ends it when asked again', async () => {
    const { fill, value, put, good, aws } = await setUp();
    put({ ...good, WEBHOOK_SECRET: `${keyText(2)} ${good.WEBHOOK_SECRET}` });
    let puts = 0;
    aws.fault = (action) =>
      action === 'PutSecretValue' && ++puts === 2 ? new AwsFault('AccessDeniedException', 'not now') : undefined;
    const half = await fill('', '--drop-old-key');
    expect(half).toMatchObject({
      code: 1,
      printed: expect.stringMatching(/first of two writes was made.*Run it again/s),
    });
    expect(aws.value(WEBHOOK, 'AWSPREVIOUS')).toContain(good.WEBHOOK_SECRET);
    expect(await fill('', '--drop-old-key')).toMatchObject({ code: 0, puts: 1 });
    expect(value()['WEBHOOK_SECRET']).toBe(keyText(2));
    expect(aws.value(WEBHOOK, 'AWSPREVIOUS')).not.toContain(good.WEBHOOK_SECRET);
  });

  it("makes a token for the plugin's own webhook once, and prints the addresses of the last deployment", async () => {
    const { fill, value, put, good, folder } = await setUp();
    put(good);
    mkdirSync(join(folder, '.sst'));
    const outputs = (more: object): void =>
      writeFileSync(
        join(folder, '.sst/outputs.json'),
        JSON.stringify({ webhookUrl: 'https://abc.example/webhooks', ...more }),
      );
    outputs({});
    const { printed } = await fill('', '--plugin-webhook');
    const token = value()['WEBHOOK_TOKEN'];
    expect(parseSettings(value())).toMatchObject({ ok: true });
    expect(printed).toContain("define( 'MULTISITE_RUNCLOUD_URL', 'https://abc.example/webhooks' );");
    expect(printed).toContain(`\nhttps://abc.example/webhooks/ultimate-multisite/${token}\n`);
    outputs({ stage: 'dev' });
    const again = await fill('', '--plugin-webhook');
    expect(value()['WEBHOOK_TOKEN']).toBe(token);
    expect(again.printed).not.toContain('abc.example');
  });

  it('takes names or ARNs of secrets that are called otherwise, of both or of one', async () => {
    const { aws, start, good, put, inSecret } = await setUp();
    const arn = aws.create('other', JSON.stringify({ WEBHOOK_SECRET: good.WEBHOOK_SECRET }));
    const { WEBHOOK_SECRET: _, ...rest } = good;
    aws.create('team/runcloud', JSON.stringify(rest));
    const both = ['--webhook-secret', 'other', '--runcloud-secret', 'team/runcloud'];
    const rotated = await start([...both, '--rotate']);
    expect(rotated).toMatchObject({
      code: 0,
      printed: expect.stringContaining('npx mrc init --stage <stage> --webhook-secret other --drop-old-key'),
    });
    put({ ...good, WEBHOOK_SECRET: keyText(7) });
    expect((await start(['--stage', 'production', '--webhook-secret', arn, '--drop-old-key'])).code).toBe(0);
    expect(inSecret('other')['WEBHOOK_SECRET']?.split(' ')).toHaveLength(1);
    expect(inSecret(WEBHOOK)['WEBHOOK_SECRET']).toBe(keyText(7));
  });

  it('puts into the secret of webhook what that function may know, and no token', async () => {
    const { fill, inSecret, put, good } = await setUp();
    const told = { NOTIFY_URL: 'https://ops.example', NOTIFY_SECRET: keyText(3) };
    put({ ...good, WEBHOOK_TOKEN: 'a-token-of-24-characters', ...told, GRACE: '2h' });
    expect((await fill('', '--rotate')).puts).toBe(1);
    expect(Object.keys(inSecret(WEBHOOK)).sort()).toEqual([
      'NOTIFY_SECRET',
      'NOTIFY_URL',
      'WEBHOOK_SECRET',
      'WEBHOOK_TOKEN',
    ]);
    expect(inSecret(RUNCLOUD)).not.toHaveProperty('WEBHOOK_SECRET');
    expect((await fill('1h\n', '--change', 'GRACE')).puts).toBe(1);
    expect(inSecret(RUNCLOUD)).toMatchObject({ GRACE: '1h', WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN' });
  });

  it('takes over the one secret of version 0.1.0, asks for nothing, and says that nothing reads it any more', async () => {
    const { aws, fill, value, inSecret, createBoth, good } = await setUp();
    const before = { ...good, GRACE: '2h', SOMETHING_ELSE: 'MARKED-ELSE' };
    aws.create(FORMER, JSON.stringify(before));
    createBoth();
    const { code, printed, puts } = await fill('');
    expect({ code, puts }).toEqual({ code: 0, puts: 2 });
    expect(value()).toEqual(before);
    expect(inSecret(WEBHOOK)).toEqual({ WEBHOOK_SECRET: good.WEBHOOK_SECRET });
    expect(printed).toContain(`aws secretsmanager delete-secret --secret-id ${FORMER}`);
    expect(printed).not.toContain('API token');
    // What was changed since counts, and the former secret does not come back.
    await fill('1h\n', '--change', 'GRACE');
    expect(value()['GRACE']).toBe('1h');
    expect((await fill('')).printed).not.toContain(FORMER);
  });

  it('describes itself', async () => {
    const { start, aws } = await setUp();
    const { code, printed } = await start(['--help']);
    expect(code).toBe(0);
    for (const option of ['--stage', '--from', '--rotate', '--skip-runcloud-check', '--skip-network-check'])
      expect(printed).toContain(option);
    expect(aws.calls).toEqual([]);
  });
});

describe('mrc init --stage, as a process of its own', () => {
  it('reads standard input, and prints nothing wider than 80 columns but what is to be copied', async () => {
    const { startProcess, value, put, good } = await setUp();
    const { WU_RUNCLOUD_API_TOKEN: _, POLICY: __, ...rest } = good;
    put(rest);
    const args = ['--stage', 'production', '--plugin-webhook'];
    const { code, printed } = await startProcess(args, 'MARKED-TOKEN\nobserve\n');
    expect(code).toBe(0);
    expect(value()).toMatchObject(good);
    const wide = printed.split('\n').filter((line) => line.length > 80);
    expect(wide).toEqual([`define( 'MULTISITE_RUNCLOUD_SECRET', '${good.WEBHOOK_SECRET}' );`]);
  });

  it('ends with 1 where nothing was written', async () => {
    const { startProcess, createBoth } = await setUp();
    createBoth();
    const { code, printed, puts } = await startProcess(['--stage', 'production'], '');
    expect(printed).toMatch(/WU_RUNCLOUD_API_TOKEN was asked for, and there was no answer/);
    expect(printed).toMatch(/\nNothing was written\.\n$/);
    expect({ code, puts }).toEqual({ code: 1, puts: 0 });
  });
});

describe('mrc init --stage writes nothing', () => {
  it.each([
    ['the token is wrong', { WU_RUNCLOUD_API_TOKEN: 'MARKED-WRONG' }, /\(401\).*allow-list.*--skip-runcloud-check/],
    ['the server is wrong', { WU_RUNCLOUD_SERVER_ID: '8' }, /does not show a server 8 \(404\)/],
    ['the application is wrong', { WU_RUNCLOUD_APP_ID: '13' }, /server 7, but no web application 13/],
    [
      'a setting is wrong',
      { POLICY: 'obsrve', GRACE: 'long' },
      /- POLICY is "obsrve", and has to be observe[\s\S]*- GRACE is "long", and has to be a duration[\s\S]*--change/,
    ],
    ['a key is wrong', { WEBHOOK_SECRET: 'MARKED' }, /- WEBHOOK_SECRET: a key begins with whsec_/],
  ])('where %s', async (_, changes, words) => {
    const { fill, put, good } = await setUp();
    put({ ...good, ...changes });
    const { code, printed, puts } = await fill('', '--rotate');
    expect(printed).toMatch(words);
    expect(printed).toContain('Nothing was written.');
    expect({ code, puts }).toEqual({ code: 1, puts: 0 });
  });

  it('where RunCloud refuses to show the application', async () => {
    const { fill, put, good, runcloud } = await setUp();
    put(good);
    runcloud.options = { ...runcloud.options, fault: () => ({ kind: 'status', status: 403, carriedOut: false }) };
    const refused = await fill('', '--rotate');
    expect(refused).toMatchObject({
      code: 1,
      puts: 0,
      printed: expect.stringMatching(/\(403\).*Business and Enterprise/),
    });
  });

  it.each([
    ['the answers end', '', /WU_RUNCLOUD_API_TOKEN was asked for, and there was no answer/],
    ['an answer is empty', '\n', /WU_RUNCLOUD_API_TOKEN is not right. It is needed/],
    ['an address is none', 'MARKED-TOKEN\nMARKED\n', /WU_RUNCLOUD_SERVER_ID is not right/],
    ['a policy is none', `MARKED-TOKEN\n${PANEL}\nMARKED\n`, /POLICY is not right/],
    ['an API has no key', `MARKED-TOKEN\n${PANEL}\nsync\nhttps://network.example\n`, /MULTISITE_API_KEY was asked for/],
  ])('where %s', async (_, input, words) => {
    const { fill, createBoth } = await setUp();
    createBoth();
    const { code, printed, puts } = await fill(input);
    expect(printed).toMatch(words);
    expect({ code, puts }).toEqual({ code: 1, puts: 0 });
  });

  it('where the secret is not there yet: the deployment makes it', async () => {
    const { start, aws } = await setUp();
    const { code, printed } = await start(['--stage', 'prodcution']);
    expect(printed).toMatch(
      /no secret multisite-runcloud\/prodcution\/webhook in this account and region.*npx sst deploy --stage prodcution/,
    );
    expect(code).toBe(1);
    expect(aws.calls).toEqual(['DescribeSecret']);
  });

  it('over a value that is not JSON, unless it is to start over', async () => {
    const { aws, fill, good, value } = await setUp();
    aws.create(WEBHOOK);
    aws.create(RUNCLOUD, '{"WU_RUNCLOUD_API_TOKEN":"MARKED');
    const input = 'MARKED-TOKEN\n7\n12\n\n\n';
    const refused = await fill(input, '--skip-runcloud-check');
    expect(refused).toMatchObject({ code: 1, puts: 0, printed: expect.stringMatching(/is not JSON.*--start-over/) });
    expect((await fill(input, '--skip-runcloud-check', '--start-over')).code).toBe(0);
    const { RUNCLOUD_API_URL: _, ...asked } = good;
    expect(value()).toEqual({ ...asked, WEBHOOK_SECRET: expect.any(String) });
  });

  it('over what somebody else wrote meanwhile', async () => {
    for (const id of [WEBHOOK, RUNCLOUD]) {
      const { aws, runcloud, fill, put, good, inSecret } = await setUp();
      put(good);
      runcloud.options = { ...runcloud.options, fault: () => void aws.put(id, '{"POLICY":"sync"}') };
      const refused = await fill('', '--rotate');
      expect(refused).toMatchObject({ code: 1, puts: 0, printed: expect.stringContaining('Somebody else changed') });
      expect(inSecret(id)).toEqual({ POLICY: 'sync' });
    }
  });

  it('where AWS does not let it, and says why in words', async () => {
    const { aws, start, put, good, value } = await setUp();
    put(good);
    const args = ['--stage', 'production', '--rotate'];
    const cases: [Record<string, string>, AwsFault | undefined, RegExp][] = [
      [{ AWS_REGION: '' }, undefined, /no AWS region is set/],
      [{ AWS_ACCESS_KEY_ID: '' }, undefined, /there are no AWS credentials/],
      [{ AWS_PROFILE: 'nobody' }, undefined, /there are no AWS credentials/],
      [{}, new AwsFault('ExpiredTokenException', 'expired'), /session has expired/],
      [{}, new AwsFault('AccessDeniedException', 'User: x is not authorized'), /AWS denies it \(User: x/],
    ];
    for (const [changes, fault, words] of cases) {
      aws.fault = () => fault;
      const { code, printed } = await start(args, '', changes);
      expect(printed).toMatch(words);
      expect(code).toBe(1);
    }
    aws.fault = (action) =>
      action === 'PutSecretValue' ? new AwsFault('AccessDeniedException', 'User: x') : undefined;
    const { code, printed } = await start(args);
    expect(printed).toMatch(/Could not write the secret.*AWS denies it/);
    expect(printed).not.toContain('whsec_');
    expect(code).toBe(1);
    expect(value()).toEqual(good);
  });

  it.each([
    ['a secret as an option', ['--stage', 'production', '--token', 'MARKED'], /Secrets are not taken as arguments/],
    ['no file', ['--stage', 'production', '--from', 'nowhere.php'], /nowhere.php could not be read \(ENOENT\)/],
    ['a folder', ['--stage', 'production', '--from', '.'], /could not be read \(EISDIR\)/],
  ] as const)('for %s', async (_, args, words) => {
    const { start, createBoth } = await setUp();
    createBoth();
    const { code, printed, puts } = await start(args);
    expect(printed).toMatch(words);
    expect({ code, puts }).toEqual({ code: 1, puts: 0 });
  });
});
