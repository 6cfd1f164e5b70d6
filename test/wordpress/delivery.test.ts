/** How the bridge sends: signed, in the background, again and again, and never what does not hold any more. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyText } from '../support/webhooks.ts';
import type { Situation } from './network.ts';
import { program } from './parts.ts';
import { describeInNetwork } from './with-network.ts';
import { rowsOf, startListener, startWorld, statesOf } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const mapped = (domain: string) => `do_action( 'wu_domain_added', '${domain}', 1 );`;
const unmapped = (domain: string) => `do_action( 'wu_domain_removed', '${domain}', 1 );`;
const WORK = "do_action( 'multisite_runcloud_bridge_deliver' );";

describeInNetwork('the bridge sends', (network) => {
  const lastRow = async () => (await rowsOf(network())).at(-1);

  describe('one event', () => {
    it('is a Standard Webhook that the standardwebhooks package verifies, of the time it happened', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const before = Date.now();
      await wordpress.php(mapped('Bücher.example'), { url: NOBODY });
      const after = Date.now();
      await wordpress.cron({ url });
      expect(posts).toHaveLength(1);
      const [post] = posts;
      const headers = post?.headers as Record<string, string>;
      const body = new Webhook(keyText(1)).verify(post?.body ?? '', headers) as { timestamp: string };
      expect(body).toEqual({
        type: 'domain.mapped',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        data: { domain: 'bücher.example', network: 'network.example', siteId: 1 },
      });
      expect(Date.parse(body.timestamp)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(body.timestamp)).toBeLessThanOrEqual(after);
      expect(headers['content-type']).toBe('application/json');
      expect(() => new Webhook(keyText(2)).verify(post?.body ?? '', headers)).toThrow();
    });

    it('keeps its id and body at each try, and is signed anew', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 500 }, { status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url });
      await wordpress.php(WORK, { url, clockOffBy: 16 });
      const [first, second] = posts;
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      expect(second?.body).toBe(first?.body);
      expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
      new Webhook(keyText(1)).verify(second?.body ?? '', second?.headers as Record<string, string>);
      expect(await statesOf(wordpress)).toEqual(['mapped shop.example: accepted']);
    });

    it('costs the request in which it happens no request to anybody', async () => {
      const asked = await network().value<number>(
        `$GLOBALS['asked'] = 0; add_filter( 'pre_http_request', function ( $answer ) { $GLOBALS['asked']++; return $answer; } );
        ${mapped('shop.example')} do_action( 'shutdown' ); return $GLOBALS['asked'];`,
        { url: NOBODY },
      );
      expect(asked).toBe(0);
      expect(await statesOf(network())).toEqual(['mapped shop.example: waiting']);
    });
  });

  describe('while the service is down', () => {
    it('events wait, the last one about each domain is sent when it is back, and nothing is lost', async () => {
      const wordpress = network();
      const first = await startWorld();
      const { url, port, dataDir, runcloud } = first;
      await wordpress.php(mapped('old.example'), { url });
      await wordpress.cron({ url });
      await first.hasOnRunCloud('old.example');
      await first.stop();
      await wordpress.php(mapped('a.example') + unmapped('a.example') + mapped('a.example'), { url });
      await wordpress.cron({ url });
      await wordpress.php(mapped('b.example') + unmapped('b.example') + unmapped('old.example'), { url });
      await wordpress.cron({ url });
      expect((await rowsOf(wordpress)).slice(1).map(({ state }) => state)).not.toContain('accepted');
      const second = await startWorld({ port, dataDir, runcloud });
      await wordpress.php(WORK, { url, clockOffBy: 40 });
      await second.hasOnRunCloud('a.example');
      const accepted = second.logged.filter((line) => line.includes('An event was accepted'));
      expect(accepted.map((line) => JSON.parse(line).domain).sort()).toEqual(['a.example', 'b.example', 'old.example']);
      expect(await statesOf(wordpress)).toEqual([
        'mapped old.example: accepted',
        'mapped a.example: superseded',
        'unmapped a.example: superseded',
        'mapped a.example: accepted',
        'mapped b.example: superseded',
        'unmapped b.example: accepted',
        'unmapped old.example: accepted',
      ]);
    });

    it('one request is made per wait, however many events there are, and the waits grow', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 500 });
      await wordpress.php([1, 2, 3, 4, 5].map((number) => mapped(`shop-${number}.example`)).join(''), { url });
      const tries: number[] = [];
      for (let at = 0; at <= 256; at += 32) {
        const count = posts.length;
        await wordpress.php(WORK, { url, clockOffBy: at });
        if (posts.length > count) tries.push(at);
        expect(posts.length - count).toBeLessThanOrEqual(1);
      }
      expect(tries).toEqual([0, 32, 64, 128, 256]);
    });

    it('an event that comes in the middle of an outage is tried once, and then waits as long as the others', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 500 });
      await wordpress.php(mapped('shop.example'), { url });
      for (const at of [0, 32, 64, 128]) await wordpress.php(WORK, { url, clockOffBy: at });
      expect(posts).toHaveLength(4);
      await wordpress.php(mapped('late.example'), { url, clockOffBy: 130 });
      await wordpress.php(WORK, { url, clockOffBy: 130 });
      expect(posts).toHaveLength(5);
      for (const at of [150, 180, 220]) await wordpress.php(WORK, { url, clockOffBy: at });
      expect(posts).toHaveLength(5);
    });

    it('an event that always fails does not hold up the others', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 500 }, { status: 202 });
      await wordpress.php(mapped('bad.example'), { url });
      await wordpress.cron({ url });
      await wordpress.php(mapped('good.example'), { url });
      await wordpress.cron({ url });
      expect(posts.map(({ body }) => JSON.parse(body).data.domain)).toEqual(['bad.example', 'good.example']);
    });

    it('its Retry-After is obeyed, by new events too', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 503, headers: { 'retry-after': '120' } }, { status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url });
      await wordpress.php(mapped('other.example'), { url });
      await wordpress.cron({ url });
      await wordpress.php(WORK, { url, clockOffBy: 115 });
      expect(posts).toHaveLength(1);
      await wordpress.php(WORK, { url, clockOffBy: 125 });
      expect(await statesOf(wordpress)).toEqual(['mapped shop.example: accepted', 'mapped other.example: accepted']);
    });

    const dateIn = (seconds: number) => () => new Date(Date.now() + seconds * 1_000).toUTCString();
    it.each<[string, () => string, number]>([
      ['-5', () => '-5', 0],
      ['+5', () => '+5', 0],
      ['90.5', () => '90.5', 0],
      ['1 day', () => '1 day', 0],
      ['never', () => 'never', 0],
      ['nothing', () => '', 0],
      ['an hour ago', dateIn(-3_600), 0],
      ['in five minutes', dateIn(300), 300],
      ['600', () => '600', 600],
      ['86400', () => '86400', 900],
      ['99999999999999999999', () => '99999999999999999999', 900],
      ['tomorrow', dateIn(86_400), 900],
    ])('its Retry-After of %s puts events off by minutes at most', async (_name, header, seconds) => {
      const wordpress = network();
      const first = { status: 503, headers: { 'retry-after': header() } };
      const { url, posts } = await startListener(first, { status: 202 });
      await wordpress.php(mapped('shop.example') + WORK, { url });
      await wordpress.php(WORK, { url, clockOffBy: seconds / 2 });
      expect(posts).toHaveLength(1);
      await wordpress.php(WORK, { url, clockOffBy: seconds + 16 });
      expect(posts).toHaveLength(2);
    });

    it.each([
      [
        'a clock that was a day ahead',
        'due = UNIX_TIMESTAMP() + 86400, tried = UNIX_TIMESTAMP() + 86340, failures = 3',
      ],
      ['a bridge that let itself be put off for a day', 'not_before = UNIX_TIMESTAMP() + 86400'],
    ])('what %s wrote does not stop events', async (_name, times) => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example') + mapped('other.example'), { url });
      await wordpress.sql(`UPDATE wp_runcloud_bridge_events SET ${times} WHERE id = 1`);
      await wordpress.php(WORK, { url });
      expect(posts).toHaveLength(2);
    });

    it('an event is given up after three days, shown as that, and sent when somebody sends it again', async () => {
      const wordpress = network();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      await wordpress.cron({ url: NOBODY });
      await wordpress.php(WORK, { url: NOBODY, clockOffBy: 3 * 86_400 - 60 });
      expect(await statesOf(wordpress)).toEqual(['mapped shop.example: waiting']);
      await wordpress.php(WORK, { url: NOBODY, clockOffBy: 3 * 86_400 + 60 });
      expect(await lastRow()).toMatchObject({
        state: 'given_up',
        answer: expect.stringMatching(/could not be reached/),
      });
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php("WP_CLI::$commands['runcloud-bridge resend']( array( 1 ) );", { url, WU_CLI: '1' });
      await hasOnRunCloud('shop.example');
    });
  });

  describe('what is wrong is said', () => {
    it('a wrong secret: secret or clock, and that the clocks agree; with the right one it goes on', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url, secret: keyText(2) });
      const row = await lastRow();
      expect(row).toMatchObject({ state: 'waiting', status: '401' });
      expect(row?.answer).toMatch(
        /^Secret or clock \(401\)\. The clocks differ by [01] seconds, so it is the secret: .*The service says: Not accepted/,
      );
      await wordpress.php(WORK, { url, clockOffBy: 20 });
      await hasOnRunCloud('shop.example');
    });

    it.each([
      [600, 'ahead'],
      [-600, 'behind'],
    ])('a clock that is %i seconds %s: by how much; with the right one it goes on', async (clockOffBy, word) => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(mapped('shop.example') + WORK, { url, clockOffBy });
      const row = await lastRow();
      expect(row).toMatchObject({ state: 'waiting', status: '401' });
      expect(row?.answer).toMatch(
        new RegExp(`^Secret or clock \\(401\\)\\. It is the clock: this server's is (599|600|601) seconds ${word}\\.`),
      );
      // When the clock is put right, what it dated into the future is still to come by it.
      await wordpress.sql('UPDATE wp_runcloud_bridge_events SET due = 0');
      await wordpress.cron({ url });
      await hasOnRunCloud('shop.example');
    });

    it('a date that is none in the answer: that the clocks cannot be compared', async () => {
      const wordpress = network();
      const why = 'Not accepted.';
      const { url } = await startListener({ status: 401, headers: { date: '-5' }, body: { accepted: false, why } });
      await wordpress.php(mapped('shop.example') + WORK, { url });
      expect((await lastRow())?.answer).toBe(
        `Secret or clock (401). The answer carries no date to compare the clocks by. The service says: ${why}`,
      );
    });

    it('a domain that the service refuses: its words, and no further try', async () => {
      const wordpress = network();
      const { url, logged } = await startWorld();
      await wordpress.php(mapped('co.uk') + mapped('localhost'), { url });
      await wordpress.cron({ url });
      await wordpress.php(WORK, { url, clockOffBy: 200 });
      expect(
        (await rowsOf(wordpress)).map(({ state, status, attempts, answer }) => ({ state, status, attempts, answer })),
      ).toEqual([
        {
          state: 'refused',
          status: '400',
          attempts: '1',
          answer: expect.stringMatching(/^Refused \(400\): .*co\.uk.* public suffix/),
        },
        {
          state: 'refused',
          status: '400',
          attempts: '1',
          answer: expect.stringMatching(/^Refused \(400\): .*"localhost" is a single label/),
        },
      ]);
      expect(logged.filter((line) => line.includes('refused'))).toHaveLength(2);
    });

    it('a redirect: it is not followed', async () => {
      const wordpress = network();
      const elsewhere = await startListener({ status: 202 });
      const { url, posts } = await startListener({ status: 307, headers: { location: elsewhere.url } });
      const loose =
        "add_filter( 'http_request_args', function ( $args ) { $args['redirection'] = 5; return $args; }, PHP_INT_MAX );";
      await wordpress.php(mapped('shop.example') + loose + WORK, { url });
      expect([posts.length, elsewhere.posts.length]).toEqual([1, 0]);
      expect(await lastRow()).toMatchObject({ state: 'waiting', answer: expect.stringMatching(/redirects \(307\)/) });
    });

    it('a certificate that nobody vouches for: nothing is sent, even where a plugin turns the check off', async () => {
      const wordpress = network();
      const { url, requests } = await startWithOwnCertificate();
      const loose =
        "add_filter( 'https_ssl_verify', '__return_false', 11 ); add_filter( 'https_local_ssl_verify', '__return_false' ); add_filter( 'http_request_args', function ( $args ) { $args['sslverify'] = false; return $args; } );";
      await wordpress.php(mapped('shop.example') + loose + WORK, { url });
      expect(requests()).toBe(0);
      expect(await lastRow()).toMatchObject({
        state: 'waiting',
        answer: expect.stringMatching(/could not be reached/),
      });
      // It is the check that keeps it out: the same server answers who does not check.
      await wordpress.php(`wp_remote_post( '${url}', array( 'sslverify' => false ) );`, { url });
      expect(requests()).toBe(1);
    });

    it.each([
      ['refuses', { status: 400, body: { message: 'Bad Request' } }],
      ['knows no such address', { status: 404 }],
      ['asks for a password', { status: 401, body: { message: 'Unauthorized' } }],
      ['takes everything', { status: 200, body: { ok: true } }],
      ['answers everything with a page', { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }],
    ])('something else at that address, which %s: that it is not the service', async (_name, answer) => {
      const wordpress = network();
      const { url } = await startListener(answer);
      await wordpress.php(mapped('shop.example') + WORK, { url });
      expect(await lastRow()).toMatchObject({
        state: 'waiting',
        answer: expect.stringContaining(`not the service (${answer.status})`),
      });
    });
  });

  describe('the queue', () => {
    it('loses nothing when twelve requests keep an event at the same time, the first ones ever', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      const names = Array.from({ length: 12 }, (_, index) => `shop-${index}.example`);
      await Promise.all(names.map((name) => wordpress.php(mapped(name), { url })));
      await wordpress.cron({ url });
      await hasOnRunCloud(...names);
    });

    it('is worked on by several workers at once, and each event is sent once', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(Array.from({ length: 30 }, (_, index) => mapped(`shop-${index}.example`)).join(''), {
        url: NOBODY,
      });
      await Promise.all([1, 2, 3, 4].map(() => wordpress.php(WORK, { url })));
      expect(posts).toHaveLength(30);
      expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
    });

    it('gives back what a worker died with', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      const die = "add_filter( 'pre_http_request', function () { posix_kill( getmypid(), 9 ); } );";
      await expect(wordpress.phpOnItsOwn(die + WORK, { url })).rejects.toThrow();
      await wordpress.php(WORK, { url });
      expect(posts).toHaveLength(0);
      await wordpress.php(WORK, { url, clockOffBy: 61 });
      expect(posts).toHaveLength(1);
    });

    it.each([
      ['one event', mapped('shop.example')],
      ['an event that a later one overtook', mapped('shop.example') + unmapped('shop.example')],
    ])('is left alone until the next run where the database takes no change: %s', async (_name, told) => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(told, { url: NOBODY });
      await wordpress.sql(
        "CREATE TRIGGER no_change BEFORE UPDATE ON wp_runcloud_bridge_events FOR EACH ROW SIGNAL SQLSTATE '45000'",
      );
      await wordpress.php(WORK, { url });
      // A few lines of WordPress's own, and not some for each turn within twenty seconds.
      expect(wordpress.takeLog().match(/database error/g)?.length).toBeLessThan(10);
      expect(posts).toEqual([]);
      await wordpress.sql('DROP TRIGGER no_change');
      await wordpress.php(WORK, { url });
      expect(posts).toHaveLength(1);
    });

    it('is found by any run of WP-Cron on the main site, also where the schedule was lost', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.sql("UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'cron'");
      await wordpress.cron({ url });
      expect(posts).toHaveLength(1);
    });

    it('puts the next try on the schedule, once', async () => {
      const wordpress = network();
      await wordpress.php(mapped('a.example') + mapped('b.example'), { url: NOBODY });
      await Promise.all([wordpress.php(WORK, { url: NOBODY }), wordpress.php(WORK, { url: NOBODY })]);
      await wordpress.php(WORK, { url: NOBODY });
      const times = await wordpress.value<number[]>(
        "return array_keys( array_filter( _get_cron_array(), function ( $hooks ) { return isset( $hooks['multisite_runcloud_bridge_deliver'] ); } ) );",
      );
      const { due } = (await lastRow()) ?? {};
      expect(times.filter((time) => time > Date.now() / 1_000)).toEqual([Number(due)]);
    });

    it.each([
      ['WP-Cron', {}],
      ['Action Scheduler', { AS_MODE: 'there' }],
    ])('stays bounded, also where %s never runs', async (_name, more) => {
      const wordpress = network();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      await wordpress.sql(
        `INSERT INTO wp_runcloud_bridge_events (event_id, kind, domain, site_id, occurred_ms, since, due, state)
          SELECT CONCAT('msg_', seq), 'mapped', CONCAT('d', seq, '.example'), 1, 1, UNIX_TIMESTAMP(), 1, IF(seq > 1000, 'waiting', 'accepted') FROM seq_1_to_7000`,
        'ALTER TABLE wp_runcloud_bridge_events AUTO_INCREMENT = 10099',
      );
      await wordpress.php(
        "foreach ( range( 1, 10 ) as $second ) { wp_schedule_single_event( $second, 'multisite_runcloud_bridge_deliver', array( $second ) ); }",
      );
      // The second one has a number at which the table is bounded, as one in a hundred has.
      for (const name of ['a.example', 'b.example']) await wordpress.php(mapped(name), { url: NOBODY, ...more });
      const [{ count = '', cron = '' } = {}] = await wordpress.sql<{ count: string; cron: string }>(
        "SELECT COUNT(*) AS count, (SELECT LENGTH(option_value) FROM wp_options WHERE option_name = 'cron') AS cron FROM wp_runcloud_bridge_events",
      );
      expect(Number(count)).toBeLessThanOrEqual(5_000 + 1_000 + 200 + 2);
      expect(Number(cron)).toBeLessThan(3_000);
      const [newest] = await wordpress.sql<{ state: string }>(
        'SELECT state FROM wp_runcloud_bridge_events ORDER BY id DESC LIMIT 1',
      );
      expect(newest?.state).toBe('waiting');
      // What somebody has to see to outlives what is done.
      await wordpress.php(WORK, { url: NOBODY });
      const states = await wordpress.sql<{ state: string; count: string }>(
        'SELECT state, COUNT(*) AS count FROM wp_runcloud_bridge_events GROUP BY state ORDER BY state',
      );
      expect(states.map(({ state, count: each }) => `${state} ${each}`)).toEqual([
        'accepted 200',
        'given_up 1000',
        'waiting 5000',
      ]);
    });

    it('does not grow where the constants are missing or wrong', async () => {
      const wordpress = network();
      const wrong: Situation[] = [
        {},
        { url: 'nonsense' },
        { url: 'http://service.example/webhooks' },
        { url: 'https://user:pass@service.example' },
        { url: 'https://service.example/webhooks?key=1' },
        { url: 'https://service.example/webhooks/ultimate-multisite/token' },
        { url: NOBODY, secret: 'whsec_short' },
        { url: NOBODY, secret: 'not-a-key' },
        { url: NOBODY, secret: `${keyText(1)} ${keyText(2)}` },
      ];
      for (const situation of wrong) await wordpress.php(mapped('shop.example') + WORK, situation);
      expect(await rowsOf(wordpress)).toEqual([]);
    });

    it.each([
      ['two web servers whose clocks differ by seconds tell', 5],
      ['a clock that was ahead by all that the service bears, and is put right, tells', 299],
    ])('%s in the true order', async (_name, clockOffBy) => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(mapped('shop.example') + WORK, { url, clockOffBy });
      await hasOnRunCloud('shop.example');
      await wordpress.php(unmapped('shop.example') + WORK, { url });
      await hasOnRunCloud();
    });
  });

  describe('with Action Scheduler', () => {
    const actions = () =>
      network().sql<{ hook: string; status: string; blog_id: string }>('SELECT * FROM wp_stand_in_actions ORDER BY id');

    it('it calls the worker, on the main site, once per request, even for what happened before it was loaded', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      const situation = { url, AS_MODE: 'there' };
      await wordpress.php(`switch_to_blog( 1 ); ${mapped('a.example')}${mapped('b.example')}`, situation);
      await wordpress.php('', { ...situation, AS_EARLY: 'c.example' });
      expect(await actions()).toEqual(
        [1, 2].map(() => expect.objectContaining({ hook: 'multisite_runcloud_bridge_deliver', blog_id: '1' })),
      );
      expect(
        await wordpress.value(
          'return array_filter( array_column( _get_cron_array(), "multisite_runcloud_bridge_deliver" ) );',
        ),
      ).toEqual([]);
      await wordpress.php('stand_in_run_actions();', situation);
      expect(posts).toHaveLength(3);
    });

    it('it calls it again for the next try, once, however often the worker runs', async () => {
      const wordpress = network();
      const situation = { url: NOBODY, AS_MODE: 'there' };
      await wordpress.php(mapped('a.example'), situation);
      for (let time = 0; time < 3; time++) await wordpress.php(`stand_in_run_actions(); ${WORK}`, situation);
      expect((await actions()).filter(({ status }) => status === 'pending')).toEqual([
        expect.objectContaining({ hook: 'multisite_runcloud_bridge_deliver_later' }),
      ]);
    });

    it('WP-Cron calls the worker where it has no tables on the main site', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('a.example'), { url, AS_MODE: 'broken' });
      const scheduled = await wordpress.value<unknown[]>(
        'return array_column( _get_cron_array(), "multisite_runcloud_bridge_deliver" );',
      );
      expect(scheduled).toHaveLength(1);
      await wordpress.cron({ url, AS_MODE: 'broken' });
      expect(posts).toHaveLength(1);
    });
  });

  it('keeps no secret in the database or in a log', async () => {
    const wordpress = network();
    const { url, logged } = await startWorld();
    await wordpress.php(mapped('shop.example'), { url });
    await wordpress.cron({ url, secret: keyText(2) });
    await wordpress.php("WP_CLI::$commands['runcloud-bridge test']();", { url, WU_CLI: '1' });
    await wordpress.cron({ url });
    const tables = await wordpress.sql<Record<string, string>>('SHOW TABLES');
    expect(tables.length).toBeGreaterThan(15);
    const dump = await wordpress.value<string>(
      "$all = ''; foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) { $all .= print_r( $wpdb->get_results( \"SELECT * FROM `$table`\" ), true ); } return $all;",
      { isWithoutBridge: true },
    );
    const text = dump + logged.join() + wordpress.takeLog();
    expect(text).toContain('shop.example');
    for (const fill of [1, 2]) {
      expect(text).not.toContain(keyText(fill).slice(6, 30));
      expect(text).not.toContain(Buffer.alloc(16, fill).toString('latin1'));
    }
  });
});

/** A server with a certificate of its own making; returns its address and how many requests got through to it. */
async function startWithOwnCertificate() {
  const make = `$key = openssl_pkey_new( array( 'private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1' ) );
    $csr = openssl_csr_new( array( 'commonName' => '127.0.0.1' ), $key ); openssl_x509_export( openssl_csr_sign( $csr, null, $key, 2 ), $cert );
    openssl_pkey_export( $key, $pem ); echo json_encode( array( 'key' => $pem, 'cert' => $cert ) );`;
  const made = JSON.parse(execFileSync(program('php') as string, ['-r', make], { encoding: 'utf8' })) as {
    key: string;
    cert: string;
  };
  let requests = 0;
  const server = createServer(made, (_request, response) => {
    requests++;
    response.writeHead(202).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`, requests: () => requests };
}
