/** A network of 400 domains on a bad day, and `mrc` in front of it. */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { type MrcDependencies, runMrc } from '../../cli/main.ts';
import type { Service } from '../../cli/service/service.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { HOUR, MINUTE } from '../../lib/core/values/time.ts';
import { answerQuery } from '../../lib/query.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { createWorld, shops, type TestWorld } from '../support/world.ts';

const SHOPS = shops(400);

/**
 * Of 400 mapped domains some wait for their DNS, one has moved away, one has a CAA record that keeps the certificate out, one name is taken
 * by another application; three were added by hand; ninety left the network at once; and the month's calls run out.
 */
export async function badDay(): Promise<TestWorld> {
  const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
  const world = await createWorld({
    network,
    probes: 'stand-ins',
    settings: { brake: { count: 5, percent: 5 } },
    runcloud: { limit: { requests: 600, retryAfter: true, headers: true } },
    quota: { callsPerMonth: 3_000 },
    reconcileEveryMs: 10 * MINUTE,
  });
  for (const [index, name] of SHOPS.entries()) {
    network.map(name);
    if (index % 40 !== 7) world.standInDns.point(name, StandInRunCloud.address);
  }
  world.standInDns.point('shop-0047.example', '198.51.100.7');
  world.standInDns.set('shop-0011.example', {
    ipv4: [StandInRunCloud.address],
    caa: [{ isCritical: false, tag: 'issue', value: 'other.example' }],
  });
  for (const name of ['handmade-1.example', 'handmade-2.example']) world.standIn.addByHand(name);
  world.standIn.takenElsewhere.add('shop-0013.example');
  for (let hour = 0; hour < 8; hour += 1) {
    await world.ask({ action: 'reconcile' });
    await world.workOff();
    world.clock.advance(HOUR);
  }
  world.standInDns.point('shop-0023.example', '198.51.100.9');
  for (const name of SHOPS.slice(200, 290)) network.unmap(name);
  for (let hour = 0; hour < 4; hour += 1) {
    await world.ask({ action: 'reconcile' });
    world.clock.advance(HOUR);
  }
  await world.ask({ action: 'reconcile' });
  world.clock.advance(4 * MINUTE);
  return world;
}

/** The service, in memory. */
export function serviceOf(world: TestWorld): Service {
  return {
    place: 'the service at http://127.0.0.1:8787',
    pollEveryMs: 0,
    // What is answered goes over HTTP as JSON.
    invoke: async (name, payload) =>
      JSON.parse(JSON.stringify(name === 'query' ? await answerQuery(world, payload) : await world.ask(payload))),
    close: async () => undefined,
  };
}

export type Screen = { readonly text: string; readonly errors: string; readonly status: number };

export type ScreenOptions = {
  readonly columns?: number;
  readonly kind?: Terminal['kind'];
  readonly colours?: Terminal['colours'];
  readonly answers?: readonly boolean[];
  readonly ended?: AbortSignal;
} & Partial<Omit<MrcDependencies, 'terminal'>>;

/** What `mrc` shows for a command line. */
export async function screen(service: Service, line: string, options: ScreenOptions = {}): Promise<Screen> {
  const written = { output: '', errors: '' };
  const writable = (into: keyof typeof written) =>
    new Writable({
      write: (chunk, _encoding, done) => {
        written[into] += String(chunk);
        done();
      },
    });
  const {
    columns = 80,
    kind = 'terminal',
    colours = 'off',
    ended = new AbortController().signal,
    answers = [],
    ...given
  } = options;
  const left = [...answers];
  const terminal: Terminal = {
    output: writable('output'),
    errors: writable('errors'),
    columns,
    rows: kind === 'terminal' ? 24 : Number.POSITIVE_INFINITY,
    kind,
    colours,
    confirm: async (question) => {
      written.output += `${question} (y/N)\n`;
      return left.shift() ?? false;
    },
    ended,
  };
  const status = await runMrc(line === '' ? [] : line.split(' '), {
    terminal,
    environment: {},
    openService: async () => service,
    init: async () => 0,
    ...given,
  });
  // A line of progress is on the screen only until the next one comes.
  return { text: written.output, errors: stripVTControlCharacters(written.errors), status };
}
