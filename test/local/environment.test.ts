import { describe, expect, it } from 'vitest';
import { readLocalSettings } from '../../local/environment.ts';

describe('settings of one machine', () => {
  it('listen on 127.0.0.1 unless HOST says otherwise', () => {
    expect(readLocalSettings({}).settings.host).toBe('127.0.0.1');
    for (const HOST of ['0.0.0.0', '::', '::1', '192.0.2.7']) {
      expect(readLocalSettings({ HOST: ` ${HOST} ` })).toMatchObject({ settings: { host: HOST }, faults: [] });
    }
  });

  it.each(['web1', 'localhost', '127.0.0.1:8787', 'http://127.0.0.1', '[::1]'])(
    'refuse HOST=%s, and quote it',
    (HOST) => {
      expect(readLocalSettings({ HOST }).faults).toEqual([
        expect.stringContaining(`HOST is "${HOST}". It must be an IP address of this machine`),
      ]);
    },
  );

  it.each([
    ['PORT', '99999', /^PORT is "99999"\. It must be a port number/],
    ['PORT', 'http', /^PORT is "http"\./],
    ['RECONCILE_EVERY', '5 minutes', /^RECONCILE_EVERY is "5 minutes"\. It must be a duration from 1s to 20d/],
    ['RECONCILE_EVERY', '21d', /^RECONCILE_EVERY is "21d"\./],
  ])('refuse %s=%s, and quote it', (name, value, words) => {
    expect(readLocalSettings({ [name]: value }).faults).toEqual([expect.stringMatching(words)]);
  });
});
