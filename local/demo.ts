/** `npm start`: the embedded service against stand-ins for RunCloud, the network, DNS and Let's Encrypt, told step by step. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../lib/clock.ts';
import { MINUTE, SECOND } from '../lib/core/time.ts';
import { jsonLog, messageOf } from '../lib/log.ts';
import { parseSettings } from '../lib/settings.ts';
import { readLocalSettings } from './environment.ts';
import { type Service, startService } from './service.ts';
import { StandInAuthority } from './stand-in/authority.ts';
import { StandInDns } from './stand-in/dns.ts';
import { StandInNetwork } from './stand-in/network.ts';
import { StandInRunCloud } from './stand-in/runcloud.ts';
import { StandInTls } from './stand-in/tls.ts';
import { tellStory } from './story.ts';

const { settings: local, faults } = readLocalSettings(process.env);
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}

const keyBytes = randomBytes(32);
const token = randomBytes(16).toString('hex');
const dns = new StandInDns(new Map([['www.flowers.example', [StandInRunCloud.address]]]));
const authority = new StandInAuthority({ clock: systemClock, dns, addresses: [StandInRunCloud.address] });
const runcloud = new StandInRunCloud({
  clock: systemClock,
  authorization: `Bearer ${token}`,
  limit: { requests: 600, retryAfter: true, headers: true },
  ssl: { authority },
});
const parsed = parseSettings({
  WU_RUNCLOUD_API_TOKEN: token,
  WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
  WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
  RUNCLOUD_API_URL: await runcloud.listen(),
  WEBHOOK_SECRET: `whsec_${keyBytes.toString('base64')}`,
  POLICY: 'sync',
});
if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
const { settings } = parsed;
const [key] = settings.intake.keys;
if (!key) throw new Error('The demonstration made no key.');

// The stand-ins forget everything when they end, so what is remembered of them goes too.
const dataDir = join(local.dataDir, 'demo');
for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `service.db${suffix}`), { force: true });

const isTerminal = process.stdout.isTTY === true;
const log = jsonLog(systemClock, (line) => {
  if (process.env['DEBUG']) process.stderr.write(line);
});

const service = await startService({
  settings,
  dataDir,
  port: local.port,
  host: '127.0.0.1',
  reconcileEveryMs: local.reconcileEveryMs,
  dns,
  tls: new StandInTls(runcloud),
  clock: systemClock,
  log,
}).catch((error: unknown) => {
  process.stderr.write(`The demonstration cannot start: ${messageOf(error)}. Another port: PORT=8788 npm start\n`);
  process.exit(1);
});

await tellStory({
  service,
  runcloud,
  network: new StandInNetwork(service.url, key, systemClock),
  print: (line) => process.stdout.write(`${line}\n`),
  emphasis: isTerminal ? (text) => `\u001b[1m${text}\u001b[0m` : (text) => text,
  pause: async () => {
    if (isTerminal) await sleep(SECOND);
  },
});
process.stdout.write(instructions(service));
const goodbye = (): void => {
  setTimeout(() => process.exit(0), 2 * SECOND).unref();
  void service.stop().then(async () => runcloud.close());
};
process.once('SIGTERM', goodbye);
process.once('SIGINT', goodbye);

function instructions({ url }: Service): string {
  return `
It stays up at ${url}, and reconciles every ${Math.round(local.reconcileEveryMs / MINUTE)} minutes. Ctrl-C ends it. Try it yourself, in another terminal:

# Where does each domain stand?
curl -s ${url}/2015-03-31/functions/reconcile/invocations -d '{"action":"status"}'

# What would be done, and what is held? (Apply the held removals with {"action":"apply","checksum":"…"}.)
curl -s ${url}/2015-03-31/functions/reconcile/invocations -d '{"action":"plan"}'

# Map a shop as the network does, signed (Standard Webhooks):
ts=$(date +%s); body='{"type":"domain.mapped","timestamp":"'$(date -u +%FT%T.%3NZ)'","data":{"domain":"my-shop.example"}}'
sig=$(printf '%s' "msg_$ts.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${keyBytes.toString('hex')} -binary | base64)
curl -i ${url}/webhooks -H 'content-type: application/json' -H "webhook-id: msg_$ts" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig" -d "$body"
`;
}
