/** The desired state itself, whole. What a plan makes of it is in rows.test.ts. */
import { describe, expect, it } from 'vitest';
import type { MappingRequest } from '../../../lib/core/domain/mapping-request.ts';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import {
  cautionOf,
  type DesiredState,
  desiredStateOf,
  mappedDomains,
  mappedIn,
  refutedBy,
} from '../../../lib/core/plan/desired.ts';
import type { DesiredSource, DomainAnswer } from '../../../lib/core/plan/desired-source.ts';
import { HOUR, iso } from '../../../lib/core/values/time.ts';
import { ago, host, input, listed, mapRequest, NOW, network, record, SHOP, UNREAD, unmapRequest } from '../builders.ts';

const READ_AT = ago(HOUR);
const asOld = mapRequest({ occurredAt: READ_AT });
const newer = mapRequest({ occurredAt: iso(NOW - HOUR + 1), namedAs: 'www' });
const unmappedBefore = unmapRequest({ occurredAt: ago(2 * HOUR), eventId: 'e2' });
const unmappedAfter = unmapRequest({ occurredAt: iso(NOW - HOUR + 1), eventId: 'e3' });

const OTHER = host('other.example');
const LACKS = network([{ domain: OTHER, namedAs: 'bare' }], READ_AT);
const HAS = network([{ domain: SHOP, namedAs: 'www' }], READ_AT);
const doubted = (source: DesiredSource): DesiredSource =>
  source.from === 'network' ? { ...source, doubt: 'mapping 4: no host name' } : source;
const answered = (answer: DomainAnswer): DesiredSource => ({ from: 'asked', answers: new Map([[SHOP, answer]]) });
const MAPS = answered({ kind: 'mapped', namedAs: 'www', readAt: READ_AT });
const ABSENT = answered({ kind: 'absent', readAt: READ_AT });
const UNASKED = answered({ kind: 'unasked', why: 'status 502' });
const NOT_ASKED: DesiredSource = { from: 'asked', answers: new Map() };
const EVENTS: DesiredSource = { from: 'events' };

function stateOf(desired: DesiredSource, request?: MappingRequest, state: DomainState = {}): DesiredState {
  return desiredStateOf(record(SHOP, request, state), desired, mappedIn(desired));
}

function unread(why: string, against: 'event' | 'list' | 'nothing') {
  return { kind: 'unread', why, against };
}

const BY_LIST = expect.objectContaining({ kind: 'whole-list', readAt: READ_AT });
const MISSING = { kind: 'missing', readAt: READ_AT, proof: BY_LIST };
const NAMED_WWW = { kind: 'mapped', namedAs: 'www' };
const BY_NAME = 'only this name was asked for';

describe('desiredStateOf', () => {
  it.each<[string, DesiredSource, MappingRequest | undefined, object]>([
    ['events alone, and none speaks of it: unknown', EVENTS, undefined, { kind: 'unknown' }],
    ['events alone, and one maps it', EVENTS, newer, newer],
    [
      'events alone, and one unmaps it: the event is the proof',
      EVENTS,
      unmappedBefore,
      { kind: 'unmapped', proof: { kind: 'signed-event', eventId: 'e2' } },
    ],

    ['no list counts, and no event: nothing speaks against it', UNREAD, undefined, unread('status 500', 'nothing')],
    ['no list counts, and an event maps it', UNREAD, newer, newer],
    ['no list counts, and an event unmaps it', UNREAD, unmappedBefore, unread('status 500', 'event')],

    ['the list has it, as it names it', HAS, undefined, NAMED_WWW],
    ['the list has it, whatever an event said before', HAS, unmappedBefore, NAMED_WWW],
    ['the list has it, whatever an event said after', HAS, unmappedAfter, NAMED_WWW],
    ['the list lacks it, and no event: missing since that reading', LACKS, undefined, MISSING],
    ['the list lacks what was mapped in the same instant', LACKS, asOld, MISSING],
    ['the list lacks what was mapped a moment after it was read', LACKS, newer, newer],
    [
      'the list lacks what was unmapped before: the list is the proof',
      LACKS,
      unmappedBefore,
      { kind: 'unmapped', proof: BY_LIST },
    ],
    [
      'the list lacks what was unmapped after: the list is the proof',
      LACKS,
      unmappedAfter,
      { kind: 'unmapped', proof: BY_LIST },
    ],

    ['a doubted list has it', doubted(HAS), unmappedBefore, NAMED_WWW],
    [
      'a doubted list lacks it: the list speaks against it',
      doubted(LACKS),
      undefined,
      unread('mapping 4: no host name', 'list'),
    ],
    ['a doubted list lacks what was mapped', doubted(LACKS), asOld, asOld],
    [
      'a doubted list lacks what was unmapped: the event speaks against it',
      doubted(LACKS),
      unmappedBefore,
      unread('mapping 4: no host name', 'event'),
    ],

    ['asked by name, the network maps it', MAPS, undefined, NAMED_WWW],
    ['asked by name, the network maps what was unmapped', MAPS, unmappedAfter, NAMED_WWW],
    ['asked by name, the network lacks it: no proof', ABSENT, undefined, { kind: 'unknown' }],
    ['asked by name, the network lacks what was mapped in the same instant', ABSENT, asOld, { kind: 'unknown' }],
    ['asked by name, the network lacks what was mapped since', ABSENT, newer, newer],
    [
      'asked by name, the network lacks what was unmapped before: no proof',
      ABSENT,
      unmappedBefore,
      unread(BY_NAME, 'event'),
    ],
    [
      'asked by name, the network lacks what was unmapped since: no proof',
      ABSENT,
      unmappedAfter,
      unread(BY_NAME, 'event'),
    ],
    ['asked by name, the network gave no answer', UNASKED, undefined, unread('status 502', 'nothing')],
    ['asked by name, the network gave no answer about what was mapped', UNASKED, newer, newer],
    [
      'asked by name, the network gave no answer about what was unmapped',
      UNASKED,
      unmappedBefore,
      unread('status 502', 'event'),
    ],
    [
      'the network was asked about other names only',
      NOT_ASKED,
      undefined,
      unread('it was not asked about this domain', 'nothing'),
    ],
  ])('%s', (_, desired, request, expected) => {
    expect(stateOf(desired, request)).toEqual(expected);
  });

  it('a request that was refuted counts as none', () => {
    const refuted = (request: MappingRequest) => ({ refuted: requestOrder(request) });
    expect(stateOf(EVENTS, unmappedBefore, refuted(unmappedBefore))).toEqual({ kind: 'unknown' });
    expect(stateOf(LACKS, newer, refuted(newer))).toEqual(MISSING);
    expect(stateOf(LACKS, newer, refuted(asOld))).toEqual(newer);
  });
});

describe('mappedIn', () => {
  it('is the list of the network, and nothing where there is none', () => {
    expect(mappedIn(HAS)).toEqual(new Map([[SHOP, 'www']]));
    for (const desired of [EVENTS, UNREAD, MAPS]) expect(mappedIn(desired)).toEqual(new Map());
  });
});

describe('mappedDomains', () => {
  it('is the names of the list, and of the ledger those alone that are mapped', () => {
    const { ledger } = input({ records: [record(SHOP, newer), record(host('gone.example'), unmappedBefore)] });
    expect([...mappedDomains(LACKS, ledger)]).toEqual([OTHER, SHOP]);
    expect([...mappedDomains(EVENTS, ledger)]).toEqual([SHOP]);
    expect([...mappedDomains(listed(), ledger)]).toEqual([]);
  });
});

describe('cautionOf', () => {
  it('says why no list counts', () => {
    expect(cautionOf(UNREAD)).toBe('No list of the network counts now, so nothing is removed: status 500.');
  });

  it('says why a list is doubted', () => {
    expect(cautionOf(doubted(LACKS))).toBe(
      "The network's list is doubted, so nothing is removed for want of being listed: mapping 4: no host name.",
    );
  });

  it('says nothing where a list is believed or none is needed', () => {
    for (const desired of [LACKS, EVENTS, ABSENT]) expect(cautionOf(desired)).toBeUndefined();
  });
});

describe('refutedBy', () => {
  const refuted = (desired: DesiredSource, request?: MappingRequest) => {
    const known = record(SHOP, request);
    return refutedBy(known, desired, desiredStateOf(known, desired, mappedIn(desired)));
  };

  it.each([
    ['a list that lacks it', LACKS],
    ['an answer about its name', ABSENT],
  ])('a mapping in the very instant of %s is contradicted, and one a moment later is not', (_, desired) => {
    expect(refuted(desired, asOld)).toBe(requestOrder(asOld));
    expect(refuted(desired, newer)).toBeUndefined();
  });

  it.each([
    ['a list that has it', HAS],
    ['a doubted list that has it', doubted(HAS)],
    ['an answer about its name', MAPS],
  ])('an unmapping before %s is contradicted, and one after it is not', (_, desired) => {
    expect(refuted(desired, unmappedBefore)).toBe(requestOrder(unmappedBefore));
    expect(refuted(desired, unmapRequest({ occurredAt: READ_AT }))).toBeDefined();
    expect(refuted(desired, unmappedAfter)).toBeUndefined();
  });

  it('nothing is contradicted where no event speaks of the domain, or nobody answered', () => {
    for (const desired of [LACKS, HAS, ABSENT, MAPS, EVENTS]) expect(refuted(desired)).toBeUndefined();
    for (const desired of [EVENTS, UNREAD, UNASKED, NOT_ASKED]) {
      expect(refuted(desired, asOld)).toBeUndefined();
      expect(refuted(desired, unmappedBefore)).toBeUndefined();
    }
  });

  it('nothing is contradicted where the network agrees', () => {
    expect(refuted(HAS, asOld)).toBeUndefined();
    expect(refuted(MAPS, asOld)).toBeUndefined();
    expect(refuted(LACKS, unmappedBefore)).toBeUndefined();
    expect(refuted(ABSENT, unmappedBefore)).toBeUndefined();
  });
});
