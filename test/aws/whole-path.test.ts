/**
 * Webhook, bus, queue, sync and reconcile together, under time that costs nothing: with messages that come twice, late and
 * in any order, and with a worker that is killed in the middle of its work.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { syncHandler } from '../../functions/sync.ts';
import { webhookHandler } from '../../functions/webhook.ts';
import { dependenciesOnAws } from '../../lib/aws/dependencies.ts';
import { receiverOnAws } from '../../lib/aws/receiver.ts';
import { MINUTE, SECOND } from '../../lib/core/values/time.ts';
import type { Startup } from '../../lib/loop/dependencies.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { Cloud } from '../support/aws/cloud.ts';
import { chances } from '../support/chances.ts';
import { simulatedClock } from '../support/clock.ts';
import { HERE, NOBODY } from '../support/nobody.ts';
import { runsOf } from '../support/property-runs.ts';
import { key, keyText } from '../support/webhooks.ts';

const SYNC_MS = 2 * MINUTE;
const RECONCILE_MS = 15 * MINUTE;
const SCHEDULE_MS = 10 * MINUTE;

const clock = simulatedClock();
const chance = chances(20261122);
const cloud = new Cloud(clock, { chance, twice: 0.1, late: 0.05 });
const runcloud = new StandInRunCloud({
  ...HERE,
  clock,
  authorization: 'Bearer token',
  limit: { requests: 120, retryAfter: true, headers: true },
});
const log = jsonLog(clock, () => {});
const before = { ...process.env };
let environment: Record<string, string>;

beforeAll(async () => {
  environment = await cloud.listen();
  Object.assign(process.env, environment);
  const settings = {
    WU_RUNCLOUD_API_TOKEN: 'token',
    WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
    WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
    RUNCLOUD_API_URL: await runcloud.listen(),
    ...NOBODY,
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    WWW: 'never',
    BRAKE_COUNT: '1000',
  };
  cloud.putSettings(settings);
});
afterAll(async () => {
  process.env = before;
  await Promise.all([cloud.close(), runcloud.close()]);
});

/** A process of Lambda. Once killed it says nothing more: neither to the ledger nor to RunCloud nor to the queue. */
class Process {
  /** How many words it has left for the ledger. */
  readonly #words: number;
  #said = 0;
  readonly #open = dependenciesOnAws(environment, { clock, log, write: () => {} });

  constructor(words = Number.POSITIVE_INFINITY) {
    this.#words = words;
  }

  get isDead(): boolean {
    return this.#said >= this.#words;
  }

  readonly open = async (): Promise<Startup> => {
    const startup = await this.#open();
    if (startup.kind !== 'ready') return startup;
    const { deps } = startup;
    const mortal = Object.entries(deps.ledger).map(([name, method]) => [
      name,
      async (...given: unknown[]) => {
        if (!this.isDead) this.#said += 1;
        if (this.isDead) {
          deps.runcloud.stop();
          throw new Error('killed');
        }
        return (method as (...parameters: unknown[]) => unknown)(...given);
      },
    ]);
    return {
      kind: 'ready',
      deps: { ...deps, ledger: Object.fromEntries(mortal), recheck: this.#recheck(deps.recheck) },
    };
  };

  #recheck<T extends (...given: never[]) => Promise<void>>(recheck: T) {
    return async (...given: Parameters<T>) => {
      if (!this.isDead) await recheck(...given);
    };
  }

  async close(): Promise<void> {
    const startup = await this.#open();
    if (startup.kind === 'ready') await startup.deps.runcloud.close();
  }
}

function until(end: number) {
  return { getRemainingTimeInMillis: () => end - clock.now() };
}

// Each is mapped, every second one unmapped again, and every sixth mapped once more.
const SHOPS = Math.min(600, runsOf('shops on the whole path').numRuns);
const WEBHOOKS = (SHOPS * 5) / 3;

it(`${WEBHOOKS} webhooks end as they were sent, although messages come twice and late and the worker is killed three times`, async () => {
  const receiver = receiverOnAws(environment, { clock, log });
  const webhook = webhookHandler({ open: receiver, clock, log });
  const wanted = new Map<string, boolean>();
  let process_ = new Process();
  // In the middle of a batch of adds each time: the ledger is told of every one before the next is sent.
  const lives = [35, 90, 60];
  let killed = 0;
  let scheduledAt = clock.now();

  const say = async (domain: string, isMapped: boolean): Promise<void> => {
    wanted.set(domain, isMapped);
    const body = JSON.stringify({ type: isMapped ? 'domain.mapped' : 'domain.unmapped', data: { domain } });
    const headers = signedHeaders(key(1), body, clock.now(), `msg_${domain}_${clock.now()}`);
    const request = { rawPath: '/webhooks', headers, body, isBase64Encoded: false };
    const { statusCode } = await webhook({ ...request, requestContext: { http: { method: 'POST' } } });
    expect(statusCode).toBe(202);
    clock.advance(SECOND);
  };

  const deliver = async (): Promise<boolean> => {
    const batch = cloud.messages.receive();
    if (batch.length === 0) return false;
    const { batchItemFailures } = await syncHandler(process_.open, log)(
      { Records: batch },
      until(clock.now() + SYNC_MS),
    );
    if (process_.isDead) {
      // Nobody tells the queue anything: the whole batch shows again after its visibility time-out.
      killed += 1;
      await process_.close();
      process_ = new Process(lives.shift());
      return true;
    }
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    cloud.messages.delete(batch.map(({ messageId }) => messageId).filter((id) => !failed.has(id)));
    return true;
  };

  const onSchedule = async (): Promise<void> => {
    if (clock.now() < scheduledAt) return;
    scheduledAt = clock.now() + SCHEDULE_MS;
    const scheduled = new Process();
    await reconcileHandler(scheduled.open, log)({ action: 'reconcile' }, until(clock.now() + RECONCILE_MS));
    await scheduled.close();
  };

  const shop = (index: number): string => `shop-${index}.example`;
  let said = 0;
  const sayAndWork = async (domain: string, isMapped: boolean): Promise<void> => {
    await say(domain, isMapped);
    said += 1;
    if (said % (WEBHOOKS / 10) === 0) await deliver();
    await onSchedule();
  };
  process_ = new Process(lives.shift());
  for (let index = 0; index < SHOPS; index++) await sayAndWork(shop(index), true);
  for (let index = 0; index < SHOPS; index += 2) await sayAndWork(shop(index), false);
  for (let index = 0; index < SHOPS; index += 6) await sayAndWork(shop(index), true);
  expect(said).toBe(WEBHOOKS);

  for (let turn = 0; turn < 2_000; turn++) {
    await onSchedule();
    if (await deliver()) continue;
    const next = cloud.messages.nextAt();
    if (next === undefined) break;
    clock.advance(Math.max(SECOND, next - clock.now()));
  }
  await process_.close();
  // What a killed process did not tell is told by the next run over all domains.
  clock.advance(SCHEDULE_MS);
  await onSchedule();

  expect(killed).toBe(3);
  expect(cloud.messages.nextAt()).toBeUndefined();
  expect(cloud.messages.dead).toEqual([]);
  const right = [...wanted].filter(([, isMapped]) => isMapped).map(([domain]) => domain);
  expect(runcloud.names).toEqual(['network.example', ...right].sort());
  const last = new Map<string, string>();
  for (const { type, detail } of cloud.messages.out) {
    for (const domain of detail.domains ?? [detail.domain ?? '']) last.set(domain, type);
  }
  // What was unmapped before it was added was never there.
  const there = [...last].filter(([, type]) => type !== 'domain.removed').map(([domain]) => domain);
  expect(there.sort()).toEqual(right.toSorted());
  // RunCloud refuses a second object of the same name: nobody ever tried.
  expect(runcloud.calls.filter(({ method, status }) => method === 'POST' && status >= 400 && status !== 429)).toEqual(
    [],
  );
}, 120_000);
