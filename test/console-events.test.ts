import { describe, expect, it } from 'vitest';
import type { ListedEvent } from '../lib/core/report/event-history.ts';
import { DAY, MINUTE } from '../lib/core/values/time.ts';
import { answerQuery } from '../lib/query.ts';
import { createWorld, mapped, type TestWorld, unmapped } from './support/world.ts';

async function withHistory(): Promise<TestWorld> {
  const world = await createWorld({ quota: { callsPerMonth: 10 } });
  await world.deliver(mapped('shop.example', world.clock), mapped('other.example', world.clock));
  await world.workOff();
  world.clock.advance(MINUTE);
  await world.deliver(unmapped('shop.example', world.clock));
  await world.ask({ action: 'reconcile' });
  return world;
}

const typesOf = (answer: { readonly [more: string]: unknown }) =>
  (answer['events'] as ListedEvent[]).map(({ type }) => type);

describe('events, by the console and by query', () => {
  it('are those of a domain, newest first, in whatever way it is written', async () => {
    const world = await withHistory();
    const request = { action: 'events', domain: 'WWW.Shop.Example.' };
    const answer = await world.ask(request);
    expect(typesOf(answer)).toEqual(['domain.removed', 'domain.live', 'certificate.issued', 'domain.added']);
    expect(answer).toMatchObject({
      ok: true,
      matching: 4,
      events: [
        { domain: 'shop.example', reason: 'This service removed it.', after: { mapping: 'not on RunCloud' } },
        {},
        {},
        {},
      ],
      summary: expect.stringMatching(
        /^4 events of shop\.example within the last 90 days, the newest at .*: domain\.removed\.$/,
      ),
    });
    expect(await answerQuery(world, request)).toEqual(answer);
    const told = world.told.flatMap(({ detail }) =>
      'domain' in detail && detail.domain === 'shop.example' ? detail.id : [],
    );
    expect((answer['events'] as ListedEvent[]).map(({ id }) => id)).toEqual(told.toReversed());
  });

  it('are those of all domains and of the application where none is named, and no more than asked for', async () => {
    const world = await withHistory();
    const answer = await world.ask({ action: 'events' });
    expect(typesOf(answer)).toContain('quota.low');
    expect(answer['matching']).toBe(8);
    const few = await answerQuery(world, { action: 'events', limit: 2 });
    expect(few).toMatchObject({ matching: 8, events: (answer['events'] as object[]).slice(0, 2) });
    expect(few.summary).toMatch(/Shown are the newest 2\.$/);
  });

  it('are none after 90 days, of a domain that is unknown, and before any run has ended', async () => {
    const world = await withHistory();
    expect(await world.ask({ action: 'events', domain: 'foreign.example' })).toEqual({
      ok: true,
      summary: 'No event of foreign.example within the last 90 days.',
      events: [],
      matching: 0,
      untold: 0,
    });
    world.clock.advance(91 * DAY);
    expect(await world.ask({ action: 'events' })).toMatchObject({ matching: 0 });
    expect(await answerQuery(await createWorld(), { action: 'events' })).toMatchObject({ ok: true, matching: 0 });
  });

  it('cost RunCloud nothing and change nothing', async () => {
    const world = await withHistory();
    const before = [world.standIn.calls.length, await world.ledger.readAll()];
    await world.ask({ action: 'events' });
    expect([world.standIn.calls.length, await world.ledger.readAll()]).toEqual(before);
  });
});
