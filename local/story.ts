/** The story that `npm start` tells: each chapter does something and waits until it shows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '../lib/core/time.ts';
import type { Service } from './service.ts';
import type { StandInNetwork } from './stand-in/network.ts';
import type { StandInRunCloud } from './stand-in/runcloud.ts';

export type Stage = {
  readonly service: Pick<Service, 'url'>;
  readonly runcloud: StandInRunCloud;
  readonly network: StandInNetwork;
  readonly print: (line: string) => void;
  readonly emphasis: (text: string) => string;
  /** Time to read, on a terminal. */
  readonly pause: () => Promise<void>;
};

type Held = { readonly domain: string; readonly code: string; readonly reason: string };

const PATIENCE_MS = 20 * SECOND;

/** Takes the stage; tells the story on it. Throws where a chapter does not come to its end. */
export async function tellStory(stage: Stage): Promise<void> {
  const { runcloud, network, print, emphasis, pause } = stage;
  const chapter = async (title: string): Promise<void> => {
    await pause();
    print(`\n${emphasis(title)}`);
  };
  const show = (): void => print(`   on RunCloud now: ${runcloud.names.join(', ')}`);

  runcloud.addByHand('handmade.example');
  print('multisite-runcloud, with stand-ins for RunCloud, the WordPress network and DNS. No account is used.');
  await invoke(stage, { action: 'reconcile' });
  show();

  await chapter('1. A customer maps flowers.example: the network tells so with a signed webhook.');
  const answer = await network.map('flowers.example');
  print(`   the service answers ${answer.status}, and adds it with one request to RunCloud`);
  await until(() => runcloud.find('flowers.example') !== undefined);
  show();
  const { www, redirection } = runcloud.find('flowers.example') ?? {};
  print(`   www.flowers.example points to the server, so: www ${www ? 'on' : 'off'}, redirection ${redirection}`);

  await chapter('2. Somebody deletes flowers.example in the RunCloud panel. The next reconcile mends it.');
  runcloud.removeByHand('flowers.example');
  show();
  print(`   reconcile: ${(await invoke(stage, { action: 'reconcile' })).summary}`);
  show();

  await chapter('3. The customer unmaps flowers.example: it goes from RunCloud too.');
  await network.unmap('flowers.example');
  await until(() => runcloud.find('flowers.example') === undefined);
  show();

  await chapter('4. handmade.example was added by hand. Even when the network unmaps it, it is left alone.');
  await network.unmap('handmade.example');
  print(`   ${await reasonFor(stage, 'handmade.example', 'not-ours')}`);
  show();

  await chapter('5. Eight shops are mapped. Then something on the network unmaps six of them, one after the other.');
  const shops = Array.from({ length: 8 }, (_, index) => `shop-${index + 1}.example`);
  for (const shop of shops) await network.map(shop);
  await until(() => shops.every((shop) => runcloud.find(shop)));
  for (const shop of shops.slice(0, 2)) {
    await network.unmap(shop);
    await until(() => runcloud.find(shop) === undefined);
  }
  for (const shop of shops.slice(2, 6)) await network.unmap(shop);
  print('   two go (with flowers.example that makes three within 24 hours); the brake holds the other four:');
  print(`   ${await reasonFor(stage, 'shop-6.example', 'brake')}`);
  show();
}

async function reasonFor(stage: Stage, domain: string, code: string): Promise<string> {
  let found: Held | undefined;
  await until(async () => {
    const { holds } = await invoke(stage, { action: 'plan' });
    found = (holds as Held[]).find((hold) => hold.domain === domain && hold.code === code);
    return found !== undefined;
  });
  return found?.reason ?? '';
}

async function invoke({ service }: Stage, payload: object): Promise<{ summary: string; holds?: unknown }> {
  const response = await fetch(`${service.url}/2015-03-31/functions/reconcile/invocations`, {
    method: 'POST',
    body: JSON.stringify(payload),
  });
  return (await response.json()) as { summary: string; holds?: unknown };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('The demonstration got stuck. DEBUG=1 npm start shows the log.');
    await sleep(30);
  }
}
