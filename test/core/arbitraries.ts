/** Random input for the properties of the core. */
import fc from 'fast-check';
import type { MappingRequest } from '../../lib/core/domain/mapping-request.ts';
import type { DomainState, Ownership } from '../../lib/core/domain/record.ts';
import { type ActualDomain, ActualIndex } from '../../lib/core/domain/runcloud-domain.ts';
import type { AgreeingAnswer, DesiredSource, DomainAnswer } from '../../lib/core/plan/desired-source.ts';
import type { PlanInput, PlanSettings } from '../../lib/core/plan/input.ts';
import type { OddRow } from '../../lib/core/plan/odd-rows.ts';
import { HOUR, iso, MINUTE } from '../../lib/core/values/time.ts';
import { ago, failure, host, input, NOW, object, owned, record, UNREAD } from './builders.ts';

// Few names, so that they meet: a bare one, a name below another, a network's subdomain, the network itself.
export const NAMES = ['shop.example', 'fr.shop.example', 'a.network.example', 'network.example', 'x.co.uk'].map(host);
const OBJECT_NAMES = [...NAMES, ...NAMES.map((name) => `www.${name}`), '*.network.example', 'other.example'];

const times = fc.integer({ min: 0, max: 4 }).map((hours) => ago(hours * HOUR));
const eventIds = fc.constantFrom('e1', 'e2', 'e3');

/** Mostly the first value, and each of the others now and then. */
function often<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );
}

export const requests: fc.Arbitrary<MappingRequest> = fc.oneof(
  fc.record({
    kind: fc.constant('mapped' as const),
    trust: fc.constantFrom('signed' as const, 'hint' as const),
    namedAs: fc.constantFrom('bare' as const, 'www' as const),
    eventId: eventIds,
    occurredAt: times,
  }),
  fc.record({
    kind: fc.constant('unmapped' as const),
    trust: fc.constant('signed' as const),
    eventId: eventIds,
    occurredAt: times,
  }),
);

export const objectLists: fc.Arbitrary<ActualDomain[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...OBJECT_NAMES),
      type: often<string | undefined>('alias', 'primary', 'redirect', undefined),
      www: fc.constantFrom(true, false, undefined),
      redirection: fc.constantFrom('none', 'www', 'non-www', undefined),
      wildcard: often(false, true),
    }),
    { selector: ({ name }) => name, maxLength: OBJECT_NAMES.length, size: 'large' },
  )
  .map((objects) => objects.map(({ name, ...each }, position) => object(name, { id: position + 1, ...each })));

const settingsOf: fc.Arbitrary<PlanSettings> = fc.record({
  policy: often<PlanSettings['policy']>('sync', 'observe', 'create-only'),
  protectedDomains: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...NAMES, 'www.shop.example', '*.network.example', '*.shop.example']) },
  ),
  www: fc.constantFrom('auto', 'always', 'never'),
  subdomains: often<PlanSettings['subdomains']>('create', 'wildcard', 'ignore'),
  graceMs: fc.constantFrom(0, HOUR, 2 * HOUR),
  brake: fc.oneof(
    fc.constant({ count: 1_000, percent: 100 }),
    fc.record({ count: fc.nat(3), percent: fc.constantFrom(0, 20, 50) }),
  ),
});

const mappings = fc.uniqueArray(
  fc.record({ domain: fc.constantFrom(...NAMES), namedAs: fc.constantFrom('bare' as const, 'www' as const) }),
  { selector: ({ domain }) => domain },
);

const answers: fc.Arbitrary<DomainAnswer> = fc.oneof(
  fc.record({ kind: fc.constant('absent' as const), readAt: times }),
  fc.record({
    kind: fc.constant('mapped' as const),
    namedAs: fc.constantFrom('bare' as const, 'www' as const),
    readAt: times,
  }),
  fc.constant({ kind: 'unasked' as const, why: 'status 500' }),
);

const oddRows: fc.Arbitrary<OddRow[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<OddRow[]>([]) },
  {
    weight: 1,
    arbitrary: fc
      .record({ domains: fc.subarray(NAMES, { maxLength: 2 }), below: fc.subarray(NAMES, { maxLength: 1 }) })
      .map((standsFor) => [{ what: 'mapping 7 is odd', standsFor }]),
  },
);

const agreeing: fc.Arbitrary<AgreeingAnswer> = fc.oneof(
  fc.record({ kind: fc.constant('absent' as const), readAt: times }),
  fc.constant({ kind: 'unasked' as const, why: 'status 500' }),
);

const desiredSources: fc.Arbitrary<DesiredSource> = fc.oneof(
  fc.constant({ from: 'events' } as const),
  fc.constant(UNREAD),
  fc
    .array(fc.tuple(fc.constantFrom(...NAMES), answers))
    .map((asked) => ({ from: 'asked' as const, answers: new Map(asked) })),
  fc.record({
    from: fc.constant('network' as const),
    readAt: times,
    mappings,
    odd: oddRows,
    doubt: fc.constant(undefined),
    asked: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constant(new Map(NAMES.map((name) => [name, { kind: 'absent' as const, readAt: iso(NOW) }]))),
      },
      { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom(...NAMES), agreeing)).map((each) => new Map(each)) },
    ),
  }),
  fc.record({
    from: fc.constant('network' as const),
    readAt: times,
    mappings,
    odd: oddRows,
    doubt: fc.constant('it is another one'),
  }),
);

const serving = fc.record({
  www: fc.boolean(),
  redirection: fc.constantFrom('none' as const, 'non-www' as const),
});

/** Records before it is known which object stands for their domain. */
const drafts = fc.record({
  domain: fc.constantFrom(...NAMES),
  request: fc.option(requests, { nil: undefined }),
  owns: often('this', 'an older one', 'nothing'),
  missingSince: fc.option(times, { nil: undefined }),
  goneSince: fc.option(times, { nil: undefined, freq: 2 }),
  removedAt: fc.option(times, { nil: undefined }),
  removalSentAt: fc.option(times, { nil: undefined, freq: 2 }),
  requested: fc.option(serving, { nil: undefined }),
  failure: fc.option(fc.record({ due: fc.boolean(), stands: fc.boolean() }), { nil: undefined, freq: 2 }),
});

const OLDER_ID = 900;

/** Every kind of request, object, ownership, failure and setting, in every combination. */
export const planInputs: fc.Arbitrary<PlanInput> = fc
  .record({
    desired: desiredSources,
    objects: objectLists,
    records: fc.uniqueArray(drafts, { selector: ({ domain }) => domain, maxLength: NAMES.length, size: 'large' }),
    settings: settingsOf,
  })
  .map(({ desired, objects, records: drawn, settings }) => {
    const index = new ActualIndex(objects);
    const records = drawn.map(({ domain, request, owns, failure: failed, ...rest }, position) => {
      const ours = owns === 'this' ? index.find(domain)?.id : undefined;
      const state: DomainState = {
        ...(owns !== 'nothing' && {
          owned: {
            ...(owned(ours ?? OLDER_ID + position).owned as Ownership),
            ...(rest.removalSentAt && { removalSentAt: rest.removalSentAt }),
          },
        }),
        ...(rest.missingSince && { missingSince: rest.missingSince }),
        ...(rest.goneSince && { goneSince: rest.goneSince }),
        ...(rest.removedAt && { removedAt: rest.removedAt }),
        ...(rest.requested && { requested: rest.requested }),
        ...(failed && {
          failure: failure(request, {
            dueAt: failed.due ? ago(MINUTE) : iso(NOW + MINUTE),
            ...(!failed.stands && { requestOrder: 'an older request' }),
          }),
        }),
      };
      return record(domain, request, state);
    });
    return input({ desired, objects, records, settings });
  });

/** The same input with its ledger, its objects and its mappings in any other order. */
export function shuffled(planInput: PlanInput): fc.Arbitrary<PlanInput> {
  const { desired, actual, ledger } = planInput;
  const anyOrder = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  return fc
    .record({
      objects: anyOrder(actual),
      entries: anyOrder([...ledger]),
      list: anyOrder(desired.from === 'network' ? desired.mappings : []),
    })
    .map(({ objects, entries, list }) => ({
      ...planInput,
      actual: objects,
      ledger: new Map(entries),
      desired: desired.from === 'network' ? { ...desired, mappings: list } : desired,
    }));
}
