/** What a record and its request say exactly, where a test of a whole run would not notice a change. */
import { describe, expect, it } from 'vitest';
import { requestOrder } from '../../../lib/core/domain/mapping-request.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import { ActualIndex } from '../../../lib/core/domain/runcloud-domain.ts';
import { applyListing, applyOutcome, applyProbe, applyUpdate } from '../../../lib/core/domain/transitions.ts';
import { DAY, HOUR, iso } from '../../../lib/core/values/time.ts';
import {
  ago,
  historyOf,
  mapRequest,
  NOW,
  object,
  owned,
  record,
  SHOP,
  shop,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';

describe('requestOrder, which the ledger keeps', () => {
  it.each([
    ['a signed mapping', mapRequest(), '11'],
    ['a hint of one', mapRequest({ trust: 'hint' }), '10'],
    ['a removal', unmapRequest(), '01'],
  ])('of %s', (_, request, rank) => {
    expect(requestOrder(request)).toBe(`${ago(HOUR)} ${rank} e1`);
  });
});

describe('applyUpdate', () => {
  const state: DomainState = { ...owned(), missingSince: ago(DAY) };

  it('a domain that the network lacks is missing since then', () => {
    expect(applyUpdate(owned(), { domain: SHOP, kind: 'missing', since: ago(HOUR) })).toStrictEqual({
      ...owned(),
      missingSince: ago(HOUR),
    });
  });

  it('a domain that is listed again is not missing', () => {
    expect(applyUpdate(state, { domain: SHOP, kind: 'not missing' })).toStrictEqual(owned());
  });

  it('a request that the network contradicts is void, and all else stays', () => {
    expect(applyUpdate(state, { domain: SHOP, kind: 'refuted', request: 'r' })).toStrictEqual({
      ...state,
      refuted: 'r',
    });
  });
});

describe('applyOutcome', () => {
  it('remembers nothing that there is not', () => {
    expect(applyOutcome(record(SHOP, undefined, owned()), { kind: 'forgotten' }, NOW)).toStrictEqual({});
  });
});

describe('applyListing', () => {
  it('an object that was there before an add of ours is not its outcome, however it has changed', () => {
    const after = applyListing({ seen: { ...shop, www: undefined } }, shop, true, NOW);
    expect(after).toStrictEqual({ seen: shop });
    expect(applyListing({ seen: { ...shop, id: 6 } }, shop, true, NOW).owned).toEqual({
      id: 7,
      since: iso(NOW),
      by: 'added',
    });
  });
});

describe('applyProbe', () => {
  it('of a domain that is not on RunCloud keeps its certificate requests', () => {
    const issuance = historyOf(HOUR);
    const result = { dns: VERDICTS.absent, www: undefined, caaUnasked: undefined, certificate: undefined };
    expect(applyProbe({ issuance }, result, NOW).issuance).toBe(issuance);
  });
});

describe('ActualIndex', () => {
  it('knows whether another object stands beside the domain’s under its `www.` name', () => {
    const index = new ActualIndex([shop, object('other.example', { id: 8 })]);
    expect(index.apart('shop.example')).toBeUndefined();
    const www = object('www.shop.example', { id: 9 });
    expect(new ActualIndex([shop, www]).apart('shop.example')).toBe(www);
    expect(index.take('gone.example')).toBeUndefined();
    expect(index.untaken()).toHaveLength(2);
  });
});
