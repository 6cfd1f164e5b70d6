/** A whole service whose clock was ahead for a while, and is right again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import { StandInAuthority } from '../../local/stand-in/authority.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { START, simulatedClock, skewedClock } from '../support/clock.ts';
import { keep } from '../support/ledger.ts';
import { runsOf } from '../support/property-runs.ts';
import { createWorld, mapped, shops, TOKEN, type WorldOptions } from '../support/world.ts';

const YEAR = 365 * DAY;
const AHEAD = iso(START + YEAR);
const shop = 'shop.example' as HostName;

describe('a service whose clock was a year ahead for a while', () => {
  /** Only the service's clock is ahead, and not that of RunCloud and the others. */
  async function create(options: WorldOptions = {}) {
    const truth = simulatedClock();
    const clock = skewedClock(truth);
    const authority = new StandInAuthority({
      clock: truth,
      dns: new StandInDns(),
      addresses: [StandInRunCloud.address],
    });
    const standIn = new StandInRunCloud({ clock: truth, authorization: `Bearer ${TOKEN}`, ssl: { authority } });
    const world = await createWorld({ clock, standIn, ...options });
    const jumped = async (work: () => Promise<unknown>): Promise<void> => {
      clock.aheadMs = YEAR;
      await work();
      clock.aheadMs = 0;
      clock.advance(MINUTE);
    };
    return { world, clock, jumped };
  }

  it('tries again what failed, and asks RunCloud after a pause that it was asked for', async () => {
    const { world, jumped } = await create();
    await world.ask({ action: 'reconcile' });
    await jumped(async () => {
      world.standIn.options = {
        ...world.standIn.options,
        fault: ({ method }) => (method === 'POST' ? { kind: 'status', status: 500, carriedOut: false } : undefined),
      };
      await world.deliver(mapped('shop.example', world.clock));
      world.standIn.options = {
        ...world.standIn.options,
        fault: () => ({ kind: 'status', status: 429, carriedOut: false }),
      };
      await world.deliver(mapped('late.example', world.clock));
    });
    world.standIn.options = { ...world.standIn.options, fault: () => undefined };
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.names).toEqual(['late.example', 'network.example', 'shop.example']);
  });

  it('does not wait for a lease that a run took which died', async () => {
    const { world, jumped } = await create();
    const { ledger, clock } = world;
    await jumped(async () => ledger.acquire({ holder: 'dead', now: clock.now(), ttlMs: 2 * MINUTE, pendingAdds: [] }));
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ busy: true });
    world.clock.advance(2 * MINUTE);
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, done: [] });
  });

  it('calls itself overdue where no reconcile came to its end since', async () => {
    const { world, jumped } = await create({ reconcileEveryMs: 5 * MINUTE });
    await jumped(async () => world.ask({ action: 'reconcile' }));
    const { checks } = (await world.ask({ action: 'doctor' })) as unknown as {
      checks: { name: string; ok: boolean }[];
    };
    expect(checks.find(({ name }) => name === 'last-reconcile')).toMatchObject({ ok: false });
  });

  it('asks for no certificate twice within a pause, and comes to have all of them', async () => {
    const names = shops(3);
    const { world, jumped } = await create({ probes: 'stand-ins', settings: { www: 'never' } });
    for (const name of ['network.example', ...names]) world.standInDns.point(name, StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    const asked = (): number =>
      world.standIn.calls.filter(({ method, path }) => method === 'POST' && path.includes('/ssl')).length;
    // Let's Encrypt sees something else than public DNS shows here, so every request is in vain.
    Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
    await jumped(async () => {
      await world.deliver(...names.map((name) => mapped(name, world.clock)));
      world.clock.advance(2 * MINUTE);
      await world.ask({ action: 'reconcile' });
      world.clock.advance(-2 * MINUTE);
    });
    expect(asked()).toBe(names.length);
    for (let run = 0; run < 9; run++) {
      await world.ask({ action: 'reconcile' });
      world.clock.advance(MINUTE);
    }
    // Each request counts as sent when the clock was right again, and its pause is ten minutes.
    expect(asked()).toBe(names.length);
    Reflect.deleteProperty(world.authority, 'whyInvalid');
    for (let run = 0; run < 4; run++) {
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    expect(asked()).toBe(2 * names.length);
    const { domains } = (await world.ask({ action: 'status' })) as unknown as {
      domains: { domain: string; certificate: string }[];
    };
    const shown = domains.filter(({ domain }) => names.includes(domain)).map(({ certificate }) => certificate);
    expect(shown).toEqual(names.map(() => 'valid'));
  });

  it('never meets a limit of the authority, however far and for how long its clock was ahead', async () => {
    const phase = fc.array(fc.record({ minutes: fc.constantFrom(1, 10, 45, 200), works: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    });
    const ahead = fc.constantFrom(6 * MINUTE, 3 * HOUR, 2 * DAY, 8 * DAY, YEAR);
    await fc.assert(
      fc.asyncProperty(phase, phase, phase, ahead, async (before, during, after, aheadMs) => {
        const names = shops(2);
        const { world, clock } = await create({ probes: 'stand-ins', settings: { www: 'never' } });
        const { authority } = world;
        for (const name of ['network.example', ...names]) world.standInDns.point(name, StandInRunCloud.address);
        const run = async (steps: readonly { readonly minutes: number; readonly works: boolean }[]): Promise<void> => {
          for (const { minutes, works } of steps) {
            clock.advance(minutes * MINUTE);
            Object.assign(authority, { whyInvalid: () => (works ? undefined : 'Invalid response: 404') });
            await world.ask({ action: 'reconcile' });
          }
        };
        await world.ask({ action: 'reconcile' });
        await world.deliver(...names.map((name) => mapped(name, clock)));
        await run(before);
        clock.aheadMs = aheadMs;
        await run(during);
        clock.aheadMs = 0;
        await run(after);
        // The longest pause is a day.
        for (let hour = 0; hour < 26; hour++) await run([{ minutes: 60, works: true }]);
        const answers = authority.orders.map(({ answer }) => (answer.kind === 'refused' ? answer.why : ''));
        expect(answers.filter((why) => why.includes('too many'))).toEqual([]);
        for (const name of names) expect(world.standIn.certificateFor(name)?.names, name).toEqual([name]);
      }),
      runsOf('certificates under a clock that jumps'),
    );
  }, 600_000);

  it('saves what it found once, so that a run without drift writes nothing to the ledger', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await keep(world.ledger, { states: new Map([[shop, { missingSince: AHEAD, removedAt: AHEAD }]]) });
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readAll()).get(shop)?.state ?? {}).toEqual({});
  });
});
