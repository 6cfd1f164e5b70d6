/** The whole path, as an operator has it: the network, the bridge, `npm run serve`, RunCloud. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SECOND } from '../../lib/core/values/time.ts';
import { systemClock } from '../../lib/util/clock.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { run } from '../support/process.ts';
import { keyText } from '../support/webhooks.ts';
import { PHP_FILES } from './network.ts';
import { describeInNetwork } from './with-network.ts';
import { map, statesOf, unmap } from './world.ts';

const plugin = '2.16.0';
/** Where nobody listens, for what only has to be set up. */
const NOWHERE = 'http://127.0.0.1:9/webhooks';

describeInNetwork('the whole path', (network) => {
  /** Starts RunCloud; returns what starts the service before it, as a process of its own, which the test may kill. */
  const setUp = async (more: Readonly<Record<string, string>> = {}) => {
    const limit = { requests: 100_000, retryAfter: true, headers: true };
    const runcloud = new StandInRunCloud({ ...HERE, clock: systemClock, authorization: 'Bearer MARKED-TOKEN', limit });
    onTestFinished(() => runcloud.close());
    const environment = {
      WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
      WU_RUNCLOUD_SERVER_ID: '7',
      WU_RUNCLOUD_APP_ID: '12',
      RUNCLOUD_API_URL: await runcloud.listen(),
      WEBHOOK_SECRET: keyText(1),
      ...NOBODY,
      DATA_DIR: mkdtempSync(join(tmpdir(), 'whole-path-')),
      ...more,
    };
    const serve = async (POLICY: string, PORT = '0') => {
      const service = run(resolve('local/serve.ts'), { ...environment, POLICY, PORT });
      const [, port = ''] = await service.until(/"url":"http:[^"]+:(\d+)"/);
      const console = async (payload: object) => {
        const invocations = `http://127.0.0.1:${port}/2015-03-31/functions/reconcile/invocations`;
        const answer = await fetch(invocations, { method: 'POST', body: JSON.stringify(payload) });
        return (await answer.json()) as { readonly ok: boolean; readonly summary: string };
      };
      return { ...service, port, url: `http://127.0.0.1:${port}/webhooks`, console };
    };
    const hasOnRunCloud = (...names: string[]) =>
      expect
        .poll(() => runcloud.names, { timeout: 20 * SECOND, interval: 50 })
        .toEqual(['network.example', ...names].sort());
    return { runcloud, serve, hasOnRunCloud };
  };

  it('survives that the service is killed, and is back after a while', async () => {
    const wordpress = network();
    const { serve, hasOnRunCloud } = await setUp();
    const first = await serve('sync');
    const situation = { url: first.url, plugin };
    await wordpress.php(map('old.example'), situation);
    await wordpress.cron(situation);
    await hasOnRunCloud('old.example');
    first.child.kill('SIGKILL');
    await first.ended;
    await wordpress.php(unmap('old.example') + map('new.example'), situation);
    await wordpress.cron(situation);
    await serve('sync', first.port);
    await wordpress.php("do_action( 'multisite_runcloud_bridge_deliver' );", { ...situation, clockOffBy: 20 });
    await hasOnRunCloud('new.example');
  });

  it('comes back: the network hears that its domain is on RunCloud', async () => {
    const wordpress = network();
    const constants = { MULTISITE_RUNCLOUD_NOTIFY_SECRET: keyText(5) };
    const site = await wordpress.serve({ url: NOWHERE, constants }, { router: join(PHP_FILES, 'site.php') });
    onTestFinished(site.stop);
    const { serve } = await setUp({
      NOTIFY_URL: `http://127.0.0.1:${site.port}/index.php?rest_route=/multisite-runcloud/v1/events`,
      NOTIFY_SECRET: keyText(5),
      NOTIFY_ALLOW_PRIVATE: 'true',
    });
    const { url } = await serve('sync');
    const situation = { url, plugin, constants };
    await wordpress.php(map('shop.example'), situation);
    await wordpress.cron(situation);
    const heard = () =>
      wordpress.value<string[]>(
        "return array_map( function ( $row ) { return $row->type; }, Multisite_RunCloud_Bridge\\News::of_domains( array( 'www.Shop.example' ) )['shop.example'] ?? array() );",
        situation,
      );
    await expect.poll(heard, { timeout: 20 * SECOND, interval: 200 }).toContain('domain.added');
  });

  it("moves over from the plugin's own integration without a domain that nobody owns, or that two do", async () => {
    const wordpress = network();
    const { runcloud, serve, hasOnRunCloud } = await setUp();
    // What the plugin's integration added in its time, and what it left behind.
    for (const name of ['shop.example', 'flowers.example', 'left-behind.example']) runcloud.addByHand(name);
    await wordpress.php(map('shop.example') + map('flowers.example'), { plugin });

    const watching = await serve('observe');
    const situation = { url: watching.url, plugin };
    // With the plugin's integration off, the service alone hears of what changes now; it only writes it down.
    await wordpress.php(map('new.example') + unmap('flowers.example'), situation);
    await wordpress.cron(situation);
    expect(await statesOf(wordpress)).toEqual(['mapped new.example: accepted', 'unmapped flowers.example: accepted']);
    const adopted = await watching.console({ action: 'adopt', domains: ['shop.example', 'flowers.example'] });
    expect(adopted).toMatchObject({ ok: true });
    expect(runcloud.writes).toEqual([]);
    watching.child.kill('SIGTERM');
    await watching.ended;

    const acting = await serve('sync');
    await hasOnRunCloud('shop.example', 'new.example', 'left-behind.example');
    expect(acting.printed()).not.toMatch(/MARKED/);
  });
});
