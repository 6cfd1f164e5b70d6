import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { type Credentials, RunCloudApi } from '../../lib/runcloud/api.ts';
import { createReader, createWriter } from '../../lib/runcloud/domains.ts';
import type { Clock } from '../../lib/util/clock.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { simulatedClock } from '../support/clock.ts';

const BEARER: Credentials = { kind: 'bearer', token: new Secret('token') };
const shop = 'shop.example' as HostName;

async function connect(
  options: Partial<StandInOptions> & { credentials?: Credentials; timeoutMs?: number; url?: string } = {},
) {
  const clock = simulatedClock();
  const standIn = new StandInRunCloud({ clock, authorization: 'Bearer token', ...options });
  const api = clientOf(options.url ?? (await standIn.listen()), clock, options);
  onTestFinished(() => standIn.close());
  const requestOptions = { deadline: clock.now() + 5 * MINUTE };
  const [reader, writer] = [createReader(api, requestOptions), createWriter(api, requestOptions)];
  return { clock, standIn, api, reader, writer, requestOptions };
}

function clientOf(
  url: string,
  clock: Clock,
  { credentials = BEARER, timeoutMs = SECOND }: { credentials?: Credentials; timeoutMs?: number },
) {
  const settings = {
    baseUrl: new URL(url),
    credentials,
    serverId: StandInRunCloud.serverId,
    appId: StandInRunCloud.appId,
  };
  const api = new RunCloudApi(settings, { clock, log: jsonLog(clock, () => {}), timeoutMs });
  onTestFinished(() => api.close());
  return api;
}

describe('the RunCloud client', () => {
  it('sends what is documented and nothing else', async () => {
    const bodies: unknown[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts).toString('utf8');
      const { authorization, accept, 'content-type': type } = request.headers;
      bodies.push([request.method, request.url, authorization, accept, type, body === '' ? null : JSON.parse(body)]);
      response.end('{"id":9,"name":"shop.example"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { writer } = await connect({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3/` });
    await writer.addDomain(shop, { www: false, redirection: 'none' });
    await writer.updateDomain(9, { www: true, redirection: 'non-www' });
    await writer.removeDomain(9);
    const domains = '/api/v3/servers/7/webapps/12/domains';
    const json = ['Bearer token', 'application/json', 'application/json'];
    expect(bodies).toEqual([
      ['POST', domains, ...json, { name: 'shop.example', www: false, redirection: 'none', type: 'alias' }],
      ['PATCH', `${domains}/9/meta`, ...json, { type: 'alias', redirection: 'non-www', www: true }],
      ['DELETE', `${domains}/9`, ...json, null],
    ]);
  });

  it('speaks API v2 with a key pair', async () => {
    const authorization = `Basic ${Buffer.from('key:secret').toString('base64')}`;
    const credentials: Credentials = { kind: 'basic', key: new Secret('key'), secret: new Secret('secret') };
    const { reader, writer } = await connect({ version: 'v2', authorization, credentials });
    expect(await writer.addDomain(shop, { www: false, redirection: 'none' })).toMatchObject({ kind: 'added' });
    expect(await reader.listDomains()).toHaveLength(2);
    expect(await writer.updateDomain(102, { www: true, redirection: 'non-www' })).toMatchObject({
      kind: 'refused',
      status: 404,
    });
  });

  it.each([200, 201] as const)('takes %i for a creation', async (createdStatus) => {
    const { writer } = await connect({ createdStatus });
    expect(await writer.addDomain(shop, { www: true, redirection: 'non-www' })).toMatchObject({
      kind: 'added',
      domain: { name: 'shop.example', www: true, type: 'alias', redirection: 'non-www' },
    });
  });

  it('asks for 40 a page, and for no page more than there are', async () => {
    const { reader, standIn } = await connect();
    for (let index = 0; index < 80; index++) standIn.addByHand(`shop-${index}.example`);
    expect(await reader.listDomains()).toHaveLength(81);
    expect(standIn.calls.map((call) => call.path.split('?')[1])).toEqual([
      'page=1&perPage=40',
      'page=2&perPage=40',
      'page=3&perPage=40',
    ]);
  });

  it('tells a domain that is gone from one that is there', async () => {
    const { reader } = await connect();
    expect(await reader.getDomain(101)).toMatchObject({ name: 'network.example', type: 'primary' });
    expect(await reader.getDomain(999)).toBeUndefined();
  });

  it.each([0, -1, 1.5, Number.NaN])('builds no path around %d', async (id) => {
    const { reader, writer, standIn } = await connect();
    await expect(writer.removeDomain(id)).rejects.toThrow(RangeError);
    await expect(reader.getDomain(id)).rejects.toThrow(RangeError);
    expect(standIn.calls).toEqual([]);
  });

  it('repeats a read that is not answered, with longer and longer pauses', async () => {
    let left = 4;
    const { reader, standIn } = await connect({
      fault: () => (left-- > 0 ? { kind: 'no-answer', carriedOut: false } : undefined),
    });
    expect(await reader.serverAddress()).toBe(StandInRunCloud.address);
    const times = standIn.calls.map((call) => call.at);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it('gives up a read after five attempts', async () => {
    const { reader, standIn } = await connect({ fault: () => ({ kind: 'status', status: 500, carriedOut: false }) });
    await expect(reader.serverAddress()).rejects.toMatchObject({ fault: 'unavailable' });
    expect(standIn.calls).toHaveLength(5);
  });

  it('sends a write once, whatever becomes of it', async () => {
    for (const fault of [
      { kind: 'status', status: 500, carriedOut: true },
      { kind: 'no-answer', carriedOut: true },
      { kind: 'text', status: 200, contentType: 'text/html', text: '<html>' },
      { kind: 'text', status: 200, contentType: 'application/json', text: '{"message":"ok"}' },
    ] as const) {
      const { writer, standIn } = await connect({ fault: () => fault });
      expect(await writer.addDomain(shop, { www: false, redirection: 'none' })).toMatchObject({ kind: 'unknown' });
      expect(standIn.calls).toHaveLength(1);
    }
  });

  it('does not wait for ever: an answer that does not come is a lost one', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { writer } = await connect({
      timeoutMs: 50,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
    });
    expect(await writer.removeDomain(1)).toMatchObject({ kind: 'unknown', why: 'it did not answer in time' });
  });

  describe('with a RunCloud that hangs', () => {
    /** Takes every request and answers none; or begins an answer and never ends it. */
    async function hanging(begins: 'no answer' | 'half an answer') {
      const asked: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        asked.push(request.method);
        if (begins === 'half an answer') response.writeHead(200, { 'content-length': '100' }).write('{"data":[');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
      return { ...(await connect({ timeoutMs: MINUTE, url })), asked, end: () => server.closeAllConnections() };
    }
    const passed = async (work: Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work;
      return performance.now() - start;
    };

    it.each(['no answer', 'half an answer'] as const)(
      'a read ends with its run, where it has a second at least (%s)',
      async (begins) => {
        const { api, clock, asked } = await hanging(begins);
        const reader = createReader(api, { deadline: clock.now() });
        const took = await passed(expect(reader.listDomains()).rejects.toMatchObject({ fault: 'no-time-left' }));
        expect(took).toBeGreaterThan(900);
        expect(took).toBeLessThan(5_000);
        expect(asked).toEqual(['GET']);
      },
    );

    it('a read has what its run has left', async () => {
      const { api, clock } = await hanging('no answer');
      const reader = createReader(api, { deadline: clock.now() + 1_300 });
      const took = await passed(expect(reader.listDomains()).rejects.toMatchObject({ fault: 'no-time-left' }));
      // The second attempt, after a pause that the simulated clock jumps over, has its second at least.
      expect(took).toBeGreaterThan(2_200);
      expect(took).toBeLessThan(6_000);
    });

    it('a write keeps its time after the deadline, which a run keeps free for it', async () => {
      const { api, clock, end } = await hanging('no answer');
      const writer = createWriter(api, { deadline: clock.now() });
      const settled = Promise.race([
        writer.removeDomain(1),
        new Promise((resolve) => setTimeout(resolve, 1_500, 'open')),
      ]);
      expect(await settled).toBe('open');
      end();
    });

    it('stopping ends a read at once, and a write within seconds: it may have been carried out', async () => {
      const { api, reader, writer, asked } = await hanging('no answer');
      const write = writer.removeDomain(1);
      const read = reader.listDomains();
      await expect.poll(() => asked.length).toBe(2);
      api.stop();
      expect(await passed(expect(read).rejects.toMatchObject({ fault: 'no-time-left' }))).toBeLessThan(1_000);
      let answer: unknown;
      expect(
        await passed(
          write.then((each) => {
            answer = each;
          }),
        ),
      ).toBeLessThan(5_000);
      expect(answer).toMatchObject({
        kind: 'unknown',
        sentAt: expect.any(Number),
        why: expect.stringContaining('this service is being stopped'),
      });
    });
  });

  it('knows that a write without a connection was not sent', async () => {
    const { standIn, writer } = await connect();
    await standIn.close();
    expect(await writer.removeDomain(1)).toMatchObject({ kind: 'unknown', sentAt: undefined });
  });

  it('that is stopped sends nothing more, and waits for nothing', async () => {
    const { api, reader, standIn } = await connect({
      fault: () => ({ kind: 'status', status: 429, carriedOut: false }),
    });
    api.stop();
    await expect(reader.listDomains()).rejects.toMatchObject({ fault: 'no-time-left' });
    expect(standIn.calls).toEqual([]);
  });

  it.each([
    ['<html>blocked</html>', 'text/html'],
    ['', 'text/plain'],
    ['"slow down"', 'application/json'],
  ])(
    'takes a 429 without JSON for a page in between, which silences it for minutes at most: %s',
    async (text, type) => {
      const clock = simulatedClock();
      const server = createServer((_, response) => {
        response.writeHead(429, { 'content-type': type, 'retry-after': '86400', 'x-ratelimit-limit': '1' }).end(text);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const api = clientOf(`http://127.0.0.1:${port}/api/v3`, clock, {});
      const start = clock.now();
      const until = iso(start + 15 * MINUTE);
      await expect(api.read('/ping', { deadline: start + 10 * MINUTE })).rejects.toMatchObject({
        fault: 'rate-limited',
        message: `Something in between answered with 429 and no JSON in the place of RunCloud, so RunCloud is not asked until ${until}, which is after the end of this run.`,
        whatToDo: expect.stringContaining('a firewall or a proxy'),
      });
      expect(api.limits.quietUntil).toBe(start + 15 * MINUTE);
    },
  );

  it('takes no endless answer', async () => {
    const text = JSON.stringify({ data: 'x'.repeat(5 * 1024 * 1024) });
    const { reader } = await connect({
      fault: () => ({ kind: 'text', status: 200, contentType: 'application/json', text }),
    });
    await expect(reader.listDomains()).rejects.toThrow(/longer than/);
  });

  it('shows of an error body only its words', async () => {
    const text = JSON.stringify({
      message: 'No\nway.',
      errors: { name: ['Taken.'] },
      pullKey1: 'MARKED',
      token: 'MARKED',
    });
    const { writer } = await connect({
      fault: () => ({ kind: 'text', status: 422, contentType: 'application/json', text }),
    });
    expect(await writer.addDomain(shop, { www: false, redirection: 'none' })).toEqual({
      kind: 'refused',
      status: 422,
      message: 'No way. Taken.',
    });
  });

  it('checks right before each request that it may still be sent', async () => {
    const { api, standIn, requestOptions } = await connect();
    const pressed = { ...requestOptions, beforeSend: async () => Promise.reject(new Error('not any more')) };
    await expect(createWriter(api, pressed).removeDomain(101)).rejects.toThrow('not any more');
    await expect(createReader(api, pressed).listDomains()).rejects.toThrow('not any more');
    expect(standIn.calls).toEqual([]);
  });

  it('sends nothing it would have to wait for beyond the end of the run', async () => {
    const { api, clock, standIn } = await connect();
    const reader = createReader(api, { deadline: clock.now() - 1 });
    await expect(reader.listDomains()).rejects.toMatchObject({ fault: 'no-time-left' });
    expect(standIn.calls).toEqual([]);
  });

  it('uses up its budget, waits for the end of the window, and never meets a 429', async () => {
    const { reader, standIn, clock } = await connect({ limit: { requests: 20, retryAfter: true, headers: true } });
    const start = clock.now();
    for (let index = 0; index < 80; index++) await reader.serverAddress();
    expect(standIn.calls.filter((call) => call.status === 429)).toEqual([]);
    // The last two of a tenth look for the end of the window, until its length is known.
    expect(standIn.calls.filter((call) => call.at < start + SECOND)).toHaveLength(18);
    expect(clock.now() - start).toBe(3 * MINUTE);
  });

  it('slows down as its budget nears the end while others use up the same one', async () => {
    const { reader, standIn, clock } = await connect({ limit: { requests: 20, retryAfter: true, headers: true } });
    const url = await standIn.listen();
    const start = clock.now();
    for (let index = 0; index < 10; index++) {
      await reader.serverAddress();
      if (index < 5)
        await fetch(`${url}/ping`, { headers: { authorization: 'Bearer token', accept: 'application/json' } });
    }
    for (let index = 0; index < 5; index++) await reader.serverAddress();
    expect(standIn.calls.filter((call) => call.status === 429)).toEqual([]);
    expect(standIn.calls.filter((call) => call.at === start)).toHaveLength(16);
    expect(clock.now() - start).toBe(48 * SECOND);
  });

  it('counts no request as under way that ended without an answer, or without the end of one', async () => {
    let kind = 'no answer';
    const server = createServer((_, response) => {
      response.writeHead(200, { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '2', 'content-length': '9' });
      if (kind === 'no answer') response.destroy();
      else if (kind === 'cut') response.write('{', () => response.destroy());
      else response.end('{"id":12}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
    const { api, clock, requestOptions } = await connect({ url });
    const start = clock.now();
    for (kind of ['no answer', 'cut']) {
      expect(await api.write('DELETE', '/anything', undefined, requestOptions)).toMatchObject({ kind: 'unknown' });
    }
    kind = 'whole';
    for (let count = 0; count < 2; count++) await api.write('DELETE', '/anything', undefined, requestOptions);
    expect(clock.now()).toBe(start);
  });

  it('shares its budget with others that use up the same one', async () => {
    const { reader, standIn } = await connect({ limit: { requests: 20, retryAfter: true, headers: true } });
    const url = await standIn.listen();
    for (let index = 0; index < 15; index++) {
      await fetch(`${url}/ping`, { headers: { authorization: 'Bearer token', accept: 'application/json' } });
    }
    for (let index = 0; index < 12; index++) await reader.serverAddress();
    expect(standIn.calls.filter((call) => call.status === 429)).toEqual([]);
  });
});
