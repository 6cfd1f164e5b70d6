/** What a site's own admins get: a link to the service's page for each of their domains, and the right DNS records. */
import { createHmac, hkdfSync } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { domainToASCII } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseMapping } from '../../lib/core/values/host-name.ts';
import { key, keyText } from '../support/webhooks.ts';
import { openBrowser } from './browser.ts';
import type { Situation } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { createSite, map, startListener } from './world.ts';

const SERVICE = 'https://service.example';
const url = `${SERVICE}/webhooks`;
const plugin = '2.9.2';
const SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const HEALTH =
  "$tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();";
const IN_ADMIN = "define( 'WP_ADMIN', true );";

/** The token as the service makes it. */
function tokenOf(domain: string, expires: number, secret: Buffer): string {
  const linkKey = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'multisite-runcloud/customer-link', 32));
  const claim = `${domain}.${expires}`;
  return `${claim}.${createHmac('sha256', linkKey).update(claim).digest('hex').slice(0, 32)}`;
}

describeInNetwork("a customer's link", (network) => {
  const tokenHere = (domain: string, expires: number, secret: string) =>
    network().value<string | null>(
      `return Multisite_RunCloud_Bridge\\Customer_Link::token( '${domain}', ${expires} );`,
      { url, secret },
    );
  const link = (situation: Situation, domain = 'shop.example', code = '') =>
    network().value<string>(`${code} return Multisite_RunCloud_Bridge\\Customer_Link::of( '${domain}' );`, situation);
  const SHAPE = (domain: string, base = SERVICE) =>
    new RegExp(`^${base}/domains/${domain}\\.(\\d{10})\\.([0-9a-f]{32})\\?lang=en$`);

  it('is made as the service makes it', async () => {
    const secret = Buffer.from(SECRET.slice(6), 'base64');
    const expected = 'shop.example.1798761600.9a83a5338d675d7a47c66dc05de36d91';
    expect(tokenOf('shop.example', 1_798_761_600, secret)).toBe(expected);
    expect(await tokenHere('shop.example', 1_798_761_600, SECRET)).toBe(expected);
  });

  it.each([
    ['WWW.Shop.Example', 'shop.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['ร้าน.example', domainToASCII('ร้าน.example')],
  ])('is of the domain as DNS has it: %s', async (written, domain) => {
    expect(await tokenHere(written, 1_798_761_600, keyText(1))).toBe(tokenOf(domain, 1_798_761_600, key(1).export()));
  });

  it.each([
    'shop.example/../x',
    'my_shop.example',
    'shop..example',
    '-shop.example',
    'shop-.example',
    'localhost',
    '192.0.2.1',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(124)}example`,
  ])('is of no domain that the service refuses: %s', async (domain) => {
    expect(parseMapping(domain).ok).toBe(false);
    expect(await tokenHere(domain, 1_798_761_600, SECRET)).toBeNull();
  });

  it('is of a domain as long as one can be', async () => {
    const domain = `${'a'.repeat(63)}.${'a.'.repeat(91)}example`;
    expect(parseMapping(domain).ok).toBe(true);
    expect(await tokenHere(domain, 1_798_761_600, keyText(1))).toBe(tokenOf(domain, 1_798_761_600, key(1).export()));
  });

  it('is good for 30 days', async () => {
    const [, expires = ''] = SHAPE('shop\\.example').exec(await link({ url })) ?? [];
    const days = (Number(expires) - Date.now() / 1_000) / 86_400;
    expect(days).toBeGreaterThan(29.99);
    expect(days).toBeLessThan(30.01);
  });

  it.each([
    ['th', 'th'],
    ['gu', 'gu'],
    ['id_ID', 'id'],
    ['de_DE', 'en'],
    ['', 'en'],
  ])('is in the language of whoever looks: %s', async (locale, lang) => {
    const speaks = `add_filter( 'locale', function () { return '${locale}'; } );`;
    expect(await link({ url }, 'shop.example', speaks)).toMatch(new RegExp(`\\?lang=${lang}$`));
  });

  it('goes to another public address where one is set', async () => {
    const constants = { MULTISITE_RUNCLOUD_PUBLIC_URL: 'https://status.example/base/' };
    expect(await link({ url: 'http://127.0.0.1:9/webhooks', constants })).toMatch(
      SHAPE('shop\\.example', 'https://status\\.example/base'),
    );
  });

  it.each([
    ['on this machine', { url: 'http://127.0.0.1:8787/webhooks' }],
    ['by name', { url: 'https://localhost/webhooks' }],
    ['in a network of its own', { url: 'https://10.0.0.5/webhooks' }],
    ['under a private address of IPv6', { url: 'https://[fd00::1]/webhooks' }],
    ['without https', { url, constants: { MULTISITE_RUNCLOUD_PUBLIC_URL: 'http://status.example' } }],
    ['at what is no address', { url, constants: { MULTISITE_RUNCLOUD_PUBLIC_URL: 'status.example' } }],
  ])('is not there where the service is %s', async (_name, situation) => {
    expect(await link(situation)).toBe('');
  });

  it('is not there in a copy of the network, or where the bridge is not set up', async () => {
    await network().cron({ url });
    expect(await link({ url, constants: { WP_ENVIRONMENT_TYPE: 'staging' } })).toBe('');
    expect(await link({})).toBe('');
  });

  it('has its wrong address named by Site Health', async () => {
    const constants = { MULTISITE_RUNCLOUD_PUBLIC_URL: 'https://127.0.0.1' };
    expect(await network().value(HEALTH, { url, constants })).toMatchObject({
      status: 'recommended',
      label: 'Customers get no links to how their domains are',
      description: expect.stringMatching(/MULTISITE_RUNCLOUD_PUBLIC_URL is not an address that customers reach/),
    });
  });

  describe("in the plugin's list of domains", () => {
    const actions = (code: string, situation: Situation = { url, plugin }) =>
      network().value<Record<string, { value: string; url: string }>>(
        `${code} return apply_filters( 'wu_domain_mapping_row_actions', array( 'remove' => array( 'value' => 'Delete', 'url' => '#' ) ), WP_Ultimo\\Models\\Domain::find( 'shop.example' ) );`,
        situation,
      );

    it('stands on each row, before what is there', async () => {
      await network().php(map('shop.example'), { url, plugin });
      const row = await actions(`${IN_ADMIN} wp_set_current_user( 1 );`);
      expect(Object.keys(row)).toEqual(['runcloud_state', 'remove']);
      expect(row['runcloud_state']).toMatchObject({
        value: 'State and DNS records',
        url: expect.stringMatching(SHAPE('shop\\.example')),
      });
    });

    it.each([
      [
        'for who does not manage the site',
        `${IN_ADMIN} wp_set_current_user( wpmu_create_user( 'editor' . wp_rand(), 'x', wp_rand() . '@a.example' ) );`,
      ],
      ['for nobody', `${IN_ADMIN} wp_set_current_user( 0 );`],
      ['on a page outside the admin, which a cache may keep', 'wp_set_current_user( 1 );'],
    ])('is not there %s', async (_name, code) => {
      await network().php(map('shop.example'), { url, plugin });
      expect(Object.keys(await actions(code))).toEqual(['remove']);
    });

    it('is not there for who manages another site', async () => {
      await network().php(createSite('other.network.example'), { isWithoutBridge: true });
      await network().php(map('shop.example'), { url, plugin });
      const code = `${IN_ADMIN} $user = wpmu_create_user( 'other' . wp_rand(), 'x', wp_rand() . '@a.example' ); $there = get_site_by_path( 'other.network.example', '/' )->blog_id; add_user_to_blog( $there, $user, 'administrator' ); wp_set_current_user( $user ); switch_to_blog( $there );`;
      expect(Object.keys(await actions(code))).toEqual(['remove']);
    });

    it('leaves alone what it does not understand', async () => {
      expect(
        await network().value(
          "return array( apply_filters( 'wu_domain_mapping_row_actions', 'odd', null ), apply_filters( 'wu_domain_mapping_row_actions', array(), new stdClass() ) );",
          { url },
        ),
      ).toEqual(['odd', []]);
    });
  });

  describe("on a site's dashboard", () => {
    const panel = (situation: Situation, user = 'wp_set_current_user( 1 );') =>
      network().php(
        `${IN_ADMIN} ${user} require_once ABSPATH . 'wp-admin/includes/admin.php'; set_current_screen( 'dashboard' ); require_once ABSPATH . 'wp-admin/includes/dashboard.php';
        do_action( 'wp_dashboard_setup' ); do_meta_boxes( 'dashboard', 'normal', '' );`,
        situation,
      );

    it.each([
      ['without the plugin', undefined],
      ['with a plugin of before 2.4', '2.3.4'],
      ['with a plugin whose list of domains may not be shown', '2.9.2'],
    ])('lists its domains %s', async (_name, version) => {
      const wordpress = network();
      await wordpress.php(createSite('shop.example'), { isWithoutBridge: true });
      await wordpress.php(
        map('Flowers.example', "'blog_id' => $wpdb->get_var( 'SELECT MAX(blog_id) FROM wp_blogs' )"),
        { url, plugin },
      );
      const shown = await panel({ url, plugin: version, host: 'shop.example' });
      expect(shown).toContain('Domains of this site');
      for (const domain of ['shop.example', 'flowers.example']) {
        expect(shown).toMatch(
          new RegExp(
            `<li><a href="${SERVICE}/domains/${domain}\\.\\d+\\.[0-9a-f]{32}\\?lang=en" target="_blank" rel="noreferrer noopener">${domain}</a></li>`,
          ),
        );
      }
    });

    it.each([
      ['of a site below the network, which has no domain of its own', { url, host: 'sub.network.example' }, undefined],
      ['of the main site', { url }, undefined],
      [
        'for an editor',
        { url, host: 'shop.example' },
        "$user = wpmu_create_user( 'editor' . wp_rand(), 'x', wp_rand() . '@a.example' ); add_user_to_blog( get_current_blog_id(), $user, 'editor' ); wp_set_current_user( $user );",
      ],
    ])('lists nothing %s', async (_name, situation, user) => {
      for (const host of ['shop.example', 'sub.network.example']) {
        await network().php(createSite(host), { isWithoutBridge: true });
      }
      expect(await panel(situation, user)).not.toMatch(/Domains of this site|service\.example/);
    });

    it('shows the page it is on, and no page of the site has the link', async () => {
      await network().php(map('shop.example'), { url, plugin });
      const admin = await openBrowser(network(), { url });
      expect((await admin('/wp-admin/index.php')).text).toMatch(/service\.example\/domains\/shop\.example/);
      expect((await admin('/')).text).not.toContain('service.example');
    });
  });
});

describeInNetwork('the instructions for who adds a domain', (network) => {
  const DEFAULT = 'Point it to <code>network.example</code>, 198.51.100.1.';
  const instructions = (situation: Situation, code = '') =>
    network().value<string>(
      `${code} return apply_filters( 'wu_get_domain_mapping_instructions', '${DEFAULT}', 'network.example', '198.51.100.1' );`,
      situation,
    );
  /** A service that answers as told, and what it was asked. */
  const startService = async (...answers: object[]) => {
    const asked: { headers: IncomingMessage['headers']; body: string; path: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push({ headers: request.headers, body: Buffer.concat(parts).toString(), path: request.url });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`, asked };
  };
  const known = { ok: true, summary: 'Well.', server_address: '203.0.113.10' };
  /** For how many seconds the address, or that there is none, is believed. */
  const believedFor = () =>
    network().value<number>(
      "return get_site_option( '_site_transient_timeout_multisite_runcloud_server_address' ) - time();",
    );
  const forget = () => network().php("delete_site_transient( 'multisite_runcloud_server_address' );");

  it("have this network's records, and the address that works in the place of a guess", async () => {
    await forget();
    const service = await startService(known);
    expect(await instructions({ url: service.url })).toBe(
      [
        'Point it to <code>network.example</code>, 203.0.113.10.',
        'The DNS records for this network, with your domain in the place of shop.example:',
        '<code>A shop.example → 203.0.113.10</code>',
      ].join('\n\n'),
    );
    expect(service.asked).toHaveLength(1);
    expect(service.asked[0]).toMatchObject({ path: '/queries', body: '{"type":"status","data":{"limit":0}}' });
    expect(service.asked[0]?.headers).toMatchObject({ 'webhook-signature': expect.stringMatching(/^v1,/) });
  });

  const WWW = '<code>CNAME www.shop.example → shop.example</code>';

  it.each([
    ['auto', 'Also www, if you want it, and unless your domain is a subdomain such as blog.shop.example:'],
    ['always', '<code>A shop.example → 203.0.113.10</code>'],
  ])('have the record of www where the service serves it: %s', async (www, before) => {
    await forget();
    const service = await startService({ ...known, www });
    expect(await instructions({ url: service.url })).toMatch(`${before}\n\n${WWW}`);
  });

  it.each(['never', '<script>'])('have no record of www where it is to have none: %s', async (www) => {
    await forget();
    const service = await startService({ ...known, www });
    expect(await instructions({ url: service.url })).not.toMatch(/www|script/);
  });

  it('ask anew where the bridge of before kept the address alone', async () => {
    await network().php("set_site_transient( 'multisite_runcloud_server_address', '198.51.100.9', 3600 );");
    const service = await startService(known);
    expect(await instructions({ url: service.url })).toContain('203.0.113.10');
  });

  it('ask once an hour', async () => {
    await forget();
    const service = await startService(known);
    for (let times = 0; times < 3; times += 1) await instructions({ url: service.url });
    expect(service.asked).toHaveLength(1);
    expect(Math.abs((await believedFor()) - 3_600)).toBeLessThan(30);
  });

  it('are of IPv6 where the address is', async () => {
    await forget();
    const service = await startService({ ...known, server_address: '2001:db8::10' });
    expect(await instructions({ url: service.url })).toContain('<code>AAAA shop.example → 2001:db8::10</code>');
  });

  it.each<[string, object]>([
    ['the service does not know it yet', { ok: true, summary: 'Well.' }],
    ['the service refuses', { ok: false, summary: 'There is nothing to show yet.' }],
    ['what answers is not the service', { hello: 'world' }],
    ['the answer is no address', { ...known, server_address: '<script>' }],
  ])('stay as they are where %s, and it is asked again after a minute', async (_name, answer) => {
    await forget();
    const service = await startService(answer, known);
    for (let times = 0; times < 2; times += 1) expect(await instructions({ url: service.url })).toBe(DEFAULT);
    expect(service.asked).toHaveLength(1);
    expect(Math.abs((await believedFor()) - 60)).toBeLessThan(30);
    await network().php(
      "update_site_option( '_site_transient_timeout_multisite_runcloud_server_address', time() - 1 );",
    );
    expect(await instructions({ url: service.url })).toContain('203.0.113.10');
  });

  it('stay as they are where the service is out of reach or slow, after three seconds at most', async () => {
    await forget();
    expect(await instructions({ url: 'http://127.0.0.1:9/webhooks' })).toBe(DEFAULT);
    await forget();
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const begun = Date.now();
    expect(await instructions({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks` })).toBe(
      DEFAULT,
    );
    expect(Date.now() - begun).toBeLessThan(6_000);
  });

  it('stay as they are, and nobody is asked, in a copy and where the bridge is not set up', async () => {
    await forget();
    const service = await startListener({ status: 200 });
    await network().cron({ url: service.url });
    const constants = { WP_ENVIRONMENT_TYPE: 'staging' };
    expect(await instructions({ url: service.url, constants })).toBe(DEFAULT);
    expect(await instructions({})).toBe(DEFAULT);
    expect(service.posts).toEqual([]);
  });
});
