/** What an operator sees in the network's admin: all domains, one domain, and the bridge in the plugin's list of integrations. */
import { domainToASCII } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keyText } from '../support/webhooks.ts';
import { openBrowser } from './browser.ts';
import type { Situation } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { rowsOf, startListener, startWorld } from './world.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const SCREEN = '/wp-admin/network/settings.php?page=multisite-runcloud-domains';
const EVIL = '<script>alert(1)</script>';
const ESCAPED = '&lt;script&gt;alert(1)&lt;/script&gt;';

/** What tags leave of a page. */
const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
const tableOf = (html: string) => /<table class="wp-list-table[\s\S]*?<\/table>/.exec(html)?.[0] ?? '';
const cellsOf = (html: string) =>
  [...tableOf(html).matchAll(/<strong><a href="[^"]*">([^<]*)<\/a>/g)].map(([, name]) => name);

describeInNetwork('the screen of all domains', (network) => {
  const browser = (situation: Situation, user?: string) => openBrowser(network(), situation, user);
  /** The real service, with domains that the bridge told it of, after a run over all of them. */
  const startService = async (...domains: string[]) => {
    const world = await startWorld({ settings: { RUNCLOUD_CALLS_PER_MONTH: '10000' } });
    const mapped = domains.map((domain) => `do_action( 'wu_domain_added', '${domain}', 1 );`).join('');
    await network().php(`${mapped} do_action( 'multisite_runcloud_bridge_deliver' );`, { url: world.url });
    await world.hasOnRunCloud(...domains.map(domainToASCII));
    const ran = await fetch(`http://127.0.0.1:${world.port}/2015-03-31/functions/reconcile/invocations`, {
      method: 'POST',
      body: '{"action":"reconcile"}',
    });
    expect(ran.status).toBe(200);
    return world;
  };
  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => `shop-${String(index).padStart(2, '0')}.example`);

  it('shows numbers by state, calls, and the rows, a page at a time', async () => {
    const { url } = await startService(...names(23));
    const admin = await browser({ url });
    const first = await admin(SCREEN);
    expect(first.status).toBe(200);
    expect(textOf(first.text)).toMatch(/Calls to RunCloud: \d+ of 10,000 \(\d+ %\) since \d{4}-\d\d-\d\d/);
    expect(first.text).toMatch(
      /<a href="[^"]*page=multisite-runcloud-domains" class="current" aria-current="page">All <span class="count">\(24\)/,
    );
    expect(first.text).toMatch(/state=not-ours">Not ours <span class="count">\(1\)/);
    expect(cellsOf(first.text)).toHaveLength(20);
    const second = await admin(`${SCREEN}&paged=2`);
    expect(cellsOf(second.text)).toHaveLength(4);
    expect(new Set([...cellsOf(first.text), ...cellsOf(second.text)])).toEqual(
      new Set([...names(23), 'network.example']),
    );
    expect(textOf(second.text)).toMatch(/24 items/);
  });

  it('shows the last runs, and the calls of each day as a chart with its table', async () => {
    const { url } = await startService('shop.example');
    const { text } = await (await browser({ url }))(SCREEN);
    expect(textOf(text)).toMatch(/Calls by day Day Calls \d{4}-\d\d-\d\d \d+/);
    expect(text).toMatch(/<svg role="img" aria-label="[^"]+"[^>]*>(?:<rect [^>]+>)*<rect [^>]*height="80"/);
    expect(textOf(text)).toMatch(/Last runs Ended Seconds Changes Held or left alone Failed Outcome \d{4}-\d\d-\d\d/);
    expect(text).toMatch(/<td>0<\/td><td>done<\/td><\/tr>/);
  });

  it('finds domains by a part of their name, and by their state', async () => {
    const { url } = await startService('shop.example', 'flowers.example', 'bücher.example');
    const admin = await browser({ url });
    expect(cellsOf((await admin(`${SCREEN}&s=FLOW`)).text)).toEqual(['flowers.example']);
    expect(cellsOf((await admin(`${SCREEN}&s=b%C3%BCch`)).text)).toEqual([
      expect.stringMatching(/^(bücher\.example \()?xn--bcher-kva\.example\)?$/),
    ]);
    const chosen = await admin(`${SCREEN}&state=not-ours`);
    expect(cellsOf(chosen.text)).toEqual(['network.example']);
    expect(chosen.text).toContain('<input type="hidden" name="state" value="not-ours">');
    expect(textOf((await admin(`${SCREEN}&s=nothing-like-it`)).text)).toContain('No domain fits.');
    // A state that there is not is none.
    expect(cellsOf((await admin(`${SCREEN}&state=odd`)).text)).toHaveLength(4);
  });

  it('has a page for each domain: how it is, records to copy, and what happened', async () => {
    const { url } = await startService('shop.example');
    const admin = await browser({ url });
    const path = /href="http:\/\/network\.example(\/wp-admin\/network\/settings\.php\?[^"]*domain=shop\.example)"/.exec(
      (await admin(SCREEN)).text,
    )?.[1];
    const { text, status } = await admin((path ?? '').replaceAll('&#038;', '&'));
    expect(status).toBe(200);
    expect(text).toContain('<h1>shop.example</h1>');
    expect(text).toMatch(/<th scope="row">Mapping<\/th><td>on RunCloud<\/td>/);
    expect(text).toMatch(/<th scope="row">DNS<\/th><td>[^<]+<\/td>/);
    expect(textOf(text)).toMatch(/What happened On RunCloud since \d{4}-\d\d-\d\d \d\d:\d\d, not live yet\./);
    expect(text).toMatch(/value="shop\.example"> <button type="button" class="button hide-if-no-js runcloud-copy"/);
    const unknown = await admin(`${SCREEN}&domain=never.example`);
    expect(textOf(unknown.text)).toMatch(/knows of no mapping of it/);
  });

  it("escapes the service's words, whoever put them there", async () => {
    const row = {
      domain: EVIL,
      state: EVIL,
      since: EVIL,
      dns: EVIL,
      certificate: EVIL,
      next: EVIL,
      mapping: EVIL,
      reason: EVIL,
    };
    const answer = {
      ok: true,
      summary: EVIL,
      ...row,
      domains: [{ ...row, needs_person: true }],
      matching: 1,
      counts: { live: 1, [EVIL]: 2 },
      needs: [{ code: EVIL, count: 2, domains: [EVIL], found: EVIL, what_to_do: EVIL }],
      calls: { used: 5, since: EVIL, quota: EVIL },
      used: 5,
      days: [{ day: EVIL, calls: EVIL }, 'odd'],
      runs: [{ at: EVIL, took_ms: EVIL, done: EVIL, aborted: EVIL }, 'odd'],
      holds: [{ reason: EVIL, what_to_do: `${EVIL} {"action":"verify","domain":"shop.example"}`, code: EVIL }],
      steps: [{ action: EVIL, why: EVIL }],
      records: [{ type: EVIL, name: `"${EVIL}`, value: EVIL, now: EVIL, ok: false }, 'odd'],
      events: [{ type: EVIL, at: EVIL, reason: EVIL, what_to_do: EVIL }],
    };
    const { url, posts } = await startListener({ status: 200, body: answer });
    const admin = await browser({ url });
    for (const path of [
      SCREEN,
      `${SCREEN}&domain=shop.example`,
      `${SCREEN}&domain=${encodeURIComponent(EVIL)}`,
      `${SCREEN}&s=${encodeURIComponent(`"${EVIL}`)}`,
    ]) {
      const { text } = await admin(path);
      expect(text).toContain(ESCAPED);
      expect(text).not.toContain('<script>alert(1)');
      expect(text).not.toContain('""<script');
    }
    const { text } = await admin(`${SCREEN}&domain=shop.example`);
    expect(textOf(text)).toContain('mrc verify shop.example');
    expect(text).toMatch(
      /<button type="button" class="button hide-if-no-js runcloud-copy" data-clipboard-target="#runcloud-value-0"/,
    );
    // Queries alone, and signed.
    expect(new Set(posts.map(({ body }) => JSON.parse(body).type))).toEqual(
      new Set(['status', 'quota', 'domain', 'events']),
    );
    expect(posts.every(({ headers }) => String(headers['webhook-signature']).startsWith('v1,'))).toBe(true);
  });

  it('says of a record that has to go to delete it, with nothing to copy', async () => {
    const record = { type: 'AAAA', name: 'shop.example', value: 'none', now: '2001:db8::1', ok: false };
    const { url } = await startListener({ status: 200, body: { ok: true, summary: 'Well.', records: [record] } });
    const { text } = await (await browser({ url }))(`${SCREEN}&domain=shop.example`);
    expect(text).toContain('<td>delete it</td><td>2001:db8::1</td>');
    expect(text).toContain('id="runcloud-name-0"');
    expect(text).not.toMatch(/runcloud-value-0|Copy none/);
  });

  it('asks for the calls where the state does not name them', async () => {
    const { url, posts } = await startListener(
      { status: 200, body: { ok: true, summary: 'Well.', domains: [], matching: 0, counts: {}, needs: [] } },
      { status: 200, body: { ok: true, summary: 'Calls.', used: 1240, since: '2026-11-01T00:00:00.000Z' } },
    );
    const { text } = await (await browser({ url }))(SCREEN);
    expect(textOf(text)).toContain('Calls to RunCloud: 1,240 since 2026-11-01 00:00.');
    expect(posts.map(({ body }) => JSON.parse(body).type)).toEqual(['status', 'quota']);
  });

  it.each<[string, () => Promise<Situation>, RegExp]>([
    ['cannot be reached', async () => ({ url: NOBODY }), /The service could not be reached/],
    [
      'has another secret',
      async () => ({ ...(await startWorld()), secret: keyText(2) }),
      /Secret or clock \(401\)\. The clocks differ by/,
    ],
    ['has nothing to show yet', async () => startWorld(), /There is nothing to show yet/],
    [
      'is not what answers there',
      async () => startListener({ status: 200 }),
      /What answers there is not the service \(200\)/,
    ],
    ['is not named in wp-config.php', async () => ({}), /MULTISITE_RUNCLOUD_URL is missing/],
  ])('says why where the service %s', async (_name, start, words) => {
    const { url, secret } = await start();
    const admin = await browser({ ...(url !== undefined && { url }), ...(secret !== undefined && { secret }) });
    for (const path of [SCREEN, `${SCREEN}&domain=shop.example`]) {
      const { text, status } = await admin(path);
      expect(status).toBe(200);
      expect(textOf(text)).toMatch(words);
      expect(text).not.toContain(keyText(1).slice(6));
    }
  });

  it('asks nothing in a copy of the network', async () => {
    const { url, posts } = await startListener({ status: 200 });
    await network().cron({ url });
    const admin = await browser({ url, constants: { WP_ENVIRONMENT_TYPE: 'staging' } });
    expect(textOf((await admin(SCREEN)).text)).toMatch(/as a copy is\. Nothing that happens here is kept or sent/);
    expect(posts).toEqual([]);
  });

  it('is for network admins alone', async () => {
    const { url, posts } = await startListener({ status: 200 });
    const other = await browser({ url }, 'siteadmin');
    expect((await other(SCREEN)).status).toBe(403);
    expect(posts).toEqual([]);
  });
});

describeInNetwork("the bridge in the plugin's list of integrations", (network) => {
  const PLUGIN = '2.9.2';
  const ask = <T>(code: string, situation: Situation) =>
    network().value<T>(`$it = $GLOBALS['wu_registry']->integrations['multisite-runcloud']; ${code}`, situation);

  it('stands with its state, and nothing of it listens for domains', async () => {
    const state =
      "return array( $it->get_title(), $it->is_enabled(), $it->is_setup(), $it->get_description(), $it->supports( 'no-config' ), has_action( 'wu_add_domain' ) );";
    expect(await ask(state, { url: NOBODY, plugin: PLUGIN })).toEqual([
      'RunCloud (multisite-runcloud)',
      true,
      true,
      `RunCloud is told about domains. Events of network.example go to ${NOBODY}. Waiting: 0.`,
      true,
      false,
    ]);
    expect(await ask<unknown[]>(state, { plugin: PLUGIN })).toEqual(
      expect.arrayContaining([false, expect.stringMatching(/MULTISITE_RUNCLOUD_URL is missing/)]),
    );
  });

  it('cannot be turned off there, and its wizard begins with the test', async () => {
    const code =
      "return array( $it->disable(), $it->is_enabled(), array_keys( $it->get_explainer_lines() ), apply_filters( 'wu_hosting_integration_wizard_sections', array( 'activation' => 1, 'testing' => 2 ), $it, null ) );";
    expect(await ask(code, { url: NOBODY, plugin: PLUGIN })).toEqual([
      false,
      true,
      ['will', 'will_not'],
      { testing: 2 },
    ]);
    const other =
      "return apply_filters( 'wu_hosting_integration_wizard_sections', array( 'activation' => 1 ), new WP_Ultimo\\Integrations\\Integration( 'runcloud', 'RunCloud' ), null );";
    expect(await ask(other, { url: NOBODY, plugin: PLUGIN })).toEqual({ activation: 1 });
  });

  describe('tests the connection', () => {
    const TEST =
      '$result = $it->test_connection(); return is_wp_error( $result ) ? $result->get_error_message() : $result;';

    it('and says that it is right', async () => {
      const { url } = await startWorld();
      expect(await ask(TEST, { url, plugin: PLUGIN })).toBe(true);
      expect((await rowsOf(network())).map(({ kind, state }) => [kind, state])).toEqual([['test', 'accepted']]);
    });

    it('and says what is wrong', async () => {
      expect(await ask(TEST, { url: NOBODY, plugin: PLUGIN })).toMatch(/The service could not be reached/);
      expect(await ask(TEST, { plugin: PLUGIN })).toMatch(/MULTISITE_RUNCLOUD_URL is missing/);
    });
  });

  it('is not there where the plugin is older, or its registry another one', async () => {
    expect(await network().value("return isset( $GLOBALS['wu_registry'] );", { url: NOBODY, plugin: '2.4.10' })).toBe(
      false,
    );
    await network().php("do_action( 'wu_register_integrations', new stdClass() );", { url: NOBODY, plugin: PLUGIN });
  });
});
