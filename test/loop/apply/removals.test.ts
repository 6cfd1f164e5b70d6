/** A removal is the one step that loses a customer: what is looked at right before it is sent, and what counts after it. */
import { describe, expect, it } from 'vitest';
import type { MappingEvent } from '../../../lib/core/domain/mapping-request.ts';
import { HOUR } from '../../../lib/core/values/time.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

describe('a request that comes while a run is at work', () => {
  /** `z.example` is to go, after thirty adds. Once three of them are sent, the event comes. */
  async function runBesides(site: StandInMultisite | undefined, come: (world: TestWorld) => MappingEvent) {
    const names = [...shops(4), 'z.example'];
    for (const name of names) site?.map(name);
    const world = await createWorld(site ? { network: site } : {});
    await world.ask({ action: 'reconcile' });
    if (!site) await world.deliver(...names.map((name) => mapped(name, world.clock)));
    site?.unmap('z.example');
    await world.ask({ action: 'reconcile' });
    world.clock.advance(2 * HOUR);
    const added = shops(30, 'new');
    for (const name of added) site?.map(name);
    if (!site) {
      const events = [unmapped('z.example', world.clock), ...added.map((name) => mapped(name, world.clock))];
      await world.ledger.recordRequests(events);
    }
    let sent = 0;
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => {
        if (method === 'POST' && ++sent === 3) {
          world.clock.advance(1);
          void world.ledger.recordRequests([come(world)]);
        }
        return undefined;
      },
    };
    return { world, answer: await world.ask({ action: 'reconcile' }) };
  }

  const network = (): StandInMultisite =>
    new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });

  it.each([
    ['the network’s list lacked', network()],
    ['an event unmapped', undefined],
  ])('stops the removal of what %s', async (_, site) => {
    const { world, answer } = await runBesides(site, ({ clock }) => mapped('z.example', clock));
    expect(answer['held']).toMatchObject([
      {
        domain: 'z.example',
        code: 'changed',
        reason:
          'A newer request about z.example came after this run had made its plan, so this service did not remove it.',
      },
    ]);
    expect(world.standIn.find('z.example')).toBeDefined();
    expect(world.standIn.calls.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('stops no removal of another domain', async () => {
    const { world, answer } = await runBesides(network(), ({ clock }) => mapped('other.example', clock));
    expect(answer['held']).toEqual([]);
    expect(world.standIn.find('z.example')).toBeUndefined();
  });

  it('is decided by in the next run, where it asks for the removal once more', async () => {
    const { world } = await runBesides(undefined, ({ clock }) => unmapped('z.example', clock));
    expect(world.standIn.find('z.example')).toBeDefined();
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.find('z.example')).toBeUndefined();
  });
});
