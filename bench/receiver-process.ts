/**
 * One receiver of webhooks, in a process of its own: `node bench/receiver-process.ts <kind> <folder>`. Prints its address; at the end of
 * standard input it prints how much CPU it took since it listens (ms), and ends.
 *
 *   bare        answers 202, and does nothing else
 *   each        the reference implementation of Standard Webhooks, and one commit of SQLite for each request
 *   group       the same, and one commit for all requests of a turn of the event loop
 *   ours        this service's receiver, with its queue
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Webhook } from 'standardwebhooks';
import { queries } from '../functions/query.ts';
import { webhookHandler } from '../functions/webhook.ts';
import { webhookReceiver } from '../lib/intake/delivery.ts';
import { parseReceiverSettings } from '../lib/intake/settings.ts';
import { systemClock } from '../lib/util/clock.ts';
import { jsonLog } from '../lib/util/log.ts';
import { openStorage } from '../local/database.ts';
import { openQueue } from '../local/queue.ts';
import { createHttpServer } from '../local/server.ts';

const [kind = '', folder = '', secret = ''] = process.argv.slice(2);
const clock = systemClock;
const log = jsonLog(clock, () => {});

const SERVERS: Readonly<Record<string, () => Server>> = { bare, each: peer, group: peer, ours };

const server = SERVERS[kind]?.();
if (!server) throw new Error(`no receiver "${kind}"`);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const start = process.cpuUsage();
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
process.stdin.resume();
await once(process.stdin, 'end');
const { user, system } = process.cpuUsage(start);
console.log(String((user + system) / 1_000));
process.exit(0);

function bare(): Server {
  return createServer(async (request, response) => {
    await bodyOf(request);
    response.writeHead(202).end('{}');
  });
}

function peer(): Server {
  const database = new DatabaseSync(join(folder, 'peer.db'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE message (id TEXT PRIMARY KEY, body TEXT)',
  );
  const insert = database.prepare('INSERT INTO message VALUES (?, ?)');
  const webhook = new Webhook(secret);
  let waiting: { id: string; body: string; done: () => void }[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    database.exec('BEGIN');
    for (const { id, body } of batch) insert.run(id, body);
    database.exec('COMMIT');
    for (const { done } of batch) done();
  };
  const keep = async (id: string, body: string): Promise<void> => {
    if (kind === 'each') return void insert.run(id, body);
    return new Promise((done) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ id, body, done });
    });
  };
  return createServer(async (request, response) => {
    const body = await bodyOf(request);
    // Reads the JSON too.
    webhook.verify(body, request.headers as Record<string, string>);
    await keep(String(request.headers['webhook-id']), body);
    response.writeHead(202).end('{}');
  });
}

function ours(): Server {
  const parsed = parseReceiverSettings({ WEBHOOK_SECRET: secret });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const { settings } = parsed;
  const queue = openQueue(openStorage(folder).database, clock);
  const answer = async () => {
    throw new Error('webhooks alone are measured');
  };
  return createHttpServer(
    {
      webhook: webhookHandler({
        open: async () => webhookReceiver(settings, queue, clock),
        clock,
        log,
      }),
      reconcile: answer,
      queries: queries({ open: async () => settings, ask: answer, clock, log }, answer),
      operator: answer,
      health: async () => ({ ok: true }),
    },
    { clock, log },
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
