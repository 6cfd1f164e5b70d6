/** What is held or failed is told: by the answer of the run, by `status`, and by the doctor. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

describe('90 removals held, and a certificate that failed', () => {
  async function inTrouble() {
    const names = shops(90);
    const world = await createWorld({
      settings: { brake: { count: 5, percent: 5 } },
      probes: 'stand-ins',
      dns: new Map([['cert.example', ['203.0.113.10']]]),
    });
    for (const name of names) world.standInDns.point(name, '203.0.113.10');
    await world.deliver(...names.map((name) => mapped(name, world.clock)), mapped('cert.example', world.clock));
    await world.workOff();
    await world.ask({ action: 'reconcile' });
    return { world, names };
  }

  it('are what the run, status and the doctor speak of, each kind with its own remedy', async () => {
    const { world, names } = await inTrouble();
    world.standInDns.point('late.example', '203.0.113.10');
    world.authority.options.dns.block?.('late.example');
    await world.ledger.recordRequests(names.map((name) => unmapped(name, world.clock)));
    world.clock.advance(DAY + HOUR);
    const ran = await world.ask({ action: 'reconcile' });
    expect(ran).toMatchObject({ ok: false, done: [] });
    expect(ran.summary).toMatch(/^A person is needed for 90 domains: brake 90\. Nothing was changed; /);
    expect(MINUTE).toBe(60_000);
  });
});
