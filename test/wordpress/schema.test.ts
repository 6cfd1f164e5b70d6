/** The version of the bridge's table: an older table is upgraded, a newer one is left alone. */
import { describe, expect, it } from 'vitest';
import { keyText } from '../support/webhooks.ts';
import { openBrowser } from './browser.ts';
import type { Situation, WordPress } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { rowsOf, startListener, statesOf } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const TABLE = 'wp_runcloud_bridge_events';
const SCREEN = '/wp-admin/network/settings.php?page=multisite-runcloud-bridge';
const ACTION = '/wp-admin/network/edit.php?action=multisite-runcloud-bridge';
const mapped = (domain: string) => `do_action( 'wu_domain_added', '${domain}', 1 );`;
const WORK = "do_action( 'multisite_runcloud_bridge_deliver' );";
const HEALTH =
  "$tests = apply_filters( 'site_status_tests', array() ); $GLOBALS['health'] = $tests['direct']['multisite_runcloud_bridge']['test']();";

/** The table as bridges of before versions made it. */
const before = (failures: string, charset: string) => `CREATE TABLE ${TABLE} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT, event_id varchar(64) NOT NULL, kind varchar(10) NOT NULL,
  domain varchar(255) NOT NULL, site_id bigint(20) unsigned NOT NULL DEFAULT 0, occurred_ms bigint(20) unsigned NOT NULL,
  since bigint(20) unsigned NOT NULL, state varchar(12) NOT NULL DEFAULT 'waiting',
  attempts int(10) unsigned NOT NULL DEFAULT 0, ${failures} due bigint(20) unsigned NOT NULL,
  not_before bigint(20) unsigned NOT NULL DEFAULT 0, tried bigint(20) unsigned NOT NULL DEFAULT 0,
  status smallint(5) unsigned NOT NULL DEFAULT 0, answer text NULL,
  PRIMARY KEY (id), KEY state_due (state, due), KEY domain (domain(191)) ) ${charset}`;
const FAILURES = 'failures int(10) unsigned NOT NULL DEFAULT 0,';
const OF_WORDPRESS = 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci';
const BINARY = 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

// One row in each state, with names and words that a wrong conversion would spoil.
const STATES = ['waiting', 'accepted', 'refused', 'given_up', 'superseded', 'dropped', 'failed'];
const ROWS = STATES.map(
  (state, index) =>
    `('msg_${index}', '${state === 'failed' ? 'test' : 'mapped'}', '${state === 'failed' ? '' : `bücher-${index}.example`}', ${index}, ${1_700_000_000_123 + index}, UNIX_TIMESTAMP(), '${state}', ${index}, UNIX_TIMESTAMP() - ${index}, 0, 7, 202, 'Café 👍 ${index}')`,
).join();
const FILL = `INSERT INTO ${TABLE} (event_id, kind, domain, site_id, occurred_ms, since, state, attempts, due, not_before, tried, status, answer) VALUES ${ROWS}`;
const COLUMNS =
  'id, event_id, kind, domain, site_id, occurred_ms, since, state, attempts, due, not_before, tried, status, answer';

/** The table of news as the first bridges that took any made it. */
const NEWS = 'wp_runcloud_bridge_news';
const FIRST_NEWS = `CREATE TABLE ${NEWS} (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT, key_hash char(64) NOT NULL, kind varchar(12) NOT NULL,
  name varchar(256) NOT NULL, event_id varchar(256) NOT NULL DEFAULT '', type varchar(40) NOT NULL DEFAULT '',
  at_ms bigint(20) unsigned NOT NULL DEFAULT 0, number bigint(20) unsigned NOT NULL DEFAULT 0, reason text NULL,
  what_to_do text NULL, taken bigint(20) unsigned NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY key_hash (key_hash), KEY kind_taken (kind, taken) ) ${BINARY} COMMENT = 'Multisite RunCloud Bridge, schema 1'`;

describeInNetwork("the bridge's table", (network) => {
  const definition = async (wordpress: WordPress, table = TABLE) => {
    const [{ 'Create Table': sql = '' } = {}] = await wordpress.sql<{ 'Create Table': string }>(
      `SHOW CREATE TABLE ${table}`,
    );
    return sql.replace(/ AUTO_INCREMENT=\d+/, '');
  };
  /** The table that this bridge makes. */
  const current = async (wordpress: WordPress) => {
    await wordpress.php(WORK, { url: NOBODY });
    const made = await definition(wordpress);
    await wordpress.sql(`DROP TABLE ${TABLE}`);
    return made;
  };
  const rows = (wordpress: WordPress) => wordpress.sql<object>(`SELECT ${COLUMNS} FROM ${TABLE} ORDER BY id`);
  const health = (situation: Situation, prepare = '') =>
    network().value<{ status: string; label: string; description: string }>(
      `${prepare} ${HEALTH} return $GLOBALS['health'];`,
      situation,
    );

  it('carries its version', async () => {
    expect(await current(network())).toMatch(/COMMENT='Multisite RunCloud Bridge, schema 1'$/);
  });

  describe.each([
    ['of the first bridges, without failures and with the collation of WordPress', before('', OF_WORDPRESS)],
    ['of a network that is not in utf8mb4', before('', 'DEFAULT CHARACTER SET latin1')],
    ['with failures and the collation of WordPress', before(FAILURES, OF_WORDPRESS)],
    ['that is as it is now, but for the version', before(FAILURES, BINARY)],
  ])('%s', (_name, create) => {
    it.each([
      ['Site Health', HEALTH],
      ['the worker, which the service tells to wait', WORK],
      ['WP-CLI', "WP_CLI::$commands['runcloud-bridge status']();"],
    ])('is upgraded in place by %s, and nothing is lost', async (name, code) => {
      const wordpress = network();
      const wanted = await current(wordpress);
      const isLatin = create.includes('latin1');
      await wordpress.sql(create, isLatin ? FILL.replaceAll(' 👍', '') : FILL);
      // The worker finds nothing that is due.
      if (name.startsWith('the worker'))
        await wordpress.sql(`UPDATE ${TABLE} SET not_before = UNIX_TIMESTAMP() + 600 WHERE id = 1`);
      const had = await rows(wordpress);
      expect(had).toHaveLength(STATES.length);
      await wordpress.php(code, { url: NOBODY, WU_CLI: '1' });
      expect(await definition(wordpress)).toBe(
        isLatin ? wanted.replace('`answer` text', '`answer` mediumtext') : wanted,
      );
      expect(await rows(wordpress)).toEqual(had);
      expect(await wordpress.sql(`SELECT DISTINCT failures FROM ${TABLE}`)).toEqual([{ failures: '0' }]);
    });
  });

  it('that is older gives up what waited in it', async () => {
    const wordpress = network();
    const { url, posts } = await startListener({ status: 202 });
    await wordpress.sql(before('', OF_WORDPRESS), FILL);
    await wordpress.cron({ url });
    expect(posts.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).data.domain])).toEqual([
      ['msg_0', 'bücher-0.example'],
    ]);
    expect((await statesOf(wordpress))[0]).toBe('mapped bücher-0.example: accepted');
  });

  it('that is older takes an event before anybody has upgraded it', async () => {
    const wordpress = network();
    const { url, posts } = await startListener({ status: 202 });
    await wordpress.sql(before('', OF_WORDPRESS));
    await wordpress.php(mapped('shop.example'), { url });
    expect(await statesOf(wordpress)).toEqual(['mapped shop.example: waiting']);
    await wordpress.cron({ url });
    expect(posts).toHaveLength(1);
  });

  it('that is older is upgraded once when several ask at once', async () => {
    const wordpress = network();
    const { url, posts } = await startListener({ status: 202 });
    const wanted = await current(wordpress);
    await wordpress.sql(before('', OF_WORDPRESS));
    const names = Array.from({ length: 8 }, (_, index) => `shop-${index}.example`);
    await wordpress.php(names.map(mapped).join(''), { url });
    await Promise.all(names.map(() => wordpress.php(WORK, { url })));
    expect(await definition(wordpress)).toBe(wanted);
    await wordpress.php(WORK, { url, clockOffBy: 61 });
    expect(posts.map(({ body }) => JSON.parse(body).data.domain).sort()).toEqual(names);
    expect(new Set((await rowsOf(wordpress)).map(({ state }) => state))).toEqual(new Set(['accepted']));
  });

  it('that cannot be upgraded is worked with as far as it goes, and Site Health says why', async () => {
    const wordpress = network();
    const { url, posts } = await startListener({ status: 202 });
    const create = before(FAILURES, OF_WORDPRESS);
    await wordpress.sql(create);
    const was = await definition(wordpress);
    const denied =
      "add_filter( 'query', function ( $sql ) { return 0 === strpos( $sql, 'ALTER' ) ? 'ALTER TABLE wp_not_there ENGINE = InnoDB' : $sql; } );";
    expect(await health({ url }, denied)).toMatchObject({
      status: 'recommended',
      label: 'The table of events about domains could not be upgraded',
      description: expect.stringMatching(/right to alter it, once\. The database says: .*wp_not_there/),
    });
    await wordpress.php(`${denied} ${mapped('shop.example')} ${WORK}`, { url });
    expect(posts).toHaveLength(1);
    expect(await definition(wordpress)).toBe(was);
    expect(await health({ url })).toMatchObject({ status: 'good' });
  });

  it('of news that is older is upgraded in place, and nothing is lost', async () => {
    const wordpress = network();
    const situation = { url: NOBODY, constants: { MULTISITE_RUNCLOUD_NOTIFY_SECRET: keyText(5) } };
    await health(situation);
    const wanted = await definition(wordpress, NEWS);
    await wordpress.sql(
      `DROP TABLE ${NEWS}`,
      FIRST_NEWS,
      `INSERT INTO ${NEWS} (key_hash, kind, name, event_id, type, at_ms, number, reason, taken) VALUES ('a', 'domain', 'shop.example', 'r.1', 'domain.live', 7, 1, 'Café 👍', 9)`,
    );
    const had = await wordpress.sql<object>(`SELECT * FROM ${NEWS}`);
    expect(await health(situation)).toMatchObject({ status: 'good' });
    expect(await definition(wordpress, NEWS)).toBe(wanted);
    expect(await wordpress.sql<object>(`SELECT * FROM ${NEWS}`)).toEqual([expect.objectContaining(had[0] ?? {})]);
    expect(had).toHaveLength(1);
    expect(wanted).toMatch(/COMMENT='Multisite RunCloud Bridge, schema 2'$/);
  });

  describe('of a newer bridge', () => {
    /** Makes it, with a row in each state and a column that this bridge does not know. */
    const makeNewer = async (wordpress: WordPress) => {
      await wordpress.php(WORK, { url: NOBODY });
      await wordpress.sql(
        FILL,
        `ALTER TABLE ${TABLE} ADD COLUMN network varchar(20) NOT NULL DEFAULT '', COMMENT = 'Multisite RunCloud Bridge, schema 99'`,
      );
      return { was: await definition(wordpress), had: await wordpress.sql(`SELECT * FROM ${TABLE} ORDER BY id`) };
    };
    const WORDS =
      /The table wp_runcloud_bridge_events has version 99, of a newer bridge; this bridge knows version 1\./;

    it('is not changed, and nothing in it is sent, whatever is done', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const { was, had } = await makeNewer(wordpress);
      await wordpress.cron({ url });
      await wordpress.php(WORK, { url });
      await health({ url });
      for (const command of [
        "resend']( array( '1' ) )",
        "resend']( array(), array( 'failed' => true ) )",
        "test']()",
      ]) {
        expect(await wordpress.php(`WP_CLI::$commands['runcloud-bridge ${command};`, { url, WU_CLI: '1' })).toMatch(
          /^Error: The table \S+ has version 99/,
        );
      }
      expect(await definition(wordpress)).toBe(was);
      expect(await wordpress.sql(`SELECT * FROM ${TABLE} ORDER BY id`)).toEqual(had);
      expect(posts).toEqual([]);
    });

    it('is what Site Health, the screen and WP-CLI speak of', async () => {
      const wordpress = network();
      await makeNewer(wordpress);
      expect(await health({ url: NOBODY })).toMatchObject({
        status: 'critical',
        label: 'RunCloud is not told about domains: the table is of a newer bridge',
        description: expect.stringMatching(WORDS),
      });
      const admin = await openBrowser(wordpress, { url: NOBODY });
      const { status, text } = await admin(`${SCREEN}&delivery=1`);
      expect(status).toBe(200);
      expect(text).toMatch(WORDS);
      expect(text).not.toMatch(/Send test|Last deliveries|bücher-0/);
      expect(
        await wordpress.php("WP_CLI::$commands['runcloud-bridge status']();", { url: NOBODY, WU_CLI: '1' }),
      ).toMatch(
        /^RunCloud is not told about domains: the table is of a newer bridge\nThe table \S+ has version 99[^\n]*\nHalt: 1\n$/,
      );
    });

    it('is not touched by the button of a page from before', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      const admin = await openBrowser(wordpress, { url });
      const page = await admin(SCREEN);
      const nonces = [...page.text.matchAll(/name="_wpnonce" value="(\w+)"/g)].map(([, nonce = '']) => nonce);
      const forms = [
        { what: 'test', id: '0', _wpnonce: nonces[0] ?? '' },
        { what: 'resend', id: '1', _wpnonce: nonces[1] ?? '' },
      ];
      await wordpress.sql(`DELETE FROM ${TABLE}`);
      const { had } = await makeNewer(wordpress);
      for (const form of forms) {
        const { status, text } = await admin(ACTION, form);
        expect(status).toBe(409);
        expect(text).toMatch(WORDS);
      }
      expect(await wordpress.sql(`SELECT * FROM ${TABLE} ORDER BY id`)).toEqual(had);
      expect(posts).toEqual([]);
    });

    it('keeps what happens meanwhile until that bridge is back', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const { had } = await makeNewer(wordpress);
      // At this number a table of its own version would be bounded.
      await wordpress.sql(
        `INSERT INTO ${TABLE} (event_id, kind, domain, occurred_ms, since, due, state) SELECT CONCAT('msg_more_', seq), 'mapped', 'old.example', 1, 1, 1, 'accepted' FROM seq_1_to_300`,
        `ALTER TABLE ${TABLE} AUTO_INCREMENT = 10100`,
      );
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url });
      const all = await rowsOf(wordpress);
      expect(all).toHaveLength(had.length + 300 + 1);
      expect(all.at(-1)).toMatchObject({ id: '10100', domain: 'shop.example', state: 'waiting', attempts: '0' });
      expect(posts).toEqual([]);
      // As the newer bridge would find it, were this one that.
      await wordpress.sql(`ALTER TABLE ${TABLE} COMMENT = 'Multisite RunCloud Bridge, schema 1'`);
      await wordpress.cron({ url });
      expect(posts.map(({ body }) => JSON.parse(body).data.domain)).toContain('shop.example');
    });

    it('that takes no such event ends no page, and the log says so of each', async () => {
      const wordpress = network();
      const { was, had } = await makeNewer(wordpress);
      await wordpress.sql(`ALTER TABLE ${TABLE} CHANGE event_id delivery_id varchar(64) NOT NULL`);
      expect(await wordpress.php(`${mapped('shop.example')} echo 'PAGE';`, { url: NOBODY })).toBe('PAGE');
      expect(wordpress.takeLog()).toMatch(
        /multisite-runcloud-bridge: that "shop\.example" was mapped could not be kept, and will not be told: .*event_id/,
      );
      await wordpress.sql(`ALTER TABLE ${TABLE} CHANGE delivery_id event_id varchar(64) NOT NULL`);
      expect(await definition(wordpress)).toBe(was);
      expect(await wordpress.sql(`SELECT * FROM ${TABLE} ORDER BY id`)).toEqual(had);
    });
  });
});
