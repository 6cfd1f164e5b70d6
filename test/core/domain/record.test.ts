import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../../lib/core/domain/application.ts';
import { isOurs } from '../../../lib/core/domain/ownership.ts';
import { standingFailure } from '../../../lib/core/domain/record.ts';
import { ActualIndex, namesServed, wildcardSuffix } from '../../../lib/core/domain/runcloud-domain.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { objectLists } from '../arbitraries.ts';
import { ago, failure, mapRequest, object, owned, PRIMARY, record, SHOP } from '../builders.ts';

describe('isOurs', () => {
  it('goes by the id: an object of the same name that somebody else made is not ours', () => {
    expect(isOurs(owned(7), object('shop.example', { id: 7 }))).toBe(true);
    expect(isOurs(owned(7), object('shop.example', { id: 8 }))).toBe(false);
    expect(isOurs({}, object('shop.example'))).toBe(false);
  });
});

describe('standingFailure', () => {
  const request = mapRequest();

  it('stands as long as its request does', () => {
    const failed = failure(request);
    expect(standingFailure(record(SHOP, request, { failure: failed }))).toBe(failed);
  });

  it('is void when a newer request came: that one is tried at once', () => {
    const newer = mapRequest({ occurredAt: ago(MINUTE) });
    expect(standingFailure(record(SHOP, newer, { failure: failure(request) }))).toBeUndefined();
  });

  it('stands without a request where it happened without one, and not beside one', () => {
    const failed = failure(undefined);
    expect(standingFailure(record(SHOP, undefined, { failure: failed }))).toBe(failed);
    expect(standingFailure(record(SHOP, request, { failure: failed }))).toBeUndefined();
  });

  it('where nothing failed there is none', () => {
    expect(standingFailure(record(SHOP))).toBeUndefined();
    expect(standingFailure(record(SHOP, request))).toBeUndefined();
  });
});

describe('wildcardSuffix', () => {
  it.each([
    ['a name that begins with a star', object('*.network.example'), 'network.example'],
    ['a domain marked as wildcard', object('network.example', { wildcard: true }), 'network.example'],
    ['a name with a star that is marked too', object('*.network.example', { wildcard: true }), 'network.example'],
    ['any other domain', object('network.example'), undefined],
  ])('%s', (_, domain, suffix) => {
    expect(wildcardSuffix(domain)).toBe(suffix);
  });
});

describe('namesServed', () => {
  it.each<[string, ReturnType<typeof object>, string[]]>([
    ['a domain', object('shop.example'), ['shop.example']],
    ['a domain with its www.', object('shop.example', { www: true }), ['shop.example', 'www.shop.example']],
    ['a domain of which www is not shown', object('shop.example', { www: undefined }), ['shop.example']],
    ['a separate www. object', object('www.shop.example'), ['www.shop.example']],
    ['a wildcard domain', object('*.shop.example', { www: true }), []],
    ['a domain that is marked as wildcard', object('shop.example', { wildcard: true }), []],
  ])('%s', (_, domain, names) => {
    expect(namesServed(domain)).toEqual(names);
  });
});

describe('snapshotOf', () => {
  it('remembers the primary, the wildcards, the highest id and the count', () => {
    const star = object('*.network.example', { id: 9 });
    const marked = object('shop.example', { id: 3, wildcard: true });
    const snapshot = snapshotOf([object('a.example', { id: 2 }), PRIMARY, star, marked], ago(0));
    expect(snapshot).toEqual({
      observedAt: ago(0),
      primary: PRIMARY,
      wildcards: [star, marked],
      highestId: 9,
      count: 4,
    });
  });

  it('of nothing there is no primary and no highest id', () => {
    expect(snapshotOf([], ago(0))).toEqual({
      observedAt: ago(0),
      primary: undefined,
      wildcards: [],
      highestId: 0,
      count: 0,
    });
  });
});

describe('ActualIndex', () => {
  const bare = object('shop.example', { id: 1 });
  const www = object('www.shop.example', { id: 2 });

  it('finds a domain under its own name', () => {
    expect(new ActualIndex([www, bare]).find('shop.example')).toBe(bare);
  });

  it('finds it under its www. name where that is all there is', () => {
    expect(new ActualIndex([www]).find('shop.example')).toBe(www);
    expect(new ActualIndex([www]).find('www.shop.example')).toBe(www);
  });

  it('tells of a www. object that stands beside the one of the domain itself', () => {
    expect(new ActualIndex([www, bare]).apart('shop.example')).toBe(www);
    expect(new ActualIndex([bare]).apart('shop.example')).toBeUndefined();
    expect(new ActualIndex([www]).apart('shop.example')).toBeUndefined();
  });

  it('does not take one name for another', () => {
    const index = new ActualIndex([object('wwwxshop.example'), object('fr.shop.example')]);
    expect(index.find('shop.example')).toBeUndefined();
  });

  it('of two objects with one name the last stands', () => {
    const again = object('shop.example', { id: 3 });
    const wwwAgain = object('www.shop.example', { id: 4 });
    expect(new ActualIndex([bare, again]).find('shop.example')).toBe(again);
    expect(new ActualIndex([www, wwwAgain]).find('shop.example')).toBe(wwwAgain);
  });

  it('knows which objects nobody took', () => {
    const other = object('other.example', { id: 5 });
    const index = new ActualIndex([bare, www, other]);
    expect(index.find('other.example')).toBe(other);
    expect(index.take('shop.example')).toBe(bare);
    expect(index.take('gone.example')).toBeUndefined();
    expect(index.untaken()).toEqual([www, other]);
  });

  it('takes a separate www. object for its domain', () => {
    const index = new ActualIndex([www]);
    expect(index.take('shop.example')).toBe(www);
    expect(index.untaken()).toEqual([]);
  });

  it('finds every object under its own name', () => {
    fc.assert(
      fc.property(objectLists, (objects) => {
        const index = new ActualIndex(objects);
        for (const each of objects) expect(index.find(each.name)).toBe(each);
      }),
    );
  });
});
