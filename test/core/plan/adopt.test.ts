import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeStrays, planAdoption } from '../../../lib/core/plan/adopt.ts';
import { planChecksum } from '../../../lib/core/plan/checksum.ts';
import { mappedDomains } from '../../../lib/core/plan/desired.ts';
import { plan } from '../../../lib/core/plan/plan.ts';
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
  record,
  SHOP,
  type Situation,
  shop,
  UNREAD,
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

  it.each<[string, Situation, string]>([
    [
      'is unmapped',
      { records: [record(SHOP, unmapRequest())] },
      'it is unmapped, so the next run removes it from RunCloud',
    ],
    [
      'is not listed',
      { desired: listed(host('other.example')) },
      'the network does not list it, so it is removed from RunCloud once that has been so for 60 minutes',
    ],
    [
      'nobody can be asked about',
      { desired: UNREAD },
      'whether it is mapped is not known now, and if it is not, it is removed from RunCloud later',
    ],
  ])('says of one that %s that it will go', (_, situation, goes) => {
    const made = planAdoption([SHOP], input({ objects: [PRIMARY, shop], ...situation }));
    expect(only(made.steps)).toEqual({
      action: 'adopt',
      domain: SHOP,
      target: shop,
      why: `handed over by an operator; ${goes}`,
      goes,
    });
    expect(describeStrays(made.steps)).toBe(`To go: shop.example: ${goes}.`);
  });

  it.each<[string, Situation]>([
    ['is mapped', { records: [record(SHOP, mapRequest())] }],
    ['is listed', { desired: listed(SHOP) }],
    ['no event is about, where there is no network to ask', {}],
    ['a wildcard domain covers', { desired: listed(), objects: [shop, object('*.example', { id: 9 })] }],
  ])('says nothing of the kind of one that %s', (_, situation) => {
    const made = planAdoption([SHOP], input({ objects: [PRIMARY, shop], ...situation }));
    expect(only(made.steps)).toStrictEqual({
      action: 'adopt',
      domain: SHOP,
      target: shop,
      why: 'handed over by an operator',
    });
    expect(describeStrays(made.steps)).toBeUndefined();
  });

  it.each([
    ['create', 'network.example', true],
    ['ignore', 'network.example', false],
    ['wildcard', 'network.example', false],
    ['ignore', 'other.example', true],
  ] as const)('of a subdomain under SUBDOMAINS=%s in the network %s: %s', (subdomains, own, isSaid) => {
    const domain = host('shop.network.example');
    const situation = { desired: listed(), objects: [PRIMARY, object(domain, { id: 9 })], ownHost: host(own) };
    const made = planAdoption([domain], input({ ...situation, settings: { subdomains } }));
    expect(describeStrays(made.steps) !== undefined).toBe(isSaid);
  });

  it('sums up strays by what becomes of them', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((each) => host(`${each}.example`));
    const objects = names.map((name, index) => object(name, { id: index + 1 }));
    const [first = SHOP] = names;
    const unmapped = record(first, unmapRequest({ occurredAt: ago(0) }));
    const made = planAdoption(names, input({ objects, records: [unmapped], desired: listed(SHOP) }));
    expect(describeStrays(made.steps)).toMatch(
      /^To go: a\.example: it is unmapped, .*RunCloud\. b\.example, c\.example, d\.example, e\.example, f\.example and 1 more: the network does not list it, .* 60 minutes\.$/,
    );
    expect(describeStrays([])).toBeUndefined();
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
