import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAdoption } from '../../../lib/core/plan/adopt.ts';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import { mappedDomains } from '../../../lib/core/plan/desired.ts';
import { plan } from '../../../lib/core/plan/plan.ts';
import { NAMES, planInputs } from '../arbitraries.ts';
import {
  host,
  input,
  inShort,
  listed,
  mapRequest,
  object,
  only,
  owned,
  PRIMARY,
  record,
  SHOP,
  type Situation,
  shop,
  unmapRequest,
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
