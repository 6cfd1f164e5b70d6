/** Over real sockets. */
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../lib/core/values/time.ts';
import { whyForbidden } from '../../lib/notify/addresses.ts';
import { type PostOptions, post, type Resolve } from '../../lib/notify/post.ts';
import { Secret } from '../../lib/util/secret.ts';
import { selfSigned } from '../support/certificates.ts';
import { START } from '../support/clock.ts';
import { listening, type RunningServer, startTlsServer } from '../support/tls-server.ts';
import { answering, type StandInReceiver, startReceiver } from './receiver.ts';

const MESSAGE = { headers: { 'x-own': 'yes' }, body: Buffer.from('{"text":"ä"}') };
const SHORT = SECOND / 2;

let receiver: StandInReceiver;
const others: RunningServer[] = [];
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await Promise.all([receiver, ...others.splice(0)].map(async (each) => each.close()));
});

async function send(url: string, options: Partial<PostOptions> = {}) {
  return post(new URL(url), MESSAGE, { reach: 'private too', secrets: [], now: START, longestMs: SHORT, ...options });
}

/** A server that writes and does what it likes. */
async function raw(serve: Parameters<typeof createServer>[1] & object): Promise<string> {
  const server: Server = createServer(serve);
  const running = await listening(server);
  others.push(running);
  return `http://127.0.0.1:${running.port}`;
}

/** DNS that knows these addresses for every name. */
function names(...addresses: string[]): Resolve {
  return (_host, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

describe('a POST to a receiver', () => {
  it('carries the message as it is, as JSON', async () => {
    expect(await send(`${receiver.url}/in?x=1`)).toEqual({ kind: 'answered', status: 204, says: '' });
    expect(receiver.got).toMatchObject([
      { url: '/in?x=1', body: '{"text":"ä"}', headers: { 'content-type': 'application/json', 'x-own': 'yes' } },
    ]);
  });

  it('says what was answered, cut, and without secrets', async () => {
    receiver.answer = answering(404, `no_service for MARKED ${'word '.repeat(900)}`);
    const result = await send(receiver.url, { secrets: [new Secret('MARKED')] });
    expect(result).toMatchObject({ status: 404, says: expect.stringMatching(/^no_service for \[removed\] word/) });
    expect(JSON.stringify(result).length).toBeLessThan(300);
  });

  it.each([
    ['120', 120 * SECOND],
    [new Date(START + 90 * SECOND).toUTCString(), 90 * SECOND],
    [new Date(START - SECOND).toUTCString(), 0],
    ['soon', undefined],
  ])('tells for how long the receiver wants to be left alone: %s', async (text, ms) => {
    receiver.answer = answering(429, '', { 'retry-after': text });
    const result = await send(receiver.url);
    expect(result.kind === 'answered' && result.retryAfterMs).toBe(ms);
  });

  it('follows no redirection', async () => {
    const other = await startReceiver();
    others.push(other);
    receiver.answer = answering(307, '', { location: other.url });
    expect(await send(receiver.url)).toMatchObject({ kind: 'answered', status: 307 });
    expect(other.got).toEqual([]);
  });

  it('ends where the receiver takes the message and never answers', async () => {
    receiver.answer = () => {};
    expect(await send(receiver.url)).toEqual({ kind: 'failed', why: 'it did not answer within 0.5 seconds' });
    await expect.poll(() => receiver.open()).toBe(0);
  });

  it('ends at once where the receiver changes to another protocol, and ends the connection', async () => {
    const url = await raw((socket) => {
      socket.on('error', () => {}).resume();
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    });
    const why = 'it answered 101: it wants to speak another protocol than HTTP';
    expect(await send(url, { longestMs: 60 * SECOND })).toEqual({ kind: 'failed', why });
    await expect.poll(() => others[0]?.open()).toBe(0);
  });

  it('takes 101 without another protocol for an answer', async () => {
    const url = await raw((socket) => {
      socket.on('error', () => {}).resume();
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    });
    expect(await send(url)).toEqual({ kind: 'answered', status: 101, says: '' });
    await expect.poll(() => others[0]?.open()).toBe(0);
  });

  it('ends where the receiver announces an answer again and again, and gives none', async () => {
    const url = await raw((socket) => {
      socket.on('error', () => {});
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send(url)).toEqual({ kind: 'failed', why: 'it did not answer within 0.5 seconds' });
  });

  it('ends where the head of the answer comes letter by letter', async () => {
    const url = await raw((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send(url)).toEqual({ kind: 'failed', why: 'it did not answer within 0.5 seconds' });
  });

  it('ends where the head of the answer has no end', async () => {
    const url = await raw((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n');
      const fill = () => {
        while (!socket.destroyed && socket.write(`x-more: ${'x'.repeat(1_000)}\r\n`));
      };
      socket.on('drain', fill);
      fill();
    });
    expect(await send(url)).toEqual({ kind: 'failed', why: 'the head of its answer is too long' });
  });

  it.each([200, 500])('reads of an endless answer %i what it needs, and ends the connection', async (status) => {
    let written = 0;
    receiver.answer = (response) => {
      response.writeHead(status);
      const fill = () => {
        while (!response.destroyed && response.write('word '.repeat(1_000))) written += 5_000;
      };
      response.on('drain', fill);
      fill();
    };
    const before = performance.now();
    const result = await send(receiver.url, { longestMs: 5 * SECOND });
    expect(result).toMatchObject({ kind: 'answered', status });
    expect(performance.now() - before).toBeLessThan(2 * SECOND);
    const stopped = written;
    await expect.poll(() => receiver.open()).toBe(0);
    expect(written).toBeLessThan(stopped + 20_000_000);
  });

  it('goes by the status where the rest of an answer does not come', async () => {
    receiver.answer = (response) => response.writeHead(503).write('still sta');
    expect(await send(receiver.url)).toEqual({ kind: 'answered', status: 503, says: 'still sta' });
  });

  it('says in words that nobody listens, that the name is not in DNS, that the connection breaks off, that it is not HTTP', async () => {
    const dead = await startReceiver();
    await dead.close();
    expect(await send(dead.url)).toEqual({ kind: 'failed', why: 'it refused the connection' });
    const unknown: Resolve = (_host, _options, done) => done(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []);
    const gone = await send('http://gone.example', { resolve: unknown });
    expect(gone).toEqual({ kind: 'failed', why: 'its name is not in DNS' });
    expect(await send(await raw((socket) => socket.destroy()))).toEqual({
      kind: 'failed',
      why: 'it broke off the connection',
    });
    const other = await raw((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'));
    expect(await send(other)).toMatchObject({ why: expect.stringMatching(/^it does not speak HTTP \(HPE_/) });
  });

  it('trusts no certificate that browsers would not', async () => {
    const server = await startTlsServer(await selfSigned({ names: ['hooks.example'] }));
    others.push(server);
    const result = await send(`https://hooks.example:${server.port}`, { resolve: names('127.0.0.1') });
    expect(result).toMatchObject({ kind: 'failed', why: expect.stringMatching(/^its certificate is not trusted \(/) });
  });

  it('can be broken off', async () => {
    receiver.answer = () => {};
    const stopping = new AbortController();
    const sent = send(receiver.url, { longestMs: 60 * SECOND, signal: stopping.signal });
    await expect.poll(() => receiver.got.length).toBe(1);
    stopping.abort();
    expect(await sent).toMatchObject({ kind: 'failed' });
  });
});

describe('without NOTIFY_ALLOW_PRIVATE a POST', () => {
  const own = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal }) => !internal)?.address;

  it.each([
    ['127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['192.168.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['100.64.0.1', "carriers' NAT"],
    ['0.0.0.0', 'unspecified'],
    ['::1', 'loopback'],
    ['fe80::1', 'link-local'],
    ['fd12::1', 'private'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'rfc6052'],
  ])('is not sent to %s, whether the address says so or DNS does', async (address, range) => {
    const server = await startTlsServer(await selfSigned({ names: ['hooks.example'] }), '127.0.0.1');
    others.push(server);
    const literal = address.includes(':') ? `[${address}]` : address;
    const why = expect.stringMatching(
      new RegExp(
        `^its address .* is not public \\(${range}\\), and nothing is sent there without NOTIFY_ALLOW_PRIVATE`,
      ),
    );
    const toName = send(`https://hooks.example:${server.port}`, { reach: 'public', resolve: names(address) });
    expect(await toName).toEqual({ kind: 'failed', why });
    expect(await send(`https://${literal}:${server.port}`, { reach: 'public' })).toEqual({ kind: 'failed', why });
    expect(server.open()).toBe(0);
  });

  it('is not sent to a name that has a private address among public ones', async () => {
    const resolve = names('93.184.216.34', '10.0.0.1');
    const result = await send('https://hooks.example', { reach: 'public', resolve });
    expect(result).toMatchObject({ why: expect.stringContaining('10.0.0.1 is not public') });
  });

  it('connects to the address that was looked at, and looks it up once', async () => {
    let asked = 0;
    // The second answer would lead into this machine.
    const resolve: Resolve = (host, options, done) => {
      asked += 1;
      names(asked === 1 ? '192.0.0.9' : '127.0.0.1')(host, options, done);
    };
    await send('https://hooks.example', { reach: 'public', resolve, longestMs: 200 });
    expect(asked).toBe(1);
  });

  it('is not sent over http', async () => {
    expect(await send(receiver.url, { reach: 'public' })).toEqual({ kind: 'failed', why: 'its address is not https' });
    expect(receiver.got).toEqual([]);
  });

  it("is not sent to this machine's own addresses", () => {
    expect(whyForbidden('93.184.216.34', ['93.184.216.34'])).toBe("93.184.216.34 is one of this machine's own");
    expect(whyForbidden('2001:4860::8888', ['2001:4860:0::8888'])).toMatch(/own$/);
    expect(whyForbidden('93.184.216.34', [own ?? '127.0.0.1', 'fe80::1%eth0'])).toBeUndefined();
    expect(whyForbidden('no address', [])).toBe('no address is none');
  });
});
