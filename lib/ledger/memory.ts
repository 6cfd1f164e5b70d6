import { requestOrder, supersedes } from '../core/domain/mapping-request.ts';
import type { PendingAdd } from '../core/domain/pending-adds.ts';
import type { DomainRecord } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import {
  type ApplicationState,
  type Changes,
  isLeaseAhead,
  LeaseLostError,
  type Ledger,
  type Records,
} from './ledger.ts';
import { readRecord } from './readable.ts';

type Lease = { holder: string; until: number; pendingAdds: readonly PendingAdd[] };

/** Lasts as long as the process: for tests. What the other ledgers could not read again is an error here. */
export function memoryLedger(): Ledger {
  const records = new Map<HostName, DomainRecord>();
  let application: ApplicationState = {};
  let lease: Lease = { holder: '', until: 0, pendingAdds: [] };

  const recordOf = (domain: HostName): DomainRecord => records.get(domain) ?? { domain, request: undefined, state: {} };

  const pick = (domains: readonly HostName[]): Records =>
    new Map(domains.flatMap((domain) => records.get(domain) ?? []).map((record) => [record.domain, record]));

  const insist = (holder: string): void => {
    if (lease.holder !== holder) throw new LeaseLostError();
  };

  const keep = ({ states = new Map(), application: changed }: Changes): void => {
    for (const [domain, state] of states) {
      const { unreadable } = readRecord(
        { domain, request: undefined, state: JSON.stringify(state) },
        (stored) => stored,
      );
      if (unreadable !== undefined) throw new Error(`${domain} would be unreadable: ${unreadable}`);
      records.set(domain, { ...recordOf(domain), state });
    }
    application = { ...application, ...changed };
  };

  return {
    async recordRequests(events) {
      for (const { domain, request } of events) {
        const record = recordOf(domain);
        if (supersedes(request, record.request)) records.set(domain, { ...record, request });
      }
      return pick(events.map((event) => event.domain));
    },
    async redate({ domain, request }, occurredAt) {
      const record = recordOf(domain);
      if (!request || !record.request || requestOrder(record.request) !== requestOrder(request)) return;
      records.set(domain, { ...record, request: { ...record.request, occurredAt } });
    },
    read: async (domains) => pick(domains),
    readAll: async () => new Map(records),
    readApplication: async () => application,
    leaseUntil: async () => (lease.until > 0 ? iso(lease.until) : undefined),
    async acquire({ holder, now, ttlMs, pendingAdds }) {
      if (isLeaseAhead(lease.until, { now, ttlMs })) lease = { ...lease, until: now + ttlMs };
      if (lease.until > now) return { kind: 'busy', until: iso(lease.until) };
      const earlier = lease.pendingAdds;
      lease = { holder, until: now + ttlMs, pendingAdds: [...earlier, ...pendingAdds] };
      return { kind: 'acquired', pendingAdds: earlier, application };
    },
    async renew({ holder, now, ttlMs, pendingAdds }) {
      insist(holder);
      lease = { holder, until: now + ttlMs, pendingAdds };
    },
    async save(holder, changes) {
      insist(holder);
      keep(changes);
    },
    async drop(holder, given) {
      insist(holder);
      for (const { domain, request } of given) {
        const standing = records.get(domain)?.request;
        if ((standing && requestOrder(standing)) === (request && requestOrder(request))) records.delete(domain);
      }
    },
    async release(holder, pendingAdds, last) {
      insist(holder);
      keep(last);
      lease = { holder: '', until: 0, pendingAdds };
    },
  };
}
