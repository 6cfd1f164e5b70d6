import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAdoption, planAfter } from '../../../lib/core/plan/adopt.ts';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import { mappedDomains } from '../../../lib/core/plan/desired.ts';
import { plan } from '../../../lib/core/plan/plan.ts';
import { HOUR } from '../../../lib/core/values/time.ts';
import { NAMES, planInputs } from '../arbitraries.ts';
import {
  ago,
  host,
  input,
  inShort,
  listed,
  mapRequest,
  object,
  only,
  owned,
  PRIMARY,
  probeOf,
  record,
  SHOP,
  type Situation,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

function adopt(wanted: Parameters<typeof planAdoption>[0], situation: Situation): string[] {
  return inShort(planAdoption(wanted, input(situation)));
}

describe('planAdoption of named domains', () => {
  it('adopts what is on RunCloud and not ours, mapped or not', () => {
    const made = planAdoption([SHOP], input({ objects: [PRIMARY, shop] }));
    expect(only(made.steps)).toEqual({
      action: 'adopt',
      domain: SHOP,
      target: shop,
      why: 'handed over by an operator',
    });
    expect(adopt([SHOP], { objects: [PRIMARY, shop], records: [record(SHOP, unmapRequest())] })).toEqual([
      'adopt shop.example',
    ]);
  });

  it('adopts a separate www. object under its domain', () => {
    const www = object('www.shop.example');
    const made = planAdoption([SHOP], input({ objects: [PRIMARY, www] }));
    expect(only(made.steps)).toMatchObject({ domain: SHOP, target: www });
  });

  it('says which one is not on RunCloud', () => {
    expect(adopt([SHOP], {})).toEqual(['hold absent shop.example']);
  });

  it.each<[string, Situation]>([
    ['the primary domain', { objects: [object('shop.example', { type: 'primary' })] }],
    ['a protected name', { objects: [shop], settings: { protectedDomains: ['other.example', 'shop.example'] } }],
    ['a name whose www. form is protected', { objects: [shop], settings: { protectedDomains: ['www.shop.example'] } }],
    [
      'an object under a protected pattern',
      { objects: [object('www.shop.example')], settings: { protectedDomains: ['*.shop.example'] } },
    ],
    ["the network's own host", { objects: [shop], ownHost: SHOP }],
    ['a name under a protected pattern', { objects: [shop], settings: { protectedDomains: ['*.example'] } }],
  ])('never adopts %s, and says so', (_, situation) => {
    expect(adopt([SHOP], situation)).toEqual(['hold protected shop.example']);
  });

  it('never adopts a wildcard domain, and says what it is', () => {
    expect(adopt([SHOP], { objects: [object('shop.example', { wildcard: true })] })).toEqual([
      'hold wildcard shop.example',
    ]);
    expect(adopt('all', { objects: [object('shop.example', { wildcard: true })] })).toEqual([]);
  });

  it('never adopts where the row in the ledger cannot be read, named or among all', () => {
    const situation = {
      desired: listed(SHOP),
      objects: [PRIMARY, shop],
      records: [{ ...record(SHOP), unreadable: 'its state is not JSON' }],
    };
    expect(adopt([SHOP], situation)).toEqual(['hold unreadable shop.example']);
    expect(adopt('all', situation)).toEqual(['hold unreadable shop.example']);
    expect(adopt([SHOP], { ...situation, objects: [PRIMARY] })).toEqual(['hold unreadable shop.example']);
  });

  it('leaves alone what is ours', () => {
    expect(adopt([SHOP], { objects: [shop], records: [record(SHOP, mapRequest(), owned())] })).toEqual([]);
  });

  it('adopts an object that took the place of the one that was ours', () => {
    expect(adopt([SHOP], { objects: [shop], records: [record(SHOP, mapRequest(), owned(3))] })).toEqual([
      'adopt shop.example',
    ]);
  });

  it('adopts once what is named twice', () => {
    expect(adopt([SHOP, SHOP], { objects: [shop] })).toEqual(['adopt shop.example']);
  });

  it('is in order and sealed by its checksum', () => {
    const objects = [object('b.example', { id: 8 }), object('a.example', { id: 9 })];
    const made = planAdoption(['b.example', 'a.example'].map(host), input({ objects }));
    expect(made.steps.map(({ domain }) => domain)).toEqual(['a.example', 'b.example']);
    expect(made).toMatchObject({ braked: [], updates: [], checksum: planChecksum(made.steps) });
  });
});

describe('planAdoption of all', () => {
  it('takes what is mapped and on RunCloud; what is only there stays unmanaged', () => {
    const objects = [shop, object('other.example', { id: 8 })];
    expect(adopt('all', { objects, records: [record(SHOP, mapRequest())] })).toEqual(['adopt shop.example']);
    expect(adopt('all', { objects, desired: listed(SHOP) })).toEqual(['adopt shop.example']);
  });

  it('holds nothing: what cannot be adopted is passed over in silence', () => {
    const records = ['gone.example', 'network.example', 'shop.example', 'star.example'].map((name) =>
      record(host(name), mapRequest()),
    );
    const objects = [PRIMARY, shop, object('star.example', { id: 9, wildcard: true })];
    expect(adopt('all', { objects, records, settings: { protectedDomains: ['shop.example'] } })).toEqual([]);
  });

  it('adopts only what is mapped, there, not ours, not protected, no primary and no wildcard', () => {
    fc.assert(
      fc.property(planInputs, (planInput) => {
        const mapped = mappedDomains(planInput.desired, planInput.ledger);
        for (const step of planAdoption('all', planInput).steps) {
          if (step.action !== 'adopt') throw new Error(step.action);
          const { domain, target } = step;
          expect(mapped).toContain(domain);
          expect(planInput.actual).toContain(target);
          expect(planInput.ledger.get(domain)?.state.owned?.id).not.toBe(target.id);
          expect(planInput.settings.protectedDomains).not.toContain(domain);
          expect(target.type).not.toBe('primary');
          expect(target.wildcard).toBe(false);
        }
      }),
    );
  });

  it('leaves nothing that is mapped and held as not ours, wildcards aside', () => {
    fc.assert(
      fc.property(planInputs, (planInput) => {
        const adopted = planAdoption('all', planInput).steps.map(({ domain }) => domain as string);
        const stars = planInput.actual.filter(({ wildcard }) => wildcard).map(({ name }) => name.replace(/^www\./, ''));
        const mapped = mappedDomains(planInput.desired, planInput.ledger);
        const notOurs = plan(planInput).holds.filter(
          ({ code, domain }) => code === 'not-ours' && mapped.has(host(domain)),
        );
        expect(notOurs.map(({ domain }) => domain).filter((domain) => !stars.includes(domain))).toEqual(
          adopted.sort().filter((domain) => !stars.includes(domain)),
        );
      }),
    );
  });

  it('of named ones every one is adopted, held or ours', () => {
    fc.assert(
      fc.property(planInputs, fc.subarray([...NAMES]), (planInput, named) => {
        const { steps, holds } = planAdoption(named, planInput);
        const planned = [...steps, ...holds].map(({ domain }) => domain as string);
        const ours = named.filter((domain) => planInput.ledger.get(domain)?.state.owned);
        for (const domain of named) expect([...planned, ...ours]).toContain(domain);
      }),
    );
  });
});

describe('planAfter', () => {
  const stray = object('stray.example', { id: 8 });
  const after = (named: Parameters<typeof planAdoption>[0], situation: Situation) => {
    const given = input(situation);
    return planAfter(planAdoption(named, given), given);
  };

  it('is the plan of the next run, with what was adopted as ours', () => {
    const objects = [PRIMARY, object('shop.example', { www: true, redirection: 'www' }), stray];
    const records = [
      record(SHOP, mapRequest(), {
        probe: probeOf('pointing', 'none', { www: { verdict: VERDICTS.pointing, since: ago(HOUR) } }),
      }),
    ];
    const named = [SHOP, host('stray.example')];
    expect(inShort(after(named, { objects, records, desired: listed(SHOP) }))).toEqual([
      'issue shop.example',
      'hold grace stray.example',
    ]);
    expect(inShort(after([], { objects, desired: listed(SHOP) }))).toEqual([
      'hold not-ours shop.example',
      'hold unmanaged stray.example',
    ]);
  });

  it('counts what was adopted as owned, and once, for the brake', () => {
    const objects = [PRIMARY, shop, stray];
    const settings = { brake: { count: 0, percent: 50 } };
    const unmapped = [SHOP, host('stray.example')].map((name) => record(name, unmapRequest()));
    const held = after([SHOP, host('stray.example')], { objects, settings, records: unmapped });
    expect(only(held.holds.slice(1)).reason).toContain('for 2 owned domains');
    const taken = [record(SHOP, unmapRequest(), owned(3)), ...unmapped.slice(1)];
    const again = after([SHOP, host('stray.example')], { objects, settings, records: taken });
    expect(only(again.holds.slice(1)).reason).toContain('for 2 owned domains');
    const ownedWww = { id: 3, since: ago(HOUR), by: 'added' } as const;
    const byWww = [record(SHOP, unmapRequest(), { ownedWww }), ...unmapped.slice(1)];
    const counts = { owned: 1 };
    const further = after([SHOP, host('stray.example')], { objects, settings, records: byWww, counts });
    expect(only(further.holds.slice(1)).reason).toContain('for 2 owned domains');
  });

  it('changes nothing of what is given', () => {
    const given = input({ objects: [PRIMARY, shop] });
    const before = structuredClone(given);
    planAfter(planAdoption([SHOP], given), given);
    expect(given).toEqual(before);
  });

  it('asks for no change of www or redirection under WWW=auto, whatever was adopted', () => {
    fc.assert(
      fc.property(planInputs, (planInput) => {
        const given = { ...planInput, settings: { ...planInput.settings, www: 'auto' as const } };
        const adoption = planAdoption('all', given);
        const adopted = new Set(adoption.steps.map(({ domain }) => domain));
        const changed = planAfter(adoption, given).steps.filter(({ action }) => action === 'update');
        expect(changed.filter(({ domain }) => adopted.has(domain))).toEqual([]);
      }),
    );
  });
});
