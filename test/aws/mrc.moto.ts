/** `mrc` in front of the packages that a deployment would upload, in moto. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaService } from '../../cli/service/lambda.ts';
import type { FunctionName } from '../../cli/service/service.ts';
import { dynamoLedger } from '../../lib/ledger/dynamo.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { type Screen, screen } from '../cli/bad-day.ts';
import { RUNTIME } from '../functions/runtime.ts';
import { havePlatform } from '../infra/platform.ts';
import { MotoDeployment } from '../support/aws/moto-deployment.ts';
import { mapped, shops } from '../support/world.ts';
import { HAS_NO_MOTO, useMoto } from './start-moto.ts';

const SHOPS = 400;

describe.skipIf(HAS_NO_MOTO || !(await havePlatform()))(`mrc with a stage, under ${RUNTIME}`, () => {
  const moto = useMoto();
  let deployment: MotoDeployment;

  beforeAll(async () => {
    deployment = await MotoDeployment.open(moto.url);
  });
  afterAll(async () => deployment.close());

  it('shows 400 domains while the sync of them is at work', async () => {
    await deployment.putSettings();
    const ledger = dynamoLedger(deployment.dynamo, 'ledger', systemClock);
    await ledger.recordRequests(shops(SHOPS).map((name) => mapped(name, systemClock)));
    const functions = { query: deployment.lambda('query'), reconcile: deployment.lambda('reconcile') };
    const server = createServer(async (request, response) => {
      const name = /functions\/multisite-runcloud-production-(query|reconcile)\/invocations$/.exec(
        request.url ?? '',
      )?.[1];
      const answered = await functions[name as FunctionName].invoke(JSON.parse(await text(request)));
      response.end(JSON.stringify(answered.kind === 'answered' ? answered.payload : answered));
    });
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
    const config = { endpoint: `http://127.0.0.1:${port}`, region: 'eu-central-1', credentials };
    const service = lambdaService('production', config);
    // At RunCloud's limit it takes minutes, and ends with the deployment here.
    void screen(service, 'reconcile', { kind: 'pipe' });
    const seen: Screen[] = [];
    while (seen.length < 3) {
      const shown = await screen(service, 'status', { kind: 'pipe' });
      if (/A run is at work\. [1-9]\d* of 400/.test(shown.text)) seen.push(shown);
    }
    for (const shown of seen) {
      expect(shown.text).not.toMatch(/Needs you/);
      expect(shown.status).toBe(2);
    }
    const why = await screen(service, 'why shop-0000.example --stage production');
    expect(why.text).toMatch(/✔ RunCloud +there.*mrc verify shop-0000\.example --stage production asks now/s);
    server.closeAllConnections();
    server.close();
  });
});
