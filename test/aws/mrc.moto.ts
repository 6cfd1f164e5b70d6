/** `mrc` in front of the packages that a deployment would upload, in moto. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CouldNotAskError, type Service } from '../../cli/service/service.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { screen } from '../cli/bad-day.ts';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';
import { mapped, shops } from '../support/world.ts';

const moto = inject('moto');
const SHOPS = 400;

describe.skipIf('missing' in moto || !(await havePlatform()))(`mrc with a stage, under ${RUNTIME}`, () => {
  let deployment: MotoDeployment;

  beforeAll(async () => {
    deployment = await MotoDeployment.open('missing' in moto ? '' : moto.url);
  });
  afterAll(async () => deployment.close());

  it('shows 400 domains while the sync of them is at work', async () => {
    await deployment.putSettings();
    const ledger = dynamoLedger(deployment.dynamo, 'ledger', systemClock);
    await ledger.recordRequests(shops(SHOPS).map((name) => mapped(name, systemClock)));
    const functions = { query: deployment.lambda('query'), reconcile: deployment.lambda('reconcile') };
    const service: Service = {
      place: 'the stage production',
      pollEveryMs: 0,
      invoke: async (name, payload) => {
        const answered = await functions[name].invoke(payload);
        if (answered.kind !== 'answered') throw new CouldNotAskError('The function failed.', 'Read its log.');
        return answered.payload;
      },
      close: async () => undefined,
    };
    // At RunCloud's limit it takes minutes, and ends with the deployment here.
    void screen(service, 'reconcile', { kind: 'pipe' });
    const seen: string[] = [];
    while (seen.length < 3) {
      const { text } = await screen(service, 'status', { kind: 'pipe' });
      if (/A run is at work\. [1-9]\d* of 400/.test(text)) seen.push(text);
    }
    for (const text of seen) expect(text).not.toMatch(/Needs you/);
    const { text } = await screen(service, 'why shop-0000.example --stage production');
    expect(text).toMatch(/✔ RunCloud +there.*mrc verify shop-0000\.example --stage production asks now/s);
  });
});
