import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { RunCloudApi } from '../../lib/runcloud/api.ts';
import { createCertificateReader, createCertificateWriter, type Scope } from '../../lib/runcloud/certificates.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { Secret } from '../../lib/util/secret.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { type StandInOptions, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import type { SslOptions } from '../../local/stand-in/runcloud-ssl.ts';
import { simulatedClock } from '../support/clock.ts';

const SHOP = 'shop.example';
const APPLICATION: Scope = { kind: 'application' };

async function connect(ssl: Partial<SslOptions> = {}, options: Partial<StandInOptions> = {}) {
  const clock = simulatedClock();
  const dns = new StandInDns();
  const authority = new StandInAuthority({ clock, dns, addresses: [StandInRunCloud.address] });
  const standIn = new StandInRunCloud({
    clock,
    authorization: 'Bearer token',
    ...options,
    ssl: { authority, ...ssl },
  });
  dns.point('network.example', StandInRunCloud.address);
  dns.point(SHOP, StandInRunCloud.address);
  const shop: Scope = { kind: 'domain', id: standIn.addByHand(SHOP).id };
  onTestFinished(() => standIn.close());
  return { clock, dns, authority, standIn, shop, ...clientOf(await standIn.listen(), clock) };
}

function clientOf(url: string, clock = simulatedClock()) {
  const logged: string[] = [];
  const api = new RunCloudApi(
    {
      baseUrl: new URL(url),
      credentials: { kind: 'bearer', token: new Secret('token') },
      serverId: StandInRunCloud.serverId,
      appId: StandInRunCloud.appId,
    },
    { clock, log: jsonLog(clock, (line) => logged.push(line)), timeoutMs: SECOND },
  );
  onTestFinished(() => api.close());
  const options = { deadline: clock.now() + 5 * MINUTE };
  const [reader, writer] = [createCertificateReader(api, options), createCertificateWriter(api, options)];
  return { reader, writer, logged };
}

/** A RunCloud that answers everything alike. */
function always(status: number, text: string, contentType = 'application/json'): Partial<StandInOptions> {
  return { fault: () => ({ kind: 'text', status, contentType, text }) };
}

describe('how certificates are kept', () => {
  it.each([
    ['basic', 'booleans'],
    ['basic', 'numbers'],
    ['advanced', 'booleans'],
    ['advanced', 'numbers'],
    ['auto-ssl', 'booleans'],
    ['auto-ssl', 'numbers'],
  ] as const)('is read: %s, told with %s', async (mode, modeRoute) => {
    const { reader } = await connect({ mode, modeRoute });
    expect(await reader.readMode()).toBe(mode);
  });

  it('is known without that route where the application has a certificate, and else is not guessed', async () => {
    const { reader, standIn, clock } = await connect({ mode: 'basic', modeRoute: 'missing' });
    expect(await reader.readMode()).toBeUndefined();
    standIn.ssl.installByHand({ names: [SHOP], notBefore: clock.now(), notAfter: clock.now() + DAY });
    expect(await reader.readMode()).toBe('basic');
  });

  it.each([
    ['{"advancedSSL":true}', undefined],
    ['{"advancedSSL":false,"autoSSL":true}', undefined],
    ['{"advancedSSL":false}', 'basic'],
    ['{"advancedSSL":"1","autoSSL":"0"}', 'advanced'],
    ['{"message":"something"}', undefined],
    ['[]', undefined],
  ])('answered with %s is %s', async (text, mode) => {
    const { reader } = await connect({}, always(200, text));
    expect(await reader.readMode()).toBe(mode);
  });

  it.each([401, 429, 500, 503, 302])('is not known at all where RunCloud answers %i', async (status) => {
    const { reader } = await connect({}, always(status, '{}'));
    await expect(reader.readMode()).rejects.toMatchObject({ name: 'RunCloudError' });
  });
});

describe('finding a certificate', () => {
  it.each([200, 400, 404, 422] as const)('takes "not installed" for none, with status %i', async (status) => {
    for (const mode of ['basic', 'advanced'] as const) {
      const { reader, shop } = await connect({ mode, notInstalledStatus: status });
      expect(await reader.find(APPLICATION)).toBeUndefined();
      expect(await reader.find(shop)).toBeUndefined();
    }
  });

  it('keeps of a certificate what is needed, and nothing else', async () => {
    const { reader, writer, shop } = await connect();
    await writer.install(shop, 'advanced');
    expect(await reader.find(shop)).toEqual({
      id: 501,
      method: 'letsencrypt',
      isStaging: false,
    });
  });

  it.each([
    ['{"id":"9"}', { id: 9 }],
    ['{"id":9,"method":null,"validUntil":null,"staging":true}', { id: 9, isStaging: true }],
    ['{"id":9,"method":"-----BEGIN","validUntil":"MARKED","staging":[]}', { id: 9 }],
    ['{"id":null}', undefined],
    ['{"id":""}', undefined],
    ['{}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['"SSL not installed!"', undefined],
  ])('decides by the id: %s', async (text, found) => {
    const { reader } = await connect({}, always(200, text));
    const none = { method: undefined, isStaging: undefined };
    expect(await reader.find(APPLICATION)).toEqual(found && { ...none, ...found });
  });

  it('takes 204 for none', async () => {
    const { reader } = await connect({}, always(204, ''));
    expect(await reader.find(APPLICATION)).toBeUndefined();
  });

  it.each<[string, number, string, string]>([
    ['unauthorized', 401, '{}', 'application/json'],
    ['forbidden', 403, '{"message":"Upgrade your plan."}', 'application/json'],
    ['unexpected', 405, '{}', 'application/json'],
    ['rate-limited', 429, '{}', 'application/json'],
    ['unavailable', 500, '{}', 'application/json'],
    ['redirected', 302, '', 'text/html'],
    ['unreadable', 200, '<html>', 'text/html'],
    ['unreadable', 200, '{"id":', 'application/json'],
    ['unreadable', 200, '', 'application/json'],
  ])('does not take %s (%i %s) for none', async (fault, status, text, type) => {
    const { reader } = await connect({}, always(status, text, type));
    await expect(reader.find(APPLICATION)).rejects.toMatchObject({ fault });
  });

  it.each([0, -1, 1.5, Number.NaN])('builds no path around %d', async (id) => {
    const { reader, writer, standIn } = await connect();
    await expect(reader.find({ kind: 'domain', id })).rejects.toThrow(RangeError);
    await expect(writer.install({ kind: 'domain', id }, 'advanced')).rejects.toThrow(RangeError);
    await expect(writer.redeploy(APPLICATION, id)).rejects.toThrow(RangeError);
    expect(standIn.calls).toEqual([]);
  });
});

describe('asking for a certificate', () => {
  it('sends what is documented, and the mode as it is', async () => {
    const seen: unknown[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString('utf8');
      seen.push([request.method, request.url, text === '' ? null : JSON.parse(text)]);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
    const { writer } = clientOf(url);
    const app = '/api/v3/servers/7/webapps/12';
    const common = {
      provider: 'letsencrypt',
      enableHttp: true,
      enableHsts: false,
      authorizationMethod: 'http-01',
      environment: 'live',
    };
    await writer.install(APPLICATION, 'basic');
    await writer.redeploy(APPLICATION, 5);
    await writer.install({ kind: 'domain', id: 9 }, 'auto-ssl');
    await writer.install({ kind: 'domain', id: 10 }, 'advanced');
    await writer.redeploy({ kind: 'domain', id: 9 }, 5);
    expect(seen).toEqual([
      ['POST', `${app}/ssl`, common],
      ['PUT', `${app}/ssl/5`, null],
      ['POST', `${app}/domains/9/ssl`, { ...common, advancedSSL: true, autoSSL: true }],
      ['POST', `${app}/domains/10/ssl`, { ...common, advancedSSL: true, autoSSL: false }],
      ['PUT', `${app}/domains/9/ssl/5`, null],
    ]);
  });

  it.each(['advanced', 'auto-ssl'] as const)(
    'leaves the mode %s as it is, whatever the fields may do',
    async (mode) => {
      for (const modeFields of ['optional', 'required'] as const) {
        const { writer, reader, shop, authority } = await connect({ mode, modeFields, autoIssue: 'never' });
        expect(await writer.install(shop, mode)).toEqual({ kind: 'done' });
        expect(await reader.readMode()).toBe(mode);
        expect(authority.issued).toHaveLength(1);
      }
    },
  );

  const accepted = (['certificate', 'empty-object', 'empty-text'] as const).flatMap((acceptedBody) =>
    ([200, 201] as const).flatMap((acceptedStatus) =>
      [undefined, MINUTE].map((issueAfterMs) => ({
        acceptedBody,
        acceptedStatus,
        ...(issueAfterMs !== undefined && { issueAfterMs }),
      })),
    ),
  );
  it.each(accepted)('takes any 2xx for accepted, and for no more: %j', async (ssl) => {
    for (const mode of ['basic', 'advanced'] as const) {
      const { writer, reader, clock, shop } = await connect({ mode, ...ssl });
      const scope = mode === 'basic' ? APPLICATION : shop;
      expect(await writer.install(scope, mode)).toEqual({ kind: 'done' });
      expect((await reader.find(scope)) === undefined).toBe('issueAfterMs' in ssl);
      clock.advance(MINUTE);
      const found = await reader.find(scope);
      expect(await writer.redeploy(scope, found?.id ?? 0)).toEqual({ kind: 'done' });
    }
  });

  it.each(['refusal', 'errors'] as const)('hands on why there is none, with its date: %s', async (failure) => {
    const { writer, shop, authority } = await connect({ failure });
    for (let index = 0; index < 5; index++) authority.order([SHOP], 'somebody else');
    expect(await writer.install(shop, 'advanced')).toEqual({
      kind: 'refused',
      status: failure === 'errors' ? 200 : 422,
      message:
        'The certificate could not be installed. Error creating new order :: too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-11-23 17:36:00 UTC: see https://letsencrypt.org/docs/rate-limits/#new-certificates-per-exact-set-of-identifiers [removed]',
    });
  });

  it('does not know what became of a 5xx, and takes silence for accepted', async () => {
    for (const [failure, kind] of [
      ['server-error', 'unknown'],
      ['silence', 'done'],
    ] as const) {
      const { writer, reader, dns, shop, standIn } = await connect({ failure });
      dns.forget(SHOP);
      expect(await writer.install(shop, 'advanced')).toMatchObject({ kind });
      expect(await reader.find(shop)).toBeUndefined();
      expect(standIn.writes).toHaveLength(1);
    }
  });

  it.each([
    ['{"errors":[]}', 'done'],
    ['{"errors":{}}', 'done'],
    ['{"errors":null}', 'done'],
    ['{"errors":""}', 'done'],
    ['{"errors":{"ssl":null}}', 'done'],
    ['[]', 'done'],
    ['"accepted"', 'done'],
    ['{"message":"Installing."}', 'done'],
    ['{"errors":"No."}', 'refused'],
    ['{"errors":["No."]}', 'refused'],
    ['{"errors":{"ssl":["No."]}}', 'refused'],
    ['{"errors":{"ssl":"No."}}', 'refused'],
  ])('answered 200 with %s: %s', async (text, kind) => {
    const { writer } = await connect({}, always(200, text));
    const answer = await writer.redeploy(APPLICATION, 5);
    expect(answer).toEqual(kind === 'done' ? { kind } : { kind, status: 200, message: 'No.' });
  });

  it('is refused where it is asked of a mode that it does not belong to', async () => {
    const basic = await connect({ mode: 'basic' });
    expect(await basic.writer.install(basic.shop, 'basic')).toMatchObject({ kind: 'refused', status: 422 });
    const advanced = await connect();
    expect(await advanced.writer.install(APPLICATION, 'advanced')).toMatchObject({ kind: 'refused', status: 422 });
    expect([...basic.authority.orders, ...advanced.authority.orders]).toEqual([]);
  });
});

describe('what is secret', () => {
  const KEY = `MARKED${'aB3/'.repeat(16)}`;
  const PEM = '-----BEGIN EC PRIVATE KEY-----\nMARKED-lines\nMARKED\n-----END EC PRIVATE KEY-----';

  it.each([
    ['a PEM block', `before ${PEM} after`, 'before [removed] after'],
    ['a PEM block that was cut', `before ${PEM.slice(0, 50)}`, 'before [removed]'],
    ['base64', `before ${KEY}== after`, 'before [removed] after'],
    ['hex', `before ${'0fA9'.repeat(12)} after`, 'before [removed] after'],
    ['a long host name', `${'shop-'.repeat(12)}x.example`, `${'shop-'.repeat(12)}x.example`],
    ['control characters', 'one\r\ntwo\u0007', 'one two '],
  ])('is taken out of errors: %s', async (_, text, message) => {
    for (const body of [{ message: text }, { errors: { ssl: [text] } }, { errors: text }]) {
      const { writer } = await connect({}, always(422, JSON.stringify(body)));
      expect(await writer.redeploy(APPLICATION, 5)).toEqual({ kind: 'refused', status: 422, message });
    }
  });

  it('gets out of no answer, whatever its status and its form', async () => {
    const certificate = { privateKey: PEM, certificate: PEM, csr: KEY, pullKey1: KEY, method: KEY, validUntil: PEM };
    const bodies = [
      { id: 9, ...certificate },
      { data: { id: 9, ...certificate } },
      { message: PEM, errors: { ssl: [KEY, certificate] }, ...certificate },
      { message: `${PEM} ${KEY}`, errors: PEM, advancedSSL: KEY, autoSSL: PEM },
      { errors: [certificate, KEY] },
    ].map((body) => JSON.stringify(body));
    const texts = [...bodies, `${PEM}`, `<html>${KEY}</html>`, `{"privateKey":"${KEY}`];
    const shown: string[] = [];
    for (const status of [200, 201, 400, 401, 403, 404, 409, 422, 500]) {
      for (const text of texts) {
        const { reader, writer, logged } = await connect({}, always(status, text));
        const calls = [
          reader.readMode(),
          reader.find(APPLICATION),
          writer.install({ kind: 'domain', id: 9 }, 'advanced'),
          writer.redeploy(APPLICATION, 9),
        ];
        for (const settled of await Promise.allSettled(calls)) {
          if (settled.status === 'fulfilled') shown.push(JSON.stringify(settled.value) ?? '');
          else shown.push(`${settled.reason} ${JSON.stringify(settled.reason)} ${settled.reason.whatToDo}`);
        }
        shown.push(...logged);
      }
    }
    expect(shown.length).toBeGreaterThan(200);
    expect(shown.filter((each) => each.includes('MARKED'))).toEqual([]);
  });

  it('is in the real answers of the stand-in, so that all else is proven too', async () => {
    const { standIn, writer, reader, shop, logged } = await connect();
    const shown = JSON.stringify([
      await writer.install(shop, 'advanced'),
      await reader.find(shop),
      await reader.readMode(),
      logged,
    ]);
    expect(shown).not.toContain('MARKED');
    const url = `${await standIn.listen()}/servers/7/webapps/12/domains/102/ssl`;
    const raw = await fetch(url, { headers: { authorization: 'Bearer token', accept: 'application/json' } });
    expect(await raw.text()).toContain('MARKED-PRIVATE-KEY');
  });
});
