import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../cli/init/arguments.ts';
import { SETTINGS } from '../../../cli/init/questions.ts';
import { SETTING_NAMES } from '../../../lib/setting-names.ts';
import { LOCAL_NAMES } from '../../../local/environment.ts';

describe('arguments of mrc init', () => {
  it('may be left out, for .env of this folder', () => {
    expect(parseArguments([])).toMatchObject({ target: { kind: 'env-file' }, existing: 'kept', network: 'asked' });
  });

  it('name the stage, and that is enough', () => {
    expect(parseArguments(['--stage', 'production'])).toEqual({
      target: {
        kind: 'secrets',
        secrets: {
          webhook: { kind: 'webhook', id: 'multisite-runcloud/production/webhook' },
          runcloud: { kind: 'runcloud', id: 'multisite-runcloud/production/runcloud' },
        },
        stage: 'production',
      },
      from: undefined,
      keyChange: 'none',
      pluginWebhook: 'as it is',
      change: new Set(),
      runcloud: 'asked',
      network: 'asked',
      existing: 'kept',
    });
  });

  it('name every setting to be asked for anew, and for .env those of one machine too', () => {
    expect(SETTINGS.secrets.toSorted()).toEqual(SETTING_NAMES.toSorted());
    expect(SETTINGS['env-file'].toSorted()).toEqual([...SETTING_NAMES, ...LOCAL_NAMES].sort());
    expect(parseArguments(['--change', 'DATA_DIR'])).toMatchObject({ change: new Set(['DATA_DIR']) });
  });

  it('take everything else', () => {
    const rest = [
      '--plugin-webhook',
      '--skip-runcloud-check',
      '--skip-network-check',
      '--start-over',
      '--change',
      'POLICY',
      '--change',
      'WWW',
    ];
    expect(
      parseArguments([
        '--webhook-secret=other',
        '--runcloud-secret=another',
        '--from',
        'wp-config.php',
        '--rotate',
        ...rest,
      ]),
    ).toEqual({
      target: {
        kind: 'secrets',
        secrets: { webhook: { kind: 'webhook', id: 'other' }, runcloud: { kind: 'runcloud', id: 'another' } },
        stage: undefined,
      },
      from: 'wp-config.php',
      keyChange: 'rotate',
      pluginWebhook: 'open',
      change: new Set(['POLICY', 'WWW']),
      runcloud: 'not asked',
      network: 'not asked',
      existing: 'replaced',
    });
    expect(parseArguments(['--stage', 'a', '--drop-old-key'])).toMatchObject({ keyChange: 'drop-old' });
    expect(parseArguments(['--help'])).toBe('help');
  });

  it.each([
    ['one secret and no stage', ['--webhook-secret', 'b'], /--stage <stage>, or both --webhook-secret/],
    ['a secret as an option', ['--stage', 'a', '--token', 'MARKED'], /Secrets are not taken as arguments.*history/],
    ['a secret as an option with =', ['--stage', 'a', '--MARKED=MARKED'], /Secrets are not taken as arguments/],
    [
      'a secret as an argument',
      ['--stage', 'a', 'MARKED'],
      /mrc init --stage production.*Secrets are not taken as arguments/,
    ],
    ['a secret as the value of a switch', ['--stage', 'a', '--rotate=MARKED'], /Secrets are not taken as arguments/],
    ['a secret in the place of its name', ['--stage', 'a', '--webhook-secret', 'whsec_MARKED'], /not what is in it/],
    ['a secret in the place of a setting', ['--stage', 'a', '--change', 'MARKED'], /name of a setting/],
    ['a setting of one machine for a stage', ['--stage', 'a', '--change', 'DATA_DIR'], /--change takes the name of/],
    ['an impossible stage', ['--stage', '../MARKED'], /letters, digits and hyphens/],
    ['two steps at once', ['--stage', 'a', '--rotate', '--drop-old-key'], /two steps/],
  ] as const)('are refused where they hold %s, which is not repeated', (_, args, words) => {
    let message = '';
    try {
      parseArguments(args);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(words);
    expect(message).not.toContain('MARKED');
  });
});
