import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commandFor, nameOfSecret, secretNameOf, settingsFor, stageOf } from '../../lib/aws/secret-name.ts';
import { parseReceiverSettings } from '../../lib/intake/settings.ts';
import { keyText } from '../support/webhooks.ts';

const arnOf = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-a1B2c3`;

describe('the secrets of a stage', () => {
  it.each(['webhook', 'runcloud'] as const)('%s has a name by which its stage is known, as its ARN does', (kind) => {
    const name = secretNameOf('production', kind);
    for (const id of [name, arnOf(name)]) {
      expect(nameOfSecret(id)).toBe(name);
      expect(stageOf({ kind, id })).toBe('production');
      expect(commandFor({ kind, id })).toBe('npx mrc init --stage production');
    }
  });

  it.each([
    ['webhook', 'multisite-runcloud/production'],
    ['webhook', 'multisite-runcloud/production/runcloud'],
    ['runcloud', 'multisite-runcloud//runcloud'],
    ['runcloud', 'team/runcloud'],
  ] as const)('%s may be called otherwise: %s', (kind, name) => {
    const ref = { kind, id: arnOf(name) };
    expect(stageOf(ref)).toBeUndefined();
    expect(commandFor(ref)).toBe(`npx mrc init --stage <stage> --${kind}-secret ${name}`);
  });

  it('share the settings: what the internet reaches may know, and the rest', () => {
    const values = {
      WEBHOOK_SECRET: 'a',
      WEBHOOK_TOKEN: 'b',
      NOTIFY_URL: 'c',
      NOTIFY_SECRET: 'd',
      NOTIFY_ALLOW_PRIVATE: 'e',
      SLACK_WEBHOOK_URL: 'f',
      WU_RUNCLOUD_API_TOKEN: 'g',
      MULTISITE_API_SECRET: 'h',
      POLICY: 'i',
      SOMETHING_ELSE: 'j',
    };
    const { WU_RUNCLOUD_API_TOKEN, MULTISITE_API_SECRET, POLICY, SOMETHING_ELSE, ...webhook } = values;
    expect(settingsFor('webhook', values)).toEqual(webhook);
    expect(settingsFor('runcloud', values)).toEqual({
      WU_RUNCLOUD_API_TOKEN,
      MULTISITE_API_SECRET,
      POLICY,
      SOMETHING_ELSE,
    });
  });

  it('give the way in each setting that it reads', () => {
    const names = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8').match(/(?<=^#?)[A-Z_]+(?==)/gm);
    const base = { WEBHOOK_SECRET: keyText(1) };
    const isRead = (name: string) => {
      const changed = parseReceiverSettings({ ...base, [name]: 'not/a value' });
      return !isDeepStrictEqual(changed, parseReceiverSettings(base));
    };
    const read = (names ?? []).filter(isRead);
    expect(read).toEqual(expect.arrayContaining(['WEBHOOK_SECRET', 'WEBHOOK_TOKEN', 'NETWORK']));
    for (const name of read) expect(settingsFor('webhook', { [name]: 'x' })).toEqual({ [name]: 'x' });
  });
});
