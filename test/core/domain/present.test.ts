/** Each time in a record, as a clock wrote it that was a year ahead, and what it counts for. */
import { describe, expect, it } from 'vitest';
import { WEEK } from '../../../lib/core/certificates/requests.ts';
import { type MappingRequest, requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import { presentRecord, presentState, withContest } from '../../../lib/core/domain/present.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { CLOCK_TOLERANCE_MS, DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { RECORDS } from '../../support/ledger-0.1.0.ts';
import {
  ago,
  failure,
  mapped,
  mapRequest,
  NOW,
  probeOf,
  record,
  requested,
  SHOP,
  SHOWN,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

const AHEAD = iso(NOW + 365 * DAY);
const LATEST = iso(NOW + CLOCK_TOLERANCE_MS);
const LONG_AGO = ago(30 * DAY);
const SEEN = { goneSince: ago(HOUR) };
const VIEW = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' } as const;
const EVENT = { number: 1, run: 'r', type: 'domain.live', at: ago(0), before: VIEW, after: VIEW } as const;
const history = { requests: [requested(DAY)], attempts: 1 };

describe('presentState', () => {
  it.each<[string, DomainState, DomainState]>([
    [
      'an add counts as long ago',
      { owned: { id: 7, since: AHEAD, by: 'added' } },
      { owned: { id: 7, since: LONG_AGO, by: 'added' } },
    ],
    [
      'a failed step is due',
      { failure: failure(mapped, { dueAt: AHEAD }) },
      { failure: failure(mapped, { dueAt: ago(0) }) },
    ],
    ['the grace begins anew', { missingSince: AHEAD }, {}],
    ['what is gone is gone from the next list on', { goneSince: AHEAD }, {}],
    ['the brake leaves a removal out', { removedAt: AHEAD }, {}],
    [
      'the brake leaves a removal out whose outcome is not known',
      { owned: { id: 7, since: ago(HOUR), by: 'added', removalSentAt: AHEAD } },
      { owned: { id: 7, since: ago(HOUR), by: 'added' } },
    ],
    ['a probe counts as long ago', { probe: { at: AHEAD } }, { probe: { at: LONG_AGO } }],
    [
      'what DNS says counts from now on',
      { probe: probeOf('absent', undefined, { dns: { verdict: VERDICTS.absent, since: AHEAD } }) },
      { probe: probeOf('absent', undefined, { dns: { verdict: VERDICTS.absent, since: ago(0) } }) },
    ],
    [
      'what DNS says of www counts from now on',
      { probe: probeOf('absent', undefined, { www: { verdict: VERDICTS.absent, since: AHEAD } }) },
      { probe: probeOf('absent', undefined, { www: { verdict: VERDICTS.absent, since: ago(0) } }) },
    ],
    [
      'what the server shows counts from now on, until the end that the certificate names',
      { probe: probeOf('pointing', undefined, { certificate: { verdict: SHOWN.valid, since: AHEAD } }) },
      { probe: probeOf('pointing', undefined, { certificate: { verdict: SHOWN.valid, since: ago(0) } }) },
    ],
    ['a domain left now', { probe: { at: ago(0), leftAt: AHEAD } }, { probe: { at: ago(0), leftAt: ago(0) } }],
    [
      'nobody could be asked from now on',
      { probe: { at: ago(0), unaskedSince: AHEAD } },
      { probe: { at: ago(0), unaskedSince: ago(0) } },
    ],
    [
      "a request for a certificate counts as sent now, because Let's Encrypt counts it",
      { issuance: { ...history, requests: [requested(DAY), { ...requested(0), at: AHEAD }] } },
      { issuance: { ...history, requests: [requested(DAY), requested(0)] } },
    ],
    [
      'a limit that is used up for longer than any lasts is not, and its request counts',
      { issuance: { ...history, requests: [requested(DAY, { spent: { key: 'orders', until: AHEAD } })] } },
      { issuance: history },
    ],
    [
      "a date that Let's Encrypt cannot have named is none",
      { issuance: { ...history, notBefore: AHEAD } },
      { issuance: history },
    ],
    [
      'RunCloud is asked again which certificate it has',
      { issuance: { ...history, obstacle: { kind: 'foreign', at: AHEAD, method: 'custom' } } },
      { issuance: history },
    ],
    [
      'what was accepted stays so',
      { writtenBack: [{ row: 1, at: AHEAD, answer: 'accepted' }] },
      { writtenBack: [{ row: 1, at: LONG_AGO, answer: 'accepted' }] },
    ],
    [
      'what comes and goes has to rest from now on',
      { told: { live: 'live', unrest: { dns: { is: 'here', at: AHEAD, since: AHEAD, times: 3 } } } },
      { told: { live: 'live', unrest: { dns: { is: 'here', at: ago(0), since: ago(0), times: 3 } } } },
    ],
    ['an event stays, and happened now', { events: [{ ...EVENT, at: AHEAD }] }, { events: [EVENT] }],
  ])('%s', (_, stored, expected) => {
    expect(presentState(stored, NOW)).toStrictEqual(expected);
  });

  it.each<[string, DomainState]>([
    ['within the tolerance between clocks', { missingSince: LATEST, removedAt: LATEST, probe: { at: LATEST } }],
    [
      'of a step that is due within a day',
      { failure: failure(mapped, { dueAt: iso(NOW + DAY + CLOCK_TOLERANCE_MS) }) },
    ],
    [
      "that Let's Encrypt may have named",
      {
        issuance: {
          ...history,
          notBefore: iso(NOW + 2 * WEEK + CLOCK_TOLERANCE_MS),
          requests: [requested(DAY, { spent: { key: 'orders', until: iso(NOW + 2 * WEEK + CLOCK_TOLERANCE_MS) } })],
        },
      },
    ],
    ['that a certificate names', { probe: probeOf('pointing', 'valid') }],
  ])('leaves a time alone %s', (_, state) => {
    expect(presentState(state, NOW)).toBe(state);
  });

  it.each<[string, DomainState]>([
    ['of a step', { failure: failure(mapped, { dueAt: iso(NOW + DAY + CLOCK_TOLERANCE_MS + 1) }) }],
    ["of Let's Encrypt", { issuance: { ...history, notBefore: iso(NOW + 2 * WEEK + CLOCK_TOLERANCE_MS + 1) } }],
    [
      'of a limit',
      {
        issuance: {
          ...history,
          requests: [requested(DAY, { spent: { key: 'orders', until: iso(NOW + 2 * WEEK + CLOCK_TOLERANCE_MS + 1) } })],
        },
      },
    ],
  ])('ends one %s that lies a millisecond beyond what is right', (_, state) => {
    expect(presentState(state, NOW)).not.toBe(state);
  });

  it('leaves alone every record in which no time is ahead', () => {
    for (const stored of RECORDS) expect(presentRecord(stored, NOW)).toBe(stored);
  });

  it('finds every time of a record that a clock wrote', () => {
    // Five years before, all of it lies ahead.
    const before = NOW - 5 * 365 * DAY;
    const told = /"(until|expiringFrom)":"[^"]*"/g;
    for (const stored of RECORDS) {
      const { requestOrder: _, ...failed } = presentState(stored.state, before).failure ?? {};
      const state = { ...presentState(stored.state, before), failure: failed, refuted: undefined };
      const times =
        JSON.stringify(state)
          .replace(told, '')
          .match(/\d{4}-\d\d-\d\dT[^"]*/g) ?? [];
      expect(times.filter((time) => Date.parse(time) > before)).toEqual([]);
    }
  });
});

describe('presentRecord', () => {
  it('dates a request that is ahead a little before now, and leaves the rest of it', () => {
    const stored = record(SHOP, mapRequest({ occurredAt: AHEAD, siteId: 4 }), { seen: undefined as never });
    expect(presentRecord(stored, NOW)).toEqual({
      ...stored,
      request: mapRequest({ occurredAt: ago(CLOCK_TOLERANCE_MS), siteId: 4 }),
    });
  });

  it('gives the same state where only the request is ahead, and the same request where only the state is', () => {
    const requestAhead = record(SHOP, mapRequest({ occurredAt: AHEAD }), { missingSince: ago(0) });
    expect(presentRecord(requestAhead, NOW).state).toBe(requestAhead.state);
    const stateAhead = record(SHOP, mapRequest({ occurredAt: LATEST }), { missingSince: AHEAD });
    expect(presentRecord(stateAhead, NOW)).toStrictEqual({ ...stateAhead, state: {} });
    expect(presentRecord(record(SHOP, undefined, { missingSince: AHEAD }), NOW)).toStrictEqual(
      record(SHOP, undefined, {}),
    );
  });

  it('carries along what was contradicted, and what failed, under the new time of the request', () => {
    const ahead = mapRequest({ occurredAt: AHEAD });
    const before = requestOrder(ahead);
    const after = requestOrder(mapRequest({ occurredAt: ago(CLOCK_TOLERANCE_MS) }));
    const failure = { attempts: 1, dueAt: ago(0), why: 'w', whatToDo: 't', requestOrder: before };
    const present = (state: DomainState) => presentRecord(record(SHOP, ahead, state), NOW).state;
    expect(present({ refuted: before })).toEqual({ refuted: after });
    expect(present({ failure })).toEqual({ failure: { ...failure, requestOrder: after } });
    expect(present({ refuted: before, failure })).toEqual({
      refuted: after,
      failure: { ...failure, requestOrder: after },
    });
    const other = { refuted: 'other', failure: { ...failure, requestOrder: 'other' } };
    expect(present(other)).toEqual(other);
  });

  it('is the same object where nothing is ahead', () => {
    const stored = record(SHOP, mapRequest({ occurredAt: LATEST }), { missingSince: LATEST });
    expect(presentRecord(stored, NOW)).toBe(stored);
    expect(presentRecord(record(SHOP), NOW)).toEqual(record(SHOP));
  });
});

describe('a request that came after one that is ahead', () => {
  const standing = unmapRequest({ eventId: 'ahead', occurredAt: AHEAD });
  const arrived = mapRequest({ eventId: 'arrived', occurredAt: ago(0) });
  const contested = (by: MappingRequest = arrived) => ({ contested: { eventId: 'ahead', by } });
  const present = (request: MappingRequest | undefined, by?: MappingRequest) =>
    presentRecord(record(SHOP, request, contested(by)), NOW);

  it('is kept beside it', () => {
    expect(withContest(record(SHOP, standing, { ...SEEN }), arrived, NOW)).toEqual(
      record(SHOP, standing, { ...SEEN, ...contested() }),
    );
  });

  it('gives way to a newer one that comes while it waits, and not to an older one', () => {
    const older = mapRequest({ eventId: 'older', occurredAt: ago(MINUTE) });
    const waiting = record(SHOP, standing, contested());
    expect(withContest(waiting, older, NOW)).toBe(waiting);
    expect(withContest(record(SHOP, standing, contested(older)), arrived, NOW)).toEqual(waiting);
    const ofAnother = { contested: { eventId: 'another', by: arrived } };
    expect(withContest(record(SHOP, standing, ofAnother), older, NOW)).toEqual(
      record(SHOP, standing, contested(older)),
    );
  });

  it('is not kept where it would not win under a right clock, or where nothing is ahead', () => {
    const repeated = mapRequest({ eventId: 'repeated', occurredAt: ago(CLOCK_TOLERANCE_MS + 1) });
    const within = unmapRequest({ eventId: 'within', occurredAt: LATEST });
    for (const [request, event] of [
      [standing, repeated],
      [standing, standing],
      [within, arrived],
      [undefined, arrived],
    ] as const) {
      const stored = record(SHOP, request);
      expect(withContest(stored, event, NOW)).toBe(stored);
    }
  });

  it('is the newer one where the clock is right', () => {
    expect(present(standing)).toStrictEqual(record(SHOP, arrived, {}));
    const unmapping = unmapRequest({ eventId: 'arrived', occurredAt: ago(0) });
    expect(present(mapRequest({ eventId: 'ahead', occurredAt: AHEAD }), unmapping)).toStrictEqual(
      record(SHOP, unmapping, {}),
    );
  });

  it('is dated a little before now where it is ahead itself', () => {
    const ahead = mapRequest({ eventId: 'arrived', occurredAt: AHEAD });
    expect(present(standing, ahead).request).toEqual({ ...ahead, occurredAt: ago(CLOCK_TOLERANCE_MS) });
  });

  it('is the older one where the clock was behind: a mapping wins all the same, an unmapping by its time alone', () => {
    const past = { eventId: 'ahead', occurredAt: ago(0) };
    expect(present(unmapRequest(past)).request).toBe(arrived);
    const older = unmapRequest({ eventId: 'arrived', occurredAt: ago(HOUR) });
    expect(present(mapRequest(past), older)).toStrictEqual(record(SHOP, mapRequest(past), {}));
    const newer = unmapRequest({ eventId: 'arrived', occurredAt: LATEST });
    expect(present(mapRequest(past), newer).request).toBe(newer);
  });

  it('is void once another request stands', () => {
    const newer = unmapRequest({ eventId: 'newer', occurredAt: ago(0) });
    expect(present(newer)).toStrictEqual(record(SHOP, newer, {}));
    expect(present(undefined)).toStrictEqual(record(SHOP, undefined, {}));
  });
});
