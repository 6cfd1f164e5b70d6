/** The service as it is reached: over HTTP on one machine, and by Lambda's API. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lambdaService } from '../../cli/service/lambda.ts';
import { localService } from '../../cli/service/local.ts';
import { CouldNotAskError, type Service } from '../../cli/service/service.ts';

type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string };
type Asked = { readonly path: string; readonly body: string };

const open: (Server | Service)[] = [];
afterEach(async () => {
  for (const each of open.splice(0))
    await new Promise((done) => void Promise.resolve(each.close(done as never)).then(done));
});

async function answering(reply: Reply, asked: Asked[] = []): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      asked.push({ path: request.url ?? '', body });
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body);
    });
  });
  open.push(server);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function refusalOf(service: Service): Promise<CouldNotAskError> {
  open.push(service);
  const error = await service.invoke('reconcile', { action: 'plan' }).catch((thrown: unknown) => thrown);
  if (!(error instanceof CouldNotAskError)) throw new Error(`It answered ${String(error)}`);
  return error;
}

describe('the service on one machine', () => {
  it('is asked where the AWS CLI asks it too', async () => {
    const asked: Asked[] = [];
    const service = localService(new URL(await answering({ status: 200, body: '{"ok":true}' }, asked)));
    open.push(service);
    expect(await service.invoke('query', { action: 'status' })).toEqual({ ok: true });
    expect(asked).toEqual([{ path: '/2015-03-31/functions/query/invocations', body: '{"action":"status"}' }]);
  });

  it('that is not running: how to start it', async () => {
    const error = await refusalOf(localService(new URL('http://127.0.0.1:1')));
    expect(error.message).toBe('No service answers at http://127.0.0.1:1.');
    expect(error.whatToDo).toMatch(/npm run serve.*--url.*--stage production/);
  });

  it.each([
    [
      { status: 403, body: '{"message":"Only programs on this machine may invoke functions."}' },
      /Only programs/,
      /its own address/,
    ],
    [{ status: 200, body: '<html>' }, /is not this service \(status 200\)/, /See what listens there/],
    [{ status: 404, body: '{}' }, /is not this service \(status 404\)/, /See what listens there/],
  ])('that is another program, or refuses: %o', async (reply, message, whatToDo) => {
    const error = await refusalOf(localService(new URL(await answering(reply))));
    expect([error.message, error.whatToDo]).toEqual([expect.stringMatching(message), expect.stringMatching(whatToDo)]);
  });

  it('that breaks off: nobody knows what it did', async () => {
    const server = createServer((_, response) => response.destroy());
    open.push(server);
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect((await refusalOf(localService(url))).whatToDo).toMatch(/is not known: mrc status shows it/);
  });
});

describe('a stage on AWS', () => {
  const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'EXAMPLE' };
  const stageAt = (endpoint: string): Service =>
    lambdaService('production', { endpoint, region: 'eu-central-1', credentials: CREDENTIALS });

  it('is asked by the name of its function', async () => {
    const asked: Asked[] = [];
    const service = stageAt(await answering({ status: 200, body: '{"ok":true}' }, asked));
    open.push(service);
    expect(await service.invoke('query', { action: 'status' })).toEqual({ ok: true });
    const path = '/2015-03-31/functions/multisite-runcloud-production-query/invocations';
    expect(asked).toEqual([{ path, body: '{"action":"status"}' }]);
  });

  it.each([
    [
      'ResourceNotFoundException',
      404,
      /no function multisite-runcloud-production-reconcile in this account/,
      /AWS_REGION/,
    ],
    ['AccessDeniedException', 403, /does not let you invoke/, /lambda:InvokeFunction.*mrc status, why/],
    ['UnrecognizedClientException', 403, /does not accept the credentials/, /aws sso login/],
    ['ExpiredTokenException', 403, /does not accept the credentials/, /aws sso login/],
    ['TooManyRequestsException', 429, /is at work/, /mrc watch/],
    ['ServiceException', 500, /AWS could not be asked/, /mrc status/],
  ])('answers %s: what that means, and what to do; it is asked once', async (type, status, message, whatToDo) => {
    const asked: Asked[] = [];
    const endpoint = await answering(
      { status, headers: { 'x-amzn-errortype': type }, body: '{"message":"No."}' },
      asked,
    );
    const error = await refusalOf(stageAt(endpoint));
    expect([error.message, error.whatToDo]).toEqual([expect.stringMatching(message), expect.stringMatching(whatToDo)]);
    expect(asked.length).toBe(1);
  });

  it('where the function failed: its words, and where its log is', async () => {
    const headers = { 'x-amz-function-error': 'Unhandled' };
    const error = await refusalOf(
      stageAt(await answering({ status: 200, headers, body: '{"errorMessage":"No disk."}' })),
    );
    expect([error.message, error.whatToDo]).toEqual([
      'The function multisite-runcloud-production-reconcile failed: No disk.',
      expect.stringMatching(/aws logs tail \/aws\/lambda\/multisite-runcloud-production-reconcile/),
    ]);
  });

  it('without credentials: how to log in', async () => {
    const endpoint = await answering({ status: 200, body: '{}' });
    const credentials = async () =>
      Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    const error = await refusalOf(lambdaService('production', { endpoint, region: 'eu-central-1', credentials }));
    expect([error.message, error.whatToDo]).toEqual([
      expect.stringMatching(/no AWS credentials/),
      expect.stringMatching(/aws sso login/),
    ]);
  });

  it('without a region: which setting names it', async () => {
    const region = async () => Promise.reject(new Error('Region is missing'));
    const error = await refusalOf(lambdaService('production', { region, credentials: CREDENTIALS }));
    expect([error.message, error.whatToDo]).toEqual(['No AWS region is set.', expect.stringMatching(/AWS_REGION/)]);
  });
});
