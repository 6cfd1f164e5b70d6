/** Rechecks that `sync` sends to its own queue, while another run holds the lease: Lambda no longer ends such a chain. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DAY } from '../../lib/core/values/time.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';

const moto = inject('moto');

describe.skipIf('missing' in moto || !(await havePlatform()))(`in moto, under ${RUNTIME}`, () => {
  const url = 'missing' in moto ? '' : moto.url;
  const delays: number[] = [];
  let deployment: MotoDeployment;
  let impatient: Server;

  beforeAll(async () => {
    deployment = await MotoDeployment.open(url);
    impatient = await withoutDelays(url, delays);
  });
  afterAll(async () => {
    impatient.close();
    await deployment.close();
  });

  it('a chain that a hundred deliveries could follow ends by itself, and the schedule does the rest', async () => {
    await deployment.putSettings();
    const ledger = dynamoLedger(deployment.dynamo, 'ledger', systemClock);
    await ledger.acquire({ holder: 'other', now: Date.now(), ttlMs: DAY, pendingAdds: [] });
    const { port } = impatient.address() as AddressInfo;
    const sync = deployment.lambda('sync', { AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}` });
    expect(await deployment.say(deployment.lambda('webhook'), 'shop.example')).toBe(202);
    let delivered = 0;
    for (let empty = 0; empty < 2 && delivered < 100; ) {
      const count = await deployment.deliver(sync);
      delivered += count;
      empty = count === 0 ? empty + 1 : 0;
    }
    expect(delivered).toBe(8);
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320]);
    expect(sync.printed).toContain('left to the next run over all domains');
    expect(await deployment.receiveDead()).toEqual([]);
    await ledger.release('other', [], {});
    await deployment.lambda('reconcile').invoke({ action: 'reconcile' });
    expect(deployment.runcloud.names).toContain('shop.example');
  });
});

/** SQS at this address, but for delays: they are noted (s), and the message shows at once. */
async function withoutDelays(url: string, delays: number[]): Promise<Server> {
  const server = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { DelaySeconds, ...body } = JSON.parse(Buffer.concat(parts).toString());
      if (DelaySeconds !== undefined) delays.push(DelaySeconds);
      const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
      const answer = await fetch(url, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: JSON.stringify(body),
      });
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await answer.text());
    };
    forward().catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
