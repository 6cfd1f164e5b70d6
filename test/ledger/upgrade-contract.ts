/** What every ledger that outlives a process must do with a form other than its own. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { NewerLedgerError, SCHEMA } from '../../lib/ledger/schema.ts';
import { START } from '../support/clock.ts';
import { APPLICATION_STATE, LEASE_END, PENDING_ADDS, RECORDS, readBy010 } from '../support/ledger-0.1.0.ts';

/** Where a ledger is stored. */
export type Stored = {
  /** Opens it as a new process does. */
  open(): Ledger;
  /** All that is stored, as it is. */
  content(): Promise<unknown>;
  /** Makes it one of a form to come; `readBy`: the version of the software that reads it. */
  claim(schema: number, readBy: string | undefined): Promise<void>;
};

const mapped = 'full.example' as HostName;
const unmapped = 'unmapped.example' as HostName;
const after = { now: LEASE_END, ttlMs: MINUTE, pendingAdds: [] };

/** What must become of a ledger that 0.1.0 wrote. */
export function describeUpgrades(name: string, copy010: () => Promise<Stored>): void {
  describe(`${name}: one that 0.1.0 wrote`, () => {
    let stored: Stored;
    beforeEach(async () => {
      stored = await copy010();
    });

    it('opens with nothing lost, record by record', async () => {
      expect(await readEverything(stored.open())).toEqual({
        records: RECORDS,
        application: APPLICATION_STATE,
        leaseUntil: iso(LEASE_END),
        pendingAdds: PENDING_ADDS,
      });
      // And again, as it is stored now.
      expect(sorted(await stored.open().readAll())).toEqual(RECORDS);
      expect(await stored.open().readApplication()).toEqual(APPLICATION_STATE);
    });

    it('holds every value that 0.1.0 reads, but what it took of dates', async () => {
      const { clock: _, ...notes } = readBy010.notes as Record<string, unknown>;
      const before = valuesIn({ ...readBy010, notes }, new Set(['createdAt', 'isDated']));
      const { records, application, leaseUntil, pendingAdds } = await readEverything(stored.open());
      expect(valuesIn({ records, application, leaseUntil, pendingAdds }, new Set())).toEqual(before);
    });

    it('weighs events against the requests in it', async () => {
      const ledger = stored.open();
      const origin = { trust: 'signed', eventId: 'event-new' } as const;
      const [earlier, later] = [iso(START - 9 * MINUTE), iso(START + 9 * MINUTE)];
      const records = await ledger.recordRequests([
        { domain: mapped, request: { ...origin, kind: 'unmapped', occurredAt: earlier } },
        { domain: unmapped, request: { ...origin, kind: 'mapped', namedAs: 'bare', occurredAt: later } },
      ]);
      const recordOf = (domain: HostName) => RECORDS.find((record) => record.domain === domain);
      expect(records.get(mapped)).toEqual(recordOf(mapped));
      expect(records.get(unmapped)).toMatchObject({
        request: { eventId: 'event-new' },
        state: { removedAt: iso(START - 4 * MINUTE) },
      });
      await ledger.acquire({ ...after, holder: 'new' });
      const kept = await stored.open().readAll();
      expect(kept.get(mapped)).toEqual(recordOf(mapped));
      expect(kept.get(unmapped)?.request?.eventId).toBe('event-new');
      expect(kept.size).toBe(RECORDS.length);
    });

    it('drops of it what nobody asked for since', async () => {
      const ledger = stored.open();
      await ledger.acquire({ ...after, holder: 'new' });
      const records = [...(await ledger.readAll()).values()];
      const request = {
        kind: 'unmapped',
        trust: 'signed',
        eventId: 'event-new',
        occurredAt: iso(START + MINUTE),
      } as const;
      await ledger.recordRequests([{ domain: unmapped, request }]);
      await ledger.drop('new', records);
      expect([...(await stored.open().readAll()).values()]).toEqual([
        { domain: unmapped, request, state: { removedAt: iso(START - 4 * MINUTE) } },
      ]);
    });

    it('is brought up to date once', async () => {
      const ledger = stored.open();
      await ledger.acquire({ ...after, holder: 'new' });
      await ledger.release('new', PENDING_ADDS, {});
      const content = await stored.content();
      await stored.open().readAll();
      expect(await stored.content()).toEqual(content);
      expect(await readEverything(stored.open())).toEqual({
        records: RECORDS,
        application: APPLICATION_STATE,
        leaseUntil: undefined,
        pendingAdds: PENDING_ADDS,
      });
    });

    it('keeps what is written over it', async () => {
      const ledger = stored.open();
      await ledger.acquire({ ...after, holder: 'new' });
      const state = { removedAt: iso(START) };
      await ledger.save('new', { states: new Map([[mapped, state]]), application: { abort: null } });
      await ledger.release('new', [], { application: { sharedCertificate: null } });
      expect((await stored.open().readAll()).get(mapped)?.state).toEqual(state);
      const expected = { ...APPLICATION_STATE, abort: null, sharedCertificate: null };
      expect(await stored.open().readApplication()).toEqual(expected);
      expect(await stored.open().acquire({ ...after, holder: 'next' })).toEqual({
        kind: 'acquired',
        pendingAdds: [],
        application: expected,
      });
    });
  });

  describe(`${name}: one that a newer version wrote`, () => {
    const request = { kind: 'mapped', trust: 'signed', namedAs: 'bare', eventId: 'e', occurredAt: iso(START) } as const;
    const operations: Readonly<Record<string, (ledger: Ledger) => Promise<unknown>>> = {
      recordRequests: async (ledger) => ledger.recordRequests([{ domain: mapped, request }]),
      read: async (ledger) => ledger.read([mapped]),
      readAll: async (ledger) => ledger.readAll(),
      readApplication: async (ledger) => ledger.readApplication(),
      leaseUntil: async (ledger) => ledger.leaseUntil(),
      acquire: async (ledger) => ledger.acquire({ ...after, holder: 'new' }),
      renew: async (ledger) => ledger.renew({ ...after, holder: 'held' }),
      save: async (ledger) => ledger.save('held', { states: new Map([[mapped, {}]]) }),
      drop: async (ledger) => ledger.drop('held', [{ domain: mapped, request: undefined, state: {} }]),
      release: async (ledger) => ledger.release('held', [], { application: { abort: null } }),
    };

    it.each(Object.keys(operations))('is refused by %s in words, and left as it is', async (operation) => {
      const stored = await copy010();
      await stored.open().acquire({ ...after, holder: 'held' });
      await stored.claim(SCHEMA + 1, '9.8.0');
      const content = await stored.content();
      const refused = async () => operations[operation]?.(stored.open());
      await expect(refused()).rejects.toThrow(NewerLedgerError);
      await expect(refused()).rejects.toMatchObject({
        fault: 'newer-ledger',
        message: `The ledger has schema ${SCHEMA + 1}, and this version of the software reads schemas up to ${SCHEMA} only. Version 9.8.0 of this software or a later one reads it.`,
        whatToDo: expect.stringMatching(/^Run version 9\.8\.0 of this software or a later one\. .*restore the ledger/),
      });
      expect(await stored.content()).toEqual(content);
    });

    it('is refused also where it does not say who reads it', async () => {
      const stored = await copy010();
      await stored.open().acquire({ ...after, holder: 'held' });
      await stored.claim(SCHEMA + 7, undefined);
      await expect((async () => stored.open().readAll())()).rejects.toThrow(
        `The ledger has schema ${SCHEMA + 7}, and this version of the software reads schemas up to ${SCHEMA} only. A newer version`,
      );
    });
  });
}

async function readEverything(ledger: Ledger) {
  const [records, application] = [sorted(await ledger.readAll()), await ledger.readApplication()];
  const leaseUntil = await ledger.leaseUntil();
  const answer = await ledger.acquire({ ...after, holder: 'reader' });
  if (answer.kind === 'busy') throw new Error(`the lease is taken until ${answer.until}`);
  expect(answer.application).toEqual(application);
  return { records, application, leaseUntil, pendingAdds: answer.pendingAdds };
}

function sorted(records: Awaited<ReturnType<Ledger['readAll']>>) {
  return [...records.values()].sort((a, b) => (a.domain < b.domain ? -1 : 1));
}

/** Everything below that is neither an object nor a list, in order, whatever it is called. */
function valuesIn(value: unknown, left: ReadonlySet<string>): readonly string[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [JSON.stringify(value)];
  const inner = Object.entries(value).filter(([name]) => !left.has(name));
  return inner.flatMap(([, each]) => valuesIn(each, left)).toSorted();
}
