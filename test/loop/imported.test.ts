/** What a first run that imports a whole network tells. */
import { expect, it } from 'vitest';
import { MINUTE } from '../../lib/core/values/time.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { runsOf } from '../support/property-runs.ts';
import { SCHEDULE } from '../support/schedule.ts';
import { createWorld, shops } from '../support/world.ts';

const IMPORTED = runsOf('domains that are imported').numRuns;

it(`${IMPORTED} domains that are imported are told in five messages at most, and a quiet day in none`, async () => {
  const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
  for (const name of shops(IMPORTED)) site.map(name);
  const world = await createWorld({
    network: site,
    runcloud: { limit: { requests: 1_000_000, retryAfter: true, headers: true } },
  });
  await world.ask({ action: 'reconcile' });
  expect(world.told).toMatchObject([{ type: 'domain.added', detail: { count: IMPORTED, leftOut: 0 } }]);
  for (let run = 0; run < 4; run++) {
    world.clock.advance(10 * MINUTE);
    await world.ask(SCHEDULE);
  }
  expect(world.told.map(({ type }) => type)).toEqual(['domain.added', 'certificate.issued', 'domain.live']);
  world.told.length = 0;
  for (let run = 0; run < 24 * 6; run++) {
    world.clock.advance(10 * MINUTE);
    await world.ask(SCHEDULE);
  }
  expect(world.told).toEqual([]);
});
