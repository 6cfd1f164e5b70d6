import { describe, expect, it } from 'vitest';
import type { DomainRecord } from '../../lib/core/domain/record.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso } from '../../lib/core/values/time.ts';
import type { Changes } from '../../lib/ledger/ledger.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { withLease } from '../../lib/loop/with-lease.ts';
import { START } from '../support/clock.ts';
import { createWorld } from '../support/world.ts';

const progress = (done: number) => ({ startedAt: iso(START), at: iso(START), done, of: 9 });
const record: DomainRecord = { domain: 'shop.example' as HostName, request: undefined, state: {} };

describe('what is worth no request of its own to the ledger', () => {
  it('goes with the next change, once, and with the end of the lease', async () => {
    const stored = memoryLedger();
    const saved: Changes['application'][] = [];
    const ledger = {
      ...stored,
      save: async (holder: string, changes: Changes) => {
        saved.push(changes.application);
        return stored.save(holder, changes);
      },
    };
    const world = await createWorld({ ledger });
    await withLease(world, [], async (lease) => {
      lease.stageBesides({ progress: progress(1) });
      await lease.commit();
      expect(saved).toEqual([]);
      expect(lease.application.progress).toEqual(progress(1));
      lease.stageState(record, { removedAt: iso(START) });
      await lease.commit();
      lease.stageState(record, {});
      await lease.commit();
      expect(saved).toEqual([{ progress: progress(1) }, {}]);
      lease.stageBesides({ progress: progress(2) });
    });
    expect((await stored.readApplication()).progress).toEqual(progress(2));
  });
});

describe('a run that throws', () => {
  it('gives its lease back, with what it staged, also where what it has to tell cannot be saved before', async () => {
    const stored = memoryLedger();
    const ledger = { ...stored, save: async () => Promise.reject(new Error('The disk is full.')) };
    const world = await createWorld({ ledger });
    const seen = {
      id: 101,
      name: 'shop.example',
      type: 'alias',
      www: false,
      redirection: 'none',
      wildcard: false,
    } as const;
    const state = { owned: { id: 101, since: iso(START), by: 'added' }, seen } as const;
    const ran = withLease(world, [], async (lease) => {
      lease.stageState(record, state);
      expect(lease.untold).not.toEqual([]);
      throw new Error('It broke off.');
    });
    await expect(ran).rejects.toThrow('It broke off.');
    expect(await stored.leaseUntil()).toBeUndefined();
    expect((await stored.readAll()).get(record.domain)?.state).toMatchObject(state);
    expect(world.logged.join('')).toMatch(/was left to the next one.*The disk is full/);
  });
});
