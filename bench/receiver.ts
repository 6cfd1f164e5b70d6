/** The receiver beside others that do less, or the same with the reference implementation: CPU of each, in processes of their own. */
import { spawn } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { iso } from '../lib/core/values/time.ts';
import type { SigningKey } from '../lib/intake/signature.ts';
import { signedHeaders } from '../local/stand-in/network.ts';

const WEBHOOKS = 10_000;
const SENDERS = 50;
const ROUNDS = 3;
const BYTES = Buffer.alloc(32, 1);
const SECRET = `whsec_${BYTES.toString('base64')}`;
const KEY = createSecretKey(BYTES) as SigningKey;

const PEERS = {
  ours: 'this receiver',
  bare: 'a bare node:http',
  each: 'standardwebhooks, one SQLite commit each',
  group: 'standardwebhooks, one SQLite commit a group',
} as const;
type Kind = keyof typeof PEERS;

export async function benchReceiver(): Promise<void> {
  const cpuMs = new Map<Kind, number[]>();
  // Turn and turn about, so that a machine which slows down slows all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of Object.keys(PEERS) as Kind[]) {
      cpuMs.set(kind, [...(cpuMs.get(kind) ?? []), await measure(kind)]);
    }
  }
  const of = (kind: Kind): number =>
    (cpuMs.get(kind) ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
  for (const kind of Object.keys(PEERS) as Kind[]) {
    const ratio = kind === 'ours' ? '' : `; this one takes ${(of('ours') / of(kind)).toFixed(2)} × that`;
    console.log(
      `receiver, ${SENDERS} senders: ${PEERS[kind]}, ${((1_000 * of(kind)) / WEBHOOKS).toFixed(0)} µs of CPU a webhook${ratio}`,
    );
  }
}

/** CPU of the receiver for all webhooks (ms). @throws unless each is answered 202 */
async function measure(kind: Kind): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-receiver-'));
  const program = join(import.meta.dirname, 'receiver-process.ts');
  const child = spawn(process.execPath, [program, kind, folder, SECRET], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [url] = (await once(lines, 'line')) as [string];
  const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  await Promise.all(
    Array.from({ length: SENDERS }, async (_, sender) => {
      for (let index = sender; index < WEBHOOKS; index += SENDERS) await send(url, agent, index);
    }),
  );
  const ended = once(lines, 'line');
  child.stdin.end();
  const cpu = Number((await ended)[0]);
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
  return cpu;
}

/** Without `fetch`, whose own CPU would leave the receiver less to do at a time. @throws unless it is answered 202 */
async function send(url: string, agent: Agent, index: number): Promise<void> {
  const now = Date.now();
  const data = { domain: `shop-${index}.example`, siteId: 2 };
  const body = JSON.stringify({ type: 'domain.mapped', timestamp: iso(now), data });
  const headers = { ...signedHeaders(KEY, body, now), 'content-length': String(Buffer.byteLength(body)) };
  await new Promise<void>((resolve, reject) => {
    const sending = request(`${url}/webhooks`, { method: 'POST', headers, agent }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 202) resolve();
        else reject(new Error(`answered ${answer.statusCode}`));
      });
    });
    sending.once('error', reject).end(body);
  });
}
