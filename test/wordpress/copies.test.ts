/** Which network the bridge speaks for: the one it was set up in, and never a copy of it. */
import { describe, expect, it } from 'vitest';
import { openBrowser, type Page } from './browser.ts';
import type { Situation, WordPress } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { createSite, map, rowsOf, startListener, startWorld, statesOf, unmap } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const SCREEN = '/wp-admin/network/settings.php?page=multisite-runcloud-bridge';
const ACTION = '/wp-admin/network/edit.php?action=multisite-runcloud-bridge';
const TABLE = 'wp_runcloud_bridge_events';
const OPTION = "SELECT option_value FROM wp_options WHERE option_name = 'runcloud_bridge_network'";
const mapped = (domain: string) => `do_action( 'wu_domain_added', '${domain}', 1 );`;
const unmapped = (domain: string) => `do_action( 'wu_domain_removed', '${domain}', 1 );`;
const WORK = "do_action( 'multisite_runcloud_bridge_deliver' );";
const VERDICT = 'return Multisite_RunCloud_Bridge\\Network::verdict();';
const cli = (command: string) => `WP_CLI::$commands['runcloud-bridge ${command};`;
const CONFIRM = cli("confirm-network']()");

describeInNetwork('the bridge and copies of its network', (network) => {
  const networksIn = (posts: readonly { body: string }[]) => posts.map(({ body }) => JSON.parse(body).data.network);
  const verdict = (situation: Situation = {}) => network().value<string>(VERDICT, { url: NOBODY, ...situation });
  const health = (situation: Situation) =>
    network().value<{ status: string; label: string; description: string }>(
      "$tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();",
      situation,
    );
  /** As the network is once its cron has run. */
  const setUp = async (situation: Situation = {}): Promise<WordPress> => {
    const wordpress = network();
    await wordpress.cron({ url: NOBODY, ...situation });
    return wordpress;
  };
  /** What a tool for staging sites does: replaces the address in every text of the database. */
  const replaceEverywhere = async (from: string, to: string, situation: Situation = {}) =>
    network().value(
      `foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) { foreach ( $wpdb->get_results( "SHOW COLUMNS FROM \`$table\`" ) as $column ) {
        if ( preg_match( '/char|text/', $column->Type ) ) { $wpdb->query( $wpdb->prepare( "UPDATE \`$table\` SET \`$column->Field\` = REPLACE( \`$column->Field\`, %s, %s )", '${from}', '${to}' ) ); } } } return 1;`,
      { isWithoutBridge: true, ...situation },
    );
  /** What becomes of a table that is read in from a dump: it is new, and its rows are from yesterday. */
  const importTable = async () =>
    network().sql(
      `UPDATE ${TABLE} SET since = UNIX_TIMESTAMP() - 86400, due = UNIX_TIMESTAMP() - 86400, tried = LEAST(tried, UNIX_TIMESTAMP() - 86400)`,
      `CREATE TABLE dump LIKE ${TABLE}`,
      `INSERT INTO dump SELECT * FROM ${TABLE}`,
      `DROP TABLE ${TABLE}`,
      `RENAME TABLE dump TO ${TABLE}`,
    );
  const forget = async () => network().sql("DELETE FROM wp_options WHERE option_name = 'runcloud_bridge_network'");

  const SECOND = { SITE_ID_CURRENT_SITE: '2', BLOG_ID_CURRENT_SITE: '77' };

  // Each is a copy of a network that has set the bridge up, with its database, its files and its wp-config.php.
  const COPIES: [string, Situation, (() => Promise<unknown>) | undefined][] = [
    [
      'a staging site, whose tool replaced the address in the whole database',
      { host: 'staging.example', constants: { DOMAIN_CURRENT_SITE: 'staging.example' } },
      () => replaceEverywhere('network.example', 'staging.example'),
    ],
    [
      'a staging site on a subdomain of the network',
      { host: 'staging.network.example', constants: { DOMAIN_CURRENT_SITE: 'staging.network.example' } },
      () => replaceEverywhere('network.example', 'staging.network.example'),
    ],
    [
      "a laptop with the network's wp-config.php",
      { host: 'laptop.test' },
      () => replaceEverywhere('network.example', 'laptop.test'),
    ],
    [
      'a copy on another port',
      { host: 'network.example:8080', constants: { DOMAIN_CURRENT_SITE: 'network.example:8080' } },
      () => network().sql("UPDATE wp_blogs SET domain = 'network.example:8080' WHERE blog_id = 1"),
    ],
    [
      'a copy in a folder of the same host',
      { kind: 'folders', path: '/staging/', constants: { PATH_CURRENT_SITE: '/staging/' } },
      () => network().sql("UPDATE wp_blogs SET path = '/staging/' WHERE blog_id = 1"),
    ],
    [
      'a restored backup that is told of its address by WP_HOME alone',
      { constants: { WP_HOME: 'http://laptop.test' } },
      undefined,
    ],
    ['or by WP_SITEURL alone', { constants: { WP_SITEURL: 'https://127.0.0.1:8443/wp' } }, undefined],
    ['or that says what it is', { constants: { WP_ENVIRONMENT_TYPE: 'local' } }, undefined],
  ];

  describe.each(COPIES)('%s', (_name, situation, copy) => {
    it('records nothing, and sends nothing of what came with the database', async () => {
      const wordpress = await setUp();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      await copy?.();
      const { url, posts } = await startListener({ status: 202 });
      const here = { ...situation, url };
      const before = await statesOf(wordpress);
      await wordpress.php(unmapped('shop.example') + mapped('other.example') + WORK, here);
      await wordpress.php(map('third.example'), { ...here, plugin: '2.16.0' });
      await wordpress.php(unmap('third.example'), { ...here, plugin: '2.16.0' });
      await wordpress.cron(here);
      await wordpress.php(WORK, { ...here, clockOffBy: 7_200 });
      expect(await statesOf(wordpress)).toEqual(before);
      expect(before).toEqual(['mapped shop.example: waiting']);
      expect(posts).toEqual([]);
    });

    it('says so in Site Health and in WP-CLI, where nothing can be sent either', async () => {
      const wordpress = await setUp();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      await copy?.();
      const { url, posts } = await startListener({ status: 202 });
      const here = { ...situation, url, WU_CLI: '1' };
      expect(await health(here)).toMatchObject({
        status: 'critical',
        label: 'RunCloud is not told about domains: the bridge was set up in another network',
        description: expect.stringMatching(/set up in network\.example.*This is the network now/),
      });
      expect(await wordpress.php(cli("status']()"), here)).toMatch(
        /^RunCloud is not told about domains: [^\n]*another network\nThe bridge was set up in network\.example[\s\S]*Halt: 1\n$/,
      );
      for (const command of [
        "test']()",
        "resend']( array( '1' ) )",
        "resend']( array(), array( 'failed' => true ) )",
      ]) {
        expect(await wordpress.php(cli(command), here)).toMatch(/^Error: The bridge was set up in network\.example/);
      }
      expect(posts).toEqual([]);
    });
  });

  describe('goes on where the network is the same', () => {
    it.each<[string, Situation, (() => Promise<unknown>) | undefined]>([
      [
        'with https in the place of http',
        { constants: { WP_HOME: 'https://network.example', WP_SITEURL: 'https://network.example' } },
        undefined,
      ],
      [
        'with WordPress in a folder',
        { constants: { WP_HOME: 'https://network.example', WP_SITEURL: 'https://network.example/wp' } },
        undefined,
      ],
      ['with the usual port written out', { constants: { WP_HOME: 'https://network.example:443' } }, undefined],
      [
        'with "www."',
        {
          host: 'www.network.example',
          constants: { DOMAIN_CURRENT_SITE: 'www.network.example', WP_HOME: 'https://www.network.example' },
        },
        () => network().sql("UPDATE wp_blogs SET domain = 'www.network.example' WHERE blog_id = 1"),
      ],
      [
        'with constants that follow the request, asked on the main site',
        { constants: { WP_HOME: 'https://network.example' } },
        undefined,
      ],
      [
        'with constants that follow the request, asked on another site',
        {
          host: 'shop.network.example',
          constants: { WP_HOME: 'https://shop.network.example', WP_SITEURL: 'https://shop.network.example' },
        },
        () => network().php(createSite('shop.network.example'), { isWithoutBridge: true }),
      ],
      [
        'in another network of the same installation',
        { host: 'second.example', constants: { DOMAIN_CURRENT_SITE: 'second.example', ...SECOND } },
        () =>
          network().sql(
            "REPLACE INTO wp_site (id, domain, path) VALUES (2, 'second.example', '/')",
            "INSERT INTO wp_blogs (blog_id, site_id, domain, path, registered, last_updated) VALUES (77, 2, 'second.example', '/', NOW(), NOW())",
            'CREATE TABLE IF NOT EXISTS wp_77_options LIKE wp_options',
            'INSERT IGNORE INTO wp_77_options SELECT * FROM wp_options',
          ),
      ],
    ])('%s', async (_name, situation, change) => {
      await setUp();
      await change?.();
      const { url, posts } = await startListener({ status: 202 });
      await network().php(mapped('shop.example') + WORK, { ...situation, url });
      await network().sql('DELETE FROM wp_site WHERE id = 2');
      expect(networksIn(posts)).toEqual(['network.example']);
    });

    it('for a network of its own that wp-config.php describes as a copy is described, once somebody has confirmed it', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const own = { url, constants: { WP_ENVIRONMENT_TYPE: 'staging', WP_HOME: 'https://front.example' }, WU_CLI: '1' };
      expect(await verdict(own)).toBe('unknown');
      await wordpress.php(CONFIRM, own);
      await wordpress.php(mapped('shop.example') + WORK, own);
      expect(networksIn(posts)).toEqual(['network.example']);
      // A mark that is missing is none: cron may not see the environment of the web server.
      await wordpress.php(mapped('other.example') + WORK, { url });
      expect(posts).toHaveLength(2);
    });
  });

  describe('the network on record', () => {
    it('is the first one in which the bridge is set up, and no event needs to happen for that', async () => {
      await network().cron({});
      expect(await network().sql(OPTION)).toEqual([]);
      await setUp();
      const [{ option_value: hex = '' } = {}] = await network().sql<{ option_value: string }>(OPTION);
      expect(Buffer.from(hex, 'hex').toString()).toBe('network.example');
      // What a search for the address would find.
      expect(hex).toMatch(/^[0-9a-f]+$/);
    });

    it('is put on record once by twelve requests at the same time, and no event is lost', async () => {
      const { url, posts } = await startListener({ status: 202 });
      const names = Array.from({ length: 12 }, (_, index) => `shop-${index}.example`);
      await Promise.all(names.map((name) => network().php(mapped(name), { url })));
      await network().cron({ url });
      expect(posts).toHaveLength(12);
    });

    it('is that of the network at work, after an upgrade from a bridge that kept no record', async () => {
      const wordpress = await setUp();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await forget();
      await wordpress.cron({ url });
      expect(networksIn(posts)).toEqual(['network.example']);
      expect(await wordpress.sql(OPTION)).toHaveLength(1);
    });

    it.each<[string, Situation]>([
      ['events came with the database, as with a copy from before the upgrade', {}],
      ['it is described as a copy is', { constants: { WP_ENVIRONMENT_TYPE: 'development' } }],
    ])('is nobody before somebody says so where %s: events are kept, and sent then', async (name, situation) => {
      const wordpress = await setUp();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await forget();
      if (name.startsWith('events')) await importTable();
      const here = { ...situation, url, WU_CLI: '1' };
      await wordpress.php(mapped('other.example') + WORK, here);
      await wordpress.cron(here);
      expect(posts).toEqual([]);
      expect(await health(here)).toMatchObject({
        status: 'critical',
        label: expect.stringContaining('nobody has confirmed that this is the network'),
        description: expect.stringMatching(
          /not on record whether the bridge was set up in this network, network\.example/,
        ),
      });
      expect(await wordpress.php(cli("test']()"), here)).toMatch(/^Error: It is not on record/);
      expect(await wordpress.php(CONFIRM, here)).toBe('Success: The bridge tells about network.example from now on.\n');
      await wordpress.cron(here);
      expect(posts.map(({ body }) => JSON.parse(body).data.domain).sort()).toEqual(['other.example', 'shop.example']);
    });

    it('that nobody can read is another one', async () => {
      await setUp();
      await network().sql(
        "UPDATE wp_options SET option_value = 'garbage' WHERE option_name = 'runcloud_bridge_network'",
      );
      expect(await verdict()).toBe('other');
      expect((await health({ url: NOBODY })).description).toContain('set up in another network');
    });
  });

  describe('a network that has moved', () => {
    /** It has another address, and an event from before. */
    const move = async () => {
      const wordpress = await setUp();
      await wordpress.php(mapped('before.example'), { url: NOBODY });
      await replaceEverywhere('network.example', 'moved.example');
      return wordpress;
    };
    const moved = { host: 'moved.example', constants: { DOMAIN_CURRENT_SITE: 'moved.example' } };

    it('speaks again once somebody has confirmed it, under its new name, and leaves what waited to be looked through', async () => {
      const wordpress = await move();
      const { url, posts } = await startListener({ status: 202 });
      const here = { ...moved, url, WU_CLI: '1' };
      await wordpress.php(mapped('lost.example'), here);
      expect(await wordpress.php(CONFIRM, here)).toBe('Success: The bridge tells about moved.example from now on.\n');
      await wordpress.php(mapped('after.example'), here);
      await wordpress.cron(here);
      expect(posts.map(({ body }) => JSON.parse(body).data)).toEqual([
        { domain: 'after.example', siteId: 1, network: 'moved.example' },
      ]);
      expect(await statesOf(wordpress)).toEqual(['mapped before.example: given_up', 'mapped after.example: accepted']);
      expect((await rowsOf(wordpress))[0]?.answer).toBe(
        'Recorded in network.example, before this network was confirmed.',
      );
      await wordpress.php(cli("resend']( array(), array( 'failed' => true ) )"), here);
      expect(posts).toHaveLength(2);
      // Where it was before, it is silent now.
      await replaceEverywhere('moved.example', 'network.example', moved);
      expect(await verdict()).toBe('other');
    });

    it('is silent within one request as well, as soon as it is another', async () => {
      await setUp();
      const told = await network().value<string[]>(
        `${mapped('before.example')} $wpdb->update( $wpdb->blogs, array( 'domain' => 'moved.example' ), array( 'blog_id' => 1 ) ); clean_blog_cache( 1 );
        putenv( 'CLOCK_OFF_BY=61' ); ${mapped('after.example')} return $wpdb->get_col( 'SELECT domain FROM ${TABLE}' );`,
        { url: NOBODY },
      );
      expect(told).toEqual(['before.example']);
    });
  });

  describe('a copy that somebody confirmed to be the network', () => {
    const STAGING: Situation = {
      host: 'staging.example',
      constants: { DOMAIN_CURRENT_SITE: 'staging.example' },
      plugin: '2.16.0',
      WU_CLI: '1',
    };

    it.each<[string, Record<string, string>]>([
      ['with the network that spoke first on record', {}],
      ['with the network in its settings', { NETWORK: 'network.example' }],
    ])('is refused by the service %s: the domain stays, and the bridge says why', async (_name, settings) => {
      const wordpress = await setUp();
      const { url, hasOnRunCloud, logged } = await startWorld({ settings });
      await wordpress.php(map('shop.example'), { url, plugin: '2.16.0' });
      await wordpress.cron({ url, plugin: '2.16.0' });
      await hasOnRunCloud('shop.example');
      await replaceEverywhere('network.example', 'staging.example');
      const here = { ...STAGING, url };
      await wordpress.php(CONFIRM, here);
      await wordpress.php(unmap('shop.example'), here);
      await wordpress.cron(here);
      const words =
        /The service takes events of another network \(403\): .*staging\.example.*on record is network\.example/;
      expect((await rowsOf(wordpress)).at(-1)).toMatchObject({
        kind: 'unmapped',
        state: 'waiting',
        status: '403',
        answer: expect.stringMatching(words),
      });
      expect(await wordpress.php(cli("test']()"), here)).toMatch(words);
      expect(await health(here)).toMatchObject({ status: 'recommended', description: expect.stringMatching(words) });
      await hasOnRunCloud('shop.example');
      expect(logged.filter((line) => line.includes('An event was accepted'))).toHaveLength(1);
    });

    it('is taken once the settings of the service say that it is the network, and what waited comes through', async () => {
      const wordpress = await setUp();
      const first = await startWorld();
      const { url, port, dataDir, runcloud } = first;
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url });
      await first.hasOnRunCloud('shop.example');
      await replaceEverywhere('network.example', 'staging.example');
      const here = { ...STAGING, url };
      await wordpress.php(CONFIRM, here);
      await wordpress.php(unmapped('shop.example') + WORK, here);
      expect((await rowsOf(wordpress)).at(-1)).toMatchObject({ status: '403', state: 'waiting' });
      await first.stop();
      const second = await startWorld({ port, dataDir, runcloud, settings: { NETWORK: 'staging.example' } });
      await wordpress.php(WORK, { ...here, clockOffBy: 16 });
      await second.hasOnRunCloud();
    });
  });

  describe('the button', () => {
    const copied = { constants: { WP_ENVIRONMENT_TYPE: 'staging' } };
    const formOf = ({ text }: Page) => {
      const form = text.split('<form').find((each) => each.includes('name="what" value="network"'));
      return { what: 'network', id: '0', _wpnonce: /name="_wpnonce" value="(\w+)"/.exec(form ?? '')?.[1] ?? '' };
    };

    it('is on the screen, in the place of those that send, and a notice leads there', async () => {
      const wordpress = await setUp();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      const admin = await openBrowser(wordpress, { url: NOBODY, ...copied });
      const { text } = await admin(SCREEN);
      expect(text).toContain('This is the network now</button>');
      expect(text).toMatch(/same address, but is set up otherwise, as a copy is.*environment: staging\./s);
      expect(text).toContain('shop.example');
      expect(text).not.toMatch(/Send test|Send again/);
      const other = await admin('/wp-admin/network/index.php');
      expect(other.text.match(/RunCloud is not told about domains\./g)).toHaveLength(1);
      expect(other.text).toContain('settings.php?page=multisite-runcloud-bridge">');
      expect((await admin('/wp-admin/index.php')).text).not.toMatch(/RunCloud is not told/);
    });

    it('makes this the network, and the buttons that send come back', async () => {
      const wordpress = await setUp();
      const admin = await openBrowser(wordpress, { url: NOBODY, ...copied });
      const pressed = await admin(ACTION, formOf(await admin(SCREEN)));
      expect(pressed.status).toBe(302);
      const { text } = await admin(SCREEN);
      expect(text).toContain('Send test');
      expect(text).not.toContain('This is the network now</button>');
      expect((await admin('/wp-admin/network/index.php')).text).not.toMatch(/RunCloud is not told/);
      expect(await verdict(copied)).toBe('same');
    });

    it('does nothing without the right of a network admin, or without its nonce', async () => {
      const wordpress = await setUp();
      const here = { url: NOBODY, ...copied };
      const [admin, other] = [await openBrowser(wordpress, here), await openBrowser(wordpress, here, 'siteadmin')];
      const form = formOf(await admin(SCREEN));
      expect(form._wpnonce).not.toBe('');
      for (const refused of [
        await admin(ACTION, { ...form, _wpnonce: 'wrong' }),
        await admin(ACTION, { ...form, id: '1' }),
        await other(ACTION, form),
      ]) {
        expect(refused.status).toBe(403);
      }
      expect((await admin(`${ACTION}&what=network&id=0&_wpnonce=${form._wpnonce}`)).status).toBe(403);
      expect(await verdict(copied)).toBe('other');
    });

    it('of a page from before it was a copy sends nothing', async () => {
      const wordpress = await setUp();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      const admin = await openBrowser(wordpress, { url });
      const page = await admin(SCREEN);
      const nonces = [...page.text.matchAll(/name="_wpnonce" value="(\w+)"/g)].map(([, nonce = '']) => nonce);
      await wordpress.sql(
        "UPDATE wp_options SET option_value = HEX('elsewhere.example') WHERE option_name = 'runcloud_bridge_network'",
      );
      for (const [what, id, nonce] of [
        ['test', '0', nonces[0]],
        ['resend', '1', nonces[1]],
      ] as const) {
        const { status, text } = await admin(ACTION, { what, id, _wpnonce: nonce ?? '' });
        expect(status).toBe(409);
        expect(text).toContain('set up in elsewhere.example, and this is network.example');
      }
      expect(posts).toEqual([]);
    });
  });
});
