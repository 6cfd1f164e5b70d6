/** Whatever RunCloud, the network and the ledger hold, a plan and the policy `observe` write nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer } from '../../../lib/console.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { memoryLedger } from '../../../lib/ledger/memory.ts';
import type { Dependencies } from '../../../lib/loop/dependencies.ts';
import { syncEvents } from '../../../lib/loop/runs/sync.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { keep } from '../../support/ledger.ts';
import { runsOf } from '../../support/property-runs.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

const NAMES = shops(6) as HostName[];

const place = fc.record({
  present: fc.constantFrom('no' as const, 'no' as const, 'alias' as const, 'primary' as const, 'wildcard' as const),
  listed: fc.constantFrom('no' as const, 'yes' as const, 'inactive' as const),
  request: fc.constantFrom('none' as const, 'mapped' as const, 'unmapped' as const),
  /** `other`: owned under an id that is not the one that stands there. */
  owned: fc.constantFrom('no' as const, 'yes' as const, 'other' as const),
  missingFor: fc.constantFrom(undefined, 10 * MINUTE, 2 * HOUR),
  failedFor: fc.constantFrom(undefined, -MINUTE, MINUTE),
});
const state = fc.record({
  places: fc.array(place, { minLength: NAMES.length, maxLength: NAMES.length }),
  policy: fc.constantFrom('create-only' as const, 'sync' as const),
  brake: fc.constantFrom(0, 3, 100),
  hasNetwork: fc.boolean(),
  www: fc.constantFrom('auto' as const, 'always' as const, 'never' as const),
});

describe('a plan, and the policy observe', () => {
  it('write nothing to RunCloud, and a plan nothing to the ledger, in any state', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key', secret: 'secret' });
    const base = await createWorld({ network: site });
    const { standIn, clock } = base;
    await fc.assert(
      fc.asyncProperty(state, async ({ places, policy, brake, hasNetwork, www }) => {
        for (const name of NAMES) standIn.removeByHand(name);
        site.mappings.length = 0;
        const ledger = memoryLedger();
        for (const [index, each] of places.entries()) {
          const domain = NAMES[index] as HostName;
          const type = each.present === 'primary' ? 'primary' : 'alias';
          const object =
            each.present === 'no'
              ? undefined
              : standIn.addByHand(domain, { type, wildcard: each.present === 'wildcard' });
          if (each.listed !== 'no') site.map(domain, 1).active = each.listed === 'yes';
          if (each.request === 'mapped') await ledger.recordRequests([mapped(domain, clock)]);
          if (each.request === 'unmapped') await ledger.recordRequests([unmapped(domain, clock)]);
          const known: DomainState = {
            ...(each.owned !== 'no' && {
              owned: {
                id: each.owned === 'yes' && object ? object.id : 1,
                since: iso(clock.now()),
                by: 'added' as const,
              },
            }),
            ...(each.missingFor && { missingSince: iso(clock.now() - each.missingFor) }),
            ...(each.failedFor && {
              failure: {
                attempts: 1,
                dueAt: iso(clock.now() + each.failedFor),
                why: '',
                whatToDo: '',
                requestOrder: '',
              },
            }),
          };
          await keep(ledger, { states: new Map([[domain, known]]) });
        }
        standIn.calls.length = 0;
        const settings = { ...base.settings, policy, www, brake: { count: brake, percent: 0 } };
        const world: Dependencies = { ...base, ledger, settings, network: hasNetwork ? base.network : undefined };
        const until = clock.now() + 5 * MINUTE;
        const before = [await ledger.readAll(), await ledger.readApplication()];
        for (const action of ['plan', 'status', 'doctor']) await answer(world, { action }, until);
        expect([await ledger.readAll(), await ledger.readApplication()]).toEqual(before);
        const refused = await answer(world, { action: 'apply', checksum: '0123456789abcdef' }, until);
        expect(refused.ok).toBe(false);
        expect(standIn.writes).toEqual([]);

        const observing: Dependencies = { ...world, settings: { ...settings, policy: 'observe' } };
        const { checksum } = await answer(observing, { action: 'plan' }, until);
        await answer(observing, { action: 'apply', checksum }, until);
        await answer(observing, { action: 'reconcile' }, until);
        await syncEvents(observing, [mapped(NAMES[0] ?? '', clock), unmapped(NAMES[1] ?? '', clock)], until);
        await answer(observing, { action: 'adopt', domains: 'all' }, until);
        expect(standIn.writes).toEqual([]);
      }),
      runsOf('nothing written'),
    );
  }, 300_000);
});
