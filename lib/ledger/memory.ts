import type { Doubt } from '../core/doubt.ts';
import type { HostName } from '../core/host-name.ts';
import type { DomainRecord } from '../core/record.ts';
import { DAY, iso } from '../core/time.ts';
import { supersedes, wishOrder } from '../core/wish.ts';
import type { Ledger, Notes, Records } from './ledger.ts';

type Lease = { holder: string; until: number; adding: readonly Doubt[] };

/** Returns a ledger that lasts as long as the process: for tests and for the demonstration. */
export function memoryLedger(): Ledger {
  const records = new Map<HostName, DomainRecord>();
  let notes: Notes = {};
  let lease: Lease = { holder: '', until: 0, adding: [] };

  const recordOf = (domain: HostName): DomainRecord => records.get(domain) ?? { domain, wish: undefined, state: {} };

  const pick = (domains: readonly HostName[]): Records =>
    new Map(domains.flatMap((domain) => records.get(domain) ?? []).map((record) => [record.domain, record]));

  return {
    async recordWishes(events) {
      for (const { domain, wish } of events) {
        const record = recordOf(domain);
        if (supersedes(wish, record.wish)) records.set(domain, { ...record, wish });
      }
      return pick(events.map((event) => event.domain));
    },
    read: async (domains) => pick(domains),
    readAll: async () => new Map(records),
    async saveStates(states) {
      for (const [domain, state] of states) records.set(domain, { ...recordOf(domain), state });
    },
    async drop(given) {
      for (const { domain, wish } of given) {
        const standing = records.get(domain)?.wish;
        if ((standing && wishOrder(standing)) === (wish && wishOrder(wish))) records.delete(domain);
      }
    },
    async countOwned(now) {
      let owned = 0;
      let removedLastDay = 0;
      for (const { state } of records.values()) {
        if (state.owned) owned += 1;
        if (state.removedAt && state.removedAt > iso(now - DAY)) removedLastDay += 1;
      }
      return { owned, removedLastDay };
    },
    readNotes: async () => notes,
    async saveNotes(changed) {
      notes = { ...notes, ...changed };
    },
    async acquire({ holder, now, ttlMs, adding }) {
      if (lease.until > now) return { kind: 'busy', until: iso(lease.until) };
      const inDoubt = lease.adding;
      lease = { holder, until: now + ttlMs, adding: [...inDoubt, ...adding] };
      return { kind: 'acquired', inDoubt, notes };
    },
    async renew({ holder, now, ttlMs, adding }) {
      if (lease.holder !== holder) return false;
      lease = { holder, until: now + ttlMs, adding };
      return true;
    },
    async release(holder, inDoubt) {
      if (lease.holder === holder) lease = { holder: '', until: 0, adding: inDoubt };
    },
  };
}
