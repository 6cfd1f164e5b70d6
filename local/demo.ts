/** `npm start`: a demonstration of the one-machine service, against stand-ins for everything around it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, SECOND } from '../lib/core/values/time.ts';
import { jsonLog, messageOf } from '../lib/util/log.ts';
import { wrap } from '../lib/util/wrap.ts';
import { readLocalSettings } from './environment.ts';
import { readArguments } from './help.ts';
import { type Stage, setStage } from './stage.ts';
import { STORY_MS, tellStory } from './story.ts';

const HELP = `npm start

Shows the service at work, against stand-ins for RunCloud, Let's Encrypt, the
WordPress network, DNS and TLS: no account is needed. Then it stays up for you
to try; Ctrl-C ends it. It listens on PORT (8787), and keeps its ledger in the
folder demo of DATA_DIR (.data). DEBUG=1 shows the log.
`;

/** The one that mrc asks by itself. */
const DEFAULT_PORT = 8787;

readArguments(HELP);

// The demonstration is for this machine alone, whatever HOST says.
const { settings: local, faults } = readLocalSettings({ ...process.env, HOST: undefined });
if (faults.length > 0) {
  process.stderr.write(`${wrap(faults.join('\n'))}\n`);
  process.exit(1);
}

// The stand-ins forget everything at their end, so the ledger of the last demonstration is of no use.
const dataDir = join(local.dataDir, 'demo');
for (const file of ['service.db', 'service.db-wal', 'service.db-shm', 'lock.db'])
  rmSync(join(dataDir, file), { force: true });

const isTerminal = process.stdout.isTTY === true;
// The story advances its clock instead of waiting, and ends in the present.
const stage = await setStage(STORY_MS, { ...local, dataDir }, (clock) =>
  jsonLog(clock, (line) => {
    if (process.env['DEBUG']) process.stderr.write(line);
  }),
).catch((error: unknown) => {
  process.stderr.write(
    `${wrap(`The demonstration cannot start: ${messageOf(error)}. Another port: PORT=8788 npm start`)}\n`,
  );
  process.exit(1);
});

await tellStory(stage, {
  print: (line) => process.stdout.write(`${wrap(line)}\n`),
  heading: (text) => process.stdout.write(isTerminal ? `\u001b[1m${wrap(text)}\u001b[0m\n` : `${wrap(text)}\n`),
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
  const mrc = (words: string): string => `npx mrc ${words}${place}`;
  const place = local.port === DEFAULT_PORT ? '' : ` --url ${url}`;
  const stays = `It stays up at ${url}, and reconciles every ${Math.round(local.reconcileEveryMs / MINUTE)} minutes. Ctrl-C ends it. Try it yourself, in another terminal:`;
  return `
${wrap(stays)}

# How do the domains stand, and what needs me? In a browser: ${url}/
${mrc('status')}

# Why is this domain not live, and what does its customer have to do?
${mrc('why moved.example')}

# What does its customer see?
${mrc('link moved.example')}

# What would be done, and what is held? (mrc apply does it.)
${mrc('plan')}

# Is anything wrong with the set-up?
${mrc('doctor')}

# Map a shop in the network, by its REST API ...
curl -s -u ${options.key}:${options.secret} ${siteUrl}/wp-json/wu/v2/domain -d '{"domain":"my-shop.example","blog_id":1}'

# ... and tell the service so at once, signed (Standard Webhooks).
# Without this the next reconcile finds it:
ts=$(date +%s); body='{"type":"domain.mapped","timestamp":"'$(date -u +%FT%T.%3NZ)'","data":{"domain":"my-shop.example"}}'
sig=$(printf '%s' "msg_$ts.$ts.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${keyBytes.toString('hex')} -binary | base64)
curl -i ${url}/webhooks -H 'content-type: application/json' -H "webhook-id: msg_$ts" -H "webhook-timestamp: $ts" -H "webhook-signature: v1,$sig" -d "$body"
`;
}
