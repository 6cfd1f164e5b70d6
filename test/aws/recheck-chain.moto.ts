/** Rechecks that `sync` sends to its own queue, while another run holds the lease: Lambda no longer ends such a chain. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../lib/core/values/time.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { type Between, between } from '../support/aws/between.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';
import { HAS_NO_MOTO, useMoto } from './start-moto.ts';

describe.skipIf(HAS_NO_MOTO || !(await havePlatform()))(`in moto, under ${RUNTIME}`, () => {
  const moto = useMoto();
  const delays: number[] = [];
  let deployment: MotoDeployment;
  /** SQS, but for delays: they are noted (s), and the message shows at once. */
  let impatient: Between;

  beforeAll(async () => {
    deployment = await MotoDeployment.open(moto.url);
    impatient = await between(moto.url, (_, { DelaySeconds, ...forward }) => {
      if (typeof DelaySeconds === 'number') delays.push(DelaySeconds);
      return { forward };
    });
  });
  afterAll(async () => {
    impatient.close();
    await deployment.close();
  });

  it('a chain that a hundred deliveries could follow ends by itself, and the schedule does the rest', async () => {
    await deployment.putSettings();
    const ledger = dynamoLedger(deployment.dynamo, 'ledger', systemClock);
    await ledger.acquire({ holder: 'other', now: Date.now(), ttlMs: DAY, pendingAdds: [] });
    const sync = deployment.lambda('sync', { AWS_ENDPOINT_URL_SQS: impatient.url });
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
