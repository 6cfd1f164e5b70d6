/** What every ledger must do. Each implementation is run through all of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ApplicationSnapshot } from '../../lib/core/domain/application.ts';
import type { MappingEvent, MappingRequest } from '../../lib/core/domain/mapping-request.ts';
import type { PendingAdd } from '../../lib/core/domain/pending-adds.ts';
import type { DomainState } from '../../lib/core/domain/record.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { CLOCK_TOLERANCE_MS, DAY, iso, MINUTE } from '../../lib/core/values/time.ts';
import { LeaseLostError, type Ledger } from '../../lib/ledger/ledger.ts';
import { START } from '../support/clock.ts';
import { keep } from '../support/ledger.ts';

const shop = 'shop.example' as HostName;
const other = 'other.example' as HostName;

function doubt(domain: HostName): PendingAdd {
  return { domain, since: iso(START), until: iso(START + MINUTE) };
}

function event(
  domain: HostName,
  kind: MappingRequest['kind'],
  minutes: number,
  eventId = `at-${minutes}`,
): MappingEvent {
  const origin = { eventId, occurredAt: iso(START + minutes * MINUTE), trust: 'signed' } as const;
  return { domain, request: kind === 'mapped' ? { ...origin, kind, namedAs: 'bare' } : { ...origin, kind } };
}

function owned(id: number): DomainState {
  return { owned: { id, since: iso(START), by: 'added' } };
}

/** `open` gives an empty ledger. */
export function describeLedger(name: string, open: () => Ledger | Promise<Ledger>): void {
  describe(`${name}: requests`, () => {
    let ledger: Ledger;
    beforeEach(async () => {
      ledger = await open();
    });

    it('keeps the newest request, in whatever order they come', async () => {
      await ledger.recordRequests([event(shop, 'unmapped', 5)]);
      await ledger.recordRequests([event(shop, 'mapped', 3)]);
      expect((await ledger.read([shop])).get(shop)?.request?.kind).toBe('unmapped');
      await ledger.recordRequests([event(shop, 'mapped', 6)]);
      expect((await ledger.read([shop])).get(shop)?.request?.kind).toBe('mapped');
    });

    it('keeps the newest of one batch', async () => {
      const records = await ledger.recordRequests([
        event(shop, 'mapped', 1),
        event(shop, 'unmapped', 9),
        event(shop, 'mapped', 2),
      ]);
      expect(records.get(shop)?.request).toMatchObject({ kind: 'unmapped', eventId: 'at-9' });
    });

    it('does not notice a second delivery', async () => {
      const once = await ledger.recordRequests([event(shop, 'mapped', 1)]);
      expect(await ledger.recordRequests([event(shop, 'mapped', 1)])).toEqual(once);
    });

    it('gives back every detail of a request', async () => {
      const request: MappingRequest = {
        kind: 'mapped',
        trust: 'hint',
        namedAs: 'www',
        eventId: 'e',
        siteId: 4,
        occurredAt: iso(START),
      };
      await ledger.recordRequests([{ domain: shop, request }]);
      expect((await ledger.readAll()).get(shop)).toEqual({ domain: shop, request, state: {} });
    });

    it('gives a request another time, after which what is newer than that wins', async () => {
      const [stored] = (await ledger.recordRequests([event(shop, 'mapped', 500_000, 'fast')])).values();
      if (!stored) throw new Error('nothing was recorded');
      await ledger.redate(stored, iso(START));
      const redated = { ...stored, request: { ...stored.request, occurredAt: iso(START) } };
      expect((await ledger.readAll()).get(shop)).toEqual(redated);
      expect((await ledger.recordRequests([event(shop, 'unmapped', -1)])).get(shop)).toEqual(redated);
      expect((await ledger.recordRequests([event(shop, 'unmapped', 1)])).get(shop)?.request?.kind).toBe('unmapped');
    });

    it('leaves the time of a request that is not the one it was any more, and of none', async () => {
      const [stored] = (await ledger.recordRequests([event(shop, 'mapped', 1)])).values();
      await ledger.recordRequests([event(shop, 'unmapped', 2)]);
      const before = await ledger.readAll();
      await ledger.redate(stored ?? { domain: shop, request: undefined, state: {} }, iso(START));
      await ledger.redate({ domain: shop, request: undefined, state: {} }, iso(START));
      await ledger.redate({ domain: other, request: event(other, 'mapped', 1).request, state: {} }, iso(START));
      expect(await ledger.readAll()).toEqual(before);
    });

    it('leaves the state alone', async () => {
      await keep(ledger, { states: new Map([[shop, owned(5)]]) });
      const records = await ledger.recordRequests([event(shop, 'mapped', 1)]);
      expect(records.get(shop)?.state).toEqual(owned(5));
    });
  });

  describe(`${name}: states`, () => {
    let ledger: Ledger;
    beforeEach(async () => {
      ledger = await open();
    });

    it('reads only what it is asked for, and nothing for what it does not know', async () => {
      const states = new Map([
        [shop, owned(5)],
        [other, owned(6)],
      ]);
      await keep(ledger, { states });
      const unknown = 'unknown.example' as HostName;
      expect([...(await ledger.read([shop, unknown])).keys()]).toEqual([shop]);
      expect([...(await ledger.readAll()).keys()].sort()).toEqual([other, shop]);
    });

    it('leaves the request alone', async () => {
      await ledger.recordRequests([event(shop, 'mapped', 1)]);
      await keep(ledger, { states: new Map([[shop, owned(5)]]) });
      expect((await ledger.read([shop])).get(shop)?.request?.kind).toBe('mapped');
    });

    it('replaces a state whole', async () => {
      await keep(ledger, { states: new Map([[shop, { ...owned(5), missingSince: iso(START) }]]) });
      await keep(ledger, { states: new Map([[shop, owned(5)]]) });
      expect((await ledger.read([shop])).get(shop)?.state).toEqual(owned(5));
    });

    it('drops a record, but not one that was requested meanwhile', async () => {
      await ledger.recordRequests([event(shop, 'unmapped', 1), event(other, 'unmapped', 1)]);
      const records = [...(await ledger.readAll()).values()];
      await ledger.recordRequests([event(other, 'mapped', 2)]);
      await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
      await ledger.drop('a', records);
      expect([...(await ledger.readAll()).keys()]).toEqual([other]);
    });

    it('drops hundreds, but not those that were requested meanwhile', async () => {
      const domains = Array.from({ length: 130 }, (_, index) => `shop-${index}.example` as HostName);
      await keep(ledger, { states: new Map(domains.map((domain) => [domain, {}])) });
      const records = [...(await ledger.readAll()).values()];
      const requested = domains.filter((_, index) => index % 50 === 0);
      await ledger.recordRequests(requested.map((domain) => event(domain, 'mapped', 1)));
      await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
      await ledger.drop('a', records);
      expect([...(await ledger.readAll()).keys()].sort()).toEqual(requested.sort());
    });

    it('drops a record that was never requested', async () => {
      await keep(ledger, { states: new Map([[shop, {}]]) });
      await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
      await ledger.drop('a', [{ domain: shop, request: undefined, state: {} }]);
      expect((await ledger.readAll()).size).toBe(0);
    });

    it('knows again what was dropped as soon as it is requested', async () => {
      await keep(ledger, { states: new Map([[shop, {}]]) });
      await ledger.acquire({ holder: 'a', now: START, ttlMs: MINUTE, pendingAdds: [] });
      await ledger.drop('a', [{ domain: shop, request: undefined, state: {} }]);
      expect((await ledger.read([shop])).size).toBe(0);
      const records = await ledger.recordRequests([event(shop, 'mapped', 1)]);
      expect(records.get(shop)?.request?.kind).toBe('mapped');
      expect((await ledger.readAll()).get(shop)?.request?.kind).toBe('mapped');
    });

    it('keeps hundreds at once, with the notes that belong to them', async () => {
      const domains = Array.from({ length: 350 }, (_, index) => `shop-${index}.example` as HostName);
      const removals = { owned: 350, removals: [] };
      await keep(ledger, {
        states: new Map(domains.map((domain, index) => [domain, owned(index)])),
        application: { removals },
      });
      const records = await ledger.readAll();
      expect(domains.map((domain) => records.get(domain)?.state)).toEqual(domains.map((_, index) => owned(index)));
      expect((await ledger.read(domains)).size).toBe(350);
      expect((await ledger.readApplication()).removals).toEqual(removals);
    });
  });

  describe(`${name}: notes`, () => {
    it('keeps the parts that are not given', async () => {
      const ledger = await open();
      expect(await ledger.readApplication()).toEqual({});
      const snapshot: ApplicationSnapshot = {
        observedAt: iso(START),
        primary: undefined,
        wildcards: [],
        highestId: 9,
        count: 2,
      };
      await keep(ledger, { application: { snapshot } });
      await keep(ledger, { application: { quietUntil: iso(START) } });
      await keep(ledger, { application: { abort: null } });
      expect(await ledger.readApplication()).toEqual({ snapshot, quietUntil: iso(START), abort: null });
    });
  });

  describe(`${name}: lease`, () => {
    let ledger: Ledger;
    const ttlMs = MINUTE;
    beforeEach(async () => {
      ledger = await open();
    });

    it('is held by one at a time, and says until when', async () => {
      expect(await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [] })).toMatchObject({
        kind: 'acquired',
      });
      expect(await ledger.acquire({ holder: 'b', now: START + ttlMs - 1, ttlMs, pendingAdds: [] })).toEqual({
        kind: 'busy',
        until: iso(START + ttlMs),
      });
      await ledger.release('a', [], {});
      expect(await ledger.acquire({ holder: 'b', now: START, ttlMs, pendingAdds: [] })).toMatchObject({
        kind: 'acquired',
      });
    });

    it('that was taken by a clock which was ahead lasts as long as any from the first who finds it so', async () => {
      const ahead = START + 365 * DAY;
      await ledger.acquire({ holder: 'a', now: ahead, ttlMs, pendingAdds: [doubt(shop)] });
      const busy = { kind: 'busy', until: iso(START + ttlMs) };
      expect(await ledger.acquire({ holder: 'b', now: START, ttlMs, pendingAdds: [] })).toEqual(busy);
      expect(await ledger.leaseUntil()).toBe(busy.until);
      expect(await ledger.acquire({ holder: 'b', now: START + ttlMs - 1, ttlMs, pendingAdds: [] })).toEqual(busy);
      const answer = await ledger.acquire({ holder: 'b', now: START + ttlMs, ttlMs, pendingAdds: [] });
      expect(answer).toMatchObject({ kind: 'acquired', pendingAdds: [doubt(shop)] });
    });

    it('that was taken by a clock which is ahead is not taken from a holder that renews it', async () => {
      const aheadMs = 365 * DAY;
      await ledger.acquire({ holder: 'a', now: START + aheadMs, ttlMs, pendingAdds: [] });
      for (let at = START; at < START + 5 * ttlMs; at += ttlMs / 2) {
        const answer = await ledger.acquire({ holder: 'b', now: at, ttlMs, pendingAdds: [] });
        expect(answer).toEqual({ kind: 'busy', until: iso(at + ttlMs) });
        await ledger.renew({ holder: 'a', now: at + ttlMs / 4 + aheadMs, ttlMs, pendingAdds: [] });
      }
      await ledger.save('a', { application: { abort: null } });
    });

    it('of a clock that is ahead within the tolerance is left as it is', async () => {
      const until = START + ttlMs + CLOCK_TOLERANCE_MS;
      await ledger.acquire({ holder: 'a', now: until - ttlMs, ttlMs, pendingAdds: [] });
      const answer = await ledger.acquire({ holder: 'b', now: START, ttlMs, pendingAdds: [] });
      expect(answer).toEqual({ kind: 'busy', until: iso(until) });
      expect(await ledger.leaseUntil()).toBe(iso(until));
    });

    it('can be asked until when it is held, without taking it', async () => {
      expect(await ledger.leaseUntil()).toBeUndefined();
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [] });
      expect(await ledger.leaseUntil()).toBe(iso(START + ttlMs));
      await ledger.release('a', [], {});
      expect(await ledger.leaseUntil()).toBeUndefined();
    });

    it('runs out by itself, and tells the next holder what the dead one was pendingAdds', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [doubt(shop)] });
      const answer = await ledger.acquire({ holder: 'b', now: START + ttlMs, ttlMs, pendingAdds: [doubt(other)] });
      expect(answer).toMatchObject({ kind: 'acquired', pendingAdds: [doubt(shop)] });
    });

    it('keeps in doubt what the dead one was pendingAdds when the next one dies too', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [doubt(shop)] });
      await ledger.acquire({ holder: 'b', now: START + ttlMs, ttlMs, pendingAdds: [doubt(other)] });
      const answer = await ledger.acquire({ holder: 'c', now: START + 2 * ttlMs, ttlMs, pendingAdds: [] });
      expect(answer.kind === 'acquired' && answer.pendingAdds.map(({ domain }) => domain).sort()).toEqual([
        other,
        shop,
      ]);
    });

    it('is renewed by its holder, who then says anew what may be added', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [doubt(shop)] });
      await ledger.renew({ holder: 'a', now: START + 50_000, ttlMs, pendingAdds: [doubt(other)] });
      expect((await ledger.acquire({ holder: 'b', now: START + ttlMs, ttlMs, pendingAdds: [] })).kind).toBe('busy');
      const answer = await ledger.acquire({ holder: 'b', now: START + 50_000 + ttlMs, ttlMs, pendingAdds: [] });
      expect(answer).toMatchObject({ pendingAdds: [doubt(other)] });
    });

    it('is renewed after it ran out if nobody took it, and not if somebody did', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [] });
      await ledger.renew({ holder: 'a', now: START + 2 * ttlMs, ttlMs, pendingAdds: [] });
      await ledger.acquire({ holder: 'b', now: START + 5 * ttlMs, ttlMs, pendingAdds: [] });
      await expect(ledger.renew({ holder: 'a', now: START + 5 * ttlMs, ttlMs, pendingAdds: [] })).rejects.toThrow(
        LeaseLostError,
      );
    });

    it('admits no word of a run that has lost it', async () => {
      await keep(ledger, { states: new Map([[shop, owned(5)]]) });
      const records = [...(await ledger.readAll()).values()];
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [] });
      await ledger.acquire({ holder: 'b', now: START + ttlMs, ttlMs, pendingAdds: [] });
      const changes = { states: new Map([[shop, owned(6)]]), application: { quietUntil: iso(START) } };
      await expect(ledger.save('a', changes)).rejects.toThrow(LeaseLostError);
      await expect(ledger.drop('a', records)).rejects.toThrow(LeaseLostError);
      await expect(ledger.release('a', [], changes)).rejects.toThrow(LeaseLostError);
      expect((await ledger.read([shop])).get(shop)?.state).toEqual(owned(5));
      expect(await ledger.readApplication()).toEqual({});
      expect((await ledger.acquire({ holder: 'c', now: START + ttlMs, ttlMs, pendingAdds: [] })).kind).toBe('busy');
    });

    it('is given back together with the last words of its holder', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [doubt(shop)] });
      await ledger.save('a', { states: new Map([[other, owned(6)]]), application: { quietUntil: iso(START) } });
      await ledger.release('a', [], { states: new Map([[shop, owned(5)]]), application: { abort: null } });
      expect([...(await ledger.readAll()).values()].map(({ state }) => state.owned?.id).sort()).toEqual([5, 6]);
      const answer = await ledger.acquire({ holder: 'b', now: START, ttlMs, pendingAdds: [] });
      expect(answer).toEqual({
        kind: 'acquired',
        pendingAdds: [],
        application: { quietUntil: iso(START), abort: null },
      });
    });

    it('given back, it leaves in doubt only what its holder says', async () => {
      await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [doubt(shop), doubt(other)] });
      await ledger.release('a', [doubt(other)], {});
      const answer = await ledger.acquire({ holder: 'b', now: START, ttlMs, pendingAdds: [] });
      expect(answer).toMatchObject({ kind: 'acquired', pendingAdds: [doubt(other)] });
    });

    it('comes with the notes', async () => {
      await keep(ledger, { application: { quietUntil: iso(START) } });
      const answer = await ledger.acquire({ holder: 'a', now: START, ttlMs, pendingAdds: [] });
      expect(answer).toMatchObject({ application: { quietUntil: iso(START) } });
    });
  });
}
