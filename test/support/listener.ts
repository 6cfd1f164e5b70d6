/** Who hears of events, and what must hold of all that was made and told. */
import { expect } from 'vitest';
import { eventId } from '../../lib/core/domain/event.ts';
import type { DomainState } from '../../lib/core/domain/record.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { Changes, Ledger } from '../../lib/ledger/ledger.ts';

type Made = { readonly domain: string; readonly type: string };

/** Domains that a message is about. */
export function domainsIn({ detail }: OutgoingEvent): readonly string[] {
  if ('domain' in detail) return [detail.domain];
  return 'domains' in detail ? detail.domains : [];
}

export class Listener {
  /** Every event that the ledger ever had, by its id. */
  readonly made = new Map<string, Made>();
  readonly told: OutgoingEvent[] = [];

  /** Takes nothing, or only the first of them, where `refuse` says so. */
  teller(refuse: () => 'all' | 'the rest' | undefined = () => undefined) {
    return async (events: readonly OutgoingEvent[]): Promise<void> => {
      const refused = refuse();
      if (refused === undefined) this.told.push(...events);
      if (refused === 'the rest') this.told.push(...events.slice(0, 1));
      if (refused !== undefined) throw new Error('the bus is out of order');
    };
  }

  /** A ledger of which every event is noted that it keeps. */
  watch(ledger: Ledger): Ledger {
    const note = ({ states = new Map(), application }: Changes): void => {
      for (const [domain, { events = [] }] of states as ReadonlyMap<string, DomainState>)
        for (const event of events) this.made.set(eventId(event), { domain, type: event.type });
      for (const event of application?.news?.events ?? [])
        this.made.set(eventId(event), { domain: '', type: event.type });
    };
    return {
      ...ledger,
      save: async (holder, changes) => {
        await ledger.save(holder, changes);
        note(changes);
      },
      release: async (holder, pendingAdds, last) => {
        await ledger.release(holder, pendingAdds, last);
        note(last);
      },
    };
  }

  /** Fewer than ten of a kind in a run, so each message is one event. */
  expectAllTold(): void {
    const ids = new Set(this.told.map(({ detail }) => detail.id));
    const missing = [...this.made].filter(([id]) => !ids.has(id));
    expect(missing, 'every event that was made was told').toEqual([]);
    const first = new Map<string, OutgoingEvent>();
    const order = new Map<string, number>();
    let place = 0;
    for (const event of this.told) {
      const { id } = event.detail;
      const [domain = ''] = event.type === 'removals.held' ? [] : domainsIn(event);
      expect(this.made.get(id), `${id} was told and is on record`).toEqual({ domain, type: event.type });
      const before = first.get(id);
      if (before) {
        const { at: _, ...same } = before.detail;
        expect(event, 'what is told again is the same').toMatchObject({ type: before.type, detail: same });
        continue;
      }
      first.set(id, event);
      const { sequence } = event.detail as { readonly sequence: number };
      expect(sequence, `${id} has a higher place than all that was told before`).toBeGreaterThan(place);
      place = sequence;
      const number = Number(id.split('.').at(-1));
      expect(number, `events of ${domain} come in their order`).toBeGreaterThan(order.get(domain) ?? 0);
      order.set(domain, number);
    }
  }
}
