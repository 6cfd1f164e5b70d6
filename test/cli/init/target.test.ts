/** What both places for settings do alike. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envTarget } from '../../../cli/init/env-target.ts';
import { secretsTarget } from '../../../cli/init/secrets-target.ts';
import type { SettingsTarget } from '../../../cli/init/target.ts';
import { stubbedSecrets } from '../../support/aws/stubbed-secrets.ts';
import { keyText } from '../../support/webhooks.ts';

const VALUES = {
  WU_RUNCLOUD_API_TOKEN: 'MARKED',
  WU_RUNCLOUD_SERVER_ID: '7',
  WU_RUNCLOUD_APP_ID: '12',
  POLICY: 'observe',
  WEBHOOK_SECRET: keyText(1),
};

type World = {
  readonly target: SettingsTarget;
  /** Somebody else writes a policy. */
  overwrite(policy: string): void;
  spoil(): void;
  /** All that stands there, as text. */
  stored(): string;
};

function withEnvFile(): World {
  const folder = mkdtempSync(join(tmpdir(), 'target-'));
  const file = join(folder, '.env');
  return {
    target: envTarget(folder, {}),
    overwrite: (policy) => writeFileSync(file, `POLICY=${policy}\n`),
    spoil: () => writeFileSync(file, 'POLICY= \nWU_RUNCLOUD_API_TOKEN=MARKED\n'),
    stored: () => readFileSync(file, 'utf8'),
  };
}

async function withSecrets(): Promise<World> {
  const aws = await stubbedSecrets();
  const [webhook, runcloud] = ['team/webhook', 'team/runcloud'];
  aws.create(webhook);
  aws.create(runcloud);
  const secrets = { webhook: { kind: 'webhook', id: webhook }, runcloud: { kind: 'runcloud', id: runcloud } } as const;
  return {
    target: secretsTarget({ kind: 'secrets', secrets, stage: undefined }, '/nowhere'),
    overwrite: (policy) => void aws.put(runcloud, JSON.stringify({ POLICY: policy })),
    spoil: () => void aws.put(runcloud, '{"WU_RUNCLOUD_API_TOKEN":"MARKED'),
    stored: () => [webhook, runcloud].map((id) => aws.value(id) ?? '').join('\n'),
  };
}

describe.each([
  ['.env', withEnvFile],
  ['the secrets of a stage', withSecrets],
])('%s', (_, setUp) => {
  it('has nothing at first, and then what was written', async () => {
    const { target } = await setUp();
    const empty = await target.read('kept');
    expect(empty.values).toEqual({});
    expect((await empty.write(VALUES, 'none')).join(' ')).toMatch(/was (made|written)/);
    const { values } = await target.read('kept');
    expect(values).toEqual(VALUES);
    expect(target.parse(values)).toMatchObject({ ok: true });
  });

  it('takes a setting out, and keeps those that nobody knows', async () => {
    const { target } = await setUp();
    await (await target.read('kept')).write({ ...VALUES, GRACE: '2h', SOMETHING_ELSE: 'x' }, 'none');
    const reading = await target.read('kept');
    const { GRACE: _grace, ...rest } = reading.values;
    await reading.write(rest, 'none');
    const { values } = await target.read('kept');
    expect(values).toEqual({ ...VALUES, SOMETHING_ELSE: 'x' });
    expect(target.parse(values)).toMatchObject({
      ok: true,
      settings: { warnings: [expect.stringContaining('SOMETHING_ELSE')] },
    });
  });

  it('is not written where nothing is new', async () => {
    const { target, stored } = await setUp();
    await (await target.read('kept')).write(VALUES, 'none');
    const before = stored();
    const said = await (await target.read('kept')).write(VALUES, 'none');
    expect(said.join(' ')).toMatch(/(has|have) all of this already\.$/);
    expect(stored()).toBe(before);
  });

  it('is not written over what somebody else wrote since it was read', async () => {
    const { target, overwrite, stored } = await setUp();
    const atFirst = await target.read('kept');
    overwrite('sync');
    await expect(atFirst.checkUnchanged()).rejects.toThrow(/Somebody else changed/);
    const later = await target.read('kept');
    await expect(later.checkUnchanged()).resolves.toBeUndefined();
    overwrite('observe');
    const before = stored();
    await expect(later.checkUnchanged()).rejects.toThrow(/Somebody else changed/);
    expect(stored()).toBe(before);
  });

  it('is refused where it is not readable, which repeats nothing, unless nothing of it is to be kept', async () => {
    const { target, spoil, stored } = await setUp();
    spoil();
    const refused = target.read('kept');
    await expect(refused).rejects.toThrow(/\.env|team\/runcloud/);
    await expect(refused).rejects.not.toThrow(/MARKED/);
    const reading = await target.read('replaced');
    expect(reading.values).toEqual({});
    await reading.write({ ...VALUES, WU_RUNCLOUD_API_TOKEN: 'new' }, 'none');
    expect((await target.read('kept')).values).toEqual({ ...VALUES, WU_RUNCLOUD_API_TOKEN: 'new' });
    expect(stored()).not.toContain('MARKED');
  });

  it('drops an old key for good', async () => {
    const { target } = await setUp();
    await (await target.read('kept')).write({ ...VALUES, WEBHOOK_SECRET: `${keyText(2)} ${keyText(1)}` }, 'none');
    const reading = await target.read('kept');
    expect(await reading.finishDrop()).toBeUndefined();
    await reading.write({ ...VALUES, WEBHOOK_SECRET: keyText(2) }, 'drop-old');
    const dropped = await target.read('kept');
    expect(dropped.values['WEBHOOK_SECRET']).toBe(keyText(2));
    expect(await dropped.finishDrop()).toBeUndefined();
  });

  it('says where webhooks go to, and what to run for the old key', async () => {
    const { target } = await setUp();
    expect(target.addressOf(VALUES)).toMatchObject({ url: undefined, words: expect.stringMatching(/^The address is/) });
    expect(target.keyWords.dropCommand).toMatch(/^npx mrc init.* --drop-old-key$/);
  });
});
