/** Answers that are not what they seem: each is named as what it is, and what is only wrapped in something is read all the same. */
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { NetworkApi } from '../../lib/multisite/api.ts';
import { createNetworkReader } from '../../lib/multisite/network.ts';
import { createNetworkWriter } from '../../lib/multisite/writer.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { type MultisiteOptions, type NetworkReply, StandInMultisite } from '../../local/stand-in/multisite.ts';
import { simulatedClock } from '../support/clock.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const BOM = '\ufeff';
const SHOP = 'shop.example' as HostName;

function connect(spoil?: MultisiteOptions['spoil']) {
  const site = new StandInMultisite({ ...OPTIONS, ...(spoil && { spoil }) });
  site.map(SHOP);
  const clock = simulatedClock();
  const settings = { url: new URL('http://127.0.0.1'), key: new Secret('key'), secret: new Secret('secret') };
  let asked = 0;
  const log = jsonLog(clock, () => {});
  const api = new NetworkApi(settings, { clock, log, newId: () => `${asked++}`, dispatcher: site.dispatcher() });
  const options = { deadline: Number.POSITIVE_INFINITY };
  return { site, reader: createNetworkReader(api, options), writer: createNetworkWriter(api, options) };
}

function answering(reply: NetworkReply) {
  return connect(() => reply);
}

describe('an answer with something around its JSON', () => {
  it.each<[string, (json: string) => string]>([
    ['a byte order mark before it', (json) => `${BOM}${json}`],
    ['two of them, of two files', (json) => `${BOM}${BOM}\r\n${json}`],
    ['a comment behind it', (json) => `${json}\n<!-- Cached by some plugin -->`],
    ['two comments behind it', (json) => `${json}<!-- a --> \n<!-- b -- c -->\n`],
    ['a comment before it', (json) => `<!-- a --><!-- b -->\n${json}`],
    ['all of it', (json) => `${BOM}<!-- a -->${BOM} ${json} <!-- b -->`],
  ])('is read: %s', async (_, wrap) => {
    const { site, reader } = connect((__, right) => ({ ...right, body: wrap(JSON.stringify(right.body)) }));
    site.map('<!-- not.example -->');
    expect((await reader.readLists()).domains.map(({ name }) => name)).toEqual([SHOP, '<!-- not.example -->']);
    expect(await reader.authenticate()).toMatchObject({ label: 'Net' });
  });

  it.each([
    ['', 'nothing'],
    ['  \n', 'nothing'],
    ['<html>Maintenance</html>', 'an HTML page'],
    ['<!-- only a comment -->', 'an HTML page'],
    ['[{"id":"1"}] and a warning', 'JSON that is cut or has something else around it'],
    ['{"code":', 'JSON that is cut or has something else around it'],
    ['Warning: Undefined variable', 'something that is not JSON'],
    ['<!-- never closed', 'an HTML page'],
    ['never opened -->', 'something that is not JSON'],
  ])('is none where it is %j, and is named as what it is', async (body, what) => {
    await expect(answering({ body }).reader.authenticate()).rejects.toMatchObject({
      fault: 'unreadable',
      message: `The network answered /auth with ${what}.`,
    });
  });
});

describe('an answer that something is not allowed', () => {
  it.each([401, 403])('is about the key where the plugin gives it (%i)', async (status) => {
    await expect(answering({ status, body: { code: 'rest_forbidden' } }).reader.authenticate()).rejects.toMatchObject({
      fault: 'unauthorized',
      message: `The network did not accept MULTISITE_API_KEY and MULTISITE_API_SECRET (${status}).`,
    });
  });

  it.each([
    [401, 'rest_cannot_access'],
    [401, 'rest_login_required'],
    [403, 'rest_not_allowed'],
  ])('is another plugin’s where that gives it, and says nothing about the key (%i %s)', async (status, code) => {
    await expect(answering({ status, body: { code } }).reader.authenticate()).rejects.toMatchObject({
      fault: 'blocked',
      message: `Something on the network does not let this service use its REST API (${status}, ${code}). It is not Ultimate Multisite, so this says nothing about the key.`,
      whatToDo: 'Look for a plugin that restricts the REST API, and let /wp-json/wu/v2 through there.',
    });
  });

  it.each<[number, unknown]>([
    [403, '<!DOCTYPE html><title>Just a moment...</title>'],
    [401, '<html>401 Authorization Required</html>'],
    [403, ''],
    [403, { message: 'Forbidden' }],
    [403, { code: 1020 }],
    [403, { code: 'two words' }],
    [403, []],
    [401, 'null'],
  ])('is a page of something in between where it has no code (%i %j)', async (status, body) => {
    await expect(answering({ status, body }).reader.authenticate()).rejects.toMatchObject({
      fault: 'blocked',
      message: `A page answered in the place of the network (${status}), so this says nothing about the key. A firewall, a challenge for browsers or a password of the web server may stand in front of it.`,
      whatToDo:
        'Let requests to /wp-json/wu/v2 through there, by the address of this service or by its user agent, multisite-runcloud.',
    });
  });

  it('of no route may come from plain permalinks', async () => {
    await expect(answering({ status: 404, body: '<html>' }).reader.authenticate()).rejects.toMatchObject({
      fault: 'no-api',
      whatToDo: expect.stringContaining(
        'whether that site has plain permalinks (Settings > Permalinks): with those there is no /wp-json.',
      ),
    });
  });
});

describe('an answer to a change', () => {
  it('that names a fault of the record is a refusal of that record', async () => {
    const { site, writer } = connect();
    const { id } = site.map('my_shop.example');
    await expect(writer.markDone(id)).rejects.toMatchObject({
      fault: 'refused',
      message: `The network refused the change of /domain/${id} (domain: "The Domain is not valid").`,
      whatToDo: 'Open the record in the network and save it there: its screen says what is wrong with it.',
    });
  });

  it('that repeats the key, the secret or both as they are sent shows none of them', async () => {
    const pair = Buffer.from('key:secret').toString('base64');
    const body = { code: 'domain', message: `Not with key / secret / ${pair}.`, data: null };
    const { writer } = connect(({ method }, right) =>
      method === 'PUT' ? { status: 500, body } : { body: { ...(right.body as object), stage: 'failed' } },
    );
    await expect(writer.markDone(1)).rejects.toMatchObject({
      message: 'The network refused the change of /domain/1 (domain: "Not with [removed] / [removed] / [removed].").',
    });
  });

  it('that says that nothing was changed is as good as done, where the record is as it should be', async () => {
    const { site, writer } = connect();
    await writer.markDone(1);
    site.calls.length = 0;
    await writer.markDone(1);
    expect(site.calls.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'PUT /domain/1',
      'GET /domain/1',
    ]);
  });

  it.each([
    ['its stage is another', { stage: 'failed', secure: '1' }],
    ['it is not secure', { stage: 'done', secure: '0' }],
  ])('that says so of a record which is not is a refusal: %s', async (_, shown) => {
    const code2 = { code: 'wu_rest_domain', message: 'Etwas ist schiefgelaufen.\u009b', data: null };
    const { writer } = connect(({ method }, right) =>
      method === 'PUT' ? { status: 500, body: code2 } : { body: { ...(right.body as object), ...shown } },
    );
    await expect(writer.markDone(1)).rejects.toMatchObject({
      fault: 'refused',
      message: 'The network refused the change of /domain/1 (wu_rest_domain: "Etwas ist schiefgelaufen. ").',
    });
  });

  it.each<[string, NetworkReply]>([
    ['without any text', { status: 500, body: { code: 'blog_id', message: '' } }],
    ['with a text that is none', { status: 500, body: { code: 'blog_id', message: 5 } }],
  ])('is a refusal %s too', async (_, reply) => {
    const { writer } = connect(({ method }, right) =>
      method === 'PUT' ? reply : { body: { ...(right.body as object), stage: 'failed' } },
    );
    await expect(writer.markDone(1)).rejects.toMatchObject({
      message: 'The network refused the change of /domain/1 (blog_id).',
    });
  });

  it.each<[string, NetworkReply]>([
    ['an error of PHP', { status: 500, body: { code: 'internal_server_error', data: { status: 500 } } }],
    ['a page', { status: 500, body: '<html>There has been a critical error</html>' }],
    ['JSON without a code', { status: 500, body: { message: 'down' } }],
    ['maintenance', { status: 503, body: { code: 'wp_die', data: null } }],
    ['too many requests', { status: 429, body: { code: 'rate_limited', data: null } }],
  ])('is an outage where it is %s', async (_, reply) => {
    await expect(answering(reply).writer.markDone(1)).rejects.toMatchObject({ fault: 'unavailable' });
  });

  it('of 500 to a question is an outage, whatever its code', async () => {
    const body = { code: 'domain', message: 'no', data: null };
    await expect(answering({ status: 500, body }).reader.authenticate()).rejects.toMatchObject({
      fault: 'unavailable',
    });
  });

  it.each<[string, unknown]>([
    ['another record', { id: 2, stage: 'done', secure: true }],
    ['no record', 1],
  ])('that shows %s proves nothing', async (_, body) => {
    await expect(answering({ body }).writer.markDone(1)).rejects.toMatchObject({
      fault: 'unreadable',
      message: "The network's answer about mapping 1 is not about that mapping.",
    });
  });
});
