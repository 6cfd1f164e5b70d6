import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY, HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import type { SslOptions } from '../../local/stand-in/runcloud-ssl.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { simulatedClock } from '../support/clock.ts';

const HERE = StandInRunCloud.address;
const APP = '/servers/7/webapps/12';
const REQUEST = { provider: 'letsencrypt', enableHttp: true, enableHsts: false };

async function start(ssl: Partial<SslOptions> = {}) {
  const clock = simulatedClock();
  const dns = new StandInDns(new Map([['network.example', [HERE]]]));
  const authority = new StandInAuthority({ clock, dns, addresses: [HERE] });
  const standIn = new StandInRunCloud({ clock, authorization: 'Bearer token', ssl: { authority, ...ssl } });
  const url = await standIn.listen();
  onTestFinished(() => standIn.close());
  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: 'Bearer token', accept: 'application/json' };
    const answer = await fetch(`${url}${APP}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  /** A domain that points here, with its number. */
  const add = (name: string, www = false): number => {
    dns.point(name, HERE);
    if (www) dns.point(`www.${name}`, HERE);
    return standIn.addByHand(name, { www }).id;
  };
  const tls = new StandInTls(standIn);
  const shown = async (name: string) => {
    const { kind, ...rest } = await tls.shakeHands(HERE, name);
    return kind === 'certificate' ? rest : kind;
  };
  return { clock, dns, authority, standIn, call, add, tls, shown };
}

describe('the stand-in server in mode basic', () => {
  it('has one certificate for all names that were there when it was issued, www among them', async () => {
    const { call, add, shown, authority } = await start({ mode: 'basic' });
    add('one.example', true);
    expect(await shown('one.example')).toBe('none');
    expect((await call('POST', '/ssl', REQUEST)).body).toMatchObject({ id: 501, method: 'letsencrypt' });
    const names = ['network.example', 'one.example', 'www.one.example'];
    for (const name of names) expect(await shown(name)).toMatchObject({ names, fits: 'fits', trust: 'trusted' });
    add('two.example');
    expect(await shown('two.example')).toMatchObject({ names, fits: 'other-name' });
    expect(await shown('never-heard-of.example')).toBe('none');
    await call('PUT', '/ssl/501');
    expect(await shown('two.example')).toMatchObject({ fits: 'fits' });
    expect(authority.issued).toHaveLength(2);
  });

  it('keeps the old certificate for all where one name spoils the new one', async () => {
    const { call, add, shown, dns } = await start({ mode: 'basic' });
    await call('POST', '/ssl', REQUEST);
    const before = await shown('network.example');
    add('one.example');
    dns.forget('one.example');
    expect(await call('PUT', '/ssl/501')).toMatchObject({ status: 422 });
    expect(await shown('network.example')).toEqual(before);
    expect((await call('GET', '/ssl')).body.id).toBe(501);
  });

  it('has none for single domains, and redeploys none that is not there', async () => {
    const { call, add, authority } = await start({ mode: 'basic', notInstalledStatus: 404 });
    const id = add('one.example');
    expect(await call('POST', `/domains/${id}/ssl`, REQUEST)).toMatchObject({ status: 422 });
    expect(await call('GET', `/domains/${id}/ssl`)).toMatchObject({ status: 404 });
    expect(await call('PUT', '/ssl/501')).toMatchObject({ status: 404, body: { message: 'SSL not installed!' } });
    expect(authority.orders).toEqual([]);
  });
});

describe('the stand-in server in mode advanced', () => {
  it('has a certificate for each domain, which goes with it', async () => {
    const { call, add, shown, standIn } = await start();
    const [one, two] = [add('one.example', true), add('two.example')];
    await call('POST', `/domains/${one}/ssl`, REQUEST);
    expect(await shown('www.one.example')).toMatchObject({ names: ['one.example', 'www.one.example'], fits: 'fits' });
    expect(await shown('two.example')).toBe('none');
    await call('DELETE', `/domains/${one}`);
    expect(await shown('one.example')).toBe('none');
    add('one.example');
    expect(await shown('one.example')).toBe('none');
    await call('POST', `/domains/${two}/ssl`, REQUEST);
    standIn.removeByHand('two.example');
    add('two.example');
    expect(await shown('two.example')).toBe('none');
    expect(await call('GET', '/domains/999/ssl')).toMatchObject({ status: 404 });
  });

  it('keeps the old certificate where a redeploy fails', async () => {
    const { call, add, shown, dns } = await start();
    const id = add('one.example');
    await call('POST', `/domains/${id}/ssl`, REQUEST);
    const before = await shown('one.example');
    dns.point('one.example', '192.0.2.1');
    await call('PUT', `/domains/${id}/ssl/501`);
    expect(await shown('one.example')).toEqual(before);
  });

  it('may show another certificate for a name that has none', async () => {
    const fallback = { names: ['panel.example'], notBefore: 0, notAfter: 1, isStaging: true };
    const { add, shown } = await start({ fallback });
    add('one.example');
    expect(await shown('one.example')).toMatchObject({
      names: ['panel.example'],
      fits: 'other-name',
      trust: { untrusted: expect.anything() },
    });
  });

  it('may answer before there is a certificate', async () => {
    const { call, add, shown, clock } = await start({ issueAfterMs: MINUTE });
    const id = add('one.example');
    expect(await call('POST', `/domains/${id}/ssl`, REQUEST)).toEqual({ status: 200, body: {} });
    clock.advance(MINUTE - 1);
    expect(await shown('one.example')).toBe('none');
    clock.advance(1);
    expect(await shown('one.example')).toMatchObject({ notBefore: iso(clock.now()) });
  });

  it('changes its mode when it is told to', async () => {
    const { call } = await start();
    expect((await call('GET', '/ssl/advanced')).body).toEqual({ advancedSSL: true, autoSSL: false });
    expect((await call('POST', '/ssl/advanced', { advancedSSL: false, autoSSL: false })).status).toBe(200);
    expect((await call('GET', '/ssl/advanced')).body).toEqual({ advancedSSL: false, autoSSL: false });
  });
});

describe('the stand-in server with AutoSSL', () => {
  it('issues as soon as DNS points here and some time has passed', async () => {
    const { standIn, dns, shown, clock, authority } = await start({ mode: 'auto-ssl', autoIssueAfterMs: HOUR });
    standIn.addByHand('one.example');
    clock.advance(DAY);
    expect(await shown('one.example')).toBe('none');
    dns.point('one.example', HERE);
    expect(await shown('one.example')).toBe('none');
    clock.advance(HOUR);
    expect(await shown('one.example')).toMatchObject({ names: ['one.example'], fits: 'fits' });
    clock.advance(DAY);
    await shown('one.example');
    expect(authority.orders.filter(({ names }) => names.includes('one.example'))).toHaveLength(1);
  });

  it('may ask only once, right after the domain was added', async () => {
    const { standIn, dns, add, shown, clock } = await start({ mode: 'auto-ssl', autoIssue: 'at-once' });
    add('one.example');
    standIn.addByHand('two.example');
    expect(await shown('one.example')).toMatchObject({ fits: 'fits' });
    expect(await shown('two.example')).toBe('none');
    dns.point('two.example', HERE);
    clock.advance(DAY);
    expect(await shown('two.example')).toBe('none');
  });

  it('may never do what it says', async () => {
    const { add, shown, clock, authority } = await start({ mode: 'auto-ssl', autoIssue: 'never' });
    add('one.example');
    clock.advance(DAY);
    expect(await shown('one.example')).toBe('none');
    expect(authority.orders).toEqual([]);
  });
});

describe('the stand-in server, left to itself', () => {
  it('renews at two thirds of the life, each time, also over a long while', async () => {
    const { call, add, shown, clock, authority } = await start({ renewal: 'by-itself' });
    const id = add('one.example');
    const began = clock.now();
    await call('POST', `/domains/${id}/ssl`, REQUEST);
    clock.advance(60 * DAY - 1);
    expect(await shown('one.example')).toMatchObject({ notBefore: iso(began) });
    clock.advance(120 * DAY + 1);
    expect(await shown('one.example')).toMatchObject({ notBefore: iso(began + 180 * DAY) });
    expect(authority.issued).toHaveLength(4);
  });

  it('tries a renewal that fails once a day, until it works', async () => {
    const { call, add, shown, dns, clock, authority } = await start({ renewal: 'by-itself' });
    const id = add('one.example');
    await call('POST', `/domains/${id}/ssl`, REQUEST);
    dns.forget('one.example');
    clock.advance(62 * DAY);
    await shown('one.example');
    expect(authority.orders).toHaveLength(4);
    dns.point('one.example', HERE);
    clock.advance(DAY);
    expect(await shown('one.example')).toMatchObject({ notBefore: iso(clock.now()) });
  });

  it('lets certificates run out where nobody renews them', async () => {
    const { call, add, shown, clock } = await start();
    const id = add('one.example');
    await call('POST', `/domains/${id}/ssl`, REQUEST);
    const end = iso(clock.now() + 90 * DAY);
    clock.advance(200 * DAY);
    expect(await shown('one.example')).toMatchObject({ notAfter: end });
  });

  it('has no certificates without an authority', async () => {
    const clock = simulatedClock();
    const standIn = new StandInRunCloud({ clock, authorization: 'Bearer token' });
    expect(standIn.certificateFor('network.example')).toBeUndefined();
  });
});

describe('the stand-in for the handshake', () => {
  it('breaks down and recovers', async () => {
    const { standIn, shown, tls, clock } = await start({ mode: 'basic' });
    standIn.ssl.installByHand({ names: ['*.network.example'], notBefore: clock.now(), notAfter: clock.now() + DAY });
    standIn.addByHand('shop.network.example');
    standIn.addByHand('a.shop.network.example');
    tls.breakDown();
    expect(await shown('shop.network.example')).toBe('could-not-ask');
    tls.recover();
    expect(await shown('shop.network.example')).toMatchObject({ fits: 'fits' });
    expect(await shown('a.shop.network.example')).toMatchObject({ fits: 'other-name' });
    expect(tls.questions).toHaveLength(3);
  });
});
