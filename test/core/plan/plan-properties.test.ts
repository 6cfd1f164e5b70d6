import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainRecord } from '../../../lib/core/domain/record.ts';
import { unansweredRemovals } from '../../../lib/core/domain/removal-count.ts';
import { type ActualDomain, ActualIndex, wildcardSuffix } from '../../../lib/core/domain/runcloud-domain.ts';
import { applyBeside, applyListing, applyOutcome, applyUpdate } from '../../../lib/core/domain/transitions.ts';
import { mappedDomains } from '../../../lib/core/plan/desired.ts';
import type { PlanInput } from '../../../lib/core/plan/input.ts';
import { oddRowFor } from '../../../lib/core/plan/odd-rows.ts';
import { type Plan, plan } from '../../../lib/core/plan/plan.ts';
import { type DueRemoval, isLedgerStep, type Step, sortSteps } from '../../../lib/core/plan/step.ts';
import { redirectionFor } from '../../../lib/core/plan/www.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { DAY, epoch, iso } from '../../../lib/core/values/time.ts';
import { runsOf } from '../../support/property-runs.ts';
import { planInputs, shuffled } from '../arbitraries.ts';
import { countsOf, object, record, UNREAD } from '../builders.ts';

type Touch = { readonly domain: HostName; readonly id: number; readonly action: Step['action'] };

/** Every removal and update of a plan, held by the brake or not. */
function touched(made: Plan): Touch[] {
  return [...made.steps, ...made.braked].flatMap((step): Touch[] => {
    return step.action === 'update' || step.action === 'remove' ? [{ ...step, id: step.target.id }] : [];
  });
}

/** Within the last day. `sent`: the objects whose removal may have been carried out. */
function removedIn({ ledger, now }: PlanInput): { readonly done: number; readonly sent: readonly number[] } {
  const states = [...ledger.values()].map(({ state }) => state);
  return {
    done: states.filter(({ removedAt }) => removedAt !== undefined && removedAt > iso(now - DAY)).length,
    sent: unansweredRemovals(ledger.values(), now).map(({ id }) => id),
  };
}

function idOf({ target }: DueRemoval): number {
  return target.id;
}

function runCloudSteps(made: Plan): string[] {
  return made.steps.filter((step) => !isLedgerStep(step)).map(({ action, domain }) => `${action} ${domain}`);
}

function check(property: (planInput: PlanInput, made: Plan) => void, runs: { readonly numRuns?: number } = {}): void {
  fc.assert(
    fc.property(planInputs, (planInput) => property(planInput, plan(planInput))),
    runs,
  );
}

/** RunCloud and the ledger after a plan was carried out and the list was read again. */
function carriedOut(planInput: PlanInput, { steps, updates }: Plan, wwwPointsHere: boolean): PlanInput {
  const objects = new Map(planInput.actual.map((each) => [each.id, each]));
  const ledger = asListed(planInput.ledger, planInput);
  let highest = Math.max(0, ...objects.keys());
  const recordOf = (domain: HostName) => ledger.get(domain) ?? record(domain);
  for (const update of updates) {
    const known = recordOf(update.domain);
    ledger.set(update.domain, { ...known, state: applyUpdate(known.state, update) });
  }
  const remember = (domain: HostName, result: Parameters<typeof applyOutcome>[1]) =>
    ledger.set(domain, { ...recordOf(domain), state: applyOutcome(recordOf(domain), result, planInput.now) });
  for (const step of steps) {
    const { domain } = step;
    if (step.action === 'forget') remember(domain, { kind: 'forgotten' });
    if (step.action === 'remove') {
      objects.delete(step.target.id);
      remember(domain, { kind: 'removed', id: step.target.id });
    }
    if (step.action === 'add') {
      const www = step.www === 'yes' || step.www === 'named' || (step.www === 'auto' && wwwPointsHere);
      highest += 1;
      const added = object(domain, { id: highest, www, redirection: redirectionFor(www) });
      objects.set(added.id, added);
      remember(domain, { kind: 'added', domain: added });
    }
    if (step.action === 'update') {
      const { www, redirection } = step;
      objects.set(step.target.id, shownAs(objects.get(step.target.id), { www, redirection }));
      remember(domain, { kind: 'updated', serving: { www, redirection } });
    }
  }
  const actual = [...objects.values()];
  const after = asListed(ledger, { actual, now: planInput.now });
  return { ...planInput, actual, ledger: after, counts: countsOf(actual, [...after.values()], planInput.now) };
}

function asListed(
  ledger: PlanInput['ledger'],
  { actual, now }: Pick<PlanInput, 'actual' | 'now'>,
): Map<HostName, DomainRecord> {
  const index = new ActualIndex(actual);
  const listed = [...ledger.values()].map((each) => {
    const state = applyListing(each.state, index.find(each.domain), false, now);
    const beside = index.apart(each.domain);
    return { ...each, state: beside ? applyBeside(state, beside, false, now) : state };
  });
  return new Map(listed.map((each) => [each.domain, each]));
}

/** What RunCloud did not show before it does not show afterwards. */
function shownAs(before: ActualDomain | undefined, after: Pick<ActualDomain, 'www' | 'redirection'>): ActualDomain {
  if (!before) throw new Error('there is no such object');
  return {
    ...before,
    ...(before.www !== undefined && { www: after.www }),
    ...(before.redirection !== undefined && { redirection: after.redirection }),
  };
}

describe('for any input', () => {
  it('nothing is removed or changed that is not owned by its id, or is the primary, protected or a wildcard', () => {
    check((planInput, made) => {
      for (const { domain, id } of touched(made)) {
        const target = planInput.actual.find((each) => each.id === id);
        expect(target).toBeDefined();
        expect(target?.type).not.toBe('primary');
        const { owned, ownedWww } = planInput.ledger.get(domain)?.state ?? {};
        expect([owned?.id, ownedWww?.id]).toContain(id);
        for (const name of [domain, target?.name ?? '', `www.${domain}`]) {
          expect(planInput.settings.protectedDomains).not.toContain(name);
        }
        for (const pattern of planInput.settings.protectedDomains.filter((each) => each.startsWith('*'))) {
          for (const name of [domain, target?.name]) expect(name?.endsWith(pattern.slice(1))).toBe(false);
        }
        expect(target && wildcardSuffix(target)).toBeUndefined();
      }
    }, runsOf('removals'));
  });

  it('a removal has a signed event, or two complete reads at least the grace apart', () => {
    check((planInput, made) => {
      for (const { domain, action } of touched(made)) {
        if (action !== 'remove') continue;
        const { desired, settings } = planInput;
        const { request, state } = planInput.ledger.get(domain) ?? record(domain);
        const signed = request?.kind === 'unmapped' && request.trust === 'signed';
        const twice =
          desired.from === 'network' &&
          state.missingSince !== undefined &&
          (request?.kind !== 'mapped' || request.occurredAt <= state.missingSince) &&
          epoch(desired.readAt) - epoch(state.missingSince) >= settings.graceMs;
        expect(signed || twice).toBe(true);
        if (desired.from === 'network') expect(desired.mappings.map((each) => each.domain)).not.toContain(domain);
      }
    }, runsOf('removals'));
  });

  it('a list that could not be read removes and forgets nothing', () => {
    check((planInput) => {
      const made = plan({ ...planInput, desired: UNREAD });
      expect(made.braked).toEqual([]);
      for (const { action } of made.steps) expect(['add', 'update']).toContain(action);
    });
  });

  it('a domain that is mapped is neither removed nor forgotten', () => {
    check((planInput, made) => {
      const mappedNow = mappedDomains(planInput.desired, planInput.ledger);
      for (const { action, domain } of [...made.steps, ...made.braked]) {
        expect(mappedNow.has(domain)).toBe(action === 'add' || action === 'update');
      }
    });
  });

  it('the plan does not depend on the order of its input', () => {
    const pairs = planInputs.chain((planInput) => fc.tuple(fc.constant(planInput), shuffled(planInput)));
    fc.assert(
      fc.property(pairs, ([planInput, reordered]) => {
        const made = plan(planInput);
        expect(plan(planInput)).toEqual(made);
        expect(plan(reordered)).toEqual(made);
      }),
    );
  });

  it('planning changes nothing', () => {
    check((planInput) => {
      const before = structuredClone(planInput);
      plan(planInput);
      expect(planInput).toEqual(before);
    });
  });

  it('observe plans what sync plans', () => {
    check((planInput) => {
      const under = (policy: 'observe' | 'sync') => plan({ ...planInput, settings: { ...planInput.settings, policy } });
      expect(under('observe')).toEqual(under('sync'));
    });
  });

  it('create-only plans nothing but what sync adds and forgets, and holds the rest', () => {
    check((planInput) => {
      const under = (policy: 'create-only' | 'sync') =>
        plan({ ...planInput, settings: { ...planInput.settings, policy } });
      const { steps, braked, holds } = under('create-only');
      expect(braked).toEqual([]);
      const all = under('sync').steps;
      expect(steps).toEqual(all.filter(({ action }) => action === 'add' || action === 'forget'));
      const held = holds.map(({ domain }) => domain);
      for (const { domain } of all.slice(steps.length)) expect(held).toContain(domain);
    });
  });

  it('from answers about single names nothing is removed, braked or not', () => {
    check((planInput, made) => {
      fc.pre(planInput.desired.from === 'asked');
      expect(touched(made).filter(({ action }) => action === 'remove')).toEqual([]);
    });
  });

  it('from a list nothing is removed for which the question for its name has no answer, or another one', () => {
    check(({ desired }, { steps, unproven, holds }) => {
      fc.pre(desired.from === 'network' && desired.doubt === undefined);
      const asked = desired.from === 'network' && desired.doubt === undefined ? desired.asked : new Map();
      for (const step of steps) if (step.action === 'remove') expect(asked.get(step.domain)?.kind).toBe('absent');
      for (const { domain } of unproven) {
        expect(asked.get(domain)?.kind).not.toBe('absent');
        expect(holds).toContainEqual(expect.objectContaining({ domain, code: 'incomplete' }));
      }
    }, runsOf('removals'));
  });

  it('a plan about some domains removes only what somebody unmapped', () => {
    check((planInput) => {
      const made = plan({ ...planInput, scope: 'some' });
      const unlisted = (step: Step | DueRemoval) => step.action === 'remove' && step.cause === 'unlisted';
      expect([...made.steps, ...made.braked].filter(unlisted)).toEqual([]);
    });
  });

  it('the brake lets through no more than it allows: all or none, and none that nobody asked for beside one it holds', () => {
    check((planInput, { steps, braked, unproven, holds }) => {
      const removals = steps.filter((step) => step.action === 'remove');
      const { count, percent } = planInput.settings.brake;
      const { done, sent } = removedIn(planInput);
      const allowed = Math.max(count, Math.floor(((planInput.counts.owned + done) * percent) / 100));
      const withSent = (planned: readonly DueRemoval[]) => done + new Set([...sent, ...planned.map(idOf)]).size;
      if (removals.length > 0) expect(withSent(removals)).toBeLessThanOrEqual(allowed);
      if (withSent([...removals, ...braked, ...unproven]) > allowed) expect(removals).toEqual([]);
      const unlisted = steps.filter((step) => step.action === 'remove' && step.cause === 'unlisted');
      if (braked.length > 0) expect(unlisted).toEqual([]);
      const held = holds.filter(({ code }) => code === 'brake').map(({ domain }) => domain);
      expect(held).toEqual(braked.map(({ domain }) => domain));
    });
  });

  it('the brake never lets a list that nobody asked for take all domains, or half of them and more than two within a day', () => {
    check((planInput, { steps }) => {
      const removals = steps.filter((step) => step.action === 'remove');
      const unlisted = removals.filter(({ cause }) => cause === 'unlisted');
      if (unlisted.length === 0) return;
      const { done, sent } = removedIn(planInput);
      const { owned: left } = planInput.counts;
      expect(new Set([...sent, ...removals.map(idOf)]).size).toBeLessThan(left);
      const others = new Set(removals.filter(({ cause }) => cause !== 'unlisted').map(idOf));
      const total = done + new Set([...sent.filter((id) => !others.has(id)), ...unlisted.map(idOf)]).size;
      expect(total <= 2 || total * 2 < left + done).toBe(true);
    });
  });

  it('has the same checksum with the brake open: an operator applies what was reviewed', () => {
    check((planInput, made) => {
      const open = { ...planInput.settings, brake: { count: 1_000, percent: 100 } };
      expect(plan({ ...planInput, settings: open }).checksum).toBe(made.checksum);
    });
  });

  it('at least one domain stays on RunCloud', () => {
    check((planInput, made) => {
      const removals = touched(made).filter(({ action }) => action === 'remove').length;
      if (removals > 0) expect(removals).toBeLessThan(planInput.actual.length);
    });
  });

  it('of a domain there is one step at most, or a hold', () => {
    check((_, { steps, holds }) => {
      const names = [...steps, ...holds].map(({ domain }) => domain);
      expect(new Set(names).size).toBe(names.length);
      expect(sortSteps(steps)).toEqual(steps);
    });
  });

  it('what is mapped is on RunCloud, or about to be, or held with a reason', () => {
    check((planInput, { steps, holds }) => {
      const index = new ActualIndex(planInput.actual);
      const seen = [...steps, ...holds].map(({ domain }) => domain as string);
      for (const domain of mappedDomains(planInput.desired, planInput.ledger)) {
        if (!index.find(domain)) expect(seen).toContain(domain);
      }
    });
  });

  it('what a signed event unmapped is gone, or about to go, or held with a reason', () => {
    check((planInput, { steps, holds }) => {
      fc.pre(planInput.desired.from !== 'nowhere');
      const index = new ActualIndex(planInput.actual);
      const seen = [...steps, ...holds].map(({ domain }) => domain as string);
      const mappedNow = mappedDomains(planInput.desired, planInput.ledger);
      for (const { domain, request } of planInput.ledger.values()) {
        // What a row may stand for that is not understood is told by that row (`remark`).
        const { desired } = planInput;
        if (desired.from === 'network' && oddRowFor(domain, desired.odd)) continue;
        const found = index.find(domain);
        if (request?.kind !== 'unmapped' || mappedNow.has(domain) || !found) continue;
        // A hold about an object that is nobody's has its name, `www.shop.example` for one.
        expect(seen.some((name) => [domain, `www.${domain}`, found.name].includes(name))).toBe(true);
      }
    });
  });

  it('the plan after a plan that was carried out changes nothing on RunCloud', () => {
    fc.assert(
      fc.property(planInputs, fc.boolean(), (planInput, wwwPointsHere) => {
        // Here no removal waits for another: the brake is open and a primary stays.
        // And what one list lacks for the first time is not gone by the same list.
        fc.pre(planInput.actual.some(({ type }) => type === 'primary'));
        const graceMs = Math.max(1, planInput.settings.graceMs);
        const settings = { ...planInput.settings, graceMs, brake: { count: 1_000, percent: 100 } };
        const inputs = { ...planInput, settings };
        const made = plan(inputs);
        // What nobody unmapped may be held all the same, until adds have made it less than half.
        fc.pre(made.braked.length === 0);
        const next = plan(carriedOut(inputs, made, wwwPointsHere));
        expect(next.steps).toEqual([]);
        expect(next.updates).toEqual([]);
      }),
    );
  });

  it('a few runs are enough until a plan changes nothing, whatever waits for what', () => {
    fc.assert(
      fc.property(planInputs, fc.boolean(), (planInput, wwwPointsHere) => {
        let current = planInput;
        for (let run = 0; run < 4; run++) current = carriedOut(current, plan(current), wwwPointsHere);
        expect(runCloudSteps(plan(current))).toEqual([]);
      }),
    );
  });

  it('the input holds what the properties are about', () => {
    const found = new Set<string>();
    for (const planInput of fc.sample(planInputs, { numRuns: 2_000, seed: 1 })) {
      const made = plan(planInput);
      for (const { action } of [...made.steps, ...made.braked]) found.add(action);
      for (const { code } of made.holds) found.add(code);
    }
    expect([...found].sort()).toEqual(
      [
        ...['add', 'forget', 'remove', 'update'],
        ...[
          'beside',
          'brake',
          'gone',
          'grace',
          'incomplete',
          'last-domain',
          'not-ours',
          'not-taken',
          'policy',
          'protected',
        ],
        ...['unmanaged', 'waiting', 'wildcard', 'still-mapped', 'not-listed'],
      ].sort(),
    );
  });
});
