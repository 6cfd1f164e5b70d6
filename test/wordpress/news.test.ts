/** What the service tells the network: its own events, sent by its own sender, to the bridge's address. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import { messageFor } from '../../lib/notify/message.ts';
import { sender } from '../../lib/notify/sender.ts';
import { parseNotifySettings, type Receiver } from '../../lib/notify/settings.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { keyText } from '../support/webhooks.ts';
import { openBrowser } from './browser.ts';
import { PHP_FILES, type Situation } from './network.ts';
import { describeInNetwork } from './with-network.ts';

const NOBODY = 'http://127.0.0.1:9/webhooks';
const SCREEN = '/wp-admin/network/settings.php?page=multisite-runcloud-bridge';
const PATH = '/index.php?rest_route=/multisite-runcloud/v1/events';
const HEALTH =
  "$tests = apply_filters( 'site_status_tests', array() ); return $tests['direct']['multisite_runcloud_bridge']['test']();";
const SECRET = keyText(5);
const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 8, minute)).toISOString();

type Detail = Record<string, unknown>;
const event = (type: string, number: number, more: Detail = {}): OutgoingEvent => {
  const detail = { id: `r.${number}`, domain: 'shop.example', at: at(number), before: {}, after: {}, ...more };
  return { type, detail } as unknown as OutgoingEvent;
};
const live = (number: number, more?: Detail) => event('domain.live', number, more);
const notLive = (number: number, more: Detail = {}) =>
  event('domain.not-live', number, {
    reason: 'shop.example points to 198.51.100.7, and the server is 203.0.113.10.',
    whatToDo: 'Set A shop.example → 203.0.113.10, and no other address.',
    ...more,
  });
const noDomain = { domain: undefined };

function receiverAt(url: string, secret = SECRET): { receiver: Receiver; settings: Parameters<typeof sender>[0] } {
  const parsed = parseNotifySettings({ NOTIFY_URL: url, NOTIFY_SECRET: secret, NOTIFY_ALLOW_PRIVATE: 'true' });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  return { receiver: parsed.settings.receivers[0] as Receiver, settings: parsed.settings };
}

describeInNetwork('what the service tells', (network) => {
  const listening = (secret: unknown = SECRET, more: Situation = {}): Situation => ({
    url: NOBODY,
    ...more,
    constants: { MULTISITE_RUNCLOUD_NOTIFY_SECRET: secret as string, ...more.constants },
  });
  /** Starts the network; returns what sends to it as the service does, and what sends anything. */
  const open = async (situation = listening(), { secret = SECRET, path = PATH, workers = 1 } = {}) => {
    const { port, stop } = await network().serve(situation, { workers, router: join(PHP_FILES, 'site.php') });
    onTestFinished(stop);
    const url = `http://127.0.0.1:${port}${path}`;
    const { receiver, settings } = receiverAt(url, secret);
    const send = sender(settings, { clock: systemClock, mrc: '' });
    const post = (body: string | Buffer, headers: Record<string, string>) =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    /** The event as the service signs it, changed. */
    const raw = (told: OutgoingEvent, change: Record<string, string> = {}, now = Date.now()) => {
      const { headers, body } = messageFor(receiver, told, { now, mrc: '' });
      return post(body, { ...headers, ...change });
    };
    return { send: (told: OutgoingEvent) => send(receiver, told), raw, post, receiver, url };
  };
  const known = (kind: string) =>
    network().sql<{ name: string; type: string; event_id: string; reason: string; what_to_do: string }>(
      `SELECT name, type, event_id, reason, what_to_do FROM wp_runcloud_bridge_news WHERE kind = '${kind}' ORDER BY name`,
    );
  const states = async () => (await known('domain')).map(({ name, type }) => `${name} ${type}`);
  /** A plugin of the network's own that writes down what it hears. */
  const listen = (code: string) => {
    const heard = join(mkdtempSync(join(tmpdir(), 'heard-')), 'heard');
    // A name of its own: for two seconds PHP's cache has the file of the test before.
    const plugin = join(network().mustUse, `00-${basename(dirname(heard))}.php`);
    writeFileSync(
      plugin,
      `<?php add_action( 'multisite_runcloud_domain_event', function ( $type, $domain, $data ) { ${code} file_put_contents( '${heard}', "$type " . wp_json_encode( $domain ) . " {$data['id']}\\n", FILE_APPEND | LOCK_EX ); }, 10, 3 );`,
    );
    onTestFinished(() => rmSync(plugin));
    return () => (existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').filter(Boolean) : []);
  };

  describe('is taken', () => {
    it.each([
      ['by the plain form of its address', PATH],
      ['by the pretty one', '/wp-json/multisite-runcloud/v1/events'],
    ])('%s', async (_name, path) => {
      await network().php("update_option( 'permalink_structure', '/%postname%/' ); flush_rewrite_rules();");
      const { send } = await open(listening(), { path });
      expect(await send(notLive(1))).toEqual({ kind: 'answered', status: 200, says: '' });
      expect(await known('domain')).toEqual([
        {
          name: 'shop.example',
          type: 'domain.not-live',
          event_id: 'r.1',
          reason: 'shop.example points to 198.51.100.7, and the server is 203.0.113.10.',
          what_to_do: 'Set A shop.example → 203.0.113.10, and no other address.',
        },
      ]);
    });

    it.each([
      ['the first of two keys of the network', `${SECRET} ${keyText(6)}`, SECRET],
      ['the second one', `${keyText(6)}  ${SECRET}`, SECRET],
      ['one of two keys of the service', SECRET, `${keyText(6)} ${SECRET}`],
    ])('with %s', async (_name, here, there) => {
      const { send } = await open(listening(here), { secret: there });
      expect(await send(live(1))).toMatchObject({ status: 200 });
      expect(await states()).toEqual(['shop.example domain.live']);
    });

    it('once: what comes again changes nothing, and tells nobody a second time', async () => {
      const heard = listen('');
      const { send } = await open();
      for (const told of [live(1), notLive(2), live(1), notLive(2)]) {
        expect(await send(told)).toMatchObject({ status: 200 });
      }
      expect(await states()).toEqual(['shop.example domain.not-live']);
      expect(heard()).toEqual(['domain.live "shop.example" r.1', 'domain.not-live "shop.example" r.2']);
    });

    it('once where it comes several times at the same time', async () => {
      const heard = listen('usleep( 200000 );');
      const { send } = await open(listening(), { workers: 4 });
      const answers = await Promise.all([live(1), live(1), live(1), live(1)].map(send));
      expect(answers.map((answer) => 'status' in answer && answer.status)).toEqual([200, 200, 200, 200]);
      expect(heard()).toEqual(['domain.live "shop.example" r.1']);
      expect(await known('taken')).toHaveLength(1);
    });

    it('once where another request takes it in between', async () => {
      const heard = listen('');
      const { body } = messageFor(receiverAt(NOBODY).receiver, live(1), { now: 0, mrc: '' });
      const taken = await network().value<string[]>(
        `$request = new WP_REST_Request( 'POST' ); $request->set_header( 'webhook-id', 'r.1' ); $request->set_body( '${body}' );
        $take = function () use ( $request ) { $GLOBALS['said'][] = Multisite_RunCloud_Bridge\\Event_Receiver::take( $request )->get_data()['why']; };
        $between = function ( $sql ) use ( &$between, $take ) { if ( 0 === strpos( $sql, 'INSERT IGNORE' ) ) { remove_filter( 'query', $between ); $take(); } return $sql; };
        add_filter( 'query', $between ); $take(); return $GLOBALS['said'];`,
        listening(),
      );
      expect(taken).toEqual(['Taken.', 'It was taken before.']);
      expect(heard()).toEqual(['domain.live "shop.example" r.1']);
    });

    it('in any order: an older event is heard, and the newer one still holds', async () => {
      const heard = listen('');
      const { send } = await open();
      for (const told of [live(5), notLive(4), event('certificate.expiring', 7), event('dns.restored', 6)]) {
        await send(told);
      }
      expect(await states()).toEqual(['shop.example certificate.expiring']);
      expect((await known('live')).map(({ event_id }) => event_id)).toEqual(['r.5']);
      expect(heard()).toHaveLength(4);
    });

    it('in the order of their numbers where two are of one time', async () => {
      const { send } = await open();
      await send(live(9, { at: at(0) }));
      await send(notLive(8, { at: at(0) }));
      expect(await states()).toEqual(['shop.example domain.live']);
      await send(notLive(10, { at: at(0) }));
      expect(await states()).toEqual(['shop.example domain.not-live']);
    });

    it("in the service's own order where two have their place in it, whatever their times and numbers say", async () => {
      const { send } = await open();
      await send(live(1, { at: at(9), sequence: 40 }));
      await send(notLive(2, { at: at(3), sequence: 41 }));
      await send(live(30, { at: at(12), sequence: 39 }));
      expect(await states()).toEqual(['shop.example domain.not-live']);
      expect((await known('live')).map(({ event_id }) => event_id)).toEqual(['r.2']);
      // What is kept of the newer one is all of it: the next one is compared with that.
      await send(live(4, { at: at(4), sequence: 42 }));
      await send(notLive(5, { at: at(5), sequence: 41 }));
      expect((await known('domain')).map(({ event_id, reason }) => `${event_id} ${reason}`)).toEqual(['r.4 ']);
    });

    it('by its time where either of two has no place: an older service tells none', async () => {
      const { send } = await open();
      await send(live(5, { sequence: 40 }));
      await send(notLive(4));
      expect(await states()).toEqual(['shop.example domain.live']);
      await send(notLive(6));
      expect(await states()).toEqual(['shop.example domain.not-live']);
      await send(live(7, { sequence: 2 }));
      await send(notLive(8, { at: at(2), sequence: 'last' }));
      await send(notLive(9, { at: at(2), sequence: -1 }));
      expect(await states()).toEqual(['shop.example domain.live']);
    });

    it('of many domains at once: each of them has that state, and each is heard of', async () => {
      const heard = listen('');
      const { send } = await open();
      await send(live(20, { domain: 'b.example' }));
      const domains = ['a.example', 'b.example', 'xn--bcher-kva.example'];
      const id = 'r2.1.domain.not-live';
      const grouped = notLive(10, { ...noDomain, id, domains, count: 12, leftOut: 9, reason: undefined });
      expect(await send(grouped)).toMatchObject({ status: 200 });
      expect(await states()).toEqual([
        'a.example domain.not-live',
        'b.example domain.live',
        'xn--bcher-kva.example domain.not-live',
      ]);
      expect(heard().slice(1)).toEqual(domains.map((domain) => `domain.not-live "${domain}" ${id}`));
    });

    it('of as many domains as the service puts into one event', async () => {
      const { send } = await open();
      const domains = Array.from({ length: 6_200 }, (_, index) => `s${index}.example.org`).slice(0, 6_200);
      const grouped = live(1, { ...noDomain, id: 'r.1.domain.live', domains, count: 6_200, leftOut: 0 });
      expect(await send(grouped)).toMatchObject({ status: 200 });
      // What is kept is bounded.
      expect(await known('domain')).toHaveLength(5_000);
      expect(await known('live')).toHaveLength(5_000);
    });

    it('of no domain: it is kept as news of the application', async () => {
      const heard = listen('');
      const { send } = await open();
      await send(event('notify.test', 1, { ...noDomain, id: 'test-r' }));
      await send(event('quota.low', 2, noDomain));
      await send(event('removals.held', 3, { ...noDomain, domains: ['a.example'], count: 1, leftOut: 0 }));
      await send(event('quota.low', 4, noDomain));
      expect(await states()).toEqual([]);
      expect((await known('application')).map(({ name, event_id }) => `${name} ${event_id}`)).toEqual([
        'notify.test test-r',
        'quota.low r.4',
        'removals.held r.3',
      ]);
      expect(heard()).toEqual([
        'notify.test null test-r',
        'quota.low null r.2',
        'removals.held null r.3',
        'quota.low null r.4',
      ]);
    });

    it('of a type that a later service may have', async () => {
      const { send } = await open();
      expect(await send(event('domain.paused', 1))).toMatchObject({ status: 200 });
      expect(await states()).toEqual(['shop.example domain.paused']);
    });

    it('though a clock was ahead: what comes right after its time counts again', async () => {
      const { send } = await open();
      await send(live(1, { at: '2399-01-01T00:00:00.000Z' }));
      await send(notLive(2, { at: new Date(Date.now() + 301_000).toISOString() }));
      expect(await states()).toEqual(['shop.example domain.not-live']);
    });

    it('though a listener fails: the others hear of it, the log says so, and it does not come again', async () => {
      const heard = listen("if ( 'a.example' === $domain ) { throw new RuntimeException( 'No mail today' ); }");
      const { send } = await open();
      const grouped = live(1, { ...noDomain, domains: ['a.example', 'b.example'], count: 2, leftOut: 0 });
      expect(await send(grouped)).toMatchObject({ status: 200 });
      expect(await send(grouped)).toMatchObject({ status: 200 });
      expect(heard()).toEqual(['domain.live "b.example" r.1']);
      const logged = network().takeLog();
      expect(
        logged.match(
          /A listener of multisite_runcloud_domain_event failed at domain\.live of a\.example \(r\.1\): No mail today/g,
        ),
      ).toHaveLength(1);
    });
  });

  describe('is told to the listeners', () => {
    const group = (domains: string[], number = 1) =>
      live(number, { ...noDomain, domains, count: domains.length, leftOut: 0 });
    const abc = group(['a.example', 'b.example', 'c.example']);
    const calls = (...domains: string[]) => domains.map((domain) => `domain.live "${domain}" r.1`);
    const work = (situation = listening()) =>
      network().php("do_action( 'multisite_runcloud_bridge_deliver' );", situation);
    const waiting = async () => (await known('pending')).map(({ name }) => name);
    /** Events whose words are still kept for calls. */
    const kept = async () =>
      (await network().sql('SELECT id FROM wp_runcloud_bridge_news WHERE data IS NOT NULL')).length;
    /** PHP: a listener that does something at the first call about b.example, or at each. */
    const atB = (what: string, { once = true } = {}) => {
      const seen = join(mkdtempSync(join(tmpdir(), 'seen-')), 'seen');
      const isFirst = once ? `! file_exists( '${seen}' )` : 'true';
      return `if ( 'b.example' === $domain && ${isFirst} ) { file_put_contents( '${seen}', '' ); ${what} }`;
    };
    const taking = (told: OutgoingEvent) => {
      const { body } = messageFor(receiverAt(NOBODY).receiver, told, { now: 0, mrc: '' });
      return `$request = new WP_REST_Request( 'POST' ); $request->set_header( 'webhook-id', 'r.1' ); $request->set_body( '${body}' );
        $answer = Multisite_RunCloud_Bridge\\Event_Receiver::take( $request );`;
    };

    it.each([
      ['ends PHP', 'exit;'],
      ['ends the page', "wp_die( 'No mail today' );"],
      ['takes more memory than there is', "str_repeat( 'x', 1 << 45 );"],
    ])('though one %s: the worker goes on, and calls nobody again who has heard', async (_name, what) => {
      const heard = listen(atB(what));
      const { raw } = await open();
      await raw(abc);
      expect(heard()).toEqual(calls('a.example'));
      expect(await waiting()).toEqual(['b.example', 'c.example']);
      expect(network().takeLog()).toMatch(
        /A listener of multisite_runcloud_domain_event ended PHP at domain\.live of b\.example \(r\.1\)\./,
      );
      await network().cron(listening());
      expect(heard()).toEqual(calls('a.example', 'c.example', 'b.example'));
      expect(await waiting()).toEqual([]);
      expect(await kept()).toBe(0);
      await work();
      expect(heard()).toHaveLength(3);
      network().takeLog();
    });

    it('though one ends PHP: the same event that comes again goes on', async () => {
      const heard = listen(atB('exit;'));
      const { raw, send } = await open();
      await raw(abc);
      expect(heard()).toEqual(calls('a.example'));
      expect(await send(abc)).toMatchObject({ status: 200 });
      expect(heard()).toEqual(calls('a.example', 'c.example', 'b.example'));
      expect(await waiting()).toEqual([]);
      network().takeLog();
    });

    it('though one ends PHP each time: the others hear, and it is called three times', async () => {
      const heard = listen(atB('error_log( "CALLED" ); exit;', { once: false }));
      const { raw } = await open();
      await raw(abc);
      for (const _ of [1, 2, 3, 4]) await work();
      expect(heard()).toEqual(calls('a.example', 'c.example'));
      expect(await waiting()).toEqual([]);
      const logged = network().takeLog();
      expect(logged.match(/CALLED/g)).toHaveLength(3);
      expect(logged).toMatch(/ended PHP 3 times, and is not called again at domain\.live of b\.example/);
    });

    it('though the process is killed: nobody calls the same at the same time, and after five minutes it goes on', async () => {
      const heard = listen(atB("exec( 'kill -9 ' . getmypid() );"));
      await network()
        .phpOnItsOwn(taking(abc), listening())
        .catch(() => undefined);
      expect(heard()).toEqual(calls('a.example'));
      await work();
      expect(heard()).toEqual(calls('a.example', 'c.example'));
      await work(listening(SECRET, { clockOffBy: 301 }));
      expect(heard()).toEqual(calls('a.example', 'c.example', 'b.example'));
      expect(await waiting()).toEqual([]);
    });

    it('in the background where they are many: the request does not wait for them', async () => {
      const heard = listen('usleep( 5000 );');
      const { send } = await open();
      const domains = Array.from({ length: 400 }, (_, index) => `s${index}.example`);
      expect(await send(group(domains))).toMatchObject({ status: 200 });
      expect(await send(group(domains))).toMatchObject({ status: 200 });
      expect(heard()).toEqual([]);
      expect(await waiting()).toHaveLength(400);
      await Promise.all([network().cron(listening()), work()]);
      expect(heard().toSorted()).toEqual(calls(...domains).toSorted());
      expect(await kept()).toBe(0);
    });

    it('where they are slow, in the background too: what is not begun within five seconds waits', async () => {
      const heard = listen('sleep( 3 );');
      const { send } = await open();
      expect(await send(abc)).toMatchObject({ status: 200 });
      expect(heard()).toEqual(calls('a.example', 'b.example'));
      await network().cron(listening());
      expect(heard()).toEqual(calls('a.example', 'b.example', 'c.example'));
    });

    it('not in a copy of the network, to which the calls came with the database', async () => {
      const heard = listen(atB('exit;'));
      const { raw } = await open();
      await raw(abc);
      await work(listening(SECRET, { constants: { WP_ENVIRONMENT_TYPE: 'staging' } }));
      expect(heard()).toEqual(calls('a.example'));
      expect(await waiting()).toEqual(['b.example', 'c.example']);
      network().takeLog();
    });

    it('once they are there again, unless that is three days later', async () => {
      const { send } = await open();
      await send(live(9));
      expect(await waiting()).toEqual([]);
      const stop = listen(atB('exit;'));
      await send(abc);
      await work({ ...listening(), clockOffBy: 3 * 86_400 + 1 });
      expect(stop()).toEqual(calls('a.example'));
      expect(await waiting()).toEqual([]);
      expect(network().takeLog()).toMatch(/was not called in time, and will not be at domain\.live of c\.example/);
    });

    it('at no time where the database keeps no calls: then the event is not taken either, and comes again', async () => {
      const heard = listen('');
      const broken = `add_filter( 'query', $break = function ( $sql ) { return false !== strpos( $sql, "'pending'" ) && 0 === strpos( $sql, 'INSERT' ) ? 'INSERT INTO wp_not_there VALUES (1)' : $sql; } );`;
      const status = await network().value<number>(
        `${broken} $wpdb->suppress_errors(); ${taking(abc)} return $answer->get_error_data()['status'];`,
        listening(),
      );
      expect(status).toBe(503);
      expect(await known('taken')).toEqual([]);
      const { send } = await open();
      await send(abc);
      expect(heard()).toEqual(calls('a.example', 'b.example', 'c.example'));
      network().takeLog();
    });

    it('of 20,000 calls at most, the oldest dropped, and the log says so', async () => {
      const heard = listen('');
      const { send } = await open();
      await send(live(8));
      await network().sql(
        "INSERT INTO wp_runcloud_bridge_news (key_hash, kind, name, event_id, taken, due) SELECT seq, 'pending', 'old.example', 'old', 1, 4000000000 FROM seq_1_to_20001",
      );
      await send(abc);
      expect(heard().slice(1)).toEqual(calls('a.example', 'b.example', 'c.example'));
      expect(network().takeLog()).toMatch(/4 calls of listeners of \S+ were dropped: more than 20000 waited/);
    });
  });

  describe('is refused, and changes nothing,', () => {
    const refuses = async (answer: Promise<Response>, status: number, words: RegExp) => {
      const { status: given, text } = await answer.then(async (got) => ({
        status: got.status,
        text: await got.text(),
      }));
      expect({ status: given, text }).toEqual({ status, text: expect.stringMatching(words) });
      expect(text).not.toContain(SECRET.slice(6));
      const [table] = await network().sql("SHOW TABLES LIKE 'wp_runcloud_bridge_news'");
      expect(table ? await network().sql('SELECT * FROM wp_runcloud_bridge_news') : []).toEqual([]);
    };

    it('without its headers', async () => {
      const { post } = await open();
      await refuses(post('{}', {}), 401, /webhook-id, webhook-timestamp and webhook-signature are needed/);
    });

    it('with another key, and the words are what the service quotes', async () => {
      const { send } = await open(listening(), { secret: keyText(6) });
      expect(await send(live(1))).toMatchObject({
        status: 401,
        says: expect.stringContaining(
          'Not accepted: the signature does not fit: another key than MULTISITE_RUNCLOUD_NOTIFY_SECRET',
        ),
      });
    });

    it.each([
      ['whose id was changed', { 'webhook-id': 'r.2' }],
      ['whose time was changed', { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 1) }],
      ['whose signature is of another version', { 'webhook-signature': 'v1a,AAAA' }],
    ])('%s', async (_name, change) => {
      const { raw } = await open();
      await refuses(raw(live(1), change), 401, /the signature does not fit/);
    });

    it.each([
      ['an id of other letters', { 'webhook-id': 'r.1é' }, /webhook-id is not/],
      ['a time that is none', { 'webhook-timestamp': '1e9' }, /webhook-timestamp is not a number/],
    ])('with %s', async (_name, change, words) => {
      const { raw } = await open();
      await refuses(raw(live(1), change), 401, words);
    });

    it('when it is broken JSON: by WordPress itself, before anybody looks at the signature', async () => {
      const { post } = await open();
      await refuses(post('{"type"', {}), 400, /rest_invalid_json/);
    });

    it('whose body was changed', async () => {
      const { receiver, post } = await open();
      const { headers, body } = messageFor(receiver, live(1), { now: Date.now(), mrc: '' });
      await refuses(post(body.toString().replace('shop.', 'evil.'), headers), 401, /a changed body/);
    });

    it.each([
      ['too old', -301],
      ['of the future', 302],
    ])('when it is %s', async (_name, seconds) => {
      const { raw } = await open();
      await refuses(raw(live(1), {}, Date.now() + seconds * 1_000), 401, /more than 5 minutes off this clock/);
    });

    it('when it is too long', async () => {
      const { raw } = await open();
      await refuses(raw(live(1, { more: 'x'.repeat(262_144) })), 413, /more than 262144 bytes/);
    });

    it.each([
      ['no type', { type: 5, detail: { id: 'r.1', at: at(1) } }, /not JSON with type and data/],
      ['a type of odd letters', { type: '<b>', detail: { id: 'r.1', at: at(1) } }, /the type is not/],
      ['no time', live(1, { at: 'tomorrow' }), /data\.at is not a time/],
      ['a domain that is none', live(1, { domain: '<script>' }), /names no domain/],
      ['domains that are no list', live(1, { domains: 'a.example' }), /is not a list/],
    ])('with %s', async (_name, told, words) => {
      const { raw } = await open();
      await refuses(raw(told as OutgoingEvent), 400, words);
    });

    it('in a copy of the network, with what does not switch the receiver off', async () => {
      await network().cron({ url: NOBODY });
      const copy = listening(SECRET, { constants: { WP_ENVIRONMENT_TYPE: 'staging' } });
      const { raw, send } = await open(copy);
      await refuses(raw(live(1)), 403, /this is a copy of the network, or the network has moved/);
      expect(await send(live(1))).toMatchObject({ status: 403, says: expect.stringContaining('copy of the network') });
    });

    it('where nobody has confirmed the network', async () => {
      const { raw } = await open(listening(SECRET, { constants: { WP_ENVIRONMENT_TYPE: 'staging' } }));
      await refuses(raw(live(1)), 403, /nobody has confirmed that this is the network/);
    });

    it('on another site of the network', async () => {
      await network().php(
        "wp_insert_site( array( 'domain' => 'other.network.example', 'path' => '/', 'network_id' => 1, 'user_id' => 1, 'title' => 'Other' ) );",
        { isWithoutBridge: true },
      );
      const { raw } = await open(listening(SECRET, { host: 'other.network.example' }));
      await refuses(raw(live(1)), 404, /No route was found/);
    });

    it.each([
      ['without the constant', { url: NOBODY }],
      ['with a wrong one', listening('whsec_MARKED')],
    ])('%s', async (_name, situation) => {
      const { raw } = await open(situation);
      await refuses(raw(live(1)), 404, /No route was found/);
    });

    it("where the table is a newer bridge's, and the service keeps the event", async () => {
      const { raw } = await open();
      await raw(live(1));
      await network().sql(
        'DELETE FROM wp_runcloud_bridge_news',
        "ALTER TABLE wp_runcloud_bridge_news COMMENT = 'Multisite RunCloud Bridge, schema 99'",
      );
      await refuses(raw(live(2)), 503, /the table for it cannot be used/);
      expect(await network().value(HEALTH, listening())).toMatchObject({
        status: 'recommended',
        description: expect.stringMatching(/wp_runcloud_bridge_news has version 99.*not taken until the newer bridge/),
      });
    });
  });

  describe('is written to the log of Ultimate Multisite', () => {
    it('one line an event, by how bad it is', async () => {
      const log = join(mkdtempSync(join(tmpdir(), 'log-')), 'log');
      const { send } = await open(listening(SECRET, { WU_LOG: log }));
      const verify = '{"action":"verify","domain":"shop.example"} says why.';
      for (const told of [
        live(1),
        notLive(2),
        event('certificate.failed', 3, { reason: 'None\ncame.', whatToDo: verify }),
        event('removals.held', 4, { ...noDomain, domains: [], count: 1, leftOut: 1 }),
        event('domain.live', 5, {
          ...noDomain,
          domains: Array.from({ length: 22 }, (_, index) => `s${index}.example`),
        }),
        live(1),
      ]) {
        await send(told);
      }
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
      expect(lines.slice(0, 4)).toEqual([
        'integration-runcloud info domain.live | shop.example (r.1)',
        'integration-runcloud error domain.not-live | shop.example | shop.example points to 198.51.100.7, and the server is 203.0.113.10. | What to do: Set A shop.example → 203.0.113.10, and no other address. (r.2)',
        'integration-runcloud error certificate.failed | shop.example | None came. | What to do: mrc verify shop.example says why. (r.3)',
        'integration-runcloud warning removals.held (r.4)',
      ]);
      expect(lines[4]).toMatch(/s19\.example and 2 more \(r\.5\)$/);
      expect(lines).toHaveLength(5);
    });

    it('and where that cannot be written, the event is taken all the same', async () => {
      const { send } = await open(listening(SECRET, { WU_LOG: 'broken' }));
      expect(await send(live(1))).toMatchObject({ status: 200 });
      expect(await states()).toEqual(['shop.example domain.live']);
      expect(network().takeLog()).toMatch(/the log integration-runcloud could not be written/);
    });
  });

  describe('is shown', () => {
    const map = (domain: string) => network().php(`do_action( 'wu_domain_added', '${domain}', 1 );`, { url: NOBODY });

    it('to network admins, beside the deliveries of the domain, and to nobody else', async () => {
      for (const domain of ['shop.example', 'www.shop.example', 'quiet.example', 'bücher.example']) await map(domain);
      const { send } = await open();
      await send(live(1));
      await send(event('certificate.expiring', 2, { reason: 'It should <b>have</b> been renewed.' }));
      await send(notLive(3, { domain: 'xn--bcher-kva.example' }));
      await send(event('quota.low', 4, noDomain));
      const { text } = await (await openBrowser(network(), listening()))(SCREEN);
      const row = (domain: string) =>
        text.split('<tr>').find((each) => each.includes(`>${domain} (site 1)<`)) ?? 'no such row';
      for (const domain of ['shop.example', 'www.shop.example']) {
        expect(row(domain)).toMatch(
          /Live since 2026-11-22 08:01\.<br>Its certificate runs out and was not renewed \(2026-11-22 08:02\)\. It should &lt;b&gt;have&lt;\/b&gt; been renewed\./,
        );
      }
      expect(row('quiet.example')).toMatch(/data-colname="The domain now"><\/td>/);
      expect(row('bücher.example')).toMatch(/Not live since 2026-11-22 08:03\. .*What to do: Set A shop\.example/);
      expect(text).toMatch(
        /<h2>News of the service<\/h2><ul class="ul-disc"><li>RunCloud&#039;s calls of this month run low \(2026-11-22 08:04\)\.<\/li><\/ul>/,
      );
      const other = await openBrowser(network(), listening(), 'siteadmin');
      for (const path of [SCREEN, '/wp-admin/index.php', '/', '/wp-json/', PATH]) {
        expect((await other(path)).text).not.toMatch(/Live since|run low/);
      }
    });

    it('and Site Health says where events come to, and when the last one came', async () => {
      const situation = listening();
      expect(await network().value(HEALTH, situation)).toMatchObject({
        status: 'good',
        description: expect.stringMatching(
          /Events of the service come to http:\/\/network\.example\/\S*multisite-runcloud\/v1\/events\. The last one came: none yet\./,
        ),
      });
      const { send } = await open();
      await send(live(1));
      expect(await network().value(HEALTH, situation)).toMatchObject({
        description: expect.stringMatching(/The last one came: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\./),
      });
    });

    it.each([
      ['is no key', 'whsec_MARKED'],
      ['is too short', keyText(1, 23)],
      ['holds three', `${SECRET} ${SECRET} ${SECRET}`],
      ['is empty', ''],
      ['is no text', 5],
    ])('as a fault where the constant %s', async (_name, secret) => {
      const situation = listening(secret);
      const admin = await openBrowser(network(), situation);
      const { text } = await admin('/wp-admin/network/index.php');
      expect(text).toMatch(/What the service tells about domains is not taken/);
      expect(text).toMatch(/MULTISITE_RUNCLOUD_NOTIFY_SECRET is not what the service has as NOTIFY_SECRET/);
      expect(text).not.toMatch(/MARKED|RunCloud is not told/);
      expect(await network().value(HEALTH, situation)).toMatchObject({
        status: 'recommended',
        label: "What RunCloud's service tells is not taken",
        description: expect.stringMatching(/MULTISITE_RUNCLOUD_NOTIFY_SECRET is not/),
      });
    });
  });
});
