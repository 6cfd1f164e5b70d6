/** `mrc init` as an operator of one machine meets it, on a terminal and from a pipe, with stand-ins for RunCloud and the network. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { parseEnv } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runInit } from '../../../cli/init/wizard.ts';
import { systemClock } from '../../../lib/util/clock.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { keyText } from '../../support/webhooks.ts';

const PANEL = 'https://manage.runcloud.io/servers/7/webapps/12';
/** So that a sentence is one line. */
const WIDE = 1_000;

/** What a person types when the last question matches. */
type Typed = readonly [question: RegExp, answer: string];

async function setUp() {
  const runcloud = new StandInRunCloud({ clock: systemClock, authorization: 'Bearer MARKED-TOKEN' });
  const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
  const [api, url] = [await runcloud.listen(), await network.listen()];
  onTestFinished(async () => {
    await runcloud.close();
    await network.close();
  });
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  const file = join(folder, '.env');
  const good = {
    RUNCLOUD_API_URL: api,
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    POLICY: 'observe',
    WEBHOOK_SECRET: keyText(1),
  };
  const withNetwork = {
    ...good,
    MULTISITE_URL: url,
    MULTISITE_API_KEY: 'MARKED-KEY',
    MULTISITE_API_SECRET: 'MARKED-SECRET',
  };
  const put = (values: Record<string, string>): void =>
    writeFileSync(
      file,
      Object.entries(values)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join(''),
      { mode: 0o600 },
    );
  const values = (): Record<string, string | undefined> =>
    Object.fromEntries(Object.entries(parseEnv(readFileSync(file, 'utf8'))).filter(([, value]) => value !== ''));
  const watched = async (input: Readable, output: PassThrough, args: readonly string[]) => {
    let printed = '';
    output.on('data', (part: string) => {
      printed += part;
    });
    const code = await runInit(args, { input, output, errors: output, folder, columns: WIDE });
    expect(printed).not.toMatch(/MARKED|at .*\.ts:\d/);
    return { code, printed };
  };
  const pipe = async (input: string, ...args: string[]) =>
    watched(Readable.from([input]), new PassThrough({ encoding: 'utf8' }), args);
  const type = async (typed: readonly Typed[], ...args: string[]) => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
    const output = new PassThrough({ encoding: 'utf8' });
    const rest = [...typed];
    output.on('data', (part: string) => {
      const [next] = rest;
      if (next === undefined || !next[0].test(part)) return;
      rest.shift();
      setImmediate(() => input.write(`${next[1]}\r`));
    });
    const ended = await watched(input, output, args);
    expect(rest).toEqual([]);
    return ended;
  };
  return { runcloud, network, folder, file, good, withNetwork, put, values, pipe, type };
}

describe('mrc init', () => {
  it('makes .env, after it asked RunCloud, and says what comes next', async () => {
    const { folder, good, values, pipe } = await setUp();
    const { RUNCLOUD_API_URL: api, WEBHOOK_SECRET: _, ...asked } = good;
    writeFileSync(join(folder, '.env'), `RUNCLOUD_API_URL=${api}\n`, { mode: 0o600 });
    const { code, printed } = await pipe(`MARKED-TOKEN\n${PANEL}\n\n\n`);
    expect(printed).toContain('web application 12 on server 7 has 1 domain; primary is network.example.');
    expect(code).toBe(0);
    expect(values()).toEqual({ ...asked, RUNCLOUD_API_URL: api, WEBHOOK_SECRET: expect.stringMatching(/^whsec_/) });
    expect(printed).toContain(`define( 'MULTISITE_RUNCLOUD_SECRET', '${values()['WEBHOOK_SECRET']}' );`);
    expect(printed).toMatch(/https address of the proxy.*http:\/\/127\.0\.0\.1:8787\/webhooks/);
    expect(printed).toMatch(/`npm run serve`.*`npx mrc doctor`/);
  });

  it('asks the network, and says what it found there', async () => {
    const { network, withNetwork, put, values, pipe } = await setUp();
    put(withNetwork);
    network.map('flowers.example');
    const { code, printed } = await pipe('', '--rotate');
    expect(printed).toMatch(/The network was asked: "Net" at 127\.0\.0\.1:\d+ has 1 mapped domain/);
    expect(code).toBe(0);
    expect(values()['WEBHOOK_SECRET']).toMatch(/^whsec_\S+ whsec_/);
  });

  it('asks neither where that is not wanted', async () => {
    const { network, runcloud, withNetwork, put, pipe } = await setUp();
    put(withNetwork);
    const { code, printed } = await pipe('', '--skip-runcloud-check', '--skip-network-check');
    expect(code).toBe(0);
    expect(printed).toMatch(/RunCloud was not asked[\s\S]*The network was not asked/);
    expect([...runcloud.calls, ...network.calls]).toEqual([]);
  });

  it('changes the webhook key in two steps, each with a new start of the service', async () => {
    const { good, put, values, pipe } = await setUp();
    put(good);
    const rotated = await pipe('', '--rotate');
    expect(rotated.printed).toMatch(/Start the service again, and enter the new one.*: npx mrc init --drop-old-key/);
    const [key, old] = values()['WEBHOOK_SECRET']?.split(' ') ?? [];
    expect(old).toBe(good.WEBHOOK_SECRET);
    const dropped = await pipe('', '--drop-old-key');
    expect(dropped.printed).toContain('was removed. Start the service again');
    expect(values()).toEqual({ ...good, WEBHOOK_SECRET: key });
  });

  it('asks anew for what is named, settings of one machine included', async () => {
    const { good, put, values, pipe } = await setUp();
    put({ ...good, GRACE: '2h' });
    expect((await pipe('-\n9000\n', '--change', 'GRACE', '--change', 'PORT')).code).toBe(0);
    expect(values()).toEqual({ ...good, PORT: '9000' });
  });

  it("makes a token for the plugin's own webhook, takes constants, and starts over", async () => {
    const { folder, good, put, values, pipe } = await setUp();
    put({ ...good, GRACE: '2h' });
    expect((await pipe('', '--plugin-webhook')).printed).toContain(
      `https://…/webhooks/ultimate-multisite/${values()['WEBHOOK_TOKEN']}`,
    );
    writeFileSync(
      join(folder, 'wp-config.php'),
      `<?php define('WU_RUNCLOUD_API_TOKEN', 'MARKED-TOKEN'); define('WU_RUNCLOUD_SERVER_ID', 7); define('WU_RUNCLOUD_APP_ID', 12);`,
    );
    const again = await pipe('sync\n\n', '--start-over', '--from', 'wp-config.php', '--skip-runcloud-check');
    expect(again.code).toBe(0);
    expect(again.printed).toContain('Now remove the WU_RUNCLOUD_* constants from wp-config.php.');
    const { RUNCLOUD_API_URL: _, ...rest } = good;
    expect(values()).toEqual({ ...rest, POLICY: 'sync', WEBHOOK_SECRET: expect.stringMatching(/^whsec_/) });
  });

  it('writes nothing where RunCloud or the network refuses what comes from a pipe', async () => {
    const { file, withNetwork, put, pipe } = await setUp();
    for (const wrong of [{ WU_RUNCLOUD_API_TOKEN: 'MARKED-WRONG' }, { MULTISITE_API_KEY: 'MARKED-WRONG' }]) {
      put({ ...withNetwork, ...wrong });
      const before = readFileSync(file, 'utf8');
      const { code, printed } = await pipe('MARKED-TOKEN\nMARKED-KEY\n', '--rotate');
      expect(printed).toMatch(/\(401\)[\s\S]*Nothing was written\./);
      expect(code).toBe(1);
      expect(readFileSync(file, 'utf8')).toBe(before);
    }
  });

  it('writes nothing over what somebody else wrote while RunCloud was asked', async () => {
    const { file, runcloud, good, put, pipe } = await setUp();
    put(good);
    runcloud.options = { ...runcloud.options, fault: () => void writeFileSync(file, 'POLICY=sync\n') };
    const { code, printed } = await pipe('', '--rotate');
    expect(printed).toMatch(/Somebody else changed .env meanwhile.*\n.*Nothing was written/);
    expect(code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('POLICY=sync\n');
  });

  it('describes itself within 80 columns, and does nothing', async () => {
    const { file, pipe } = await setUp();
    const { code, printed } = await pipe('', '--help');
    expect(code).toBe(0);
    expect(printed).toMatch(/^npx mrc init \[options\]\n\n[A-Z].*\.\n$/s);
    expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('makes no file where an answer is missing', async () => {
    const { file, pipe } = await setUp();
    expect((await pipe('')).code).toBe(1);
    expect(existsSync(file)).toBe(false);
  });
});

describe('mrc init on a terminal', () => {
  it('asks again for the token, the ids and the key that were refused, and for nothing else', async () => {
    const { network, withNetwork, put, values, type } = await setUp();
    put({
      ...withNetwork,
      WU_RUNCLOUD_API_TOKEN: 'MARKED-WRONG',
      WU_RUNCLOUD_APP_ID: '13',
      MULTISITE_API_KEY: 'MARKED-WRONG',
    });
    const { code, printed } = await type([
      [/API token.*Enter keeps it/, 'MARKED-TOKEN'],
      [/panel, or the number of its server/, PANEL],
      [/Number of the web application/, ''],
      [/API key of the network/, 'MARKED-KEY'],
      [/API secret of the network/, ''],
    ]);
    expect(printed).toMatch(/\(401\)[\s\S]*no web application 13[\s\S]*did not accept MULTISITE_API_KEY/);
    expect(code).toBe(0);
    expect(values()).toEqual(withNetwork);
    expect(network.calls.length).toBeGreaterThan(0);
  });

  it('ends after a few wrong answers, and writes nothing', async () => {
    const { withNetwork, put, values, type } = await setUp();
    const wrong = { ...withNetwork, WU_RUNCLOUD_API_TOKEN: 'MARKED-WRONG' };
    put(wrong);
    const again: Typed = [/API token/, 'MARKED-WRONG'];
    const { code, printed } = await type([again, again, again]);
    expect(printed.match(/\(401\)/g)).toHaveLength(4);
    expect(printed).toContain('Nothing was written.');
    expect(code).toBe(1);
    expect(values()).toEqual(wrong);
  });

  it('ends with Ctrl-C at a question that comes again, and writes nothing', async () => {
    const { withNetwork, put, values, type } = await setUp();
    const wrong = { ...withNetwork, WU_RUNCLOUD_API_TOKEN: 'MARKED-WRONG' };
    put(wrong);
    const { code, printed } = await type([[/API token/, '\u0003']]);
    expect(printed).toMatch(/The operator stopped it\.\n.*Nothing was written/);
    expect(code).toBe(1);
    expect(values()).toEqual(wrong);
  });
});
