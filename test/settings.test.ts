import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../lib/core/values/time.ts';
import { parseSettings } from '../lib/settings.ts';
import { keyText } from './support/webhooks.ts';

const GOOD = {
  WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
  WU_RUNCLOUD_SERVER_ID: '7',
  WU_RUNCLOUD_APP_ID: '12',
  WEBHOOK_SECRET: keyText(1),
  POLICY: 'sync',
};

function parsed(changes: Record<string, string | undefined> = {}) {
  const result = parseSettings({ ...GOOD, ...changes });
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.settings;
}

describe('settings', () => {
  it('need few values, and have defaults for the rest', () => {
    expect(parsed()).toMatchObject({
      plan: { policy: 'sync', protectedDomains: [], www: 'auto', graceMs: HOUR, brake: { count: 5, percent: 5 } },
      api: {
        baseUrl: new URL('https://manage.runcloud.io/api/v3'),
        credentials: { kind: 'bearer' },
        serverId: 7,
        appId: 12,
      },
      receiver: { urlToken: undefined },
      dnsServers: ['1.1.1.1', '8.8.8.8'],
      tlsPort: 443,
      serverAddresses: [],
      writeBack: false,
    });
  });

  it('take every value', () => {
    const settings = parsed({
      PROTECTED_DOMAINS: ' Mail.Example, *.staff.example',
      WWW: 'never',
      GRACE: '5m',
      BRAKE_COUNT: '10',
      BRAKE_PERCENT: '0',
      DNS_SERVERS: '9.9.9.9:53 [2620:fe::fe]:53 2620:fe::9',
      TLS_PORT: '8443',
      SERVER_ADDRESSES: '198.51.100.20, 2001:DB8:0::1  203.0.113.10,198.51.100.20',
      WRITE_BACK: 'true',
      WEBHOOK_TOKEN: 'a-token-of-enough-letters',
      WEBHOOK_SECRET: `${keyText(1)} ${keyText(2)}`,
      RUNCLOUD_API_URL: 'http://127.0.0.1:1234/api/v3',
    });
    expect(settings.plan).toEqual({
      policy: 'sync',
      protectedDomains: ['mail.example', '*.staff.example'],
      www: 'never',
      subdomains: 'create',
      graceMs: 5 * MINUTE,
      brake: { count: 10, percent: 0 },
    });
    expect(settings.receiver.keys).toHaveLength(2);
    expect(settings.dnsServers).toHaveLength(3);
    expect(settings.tlsPort).toBe(8443);
    expect(settings.writeBack).toBe(true);
    expect(settings.serverAddresses).toEqual(['198.51.100.20', '2001:db8::1', '203.0.113.10']);
    expect(settings.api.baseUrl.href).toBe('http://127.0.0.1:1234/api/v3');
  });

  it('take the key pair of API v2, with the address of v2', () => {
    const settings = parsed({ WU_RUNCLOUD_API_TOKEN: '', WU_RUNCLOUD_API_KEY: 'k', WU_RUNCLOUD_API_SECRET: 's' });
    expect(settings.api).toMatchObject({
      credentials: { kind: 'basic' },
      baseUrl: new URL('https://manage.runcloud.io/api/v2'),
    });
  });

  it.each([
    ['WU_RUNCLOUD_SERVER_ID', 'https://manage.runcloud.io/servers/7/webapps/12'],
    ['WU_RUNCLOUD_SERVER_ID', 'https://manage.runcloud.io/servers/7/apps/12/domains'],
    ['WU_RUNCLOUD_APP_ID', 'https://manage.runcloud.io/workspace/servers/7/webapps/12?tab=x'],
  ])('read both ids out of an address of the panel in %s', (name, address) => {
    const none = { WU_RUNCLOUD_SERVER_ID: undefined, WU_RUNCLOUD_APP_ID: undefined };
    expect(parsed({ ...none, [name]: address }).api).toMatchObject({ serverId: 7, appId: 12 });
  });

  it('that are missing are listed all at once', () => {
    const result = parseSettings({});
    expect(result.ok || result.faults.map((fault) => fault.split(' ')[0]).sort()).toEqual([
      'POLICY',
      'WEBHOOK_SECRET',
      'WU_RUNCLOUD_API_TOKEN',
      'WU_RUNCLOUD_SERVER_ID',
    ]);
  });

  const wrong: [string, string, RegExp][] = [
    ['POLICY', 'obsrve', /^POLICY is "obsrve", and has to be observe, create-only or sync\.$/],
    ['POLICY', 'Observe', /^POLICY is "Observe", and/],
    ['POLICY', 'x'.repeat(61), /^POLICY is a text of 61 characters, and has to be/],
    ['WWW', 'yes', /^WWW is "yes", and has to be auto, always or never\.$/],
    ['GRACE', '5 parsecs', /^GRACE is "5 parsecs", and has to be a duration such as 30s, 5m, 1h or 2d\.$/],
    ['BRAKE_COUNT', '-1', /^BRAKE_COUNT is "-1", and has to be a whole number from 0 to 100000\.$/],
    ['BRAKE_COUNT', '5.5', /^BRAKE_COUNT is "5\.5"/],
    ['BRAKE_PERCENT', '101', /^BRAKE_PERCENT is "101", and has to be a whole number from 0 to 100\.$/],
    ['TLS_PORT', '0', /^TLS_PORT is "0", and has to be a whole number from 1 to 65535\.$/],
    ['WRITE_BACK', 'yes', /^WRITE_BACK is "yes", and has to be true or false\.$/],
    ['TLS_PORT', '65536', /from 1 to 65535/],
    ['PROTECTED_DOMAINS', 'localhost', /single label/],
    ['DNS_SERVERS', 'dns.example', /addresses of resolvers.* It has "dns\.example"\.$/],
    ['DNS_SERVERS', '1.1.1.1 dns.example 300.1.1.1', /It has "dns\.example", "300\.1\.1\.1"\.$/],
    ['SERVER_ADDRESSES', '203.0.113.10 shop.example', /lead to the server, .*: "shop\.example" is none/],
    ['SERVER_ADDRESSES', '203.0.113.10:443', /"203\.0\.113\.10:443" is none/],
    ['SERVER_ADDRESSES', '104.16.0.1', /104\.16\.0\.1 belongs to Cloudflare, whose addresses are everybody's\. List/],
    ['WEBHOOK_TOKEN', 'short', /at least 24/],
    ['WEBHOOK_SECRET', 'MARKED-no-prefix', /begins with whsec_/],
    ['WEBHOOK_SECRET', 'whsec_MARKED-!!', /not base64/],
    ['WEBHOOK_SECRET', keyText(1, 23), /24 bytes, not 23/],
    ['WEBHOOK_SECRET', `${keyText(1)} ${keyText(2)} ${keyText(3)}`, /3 keys/],
    ['WU_RUNCLOUD_SERVER_ID', 'seven', /^WU_RUNCLOUD_SERVER_ID must be set\. WU_RUNCLOUD_SERVER_ID is "seven"\. It is/],
    ['WU_RUNCLOUD_APP_ID', '0', /^WU_RUNCLOUD_APP_ID must be set\. WU_RUNCLOUD_APP_ID is "0"\. It is/],
    ['RUNCLOUD_API_URL', 'http://manage.runcloud.io/api/v3', /^RUNCLOUD_API_URL is "http:.*https address/],
    ['RUNCLOUD_API_URL', 'https', /^RUNCLOUD_API_URL is "https", and must be an https address/],
    ['RUNCLOUD_API_URL', 'http://me:MARKED@manage.example', /is a text that may hold a secret, and must be/],
    ['SUBDOMAINS', 'all', /^SUBDOMAINS is "all", and has to be create, wildcard or ignore\.$/],
    ['NETWORK', 'no name', /^NETWORK is "no name", and must be the address of the network's main site/],
    ['PUBLIC_URL', 'http://domains.example', /^PUBLIC_URL is "http:.*must be the https address under which customers/],
    ['PUBLIC_URL', 'domains.example', /^PUBLIC_URL is "domains\.example"/],
    ['PUBLIC_URL', 'https://me:MARKED@domains.example', /^PUBLIC_URL is a text that may hold a secret/],
    ['PUBLIC_URL', 'https://domains.example/?x=1', /^PUBLIC_URL is/],
    ['MULTISITE_URL', 'https://network.example', /belong together: one is missing/],
    ['MULTISITE_API_KEY', 'MARKED', /belong together: one is missing/],
  ];
  it.each(wrong)('refuse %s=%s, without repeating secrets', (name, value, words) => {
    const result = parseSettings({ ...GOOD, [name]: value });
    const faults = result.ok ? [] : result.faults;
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(words);
    expect(faults[0]).not.toContain('MARKED');
  });

  it('take the network where all three of its settings are there, and only by https', () => {
    const network = { MULTISITE_API_KEY: 'k', MULTISITE_API_SECRET: 's' };
    const { network: result, plan } = parsed({
      ...network,
      MULTISITE_URL: 'https://network.example/',
      SUBDOMAINS: 'wildcard',
    });
    expect([result?.url.href, result?.key.reveal(), result?.secret.reveal()]).toEqual([
      'https://network.example/',
      'k',
      's',
    ]);
    expect(plan.subdomains).toBe('wildcard');
    expect(parsed({}).network).toBeUndefined();
    expect(parsed({ ...network, MULTISITE_URL: 'http://127.0.0.1:8080' }).network?.url.port).toBe('8080');
    for (const MULTISITE_URL of ['http://network.example', 'network.example']) {
      expect(parseSettings({ ...GOOD, ...network, MULTISITE_URL })).toMatchObject({
        faults: [
          expect.stringMatching(/^MULTISITE_URL is "(http:\/\/)?network\.example", and must be the https address/),
        ],
      });
    }
  });

  it.each([
    ['https://domains.example', 'https://domains.example'],
    [' https://Domains.example/shops// ', 'https://domains.example/shops'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://[::1]:8787/', 'http://[::1]:8787'],
    ['http://localhost', 'http://localhost'],
  ])('take %s for the address of customers\u2019 pages', (text, address) => {
    expect(parsed({ PUBLIC_URL: text }).receiver.publicUrl).toBe(address);
    expect(parsed({}).receiver.publicUrl).toBeUndefined();
  });

  it.each([
    [{ NETWORK: 'https://www.Network.example/' }, 'network.example'],
    [{ NETWORK: 'network.example:8443/blogs' }, 'network.example:8443/blogs'],
    // It may be another way in, past a proxy or a firewall.
    [{ MULTISITE_URL: 'https://origin.example' }, undefined],
    [{ MULTISITE_URL: 'https://origin.example', NETWORK: 'network.example' }, 'network.example'],
    [{}, undefined],
  ])('of %j name the network %s', (values: Record<string, string>, name) => {
    const pair = values['MULTISITE_URL'] ? { MULTISITE_API_KEY: 'k', MULTISITE_API_SECRET: 's' } : {};
    expect(parsed({ ...pair, ...values }).receiver.network).toBe(name);
  });

  it('refuse a name of the network that is none', () => {
    expect(parseSettings({ ...GOOD, NETWORK: 'net work' })).toMatchObject({
      faults: [
        expect.stringMatching(
          /^NETWORK is "net work", and must be the address of the network's main site, such as network\.example/,
        ),
      ],
    });
  });

  it('take a path of the network where WordPress lives in one, and refuse what is no address of it alone', () => {
    const network = { MULTISITE_API_KEY: 'k', MULTISITE_API_SECRET: 's' };
    for (const path of ['/', '/blog', '/blog/', '/wp', '/wp-adminton']) {
      const url = `https://network.example${path}`;
      expect(parsed({ ...network, MULTISITE_URL: url }).network?.url.pathname).toBe(path);
    }
    for (const url of [
      'https://MARKED@network.example',
      'https://admin:MARKED@network.example/',
      'https://network.example/?rest_route=/wu/v2',
      'https://network.example/#top',
      'https://network.example/wp-admin',
      'https://network.example/wp-admin/network/',
      'https://network.example/blog/wp-admin/',
      'https://network.example/wp-json/wu/v2',
      'https://network.example/wp-login.php',
    ]) {
      const result = parseSettings({ ...GOOD, ...network, MULTISITE_URL: url });
      expect(result, url).toMatchObject({ ok: false, faults: [expect.stringMatching(/main site alone/)] });
      expect(JSON.stringify(result)).not.toContain('MARKED');
    }
  });

  it('warn of names that are not known, and quote no value of them', () => {
    const names = { POLICYY: 'MARKED', MULTISITE_KEY: 'MARKED', PORT: '8787' };
    expect(parsed(names).warnings).toEqual([
      'The setting POLICYY is not known, so nothing reads it. Did you mean POLICY?',
      'The setting MULTISITE_KEY is not known, so nothing reads it. Did you mean MULTISITE_API_KEY?',
      'The setting PORT is not known, so nothing reads it. Did you mean TLS_PORT?',
    ]);
    expect(parsed().warnings).toEqual([]);
    // What is missing may stand there.
    expect(parseSettings({ ...GOOD, POLICY: undefined, POLICYY: 'sync' })).toEqual({
      ok: false,
      faults: [
        'POLICY is required: observe, create-only or sync. There is no default.',
        'The setting POLICYY is not known, so nothing reads it. Did you mean POLICY?',
      ],
    });
  });

  it('refuse half a key pair, and a key pair for API v3', () => {
    const pair = { WU_RUNCLOUD_API_TOKEN: '', WU_RUNCLOUD_API_KEY: 'k' };
    expect(parseSettings({ ...GOOD, ...pair })).toMatchObject({ faults: [expect.stringMatching(/belong together/)] });
    const v3 = { ...pair, WU_RUNCLOUD_API_SECRET: 's', RUNCLOUD_API_URL: 'https://manage.runcloud.io/api/v3' };
    expect(parseSettings({ ...GOOD, ...v3 })).toMatchObject({
      faults: [expect.stringMatching(/API v3 takes a token/)],
    });
  });

  it('never show a secret, however they are printed', () => {
    const settings = parsed({ WEBHOOK_TOKEN: 'MARKED-token-of-enough-letters' });
    const printed = [
      JSON.stringify(settings),
      inspect(settings, { depth: 9, showHidden: true }),
      `${settings.api.credentials}`,
    ];
    expect(printed.join()).not.toMatch(/MARKED|AQEBAQEB/);
  });
});
