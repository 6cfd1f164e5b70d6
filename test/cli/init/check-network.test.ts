import { describe, expect, it, onTestFinished } from 'vitest';
import { checkNetwork } from '../../../cli/init/check-network.ts';
import { Secret } from '../../../lib/util/secret.ts';
import { type MultisiteOptions, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { simulatedClock } from '../../support/clock.ts';

async function setUp(options: Partial<MultisiteOptions> = {}) {
  const clock = simulatedClock();
  const site = new StandInMultisite({
    host: 'network.example',
    key: 'MARKED-KEY',
    secret: 'MARKED-SECRET',
    label: 'Shops',
    clock,
    ...options,
  });
  const url = new URL(await site.listen());
  onTestFinished(() => site.close());
  const printed: string[] = [];
  const check = async (changes: { key?: string; url?: URL } = {}) =>
    checkNetwork(
      { url: changes.url ?? url, key: new Secret(changes.key ?? 'MARKED-KEY'), secret: new Secret('MARKED-SECRET') },
      { clock, print: (line) => printed.push(line) },
    );
  return { site, check, url, printed };
}

const BODY = { code: 'rest_forbidden', message: 'MARKED' };

describe('the check against the network', () => {
  it('says what it calls itself, where it is and how many domains are mapped, and changes nothing', async () => {
    const { site, check, url } = await setUp();
    site.map('flowers.example');
    expect(await check()).toBe(`The network was asked: "Shops" at ${url.host} has 1 mapped domain and 2 sites.`);
    for (let count = 0; count < 120; count++) site.map(`shop-${count}.example`);
    expect(await check()).toContain('has 121 mapped domains');
    expect(site.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it.each([
    ['a wrong key', { key: 'MARKED-WRONG' }, {}, /did not accept MULTISITE_API_KEY.*Settings > API/, /KEY.*SECRET/],
    [
      'no connection',
      { url: new URL('http://127.0.0.1:9') },
      {},
      /could not be asked.*--skip-network-check/,
      /^\["MUL.*URL"\]$/,
    ],
    ['a redirect', {}, { status: 301, body: '' }, /redirect.*Set MULTISITE_URL/, /^\["MULTISITE_URL"\]$/],
    ['no API', {}, { status: 404, body: '' }, /no REST API/, /^\["MULTISITE_URL"\]$/],
    ['another page', {}, { body: '<html>MARKED' }, /with an HTML page/, /^\["MULTISITE_URL"\]$/],
  ] as const)('says what %s means, and which answers may be the cause', async (_, changes, reply, words, settings) => {
    const { check, site } = await setUp();
    if ('body' in reply) site.options = { ...site.options, spoil: () => reply };
    const refused = check(changes);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.not.toThrow(/MARKED/);
    const error = await refused.catch((each: unknown) => each as { settings: unknown });
    expect(JSON.stringify((error as { settings: unknown }).settings)).toMatch(settings);
  });

  it('says that a firewall says nothing about the key, and asks for no other answer', async () => {
    const { check, site } = await setUp();
    site.options = { ...site.options, spoil: () => ({ status: 403, body: '<html>' }) };
    const refused = check();
    await expect(refused).rejects.toThrow(/says nothing about the key.*--skip-network-check/);
    await expect(refused).rejects.not.toHaveProperty('settings');
  });

  it('waits where the network is down for a moment, and says so', async () => {
    const { check, site, printed } = await setUp();
    let count = 0;
    site.options = { ...site.options, spoil: () => (count++ === 0 ? { status: 503, body: BODY } : undefined) };
    expect(await check()).toContain('0 mapped domains');
    expect(printed).toEqual(['The network did not answer a read, asking again …']);
  });
});
