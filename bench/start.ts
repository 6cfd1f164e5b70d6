/** Size of the functions' packages, and how long they take to load and to answer first, beside an empty function. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../lib/util/clock.ts';
import { signedHeaders } from '../local/stand-in/network.ts';
import { RUNTIME, runtimeOf } from '../test/functions/runtime.ts';
import { COMMONJS } from '../test/infra/bundle.ts';
import { evaluate, type LambdaPackage, packageOf, removePackages } from '../test/infra/evaluation.ts';
import { makePlatform } from '../test/infra/platform.ts';
import { Cloud } from '../test/support/aws/cloud.ts';
import { type Invoked, LambdaProcess } from '../test/support/lambda.ts';
import { key, keyText } from '../test/support/webhooks.ts';

const PROCESSES = 21;
const LOAD =
  'const start = performance.now(); await import(process.argv[1]); console.log(performance.now() - start); process.exit(0);';

/** @throws if the packages cannot be built */
export async function benchStart(): Promise<void> {
  const made = await makePlatform();
  if (!made.ok) throw new Error(made.why);
  const evaluation = await evaluate('production');
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    writeFileSync(
      join(folder, 'bundle.mjs'),
      `${COMMONJS}\nexport const handler = async () => ({ statusCode: 202 });\n`,
    );
    const webhook = packageOf(evaluation, 'functions/webhook');
    const empty: LambdaPackage = { ...webhook, folder };
    const packages = new Map([['empty', empty]]);
    for (const name of ['webhook', 'sync', 'reconcile', 'query', 'notify'])
      packages.set(name, packageOf(evaluation, `functions/${name}`));
    const times = new Map([...packages.keys()].map((name): [string, number[]] => [name, []]));
    // In turns, so that other work of the machine slows all of them alike.
    for (let count = 0; count < PROCESSES; count++) {
      for (const [name, { folder: from }] of packages) times.get(name)?.push(load(join(from, 'bundle.mjs')));
    }
    const none = median(times.get('empty') ?? []);
    console.log(`empty function: loads in ${none.toFixed(1)} ms (median of ${PROCESSES} processes)`);
    for (const { source, bytes, startBytes } of Object.values(evaluation.functions)) {
      const ms = median(times.get(source.replace('functions/', '')) ?? []);
      console.log(
        `${source}: ${(startBytes / 1_024).toFixed(1)} KiB read at the start, ${(bytes / 1_024).toFixed(0)} KiB in all; ` +
          `loads in ${ms.toFixed(1)} ms = ${(ms - none).toFixed(1)} ms over the empty one`,
      );
    }
    const [cold, bare] = [await firstAnswers(webhook), await firstAnswers(empty)];
    console.log(
      `functions/webhook: first answer of a new process after ${cold.toFixed(0)} ms with AWS on loopback, process and ${RUNTIME} included ` +
        `(an empty function: ${bare.toFixed(0)} ms; median of ${PROCESSES})`,
    );
  } finally {
    removePackages();
    rmSync(folder, { recursive: true });
  }
}

function load(file: string): number {
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', LOAD, file]).toString());
}

/** Median time of the first signed webhook in a new process (ms). */
async function firstAnswers(target: LambdaPackage): Promise<number> {
  const cloud = new Cloud(systemClock);
  const environment = await cloud.listen();
  cloud.putSettings({ WEBHOOK_SECRET: keyText(1) });
  const times: number[] = [];
  for (let count = 0; count < PROCESSES; count++) {
    const started = new LambdaProcess(runtimeOf(target, environment));
    const body = JSON.stringify({ type: 'domain.mapped', data: { domain: 'shop.example' } });
    const headers = signedHeaders(key(1), body, Date.now(), 'msg_1');
    const requestContext = { http: { method: 'POST' } };
    const invoked = await started.invoke({
      rawPath: '/webhooks',
      headers,
      requestContext,
      body,
      isBase64Encoded: false,
    });
    if (!isAccepted(invoked)) throw new Error(`the webhook was not accepted: ${JSON.stringify(invoked)}`);
    times.push(invoked.tookMs);
    await started.close();
  }
  await cloud.close();
  return median(times);
}

function isAccepted(invoked: Invoked): boolean {
  return invoked.kind === 'answered' && (invoked.payload as { statusCode?: unknown }).statusCode === 202;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
