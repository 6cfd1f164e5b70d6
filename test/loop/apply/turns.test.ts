/** A run that ends early, because of RunCloud's limit, has done some of each kind of step. */
import { expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

it('certificates and removals do not wait behind hundreds of updates, and updates go on', async () => {
  const limit = { requests: 60, retryAfter: true, headers: true };
  const UNLIMITED = { requests: 1_000_000, retryAfter: true, headers: true };
  const before = await createWorld({ probes: 'stand-ins', settings: { www: 'never' }, runcloud: { limit: UNLIMITED } });
  const [going, coming] = [shops(12, 'going'), shops(12, 'coming')];
  const names = shops(300);
  for (const name of ['network.example', ...names, ...going]) before.standInDns.point(name, StandInRunCloud.address);
  await before.deliver(
    ...[...names, ...going, ...coming.map((name) => `www.${name}`)].map((name) => mapped(name, before.clock)),
  );
  for (let run = 0; run < 24; run++) {
    before.clock.advance(10 * MINUTE);
    await before.ask({ action: 'reconcile' });
  }
  // From here on 300 domains are to be served with `www.`, 12 wait for a certificate, 12 were unmapped, and one is new.
  const { standIn, ledger, clock } = before;
  standIn.options = { ...standIn.options, limit };
  const world = await createWorld({ probes: 'stand-ins', settings: { www: 'always' }, standIn, ledger, clock });
  for (const name of coming) {
    for (const each of [name, `www.${name}`]) world.standInDns.point(each, StandInRunCloud.address);
  }
  clock.advance(HOUR);
  await ledger.recordRequests([mapped('new.example', clock), ...going.map((name) => unmapped(name, clock))]);
  // The brake holds so many changes at once until they are meant.
  const { checksum } = await world.ask({ action: 'plan' });
  const calls = standIn.calls.length;
  await world.ask({ action: 'apply', checksum });
  const writes = standIn.calls.slice(calls).filter(({ method }) => method !== 'GET');
  const count = (of: (call: (typeof writes)[number]) => boolean): number => writes.filter(of).length;
  expect(standIn.find('new.example')).toBeDefined();
  expect(count(({ method, path }) => method === 'DELETE' && !path.includes('ssl'))).toBe(12);
  expect(count(({ method }) => method === 'PATCH')).toBeGreaterThan(50);
  expect(count(({ method }) => method === 'PATCH')).toBeLessThan(300);
  expect(coming.filter((name) => standIn.certificateFor(name)?.names.includes(name))).toEqual(coming);
}, 60_000);
