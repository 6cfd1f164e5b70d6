/** The story of the demonstration: each chapter does something, and waits until the service has reacted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR, MINUTE, SECOND } from '../lib/core/values/time.ts';
import type { Stage } from './stage.ts';
import { StandInRunCloud } from './stand-in/runcloud.ts';

export type Presentation = {
  readonly print: (line: string) => void;
  /** Prints the title of a chapter. */
  readonly heading: (text: string) => void;
  /** Time to read, on a terminal. */
  readonly pause: () => Promise<void>;
};

type Held = { readonly domain: string; readonly code: string; readonly reason: string };
type Row = {
  readonly domain: string;
  readonly mapping: string;
  readonly dns: string;
  readonly certificate: string;
  readonly reason?: string;
};

const LONGEST_WAIT_MS = 20 * SECOND;
const LATER_MS = 2 * MINUTE;
const MUCH_LATER_MS = 7 * HOUR;
/** How far the story advances its clock (ms). */
export const STORY_MS = 2 * LATER_MS + MUCH_LATER_MS;
const ELSEWHERE = '198.51.100.7';

/** @throws if a chapter does not come to its end */
export async function tellStory(stage: Stage, { print, heading, pause }: Presentation): Promise<void> {
  const { runcloud, dns, clock, network } = stage;
  const server = StandInRunCloud.address;
  const chapter = async (title: string): Promise<void> => {
    await pause();
    print('');
    heading(title);
  };
  const show = (): void => print(`   on RunCloud now: ${runcloud.names.join(', ')}`);
  const showRow = async (domain: string): Promise<void> => {
    const row = await rowOf(stage, domain);
    print(`   ${domain}: ${row?.mapping}, DNS ${row?.dns}, certificate ${row?.certificate}`);
  };
  const reconcile = async (): Promise<void> => {
    print(`   reconcile: ${(await invoke(stage, { action: 'reconcile' })).summary}`);
  };

  for (const name of ['network.example', 'flowers.example', 'www.flowers.example']) dns.point(name, server);
  runcloud.addByHand('handmade.example');
  dns.point('handmade.example', server);
  print(
    "multisite-runcloud, with stand-ins for RunCloud, Let's Encrypt, the WordPress network and DNS. No account is used.",
  );
  await invoke(stage, { action: 'reconcile' });
  show();

  await chapter('1. A customer maps flowers.example: the network sends a signed webhook.');
  const answer = await network.map('flowers.example');
  print(`   the service answers ${answer.status}, and adds the domain with one request to RunCloud`);
  await until(() => runcloud.find('flowers.example') !== undefined);
  show();
  const { www, redirection } = runcloud.find('flowers.example') ?? {};
  print(`   www.flowers.example points to the server, so: www ${www ? 'on' : 'off'}, redirection ${redirection}`);

  await chapter('2. It points to the server, so two minutes later it has its certificate.');
  await until(async () => (await rowOf(stage, 'flowers.example'))?.mapping === 'on RunCloud');
  clock.advance(LATER_MS);
  await until(() => runcloud.certificateFor('flowers.example') !== undefined);
  await invoke(stage, { action: 'reconcile' });
  await showRow('flowers.example');

  await chapter(
    "3. moved.example is mapped in the admin screen, which sends nothing. The next reconcile finds it in the network's list.",
  );
  network.mapSilently('moved.example');
  await reconcile();
  show();
  print('   its DNS is not there yet. The command "mrc verify moved.example" says what the customer has to do:');
  print(`   ${(await invoke(stage, { action: 'verify', domain: 'moved.example' })).summary}`);
  const page = String((await invoke(stage, { action: 'link', domain: 'moved.example' })).url);
  print(`   "mrc link moved.example" makes a page for its customer: ${page}`);
  await fetch(`${page}/check`, { method: 'POST', redirect: 'manual' });
  await until(async () => (await headlineOf(page)).startsWith('Please'));
  print(`   after "Check again" it says: ${await headlineOf(page)}`);

  await chapter('4. DNS arrives: the next probe sees it, and the service requests the certificate.');
  dns.point('moved.example', server);
  clock.advance(LATER_MS);
  await reconcile();
  await until(() => runcloud.certificateFor('moved.example') !== undefined);
  await invoke(stage, { action: 'reconcile' });
  await showRow('moved.example');
  print(`   the customer's page says: ${await headlineOf(page)}`);

  await chapter(
    '5. Some hours later the customer points it elsewhere: the service calls it moved away, and requests no certificate any more.',
  );
  dns.point('moved.example', ELSEWHERE);
  clock.advance(MUCH_LATER_MS);
  await invoke(stage, { action: 'reconcile' });
  await showRow('moved.example');
  print(`   ${(await invoke(stage, { action: 'verify', domain: 'moved.example' })).summary}`);

  await chapter('6. Somebody deletes flowers.example in the RunCloud panel. The next reconcile mends it.');
  runcloud.removeByHand('flowers.example');
  show();
  await reconcile();
  show();

  await chapter('7. The customer unmaps flowers.example: it goes from RunCloud too.');
  await network.unmap('flowers.example');
  await until(() => runcloud.find('flowers.example') === undefined);
  show();

  await chapter('8. handmade.example was added by hand. The network unmaps it, and the service leaves it alone.');
  await network.unmap('handmade.example');
  print(`   ${await reasonFor(stage, 'handmade.example', 'not-ours')}`);
  show();

  await chapter('9. Ten shops are mapped. Then something on the network unmaps eight of them, one after the other.');
  const shops = Array.from({ length: 10 }, (_, index) => `shop-${index + 1}.example`);
  for (const shop of shops) await network.map(shop);
  await until(() => shops.every((shop) => runcloud.find(shop)));
  for (const shop of shops.slice(0, 4)) await network.unmap(shop);
  await until(() => shops.slice(0, 4).every((shop) => runcloud.find(shop) === undefined));
  for (const shop of shops.slice(4, 8)) await network.unmap(shop);
  print('   the service removes four (with flowers.example five within 24 hours); the brake holds the other four:');
  print(`   ${await reasonFor(stage, 'shop-8.example', 'brake')}`);
  show();
}

async function rowOf(stage: Stage, domain: string): Promise<Row | undefined> {
  const { domains } = await invoke(stage, { action: 'status' });
  return (domains as Row[]).find((row) => row.domain === domain);
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

type ConsoleAnswer = {
  readonly summary: string;
  readonly url?: unknown;
  readonly holds?: unknown;
  readonly domains?: unknown;
};

async function invoke({ service }: Stage, payload: object): Promise<ConsoleAnswer> {
  const response = await fetch(`${service.url}/2015-03-31/functions/reconcile/invocations`, {
    method: 'POST',
    body: JSON.stringify(payload),
  });
  return (await response.json()) as ConsoleAnswer;
}

/** What a customer's page says first. */
async function headlineOf(url: string): Promise<string> {
  const [, heading = ''] = /<\/span> ([^<]+)<\/h1>/.exec(await (await fetch(url)).text()) ?? [];
  return heading;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + LONGEST_WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('The demonstration got stuck. DEBUG=1 npm start shows the log.');
    await sleep(30);
  }
}
