import { describe, expect, it } from 'vitest';
import { webhookHandler } from '../../functions/webhook.ts';
import type { NetworkKnowledge } from '../../lib/core/network/event-networks.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../lib/core/values/network-name.ts';
import { iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { type WebhookReceiver, webhookReceiver } from '../../lib/intake/delivery.ts';
import { type Bus, type BusEvent, parseMessage } from '../../lib/intake/event.ts';
import { type ReceiverDependencies, receive } from '../../lib/intake/receive.ts';
import { type HttpRequest, LONGEST_BODY_BYTES } from '../../lib/intake/request.ts';
import type { ReceiverSettings } from '../../lib/intake/settings.ts';
import { signatureHeader } from '../../lib/intake/signature.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { type SimulatedClock, START, simulatedClock } from '../support/clock.ts';
import { key } from '../support/webhooks.ts';

const URL_TOKEN = 'MARKED-url-token-0123456789';

function setUp(
  settings: Partial<ReceiverSettings> = {},
  {
    moreKeys,
    known = { remembered: undefined, listedHost: undefined },
  }: Pick<WebhookReceiver, 'moreKeys'> & { readonly known?: Omit<NetworkKnowledge, 'configured'> } = {},
) {
  const clock = simulatedClock();
  const put: BusEvent[] = [];
  const logged: string[] = [];
  const bus = {
    put: async (event: BusEvent) => {
      put.push(event);
    },
  };
  const given = {
    keys: [key(1)],
    urlToken: new Secret(URL_TOKEN),
    network: undefined,
    publicUrl: undefined,
    ...settings,
  };
  const it: ReceiverDependencies & { clock: SimulatedClock; put: BusEvent[]; logged: string[]; bus: Bus } = {
    open: async () => ({ ...webhookReceiver(given, bus, clock, async () => known), ...(moreKeys && { moreKeys }) }),
    bus,
    clock,
    log: jsonLog(clock, (line) => logged.push(line)),
    put,
    logged,
  };
  return it;
}

function signed(body: string, { at = START, fill = 1, headers = {} as Record<string, string> } = {}): HttpRequest {
  return {
    method: 'POST',
    path: '/webhooks',
    headers: { ...signedHeaders(key(fill), body, at, 'msg_1'), ...headers },
    body: Buffer.from(body),
  };
}

function bodyOf(domain: unknown, type = 'domain.mapped', more: object = {}): string {
  return JSON.stringify({ type, timestamp: iso(START), data: { domain, siteId: 2, ...more } });
}

/** The plugin's payload, with what it tells about a customer. */
function pluginPayload(changes: object = {}): string {
  return JSON.stringify({
    domain_id: 3,
    domain_domain: 'customer-added.example',
    domain_site_id: 2,
    domain_stage: 'checking-dns',
    domain_active: 'true',
    domain_primary: 'true',
    domain_secure: 'false',
    domain_date_created: '2026-11-22 06:16:40',
    site_id: '2',
    membership_initial_amount_raw: 0,
    customer_name: 'MARKED Customer',
    customer_user_email: 'marked@customer.example',
    customer_avatar: '<img src="x">',
    wu_version: '2.4.13-beta.1',
    ...changes,
  });
}

function plugin(body: string, path = `/webhooks/ultimate-multisite/${URL_TOKEN}`): HttpRequest {
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}

describe('a signed webhook', () => {
  it.each(['/webhooks/', '/production/webhooks', '/a/base-path/webhooks/', '//webhooks'])(
    'is taken at %s too, which differs by a slash, a stage or a base path',
    async (path) => {
      const receiver = setUp();
      expect(await receive({ ...signed(bodyOf('shop.example')), path }, receiver)).toMatchObject({ status: 202 });
      expect(receiver.put).toHaveLength(1);
    },
  );

  it('is answered 202 once the bus has its event', async () => {
    const receiver = setUp();
    expect(await receive(signed(bodyOf('Shop.Example.')), receiver)).toMatchObject({
      status: 202,
      body: { accepted: true, domain: 'shop.example' },
    });
    expect(receiver.put).toEqual([
      {
        'detail-type': 'domain.mapped',
        detail: { id: 'msg_1', domain: 'shop.example', siteId: 2, occurredAt: iso(START), trust: 'signed' },
      },
    ]);
  });

  it('arrives on the other side of the bus as it was said', async () => {
    const receiver = setUp();
    await receive(signed(bodyOf('www.shop.example')), receiver);
    await receive(signed(bodyOf('shop.example', 'domain.unmapped')), receiver);
    const messages = receiver.put.map((event) =>
      parseMessage(JSON.stringify({ id: 'bus', time: iso(START + SECOND), source: 'x', ...event })),
    );
    const request = { eventId: 'msg_1', occurredAt: iso(START), siteId: 2, trust: 'signed' };
    expect(messages).toEqual([
      { kind: 'event', event: { domain: 'shop.example', request: { ...request, kind: 'mapped', namedAs: 'www' } } },
      { kind: 'event', event: { domain: 'shop.example', request: { ...request, kind: 'unmapped' } } },
    ]);
  });

  it('without a time of its own counts from when it was sent', async () => {
    const receiver = setUp();
    await receive(
      signed('{"type":"domain.mapped","data":{"domain":"shop.example"}}', { at: START - MINUTE }),
      receiver,
    );
    expect(receiver.put[0]?.detail).toMatchObject({ occurredAt: iso(START - MINUTE) });
  });

  it('that is a test is answered once its signature was accepted, and not acted on', async () => {
    const receiver = setUp();
    expect(await receive(signed('{"type":"bridge.test"}'), receiver)).toMatchObject({
      status: 202,
      body: { accepted: true, mode: 'test', would: 'do nothing: it is a test' },
    });
    expect(receiver.put).toEqual([]);
  });

  it('is taken as the function gets it from API Gateway, plain or in base64', async () => {
    const receiver = setUp();
    const handler = webhookHandler(receiver);
    const { headers, body, path, method } = signed(bodyOf('bücher.example'));
    const event = { rawPath: path, requestContext: { http: { method } }, headers: headers as Record<string, string> };
    const text = Buffer.from(body).toString('utf8');
    const base64 = Buffer.from(body).toString('base64');
    expect(await handler({ ...event, body: text, isBase64Encoded: false })).toMatchObject({ statusCode: 202 });
    expect(await handler({ ...event, body: base64, isBase64Encoded: true })).toMatchObject({ statusCode: 202 });
    expect(await handler({ ...event, body: base64, isBase64Encoded: false })).toMatchObject({ statusCode: 401 });
    expect(receiver.put).toHaveLength(2);
  });

  it('that the bus cannot take is answered 503, to be sent again', async () => {
    const receiver = setUp();
    receiver.bus.put = async () => Promise.reject(new Error('disk full'));
    expect(await receive(signed(bodyOf('shop.example')), receiver)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '30' },
    });
  });

  const refused: [string, number, HttpRequest, RegExp][] = [
    ['malformed JSON', 400, signed('{"type":'), /not valid JSON/],
    ['JSON that is no object', 400, signed('[]'), /the body/],
    [
      'bytes that are not UTF-8',
      400,
      { ...signed(''), ...signedBytes(Buffer.from([0x22, 0xff, 0x22])) },
      /not valid JSON/,
    ],
    [
      'an unknown type',
      400,
      signed(bodyOf('shop.example', 'domain.renamed')),
      /must be domain.mapped or domain.unmapped/,
    ],
    ['no domain', 400, signed('{"type":"domain.mapped","data":{}}'), /data.domain must be text/],
    ['a domain that is no text', 400, signed(bodyOf(7)), /data.domain must be text/],
    [
      'a time that is none',
      400,
      signed('{"type":"domain.mapped","timestamp":"soon","data":{"domain":"shop.example"}}'),
      /timestamp/,
    ],
    [
      'an event from the future',
      400,
      signed(
        JSON.stringify({ type: 'domain.mapped', timestamp: iso(START + 6 * MINUTE), data: { domain: 'shop.example' } }),
      ),
      /ahead of this clock/,
    ],
    ['a signature by an unknown key', 401, signed(bodyOf('shop.example'), { fill: 9 }), /the signature does not fit/],
    [
      'no signature',
      401,
      signed(bodyOf('shop.example'), { headers: { 'webhook-signature': '' } }),
      /headers webhook-id/,
    ],
    ['a stale message', 401, signed(bodyOf('shop.example'), { at: START - 301 * SECOND }), /5 minutes off/],
    ['a message from the future', 401, signed(bodyOf('shop.example'), { at: START + 301 * SECOND }), /5 minutes off/],
    [
      'a changed body',
      401,
      { ...signed(bodyOf('shop.example')), body: Buffer.from(bodyOf('other.example')) },
      /does not fit/,
    ],
    ['another address', 404, { ...signed(bodyOf('shop.example')), path: '/webhook' }, /nothing at this address/],
    ['the address of the API', 404, { ...signed(bodyOf('shop.example')), path: '/' }, /nothing at this address/],
    ['GET', 405, { ...signed(bodyOf('shop.example')), method: 'GET' }, /Only POST/],
    ['64 KiB and one byte', 413, signed(' '.repeat(LONGEST_BODY_BYTES + 1)), /longer than 65536 bytes/],
    ['a form', 415, signed(bodyOf('shop.example'), { headers: { 'content-type': 'text/plain' } }), /application\/json/],
    [
      'a type that only begins like JSON',
      415,
      signed(bodyOf('shop.example'), { headers: { 'content-type': 'application/jsonp' } }),
      /application\/json/,
    ],
  ];
  it.each(refused)('with %s is refused with %i', async (_name, status, request, why) => {
    const receiver = setUp();
    const answer = await receive(request, receiver);
    expect(answer).toMatchObject({ status, body: { accepted: false, why: expect.stringMatching(why) } });
    expect(receiver.put).toEqual([]);
  });

  it('of exactly 64 KiB is read', async () => {
    const text = bodyOf('shop.example').padEnd(LONGEST_BODY_BYTES);
    expect(await receive(signed(text), setUp())).toMatchObject({ status: 202 });
  });

  const domains: [string, RegExp][] = [
    ['192.0.2.1', /IP address/],
    ['2001:db8::1', /IP address/],
    ['localhost', /single label/],
    ['co.uk', /public suffix/],
    ['https://shop.example', /scheme/],
    ['shop.example/path', /path/],
    ['shop.example:8080', /port/],
    ['my shop.example', /space/],
    [`${'a'.repeat(64)}.example`, /64 octets/],
    ['xn--a.example', /not a valid international name/],
    ['', /empty/],
  ];
  it.each(domains)('about %j is refused with 400', async (domain, why) => {
    const receiver = setUp();
    const answer = await receive(signed(bodyOf(domain)), receiver);
    expect(answer).toMatchObject({ status: 400, body: { why: expect.stringMatching(why) } });
    expect(receiver.put).toEqual([]);
  });

  it.each(['Bücher.example', 'BÜCHER.EXAMPLE.', 'xn--bcher-kva.example'])(
    'about %s is about one domain',
    async (domain) => {
      const receiver = setUp();
      await receive(signed(bodyOf(domain)), receiver);
      expect(receiver.put[0]?.detail).toMatchObject({ domain: 'xn--bcher-kva.example' });
    },
  );

  it('about a name with a Cyrillic letter in a Latin word is let in as it is', async () => {
    const receiver = setUp();
    expect(await receive(signed(bodyOf('pаypal.example')), receiver)).toMatchObject({ status: 202 });
    expect(receiver.put[0]?.detail).toMatchObject({ domain: 'xn--pypal-4ve.example' });
  });
});

describe('the network that a signed webhook comes from', () => {
  const OURS = 'network.example' as NetworkName;
  const COPY = 'staging.example' as NetworkName;
  const unmapped = (network: unknown) =>
    JSON.stringify({
      type: 'domain.unmapped',
      timestamp: iso(START),
      data: { domain: 'shop.example', siteId: 2, network },
    });
  const test = (data: object) => JSON.stringify({ type: 'bridge.test', data });
  const WORDS = /comes from the network staging\.example, and the network on record is network\.example/;

  it('goes on to the other side of the bus', async () => {
    const receiver = setUp();
    expect(await receive(signed(unmapped('https://WWW.Network.example/')), receiver)).toMatchObject({ status: 202 });
    const [event] = receiver.put.map((each) => parseMessage(JSON.stringify({ id: 'bus', time: iso(START), ...each })));
    expect(event).toMatchObject({
      kind: 'event',
      event: { network: 'network.example', request: { kind: 'unmapped' } },
    });
  });

  it.each([
    ['is named by the settings', { network: OURS }, {}],
    ['is on record', {}, { remembered: { onRecord: OURS } }],
    ['is the one that the lists came from', {}, { listedHost: 'network.example' as HostName }],
    ['is named by the settings, while another is on record', { network: OURS }, { remembered: { onRecord: COPY } }],
  ])('is refused with 403 where another %s, in words, and nothing goes on', async (_name, settings, known) => {
    const receiver = setUp(settings, { known: { remembered: undefined, listedHost: undefined, ...known } });
    for (const body of [unmapped('staging.example'), test({ network: 'staging.example' })]) {
      expect(await receive(signed(body), receiver)).toMatchObject({
        status: 403,
        body: { accepted: false, why: expect.stringMatching(WORDS) },
      });
    }
    expect(receiver.put).toEqual([]);
    expect(receiver.logged.join()).toMatch(WORDS);
    for (const body of [unmapped('network.example'), unmapped(undefined), test({ network: 'network.example' })]) {
      expect(await receive(signed(body), receiver)).toMatchObject({ status: 202 });
    }
  });

  it('is not asked for where nobody names it, and any is taken where none is on record', async () => {
    const receiver = setUp();
    for (const body of [bodyOf('shop.example'), unmapped('staging.example'), test({}), '{"type":"bridge.test"}']) {
      expect(await receive(signed(body), receiver)).toMatchObject({ status: 202 });
    }
  });

  it.each([7, '', 'net work', 'user@network.example', null])('that is %j is refused with 400', async (network) => {
    const receiver = setUp();
    expect(await receive(signed(unmapped(network)), receiver)).toMatchObject({
      status: 400,
      body: { why: expect.stringMatching(/data\.network must be/) },
    });
    // A test asks about address, key and clock.
    expect(await receive(signed(test({ network })), receiver)).toMatchObject({ status: 202 });
  });
});

describe("the plugin's own webhook", () => {
  it('is taken as a hint, dated by its row, without anything about the customer', async () => {
    const receiver = setUp();
    expect(await receive(plugin(pluginPayload()), receiver)).toMatchObject({ status: 202 });
    expect(receiver.put).toEqual([
      {
        'detail-type': 'domain.mapped',
        detail: {
          id: 'ultimate-multisite-3-2026-11-22T06:16:40.000Z',
          domain: 'customer-added.example',
          siteId: 2,
          occurredAt: '2026-11-22T06:16:40.000Z',
          trust: 'hint',
        },
      },
    ]);
    expect([...receiver.logged, JSON.stringify(receiver.put)].join()).not.toMatch(/marked/i);
  });

  it.each([
    ['numbers as digits', { domain_id: '3', domain_site_id: '2', domain_active: '1' }],
    ['flags as booleans', { domain_active: true }],
  ])('is taken with %s', async (_name, changes) => {
    const receiver = setUp();
    await receive(plugin(pluginPayload(changes)), receiver);
    expect(receiver.put[0]?.detail).toMatchObject({ siteId: 2 });
  });

  it.each([
    ['no date', null],
    ['a date from the future', '2030-01-01 00:00:00'],
    ['a date that is none', 'yesterday'],
  ])('with %s counts from its arrival', async (_name, domain_date_created) => {
    const receiver = setUp();
    await receive(plugin(pluginPayload({ domain_date_created })), receiver);
    expect(receiver.put[0]?.detail).toMatchObject({ occurredAt: iso(START) });
  });

  it.each([0, '0'])('as a test event (domain_id %j) is answered and not acted on', async (domain_id) => {
    const receiver = setUp();
    const body = pluginPayload({
      domain_id,
      domain_domain: 'example.com',
      domain_site_id: 1,
      domain_date_created: null,
    });
    expect(await receive(plugin(body), receiver)).toEqual({
      status: 202,
      headers: expect.anything(),
      body: { accepted: true, mode: 'test', would: 'map example.com' },
    });
    expect(receiver.put).toEqual([]);
  });

  it('about a mapping that is not active is answered and not acted on', async () => {
    const receiver = setUp();
    const answer = await receive(plugin(pluginPayload({ domain_active: 'false' })), receiver);
    expect(answer).toMatchObject({ status: 202, body: { mode: 'ignored' } });
    expect(receiver.put).toEqual([]);
  });

  const refused: [string, number, HttpRequest][] = [
    ['a wrong token', 404, plugin(pluginPayload(), '/webhooks/ultimate-multisite/MARKED-url-token-0123456780')],
    ['no token', 404, plugin(pluginPayload(), '/webhooks/ultimate-multisite/')],
    ['another event of the plugin', 400, plugin('{"site_id":"2","wu_version":"2.5"}')],
    ['a negative id', 400, plugin(pluginPayload({ domain_id: -1 }))],
    ['malformed JSON', 400, plugin('{')],
    ['a domain that is none', 400, plugin(pluginPayload({ domain_domain: 'localhost' }))],
  ];
  it.each(refused)('with %s is refused with %i', async (_name, status, request) => {
    const receiver = setUp();
    expect(await receive(request, receiver)).toMatchObject({ status, body: { accepted: false } });
    expect(receiver.put).toEqual([]);
  });

  it('is closed where no token is set', async () => {
    expect(await receive(plugin(pluginPayload()), setUp({ urlToken: undefined }))).toMatchObject({ status: 404 });
    expect(
      await receive(plugin(pluginPayload(), '/webhooks/ultimate-multisite/'), setUp({ urlToken: undefined })),
    ).toMatchObject({
      status: 404,
    });
  });

  it.each(['/', ''])('is taken behind a stage or a base path, with "%s" at its end', async (end) => {
    const receiver = setUp();
    const path = `/production/webhooks/ultimate-multisite/${URL_TOKEN}${end}`;
    expect(await receive(plugin(pluginPayload(), path), receiver)).toMatchObject({ status: 202 });
    const signedPath = '/webhooks/ultimate-multisite/webhooks';
    expect(await receive(plugin(pluginPayload(), signedPath), receiver)).toMatchObject({ status: 404 });
  });

  it('never shows its address in the log', async () => {
    const receiver = setUp();
    await receive(plugin('{'), receiver);
    await receive(plugin(pluginPayload()), receiver);
    expect(receiver.logged.join()).not.toContain(URL_TOKEN);
  });
});

function signedBytes(body: Buffer): Pick<HttpRequest, 'headers' | 'body'> {
  const signature = signatureHeader(key(1), 'msg_1', String(START / SECOND), body);
  return { headers: { ...signed('').headers, 'webhook-signature': signature }, body };
}
