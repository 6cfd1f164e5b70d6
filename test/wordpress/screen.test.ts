/** What a person sees of the bridge, and may do: notice, screen, Site Health, WP-CLI. */
import { describe, expect, it } from 'vitest';
import { keyText } from '../support/webhooks.ts';
import { openBrowser, type Page } from './browser.ts';
import type { Situation } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { rowsOf, startListener, startWorld, statesOf, type Told } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const SCREEN = '/wp-admin/network/settings.php?page=multisite-runcloud-bridge';
const ACTION = '/wp-admin/network/edit.php?action=multisite-runcloud-bridge';
const mapped = (domain: string) => `do_action( 'wu_domain_added', '${domain}', 1 );`;
const cli = (call: string) =>
  `WP_CLI::$commands['runcloud-bridge ${call.split('(')[0]}'](${call.slice(call.indexOf('(') + 1)};`;

describeInNetwork('the bridge shows', (network) => {
  const browser = (situation: Situation, user?: string) => openBrowser(network(), situation, user);
  /** Takes a page and what a button does; returns its form. */
  const formOf = ({ text }: Page, what: string, id = '0') => {
    const found = text
      .split('<form')
      .find((form) => form.includes(`name="what" value="${what}"`) && form.includes(`name="id" value="${id}"`));
    const nonce = /name="_wpnonce" value="(\w+)"/.exec(found ?? '')?.[1];
    if (nonce === undefined) throw new Error(`no button ${what} ${id}`);
    return { what, id, _wpnonce: nonce };
  };
  const pathOf = ({ location = '' }: Page) => location.replace('http://network.example', '');

  describe('the notice', () => {
    it('tells network admins, and nobody else, what is missing or wrong, without repeating it', async () => {
      const admin = await browser({ url: 'http://service.example', secret: 'whsec_MARKED' });
      const page = await admin('/wp-admin/network/index.php');
      expect(page.status).toBe(200);
      expect(page.text.match(/RunCloud is not told about domains/g)).toHaveLength(1);
      expect(page.text).toMatch(/MULTISITE_RUNCLOUD_URL must begin with https/);
      expect(page.text).toMatch(/MULTISITE_RUNCLOUD_SECRET is not a key/);
      expect(page.text).not.toContain('MARKED');
      expect((await admin('/wp-admin/index.php')).text).not.toMatch(/RunCloud is not told/);
      const screen = await admin(SCREEN);
      expect(screen.text).toContain('the bridge is not set up');
      expect(screen.text).not.toContain('Send test');
    });

    it('is not there when all is right', async () => {
      const admin = await browser({ url: NOBODY });
      expect((await admin('/wp-admin/network/index.php')).text).not.toMatch(/RunCloud is not told/);
    });
  });

  describe('the screen', () => {
    it('lists the last 20 deliveries, escaped, and no secret', async () => {
      const wordpress = network();
      const names = Array.from({ length: 25 }, (_, index) => `shop-${index + 1}.example`);
      await wordpress.php(`${names.map(mapped).join('')}${mapped('<script>alert(1)</script>.example')}`, {
        url: NOBODY,
      });
      const admin = await browser({ url: NOBODY });
      const { text, status } = await admin(SCREEN);
      expect(status).toBe(200);
      expect(text.match(/<tr><td /g)).toHaveLength(20);
      // WordPress's own list, without its places for bulk actions and pages, which are not there.
      expect(text).toMatch(/<table class="wp-list-table [^"]*striped/);
      expect(text).not.toMatch(/tablenav|<table class="[^"]*fixed/);
      expect(text).toContain('shop-25.example (site 1)');
      expect(text).not.toContain('shop-6.example');
      expect(text).toContain('&lt;script&gt;alert(1)');
      expect(text).not.toContain('<script>alert(1)');
      expect(text).not.toContain(keyText(1).slice(6));
    });

    it('sends a test that changes nothing, and says what it found', async () => {
      const { url, runcloud, logged } = await startWorld();
      const admin = await browser({ url });
      const sent = await admin(ACTION, formOf(await admin(SCREEN), 'test'));
      expect(sent.status).toBe(302);
      expect((await admin(pathOf(sent))).text).toMatch(/Address, secret and clock are right/);
      expect(runcloud.calls).toEqual([]);
      expect(logged.join()).not.toMatch(/An event was accepted/);
    });

    it('says what is wrong where a test fails', async () => {
      const { url } = await startWorld();
      const admin = await browser({ url, secret: keyText(2) });
      const sent = await admin(ACTION, formOf(await admin(SCREEN), 'test'));
      expect((await admin(pathOf(sent))).text).toMatch(/notice-error.*Secret or clock \(401\)/);
      // A test is never tried again by itself.
      expect((await rowsOf(network())).map(({ state }) => state)).toEqual(['failed']);
    });

    it('sends a delivery again, as the event it was', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      await wordpress.cron({ url });
      const admin = await browser({ url });
      const sent = await admin(ACTION, formOf(await admin(SCREEN), 'resend', '1'));
      expect((await admin(pathOf(sent))).text).toMatch(/notice-success.*shop\.example mapped: accepted/);
      expect(posts).toHaveLength(2);
      expect(posts[1]?.headers['webhook-id']).toBe(posts[0]?.headers['webhook-id']);
      expect(posts[1]?.body).toBe(posts[0]?.body);
    });

    it('does not send again what a later event has overtaken', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      for (const hook of ['wu_domain_removed', 'wu_domain_added']) {
        await wordpress.php(`do_action( '${hook}', 'shop.example', 1 );`, { url });
        await wordpress.cron({ url });
      }
      const admin = await browser({ url });
      const sent = await admin(ACTION, formOf(await admin(SCREEN), 'resend', '1'));
      expect((await admin(pathOf(sent))).text).toMatch(/a later event about that domain holds/);
      expect(posts).toHaveLength(2);
    });

    it('does nothing without the right of a network admin, or without a nonce', async () => {
      const wordpress = network();
      const { url, posts } = await startListener({ status: 202 });
      await wordpress.php(mapped('shop.example'), { url });
      const [admin, other] = [await browser({ url }), await browser({ url }, 'siteadmin')];
      const page = await admin(SCREEN);
      expect((await other(SCREEN)).text).not.toContain('shop.example');
      const form = formOf(page, 'resend', '1');
      for (const refused of [
        await admin(ACTION, { ...form, _wpnonce: 'wrong' }),
        await admin(ACTION, { ...form, id: '2' }),
        await admin(ACTION, { ...form, what: 'test' }),
        await other(ACTION, form),
      ]) {
        expect(refused.status).toBe(403);
      }
      expect((await admin(`${ACTION}&what=test`)).status).toBe(403);
      expect(posts).toEqual([]);
    });
  });

  describe('Site Health', () => {
    const health = (situation: Situation) =>
      network().value<{ status: string; label: string; description: string }>(
        "$tests = apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) ); return $tests['direct']['multisite_runcloud_bridge']['test']();",
        situation,
      );

    it('is critical without the constants, good with them', async () => {
      expect(await health({})).toMatchObject({
        status: 'critical',
        description: expect.stringMatching(/URL is missing.*SECRET is missing/),
      });
      expect(await health({ url: NOBODY })).toMatchObject({ status: 'good' });
    });

    it('is critical where its table cannot be made, which the log says of each event', async () => {
      const wordpress = network();
      const without =
        "add_filter( 'query', function ( $sql ) { return strpos( $sql, 'runcloud_bridge_events' ) ? 'SELECT 1 FROM wp_not_there' : $sql; } );";
      const found = await wordpress.value<{ status: string; description: string }>(
        `${without} ${mapped('shop.example')} $tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();`,
        { url: NOBODY },
      );
      expect(found).toMatchObject({
        status: 'critical',
        description: expect.stringMatching(/table wp_runcloud_bridge_events cannot be made or read/),
      });
      expect(wordpress.takeLog()).toMatch(
        /multisite-runcloud-bridge: that "shop\.example" was mapped could not be kept/,
      );
    });

    it('warns of a service that cannot be reached, of a queue that nobody works on, and of what was refused or given up', async () => {
      const wordpress = network();
      await wordpress.php(mapped('shop.example'), { url: NOBODY });
      expect(await health({ url: NOBODY })).toMatchObject({ status: 'good' });
      expect(await health({ url: NOBODY, clockOffBy: 1_000 })).toMatchObject({
        status: 'recommended',
        description: expect.stringMatching(/does not run/),
      });
      await wordpress.cron({ url: NOBODY });
      expect(await health({ url: NOBODY })).toMatchObject({
        status: 'recommended',
        description: expect.stringMatching(/could not be reached/),
      });
      await wordpress.sql("UPDATE wp_runcloud_bridge_events SET state = 'refused', answer = '<b>no</b>'");
      expect(await health({ url: NOBODY })).toMatchObject({
        status: 'recommended',
        label: 'Some domains were refused',
      });
      await wordpress.sql("UPDATE wp_runcloud_bridge_events SET state = 'given_up'");
      expect(await health({ url: NOBODY })).toMatchObject({
        status: 'critical',
        description: expect.stringContaining('&lt;b&gt;no'),
      });
    });
  });

  it('Site Health, screen and WP-CLI say for a week how many events went untold from a full table', async () => {
    const wordpress = network();
    const situation: Told = { url: NOBODY, WU_CLI: '1' };
    await wordpress.php(mapped('shop.example'), situation);
    const fill = (state: string, count: number) =>
      wordpress.sql(
        `INSERT INTO wp_runcloud_bridge_events (event_id, kind, domain, site_id, occurred_ms, since, due, state)
          SELECT CONCAT('msg_', seq), 'mapped', CONCAT('d', seq, '.example'), 1, 1, UNIX_TIMESTAMP(), UNIX_TIMESTAMP(), '${state}' FROM seq_1_to_${count}`,
      );
    const work = "do_action( 'multisite_runcloud_bridge_deliver' );";
    await fill('given_up', 990);
    await fill('accepted', 500);
    await wordpress.php(work, situation);
    expect(await wordpress.php(cli('status()'), situation)).not.toMatch(/Deleted unsent/);
    await fill('refused', 30);
    // 990 and 30, of which 1,000 stay; later 80 more that waited in vain.
    await wordpress.php(work, { ...situation, clockOffBy: 600 });
    expect(await wordpress.php(cli('status()'), situation)).toMatch(
      /^RunCloud was not told about some domains\n[\s\S]*Deleted unsent, because the table was full: 20 events\./,
    );
    await fill('waiting', 5_079);
    await wordpress.php(work, { ...situation, clockOffBy: 1_200 });
    const told = /Deleted unsent, because the table was full: 100 events\. .*next reconcile/;
    expect(await wordpress.php(cli('status()'), situation)).toMatch(told);
    expect((await (await browser(situation))(SCREEN)).text).toMatch(told);
    const health =
      "$tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();";
    expect(await wordpress.value(health, situation)).toMatchObject({
      status: 'critical',
      description: expect.stringMatching(told),
    });
    expect(await wordpress.value(health, { ...situation, clockOffBy: 8 * 86_400 })).toMatchObject({
      description: expect.not.stringMatching(/Deleted unsent/),
    });
  });

  it("Site Health and screen say when the plugin's own integration would act as well", async () => {
    const level = (situation: Situation) =>
      network().value<string>(
        "$tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();",
        { url: NOBODY, plugin: '2.16.0', ...situation },
      );
    expect(await level({ WU_RUNCLOUD: '1' })).toMatchObject({
      status: 'recommended',
      description: expect.stringMatching(/two do not act/),
    });
    expect(await level({})).toMatchObject({ status: 'good' });
  });

  describe('WP-CLI', () => {
    it('status shows settings, queue and deliveries', async () => {
      const wordpress = network();
      const told: Told = { url: NOBODY, WU_CLI: '1' };
      await wordpress.php(mapped('shop.example'), told);
      expect(await wordpress.php(cli('status()'), told)).toMatch(
        /^RunCloud is told about domains\nEvents of network\.example go to http:\/\/127\.0\.0\.1:9\/webhooks\. Waiting: 1\.\n#1 \S+ \S+ shop\.example mapped: waiting, next try/,
      );
      expect(await wordpress.php(cli('status()'), { WU_CLI: '1' })).toMatch(/URL is missing[\s\S]*Halt: 1/);
    });

    it('test says whether address, secret and clock are right', async () => {
      const { url } = await startWorld();
      const wordpress = network();
      expect(await wordpress.php(cli('test()'), { url, WU_CLI: '1' })).toMatch(
        /^Success: Address, secret and clock are right/,
      );
      expect(await wordpress.php(cli('test()'), { url, WU_CLI: '1', secret: keyText(2) })).toMatch(
        /^Error: Secret or clock/,
      );
      expect(await wordpress.php(cli('test()'), { WU_CLI: '1' })).toMatch(/^Error: MULTISITE_RUNCLOUD_URL is missing/);
    });

    it('resend sends by number, and all that failed', async () => {
      const wordpress = network();
      const { url, hasOnRunCloud } = await startWorld();
      await wordpress.php(mapped('a.example') + mapped('b.example') + mapped('c.example'), { url });
      await wordpress.sql("UPDATE wp_runcloud_bridge_events SET state = IF(id = 1, 'refused', 'given_up')");
      expect(await wordpress.php(cli("resend( array( '3', '99' ) )"), { url, WU_CLI: '1' })).toMatch(
        /^Success: #3 .*c\.example mapped: accepted[\s\S]*Warning: There is no delivery 99/,
      );
      expect(await wordpress.php(cli("resend( array(), array( 'failed' => true ) )"), { url, WU_CLI: '1' })).toMatch(
        /#1 [\s\S]*#2 /,
      );
      await hasOnRunCloud('a.example', 'b.example', 'c.example');
      expect(await wordpress.php(cli("resend( array(), array( 'failed' => true ) )"), { url, WU_CLI: '1' })).toMatch(
        /^Nothing to send/,
      );
      expect(await statesOf(wordpress)).toHaveLength(3);
    });
  });

  describe.each([
    ['is down', { status: 503 }],
    ['has another secret', { status: 401, body: { accepted: false, why: 'Not accepted.' } }],
    ['is not there', { status: 404 }],
  ])('resend, where the service %s,', (_name, answer) => {
    it.each([
      ['all that failed', "resend( array(), array( 'failed' => true ) )"],
      ['those that are named', "resend( array( '1', '2', '3' ) )"],
    ])('ends with the first of %s, and leaves the others as they are', async (_which, call) => {
      const wordpress = network();
      const { url, posts } = await startListener(answer);
      await wordpress.php(mapped('a.example') + mapped('b.example') + mapped('c.example'), { url });
      await wordpress.sql("UPDATE wp_runcloud_bridge_events SET state = IF(id = 1, 'refused', 'given_up')");
      expect(await wordpress.php(cli(call), { url, WU_CLI: '1' })).toMatch(
        /^Warning: #1 .*a\.example mapped: waiting, next try .*\nError: The service takes nothing now\. Not tried, and left as they were: 2\.\n$/,
      );
      expect(posts).toHaveLength(1);
      expect(await statesOf(wordpress)).toEqual([
        'mapped a.example: waiting',
        'mapped b.example: given_up',
        'mapped c.example: given_up',
      ]);
    });
  });

  it('resend goes on after one that the service refuses for good, or that does not hold any more', async () => {
    const wordpress = network();
    const { url, posts } = await startListener({ status: 400, body: { accepted: false, why: 'No.' } }, { status: 202 });
    await wordpress.php(
      `${mapped('a.example')}${mapped('b.example')} do_action( 'wu_domain_removed', 'network.example', 1 ); ${mapped('d.example')}`,
      { url },
    );
    await wordpress.sql("UPDATE wp_runcloud_bridge_events SET state = 'given_up'");
    expect(
      (await wordpress.php(cli("resend( array(), array( 'failed' => true ) )"), { url, WU_CLI: '1' }))
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['Warning:', 'Success:', 'Warning:', 'Success:', '']);
    expect(posts).toHaveLength(3);
  });

  it('the screen says what write-back does beside setting a mapping to done', async () => {
    const admin = await browser({ url: NOBODY });
    expect((await admin(SCREEN)).text).toMatch(/WRITE_BACK.*primary one of its site/);
  });

  it('without a network nothing is there, and nothing breaks', async () => {
    const hooksOf = (kind: 'subdomains' | 'single') =>
      network().value<unknown>(
        "return array( has_action( 'wu_domain_added' ), has_action( 'shutdown', array( 'Multisite_RunCloud_Bridge\\\\Hooks', 'on_shutdown' ) ) );",
        { url: NOBODY, kind },
      );
    expect(await hooksOf('single')).toEqual([false, false]);
    expect(await hooksOf('subdomains')).toEqual([true, 1]);
  });
});
