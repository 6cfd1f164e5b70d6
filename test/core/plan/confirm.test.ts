import { describe, expect, it } from 'vitest';
import { withAnswers } from '../../../lib/core/plan/confirm.ts';
import { cautionOf } from '../../../lib/core/plan/desired.ts';
import type { BelievedList, DesiredSource, DomainAnswer } from '../../../lib/core/plan/desired-source.ts';
import { isProven, isUnproven, type RemoveStep } from '../../../lib/core/plan/step.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { HOUR, iso } from '../../../lib/core/values/time.ts';
import {
  ago,
  doubted,
  host,
  listed,
  NOW,
  network,
  only,
  ours,
  outcome,
  owned,
  PRIMARY,
  planOf,
  record,
  SHOP,
  type Situation,
  sentencesOf,
  shop,
  stepOf,
  UNREAD,
  unmapped,
} from '../builders.ts';

const OTHER = host('other.example');
const UMLAUT = host('bücher.example');
const LONG_GONE = { missingSince: ago(2 * HOUR) };
const unasked = network([], iso(NOW), new Map());
const absent: DomainAnswer = { kind: 'absent', readAt: iso(NOW + 1) };
const down: DomainAnswer = { kind: 'unasked', why: 'status 503' };
const found: DomainAnswer = { kind: 'mapped', namedAs: 'www', readAt: iso(NOW + 1) };

const answers = (...each: readonly (readonly [HostName, DomainAnswer])[]): Map<HostName, DomainAnswer> => new Map(each);
/** shop.example is ours and beyond its grace, one of many. */
const longGone = (more: Situation): Situation => ours({ state: LONG_GONE, counts: { owned: 100 }, ...more });

describe('what a believed list lacks', () => {
  it.each([
    ['missing beyond its grace', longGone({ desired: unasked })],
    ['unmapped by a signed event', ours({ desired: unasked, request: unmapped })],
  ])('is not removed before it was asked for by name: %s', (_, situation) => {
    const made = planOf(situation);
    expect(made.steps).toEqual([]);
    expect(only(made.unproven)).toMatchObject({ action: 'remove', domain: SHOP, target: shop });
    expect(only(made.holds)).toEqual({
      domain: SHOP,
      code: 'incomplete',
      reason:
        "shop.example is not in the network's list. Before it goes, this service asks the network for it by name, and has no answer yet.",
      whatToDo: 'Nothing, if the network answers again: the next run asks for it by name.',
    });
  });

  it('stays while the network cannot be asked for it, with the reason', () => {
    const desired = withAnswers(unasked, new Map([[SHOP, down]]));
    expect(sentencesOf(only(planOf(longGone({ desired })).holds))).toContain('and has no answer yet (status 503).');
  });

  it('goes where the answer came to the same: the proof has both times', () => {
    const desired = withAnswers(unasked, new Map([[SHOP, absent]]));
    const made = planOf(longGone({ desired }));
    expect(made).toMatchObject({ unproven: [], holds: [] });
    expect(only(made.steps)).toHaveProperty('proof', {
      kind: 'whole-list',
      readAt: iso(NOW),
      askedAt: iso(NOW + 1),
    });
  });

  it('is by type no step without its proof, and no believed list has an answer that contradicts it', () => {
    const due = only(planOf(longGone({ desired: unasked })).unproven);
    // @ts-expect-error: its proof is missing.
    const step: RemoveStep = due;
    // @ts-expect-error: only proof.ts makes one.
    const made: RemoveStep = { ...due, proof: { kind: 'whole-list', readAt: iso(NOW), askedAt: iso(NOW) } };
    // @ts-expect-error: the network maps it when asked.
    const list: BelievedList = { ...unasked, asked: new Map([[SHOP, found]]) };
    expect([isProven(due), isUnproven(due), isUnproven(made)]).toEqual([false, true, false]);
    expect([step.domain, list.asked.size]).toEqual([SHOP, 1]);
  });

  it('counts for the brake before it is proven, and is not asked for while that holds it', () => {
    const situation = longGone({ desired: unasked, settings: { brake: { count: 0, percent: 0 } } });
    const made = planOf(situation);
    expect(made.unproven).toEqual([]);
    expect(only(made.braked)).toMatchObject({ domain: SHOP, proof: { kind: 'unconfirmed', why: undefined } });
    expect(outcome(situation)).toEqual(['hold brake shop.example']);
  });

  it('has the same checksum before and after the answer, with the brake or without it', () => {
    const confirmed = withAnswers(unasked, new Map([[SHOP, absent]]));
    const brake = { count: 0, percent: 0 };
    const checksums = [
      longGone({ desired: unasked }),
      longGone({ desired: confirmed }),
      longGone({ desired: unasked, settings: { brake } }),
    ].map((situation) => planOf(situation).checksum);
    expect(new Set(checksums).size).toBe(1);
    expect(planOf(longGone({ desired: listed(SHOP) })).checksum).not.toBe(checksums[0]);
  });

  it('is removed one by one: what is proven goes, and the rest waits', () => {
    const desired = withAnswers(unasked, answers([SHOP, absent], [OTHER, down]));
    const records = [SHOP, OTHER].map((name, index) => record(name, undefined, { ...owned(7 + index), ...LONG_GONE }));
    const objects = [PRIMARY, shop, { ...shop, id: 8, name: OTHER }, { ...shop, id: 9, name: 'kept.example' }];
    const kept = record(host('kept.example'), undefined, owned(9));
    expect(outcome({ desired, objects, records: [...records, kept] })).toEqual([
      'remove shop.example',
      'hold grace kept.example',
      'hold incomplete other.example',
    ]);
  });
});

describe('withAnswers: a list together with answers by name', () => {
  it('adds them to those that it has', () => {
    const one = withAnswers(unasked, new Map([[SHOP, absent]]));
    const both = withAnswers(one, new Map([[OTHER, down]]));
    expect(both).toEqual({
      ...unasked,
      asked: new Map<HostName, DomainAnswer>([
        [SHOP, absent],
        [OTHER, down],
      ]),
    });
    expect(withAnswers(both, new Map([[OTHER, absent]]))).toHaveProperty(
      'asked',
      new Map([
        [SHOP, absent],
        [OTHER, absent],
      ]),
    );
    expect(unasked.asked.size).toBe(0);
  });

  it('leaves out answers about what it lists', () => {
    for (const answer of [absent, down, found]) {
      expect(withAnswers(listed(OTHER), new Map([[OTHER, answer]]))).toEqual(listed(OTHER));
    }
  });

  it('is doubted where one of them finds what it lacks, and that counts as mapped', () => {
    const desired = withAnswers(listed(OTHER), answers([SHOP, found], [host('third.example'), absent]));
    expect(desired).toEqual({
      from: 'network',
      readAt: iso(NOW),
      mappings: [
        { domain: OTHER, namedAs: 'bare' },
        { domain: SHOP, namedAs: 'www' },
      ],
      odd: [],
      doubt:
        'it lacks shop.example, but asked by name the network maps it. A cache may answer in the place of the network, so exclude /wp-json/ from caching',
    });
    expect(cautionOf(desired)).toBe(
      "The network's list is doubted, so nothing is removed for want of being listed: it lacks shop.example, but asked by name the network maps it. A cache may answer in the place of the network, so exclude /wp-json/ from caching.",
    );
    expect(outcome({ desired })).toEqual(['add other.example', 'add shop.example']);
  });

  it('names the first by name where it lacks several, and counts the others', () => {
    const doubtOf = (...names: string[]) => withAnswers(unasked, new Map(names.map((name) => [host(name), found])));
    expect(doubtOf('b.example', 'a.example')).toHaveProperty(
      'doubt',
      expect.stringMatching(/^it lacks a\.example and 1 more, but asked by name the network maps them\. /),
    );
    expect(withAnswers(unasked, new Map([[UMLAUT, found]]))).toHaveProperty(
      'doubt',
      expect.stringMatching(/^it lacks bücher\.example \(xn--bcher-kva\.example\), but/),
    );
  });

  it('is nothing else where there is no list, or one that is doubted already', () => {
    const others: DesiredSource[] = [
      { from: 'events' },
      UNREAD,
      { from: 'asked', answers: new Map() },
      doubted('it is another one'),
    ];
    for (const desired of others) expect(withAnswers(desired, new Map([[SHOP, found]]))).toBe(desired);
  });

  it('never removes what the list has', () => {
    expect(stepOf({ ...ours({ desired: listed(SHOP) }), objects: [PRIMARY] })).toMatchObject({ action: 'add' });
  });
});
