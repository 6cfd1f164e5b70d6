import { describe, expect, it } from 'vitest';
import { queries } from '../../functions/query.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { type QueryDependencies, receiveQuery } from '../../lib/intake/receive-query.ts';
import { type HttpRequest, LONGEST_BODY_BYTES } from '../../lib/intake/request.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { key } from '../support/webhooks.ts';

const STATUS = '{"type":"status"}';
const DOMAIN = '{"type":"domain","data":{"domain":"shop.example"}}';

function setUp(more: Partial<QueryDependencies> = {}) {
  const clock = simulatedClock();
  const asked: unknown[] = [];
  const logged: string[] = [];
  const deps: QueryDependencies = {
    open: async () => ({ keys: [key(1)] }),
    ask: async (query) => {
      asked.push(query);
      return { ok: true, summary: 'Answered.' };
    },
    clock,
    log: jsonLog(clock, (line) => logged.push(line)),
    ...more,
  };
  return { ...deps, asked, logged };
}

function signed(body: string, { at = START, fill = 1 } = {}): HttpRequest {
  return {
    method: 'POST',
    path: '/queries',
    headers: signedHeaders(key(fill), body, at, 'query_1'),
    body: Buffer.from(body),
  };
}

describe('a query over HTTP', () => {
  it.each([
    [STATUS, { action: 'status' }],
    [DOMAIN, { action: 'domain', domain: 'shop.example' }],
    ['{"type":"events","data":{"domain":"shop.example"}}', { action: 'events', domain: 'shop.example' }],
    ['{"type":"events","data":{}}', { action: 'events' }],
    ['{"type":"events"}', { action: 'events' }],
    ['{"type":"events","data":{"limit":5}}', { action: 'events', limit: 5 }],
    [
      '{"type":"status","data":{"state":["dns","needs-person"],"search":"shop","from":20,"limit":0,"more":1}}',
      { action: 'status', state: ['dns', 'needs-person'], search: 'shop', from: 20, limit: 0 },
    ],
    ['{"type":"quota"}', { action: 'quota' }],
  ])('%s is asked as %j', async (body, query) => {
    const deps = setUp();
    expect(await receiveQuery(signed(body), deps)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: { ok: true, summary: 'Answered.' },
    });
    expect(deps.asked).toEqual([query]);
  });

  it.each(['/queries/', '/production/queries', '/a/base-path/queries/'])('is taken at %s too', async (path) => {
    expect(await receiveQuery({ ...signed(STATUS), path }, setUp())).toMatchObject({ status: 200 });
  });

  it.each<[string, number, HttpRequest, RegExp]>([
    ['at another address', 404, { ...signed(STATUS), path: '/webhooks' }, /nothing at this address/],
    ['with GET', 405, { ...signed(STATUS), method: 'GET' }, /Only POST/],
    ['that is too long', 413, signed(' '.repeat(LONGEST_BODY_BYTES + 1)), /longer than 65536 bytes/],
    ['that is no JSON by its type', 415, { ...signed(STATUS), headers: {} }, /application\/json/],
    ['that nobody signed', 401, { ...signed(STATUS), headers: { 'content-type': 'application/json' } }, /Not accepted/],
    ['that another key signed', 401, signed(STATUS, { fill: 2 }), /Not accepted/],
    ['that was signed long ago', 401, signed(STATUS, { at: START - 6 * MINUTE }), /Not accepted/],
    ['that is no JSON', 400, signed('status'), /\{"type":"status"\}/],
    ['of an unknown type', 400, signed('{"type":"reconcile"}'), /\{"type":"status"\}/],
    [
      'for a state that there is not',
      400,
      signed('{"type":"status","data":{"state":["well"]}}'),
      /state, search, from/,
    ],
    ['for less than no rows', 400, signed('{"type":"status","data":{"from":-1}}'), /state, search, from/],
    ['about no domain', 400, signed('{"type":"domain"}'), /\{"type":"domain"/],
  ])('%s is refused with %i, and nobody is asked', async (_name, status, request, words) => {
    const deps = setUp();
    const answer = await receiveQuery(request, deps);
    expect(answer).toMatchObject({ status, body: { ok: false, summary: expect.stringMatching(words) } });
    expect(answer.headers['allow']).toBe(status === 405 ? 'POST' : undefined);
    expect(deps.asked).toEqual([]);
    expect(deps.logged.join()).toMatch(/A query was refused/);
  });

  it('is taken with the key from before a change of the secret', async () => {
    const deps = setUp({ open: async () => ({ keys: [key(2)], moreKeys: async () => [key(2), key(1)] }) });
    expect(await receiveQuery(signed(STATUS), deps)).toMatchObject({ status: 200 });
  });

  it.each<[string, Partial<QueryDependencies>]>([
    ['the settings', { open: async () => Promise.reject(new Error('the secret is empty')) }],
    ['the ledger', { ask: async () => Promise.reject(new Error('no table')) }],
  ])('is put off with 503 where %s cannot be read, and the reason stays in the log', async (_name, more) => {
    const deps = setUp(more);
    const answer = await receiveQuery(signed(STATUS), deps);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '30' }, body: { ok: false } });
    expect(JSON.stringify(answer)).not.toMatch(/secret|table/);
    expect(deps.logged.join()).toMatch(/the secret is empty|no table/);
  });
});

const noPage = async () => {
  throw new Error('no page is part of this test');
};

describe('the function query', () => {
  it('answers API Gateway with a status, and whoever invokes it with the answer itself', async () => {
    const deps = setUp();
    const { headers, body } = signed(STATUS);
    const { answerHttp, answerInvocation } = queries(deps, noPage);
    const answered = await answerHttp({
      rawPath: '/queries',
      requestContext: { http: { method: 'POST' } },
      headers,
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    });
    expect(answered).toMatchObject({ statusCode: 200, body: '{"ok":true,"summary":"Answered."}' });
    expect(await answerInvocation({ action: 'status' })).toEqual({ ok: true, summary: 'Answered.' });
    expect(deps.asked).toEqual([{ action: 'status' }, { action: 'status' }]);
  });

  it('cuts what API Gateway cannot carry, and says so', async () => {
    const domains = Array.from({ length: 60_000 }, (_, index) => ({
      domain: `shop-${index}.example`,
      reason: 'x'.repeat(60),
    }));
    const deps = setUp({ ask: async () => ({ ok: true, summary: 'Long.', domains }) });
    const { headers, body } = signed(STATUS);
    const { body: text = '' } = await queries(deps, noPage).answerHttp({
      rawPath: '/queries',
      requestContext: { http: { method: 'POST' } },
      headers,
      body: Buffer.from(body).toString(),
      isBase64Encoded: false,
    });
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(6 * 1024 * 1024);
    expect(text).toMatch(/only the first/);
  });
});
