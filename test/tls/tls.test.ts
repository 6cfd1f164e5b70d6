import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY, epoch } from '../../lib/core/values/time.ts';
import { serverTls } from '../../lib/tls/tls.ts';
import { createAuthority, type Pair, selfSigned } from '../support/certificates.ts';
import { eachItsOwn, listening, type RunningServer, startServerByName, startTlsServer } from '../support/tls-server.ts';

const LOOPBACK = '127.0.0.1';
const SHOP = 'shop.network.example';
const EXPIRED = { from: -90 * DAY, until: -DAY };
const LATER = { from: DAY };

const authority = await createAuthority();
const stranger = await createAuthority('Stranger');
const below = await authority.intermediate();
const outlived = await authority.intermediate(EXPIRED);

async function ending(server: Promise<RunningServer>): Promise<RunningServer> {
  const running = await server;
  onTestFinished(() => running.close());
  return running;
}

function asking(port: number, timeoutMs = 10_000) {
  return serverTls({ port, timeoutMs, authorities: [authority.own] });
}

async function shownBy(pair: Pair, name = SHOP) {
  const { port } = await ending(startTlsServer(pair));
  return asking(port).shakeHands(LOOPBACK, name);
}

/** A server that is no TLS server, and what it does with a connection. */
async function behaving(behave: (socket: Socket) => void): Promise<RunningServer> {
  const server: Server = createServer((socket) => behave(socket));
  return ending(listening(server));
}

/** The certificate alone, without those that lead to a known authority. */
function bare({ cert, key }: Pair): Pair {
  const end = '-----END CERTIFICATE-----';
  return { cert: cert.slice(0, cert.indexOf(end) + end.length), key };
}

describe('a handshake', () => {
  it('tells what a certificate says', async () => {
    const shown = await shownBy(await authority.issue({ names: [SHOP, `www.${SHOP}`] }));
    expect(shown).toMatchObject({
      kind: 'certificate',
      names: [SHOP, `www.${SHOP}`],
      fits: 'fits',
      trust: 'trusted',
    });
    if (shown.kind !== 'certificate') throw new Error('no certificate');
    expect(epoch(shown.notAfter) - epoch(shown.notBefore)).toBe(91 * DAY);
    expect(Math.abs(epoch(shown.notBefore) - (Date.now() - DAY))).toBeLessThan(DAY / 2);
  });

  it('reaches a server over IPv6', async () => {
    const { port } = await ending(startTlsServer(await authority.issue({ names: [SHOP] }), '::1'));
    expect(await asking(port).shakeHands('::1', SHOP)).toMatchObject({ kind: 'certificate', fits: 'fits' });
  });

  it.each([
    ['of its dates', EXPIRED],
    ['of dates to come', LATER],
  ])('does not distrust a certificate because %s: whoever asks judges those', async (_, dates) => {
    const names = [SHOP];
    expect(await shownBy(await authority.issue({ names, ...dates }))).toMatchObject({ trust: 'trusted' });
    expect(await shownBy(await below.issue({ names, ...dates }))).toMatchObject({ trust: 'trusted' });
  });

  it.each([
    ['that hold', {}],
    ['that hide all other faults from OpenSSL', EXPIRED],
    ['that are to come', LATER],
  ])('tells whom not to trust, whatever the dates: dates %s', async (_, dates) => {
    const requests = { names: [SHOP], ...dates };
    const unknown = { trust: { untrusted: expect.stringContaining('not known') } };
    expect(await shownBy(await stranger.issue(requests))).toMatchObject(unknown);
    expect(await shownBy(bare(await below.issue(requests)))).toMatchObject(unknown);
    expect(await shownBy(await selfSigned(requests))).toMatchObject({ trust: { untrusted: 'it is self-signed' } });
    expect(await shownBy(await outlived.issue(requests))).toMatchObject({
      trust: { untrusted: expect.stringContaining('expired') },
    });
  });

  it('is not taken in by an authority that only has the name of a known one', async () => {
    const forger = await createAuthority('Test Authority');
    for (const dates of [{}, EXPIRED]) {
      expect(await shownBy(await forger.issue({ names: [SHOP], ...dates }))).toMatchObject({
        trust: { untrusted: expect.anything() },
      });
    }
  });

  it('is not taken in by what only looks like a chain', async () => {
    const namesake = await createAuthority('Test Authority R1');
    const shop = await authority.intermediate({ as: 'server' });
    for (const dates of [{}, EXPIRED]) {
      const requests = { names: [SHOP], ...dates };
      const { cert, key } = await namesake.issue(requests);
      for (const pair of [{ cert: `${cert}\n${below.own}`, key }, await shop.issue(requests)]) {
        expect(await shownBy(pair)).toMatchObject({ fits: 'fits', trust: { untrusted: expect.anything() } });
      }
    }
  });

  it.each([
    [['other.network.example'], 'other-name'],
    [['*.network.example'], 'fits'],
    [['*.example'], 'other-name'],
    [['network.example'], 'other-name'],
    [[SHOP.toUpperCase()], 'fits'],
  ])('with a certificate for %j: %s', async (names, fits) => {
    expect(await shownBy(await authority.issue({ names }))).toMatchObject({
      kind: 'certificate',
      fits,
      names: names.map((name) => name.toLowerCase()),
      trust: 'trusted',
    });
  });

  it('reads no name out of one that only looks like two', async () => {
    const names = ['other.example, DNS:shop.network.example', 'real.example'];
    expect(await shownBy(await authority.issue({ names }))).toMatchObject({
      names: ['real.example'],
      fits: 'other-name',
    });
  });

  it('asks by name: one server, a certificate for each, none for the rest', async () => {
    const names = new Set(['one.example', 'two.example']);
    const { port } = await ending(startServerByName(eachItsOwn(authority, names)));
    const tls = asking(port);
    for (const name of names) {
      expect(await tls.shakeHands(LOOPBACK, name)).toMatchObject({ names: [name], fits: 'fits' });
    }
    expect(await tls.shakeHands(LOOPBACK, 'three.example')).toMatchObject({
      kind: 'none',
      why: 'it refused the handshake (handshake failure)',
    });
  });

  it('shows the certificate of its moment, not that of an earlier one', async () => {
    let names = ['old.example', SHOP];
    const server = await ending(startServerByName(async () => authority.issue({ names })));
    const tls = asking(server.port);
    expect(await tls.shakeHands(LOOPBACK, SHOP)).toMatchObject({ names });
    await server.close();
    names = ['new.example', SHOP];
    const next = await ending(startServerByName(async () => authority.issue({ names })));
    expect(await asking(next.port).shakeHands(LOOPBACK, SHOP)).toMatchObject({ names });
    expect(await tls.shakeHands(LOOPBACK, SHOP)).toMatchObject({ kind: 'none' });
  });

  it('that is refused with a reason tells it', async () => {
    // Alert "unrecognized name" (RFC 6066): fatal, 112.
    const { port } = await behaving((socket) =>
      socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 112]))),
    );
    const why = 'it refused the handshake (unrecognized name)';
    expect(await asking(port).shakeHands(LOOPBACK, SHOP)).toEqual({ kind: 'none', why });
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ['is broken off in good order', 'closed', (socket) => socket.once('data', () => socket.end())],
    ['meets a server without TLS', 'not TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('that %s shows that there is no certificate', async (_, words, behave) => {
    const { port } = await behaving(behave);
    const why = expect.stringContaining(words);
    expect(await asking(port).shakeHands(LOOPBACK, SHOP)).toEqual({ kind: 'none', why });
  });

  it('with a port that nobody listens on shows that there is no certificate', async () => {
    const { port, close } = await behaving(() => {});
    await close();
    expect(await asking(port).shakeHands(LOOPBACK, SHOP)).toMatchObject({
      kind: 'none',
      why: expect.stringMatching(/nobody listens/),
    });
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ['is never answered', 'within 1 second', () => {}],
    ['is answered with the beginning alone', 'within 1 second', (socket) => socket.write(Buffer.from([0x16, 3, 3]))],
    ['is reset', 'reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  ])('that %s says nothing', async (_, words, behave) => {
    const { port } = await behaving(behave);
    const why = expect.stringContaining(words);
    expect(await asking(port, 200).shakeHands(LOOPBACK, SHOP)).toEqual({ kind: 'could-not-ask', why });
  });

  it.each([
    ['a name for an address', 'localhost', SHOP],
    ['no address', '', SHOP],
    ['a name that cannot be', LOOPBACK, '\u0000'],
  ])('with %s throws nothing', async (_, address, name) => {
    expect(await asking(1).shakeHands(address, name)).toMatchObject({
      kind: address === LOOPBACK ? 'none' : 'could-not-ask',
    });
  });

  it('leaves no connection and no timer behind', async () => {
    const servers = [
      await ending(startTlsServer(await authority.issue({ names: [SHOP] }))),
      await behaving((socket) => socket.resume()),
      await behaving((socket) => socket.resume().write('not TLS')),
    ];
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (const { port } of servers) await asking(port, 100).shakeHands(LOOPBACK, SHOP);
    expect(timers()).toBeLessThanOrEqual(before);
    await expect.poll(() => servers.map(({ open }) => open())).toEqual([0, 0, 0]);
  });

  it('trusts what Node trusts where nobody says otherwise', async () => {
    const { port } = await ending(startTlsServer(await authority.issue({ names: [SHOP] })));
    expect(await serverTls({ port }).shakeHands(LOOPBACK, SHOP)).toMatchObject({
      kind: 'certificate',
      fits: 'fits',
      trust: { untrusted: expect.anything() },
    });
  });
});
