import { supersedes, wishOrder } from '../core/domain/mapping-request.ts';
import type { Doubt } from '../core/domain/pending-adds.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import { type Changes, LeaseLostError, type Ledger, type Notes, type Records } from './ledger.ts';

type Lease = { holder: string; until: number; adding: readonly Doubt[] };

/** Returns a ledger that lasts as long as the process: for tests and for the demonstration. */
export function memoryLedger(): Ledger {
  const records = new Map<HostName, DomainRecord>();
  let notes: Notes = {};
  let lease: Lease = { holder: '', until: 0, adding: [] };

  const recordOf = (domain: HostName): DomainRecord => records.get(domain) ?? { domain, wish: undefined, state: {} };

  const pick = (domains: readonly HostName[]): Records =>
    new Map(domains.flatMap((domain) => records.get(domain) ?? []).map((record) => [record.domain, record]));

  const insist = (holder: string): void => {
    if (lease.holder !== holder) throw new LeaseLostError();
  };

  const keep = ({ states = new Map(), notes: changed }: Changes): void => {
    for (const [domain, state] of states) records.set(domain, { ...recordOf(domain), state });
    notes = { ...notes, ...changed };
  };

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
    readNotes: async () => notes,
    leaseUntil: async () => (lease.until > 0 ? iso(lease.until) : undefined),
    async acquire({ holder, now, ttlMs, adding }) {
      if (lease.until > now) return { kind: 'busy', until: iso(lease.until) };
      const inDoubt = lease.adding;
      lease = { holder, until: now + ttlMs, adding: [...inDoubt, ...adding] };
      return { kind: 'acquired', inDoubt, notes };
    },
    async renew({ holder, now, ttlMs, adding }) {
      insist(holder);
      lease = { holder, until: now + ttlMs, adding };
    },
    async save(holder, changes) {
      insist(holder);
      keep(changes);
    },
    async drop(holder, given) {
      insist(holder);
      for (const { domain, wish } of given) {
        const standing = records.get(domain)?.wish;
        if ((standing && wishOrder(standing)) === (wish && wishOrder(wish))) records.delete(domain);
      }
    },
    async release(holder, inDoubt, last) {
      insist(holder);
      keep(last);
      lease = { holder: '', until: 0, adding: inDoubt };
    },
  };
}
