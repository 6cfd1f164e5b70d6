/** Queue and ledger share a database: what belongs together waits for the disk once. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DomainState } from '../../lib/core/domain/record.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { toBus } from '../../lib/intake/event.ts';
import { endLease, sqliteLedger } from '../../lib/ledger/sqlite.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { batches } from '../../local/batch.ts';
import { openStorage } from '../../local/database.ts';
import { openOutbox } from '../../local/outbox.ts';
import { openQueue } from '../../local/queue.ts';
import { setStage } from '../../local/stage.ts';
import { START, simulatedClock } from '../support/clock.ts';
import { commitsIn } from '../support/commits.ts';
import { mapped } from '../support/world.ts';

const shop = 'shop.example' as HostName;
const pending = { domain: shop, since: iso(START), until: iso(START + MINUTE) };
const owned: DomainState = { owned: { id: 7, since: iso(START), by: 'added' } };

const TOLD = {
  type: 'quota.low',
  detail: { id: 'run.1', sequence: 1, at: iso(START), before: {}, after: {} },
} as const satisfies OutgoingEvent;

function open(folder = mkdtempSync(join(tmpdir(), 'batch-'))) {
  const clock = simulatedClock();
  const storage = openStorage(folder);
  const stored = sqliteLedger(storage.database);
  endLease(storage.database);
  const queue = openQueue(storage.database, clock);
  const outbox = openOutbox(storage.database, () => {});
  const logged: string[] = [];
  const faults: Error[] = [];
  const insist = (): void => {
    const [fault] = faults;
    if (fault) throw fault;
  };
  const batch = batches(
    { ledger: stored, stored },
    queue,
    outbox,
    insist,
    jsonLog(clock, (line) => logged.push(line)),
  );
  const acquire = async (holder: string) =>
    batch.ledger.acquire({ holder, now: clock.now(), ttlMs: MINUTE, pendingAdds: [pending] });
  return { folder, clock, storage, stored, queue, outbox, batch, acquire, logged, faults };
}

type Opened = ReturnType<typeof open>;

/** A run that added the domain, up to the end of its batch. Returns the batch's message. */
async function run({ queue, batch, acquire, clock }: Opened): Promise<string> {
  const event = mapped(shop, clock);
  await queue.put(toBus(event));
  const [message] = queue.receive(10, MINUTE);
  await acquire('run');
  await batch.ledger.recordRequests([event]);
  await batch.ledger.release('run', [], { states: new Map([[shop, owned]]) });
  await batch.recheck([shop], MINUTE, 1);
  return message?.messageId ?? '';
}

describe('a mapping on one machine', () => {
  it('waits for the disk four times: before the 202, before the add, before it is told, and at the end of its batch', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'commits-'));
    const options = { dataDir, port: 0, reconcileEveryMs: undefined };
    const stage = await setStage(0, options, (clock) => jsonLog(clock, () => {}));
    onTestFinished(async () => stage.close());
    const { network, runcloud } = stage;
    const map = async (name: string): Promise<void> => {
      await network.map(name);
      await expect.poll(() => runcloud.find(name), { timeout: 10_000 }).toBeDefined();
      await sleep(300);
    };
    // The first one of all has RunCloud read.
    await map('first.example');
    const before = commitsIn(dataDir);
    await map('second.example');
    expect(commitsIn(dataDir) - before).toBe(4);
  });
});

describe('a batch', () => {
  it('ends in one commit, with the outcomes of its run, the end of the lease and the rechecks', async () => {
    const opened = open();
    const { folder, clock, stored, queue, batch } = opened;
    const id = await run(opened);
    const before = commitsIn(folder);
    batch.end({ done: [id] });
    expect(commitsIn(folder) - before).toBe(1);
    expect(await stored.leaseUntil()).toBeUndefined();
    expect((await stored.read([shop])).get(shop)?.state).toEqual(owned);
    expect(queue.nextAt()).toBe(clock.now() + MINUTE);
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE).map(({ body }) => JSON.parse(body)['detail-type'])).toEqual(['domain.recheck']);
  });

  it('has what its run told in the outbox with its end, and not before', async () => {
    const opened = open();
    const { batch, outbox, acquire } = opened;
    const id = await run(opened);
    await batch.tell([TOLD]);
    expect(outbox.take(9)).toEqual([]);
    batch.end({ done: [id] });
    expect(outbox.take(9).map(({ event }) => event)).toEqual([TOLD]);
    await batch.tell([{ ...TOLD, detail: { ...TOLD.detail, id: 'run.2' } }]);
    // Its release is on disk before the second run begins, and says how far it told.
    await acquire('second');
    expect(outbox.take(9)).toHaveLength(2);
    batch.end({});
    expect(outbox.take(9)).toHaveLength(2);
  });

  it('of a process that dies before its end is delivered again, and its add is pending', async () => {
    const opened = open();
    await run(opened);
    opened.storage.close();
    const next = open(opened.folder);
    expect(next.queue.receive(10, MINUTE).map(({ body }) => JSON.parse(body).detail.domain)).toEqual([shop]);
    expect(await next.acquire('next')).toMatchObject({ kind: 'acquired', pendingAdds: [{ domain: shop }] });
    expect((await next.stored.read([shop])).get(shop)).toMatchObject({ request: { kind: 'mapped' }, state: {} });
    next.storage.close();
  });

  it('that cannot be written ends not at all, and wholly once it can', async () => {
    const opened = open();
    const { stored, queue, batch, faults, clock } = opened;
    const id = await run(opened);
    faults.push(new Error('service.db was deleted'));
    expect(() => batch.end({ done: [id] })).toThrow('was deleted');
    expect((await stored.read([shop])).get(shop)?.state).toEqual({});
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE).map(({ messageId }) => messageId)).toEqual([id]);
    faults.length = 0;
    batch.end({ done: [id] });
    expect((await stored.read([shop])).get(shop)?.state).toEqual(owned);
    expect(await stored.leaseUntil()).toBeUndefined();
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE).map(({ body }) => JSON.parse(body)['detail-type'])).toEqual(['domain.recheck']);
    batch.end({});
    expect(queue.count()).toMatchObject({ waiting: 0 });
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE)).toHaveLength(1);
  });

  it('whose lease another run took is over, and leaves what that run recorded', async () => {
    const opened = open();
    const { clock, stored, queue, batch, logged } = opened;
    const id = await run(opened);
    clock.advance(MINUTE);
    await stored.acquire({ holder: 'other', now: clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    batch.end({ done: [id] });
    expect(logged.join()).toContain('Another run took the lease');
    expect((await stored.read([shop])).get(shop)?.state).toEqual({});
    expect(await stored.leaseUntil()).toBe(iso(clock.now() + MINUTE));
    // What it sent besides is there.
    clock.advance(MINUTE);
    expect(queue.receive(10, MINUTE)).toHaveLength(1);
  });

  it('of events and rechecks has two runs, and the second one knows what the first one did', async () => {
    const opened = open();
    const { stored, batch, acquire } = opened;
    const id = await run(opened);
    expect(await acquire('second')).toMatchObject({ kind: 'acquired', pendingAdds: [] });
    expect((await batch.ledger.read([shop])).get(shop)?.state).toEqual(owned);
    await batch.ledger.release('second', [], {});
    batch.end({ done: [id] });
    expect(await stored.leaseUntil()).toBeUndefined();
  });
});
