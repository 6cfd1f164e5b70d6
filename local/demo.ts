/** `npm start`: a demonstration of the one-machine service, against stand-ins for everything around it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, SECOND } from '../lib/core/values/time.ts';
import { jsonLog, messageOf } from '../lib/util/log.ts';
import { readLocalSettings } from './environment.ts';
import { type Stage, setStage } from './stage.ts';
import { STORY_MS, tellStory } from './story.ts';

const { settings: local, faults } = readLocalSettings(process.env);
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}

// The stand-ins forget everything at their end, so the ledger of the last demonstration is of no use.
const dataDir = join(local.dataDir, 'demo');
for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `service.db${suffix}`), { force: true });

const isTerminal = process.stdout.isTTY === true;
// The story advances its clock instead of waiting, and ends in the present.
const stage = await setStage(STORY_MS, { ...local, dataDir }, (clock) =>
  jsonLog(clock, (line) => {
    if (process.env['DEBUG']) process.stderr.write(line);
  }),
).catch((error: unknown) => {
  process.stderr.write(`The demonstration cannot start: ${messageOf(error)}. Another port: PORT=8788 npm start\n`);
  process.exit(1);
});

await tellStory(stage, {
  print: (line) => process.stdout.write(`${line}\n`),
  emphasis: isTerminal ? (text) => `\u001b[1m${text}\u001b[0m` : (text) => text,
  pause: async () => {
    if (isTerminal) await sleep(SECOND);
  },
});
process.stdout.write(instructions(stage));
const stop = (): void => {
  setTimeout(() => process.exit(0), 2 * SECOND).unref();
  void stage.close();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function instructions({ service: { url }, site: { options }, siteUrl, keyBytes }: Stage): string {
  const ask = (payload: string): string => `curl -s ${url}/2015-03-31/functions/reconcile/invocations -d '${payload}'`;
  return `
It stays up at ${url}, and reconciles every ${Math.round(local.reconcileEveryMs / MINUTE)} minutes. Ctrl-C ends it. Try it yourself, in another terminal:

# Where does each domain stand?
${ask('{"action":"status"}')}

# What would be done, and what is held? (Apply the held removals with {"action":"apply","checksum":"…"}.)
${ask('{"action":"plan"}')}

# Probe one domain now. What DNS records have to be set?
${ask('{"action":"verify","domain":"moved.example"}')}

# Is anything wrong with the set-up?
${ask('{"action":"doctor"}')}

# Map a shop in the network, by its REST API ...
curl -s -u ${options.key}:${options.secret} ${siteUrl}/wp-json/wu/v2/domain -d '{"domain":"my-shop.example","blog_id":1}'

# ... and send the service a signed webhook (Standard Webhooks). Without it the next reconcile finds the mapping:
ts=$(date +%s); body='{"type":"domain.mapped","timestamp":"'$(date -u +%FT%T.%3NZ)'","data":{"domain":"my-shop.example"}}'
sig=$(printf '%s' "msg_$ts.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${keyBytes.toString('hex')} -binary | base64)
curl -i ${url}/webhooks -H 'content-type: application/json' -H "webhook-id: msg_$ts" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig" -d "$body"
`;
}
