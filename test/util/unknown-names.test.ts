import { describe, expect, it } from 'vitest';
import { SETTING_NAMES } from '../../lib/setting-names.ts';
import { quote } from '../../lib/util/raw-settings.ts';
import { type GivenNames, warnOfUnknown } from '../../lib/util/unknown-names.ts';

const KNOWN = [...SETTING_NAMES, 'HOST', 'PORT', 'DATA_DIR', 'RECONCILE_EVERY'];

function warned(from: GivenNames['from'], ...names: string[]): string[] {
  return warnOfUnknown({ names, from }, KNOWN);
}

describe('a name that is not known', () => {
  it.each([
    ['POLICYY', 'POLICY'],
    ['policy', 'POLICY'],
    ['MULTISITE_KEY', 'MULTISITE_API_KEY'],
    ['MULTISITE_SECRET', 'MULTISITE_API_SECRET'],
    ['RUNCLOUD_API_TOKEN', 'WU_RUNCLOUD_API_TOKEN'],
    ['SERVER_ID', 'WU_RUNCLOUD_SERVER_ID'],
    ['WU_RUNCLOUD_APPID', 'WU_RUNCLOUD_APP_ID'],
    ['WEBHOOK_SECRETS', 'WEBHOOK_SECRET'],
    ['SUBDOMAIN', 'SUBDOMAINS'],
    ['WRITEBACK', 'WRITE_BACK'],
    ['BRAKE_COUNTS', 'BRAKE_COUNT'],
    ['RECONCILE_EVERYS', 'RECONCILE_EVERY'],
    ['DNS_SERVER', 'DNS_SERVERS'],
    ['POTR', 'PORT'],
  ])('%s is warned of with %s, which is nearest', (name, nearest) => {
    expect(warned('settings', name)).toEqual([
      `The setting ${name} is not known, so nothing reads it. Did you mean ${nearest}?`,
    ]);
  });

  it.each(['LANGUAGE_OF_THE_SHOP', 'X'])('%s has none near it', (name) => {
    expect(warned('settings', name)).toEqual([
      `The setting ${name} is not known, so nothing reads it. docs/settings.md lists all of them.`,
    ]);
  });

  it('is not repeated where it may be a value', () => {
    for (const name of ['whsec_MARKED+/=', 'a b', `A${'B'.repeat(60)}`]) {
      expect(warned('settings', name)).toEqual([expect.stringMatching(/^The setting with a name that is none is not/)]);
    }
  });

  it.each(['POLICYY', 'policy', 'MULTISITE_KEY', 'WU_RUNCLOUD_TOKEN', 'SUBDOMAIN', 'DATADIR', 'BRAKE', 'NETWORKS'])(
    'is warned of in the environment where it is meant for this service: %s',
    (name) => {
      const isMeant = name !== 'BRAKE';
      expect(warned('environment', name)).toHaveLength(isMeant ? 1 : 0);
    },
  );

  it.each([
    ...['HOME', 'PATH', 'PWD', 'TERM', 'LANG', 'SHLVL', 'TRACE', 'HOSTNAME', 'HOSTS', 'TZ', 'XDG_DATA_DIRS', 'EDITOR'],
    ...['NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'npm_config_cache', 'INVOCATION_ID', 'STATE_DIRECTORY', 'PORTS', 'DEBUG'],
  ])('is left alone in the environment where others have it: %s', (name) => {
    expect(warned('environment', name)).toEqual([]);
  });

  it("is no other program's: NOTIFY_SOCKET is of systemd, and two letters off NOTIFY_SECRET", () => {
    expect(warned('environment', 'NOTIFY_SOCKET')).toEqual([]);
    expect(warned('environment', 'NOTIFY_SECRETS')).toHaveLength(1);
  });

  it('is none of those that are known', () => {
    expect(warned('settings', ...KNOWN)).toEqual([]);
    expect(warned('environment', ...KNOWN)).toEqual([]);
  });
});

describe('quote', () => {
  it.each([
    ['obsrve', '"obsrve"'],
    ['a "b"', '"a \\"b\\""'],
    ['ab '.repeat(20), `"${'ab '.repeat(20)}"`],
    ['ab '.repeat(20).concat('c'), 'a text of 61 characters'],
    ['x'.repeat(23), `"${'x'.repeat(23)}"`],
    ['x'.repeat(24), 'a text that may hold a secret'],
    ['whsec_MARKEDMARKEDMARKED+/==', 'a text that may hold a secret'],
    ['https://me:MARKED@network.example', 'a text that may hold a secret'],
    ['https://network.example/?key=MARKED', 'a text that may hold a secret'],
  ])('%s: %s', (value, quoted) => {
    expect(quote(value)).toBe(quoted);
  });
});
