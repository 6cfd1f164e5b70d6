import { describe, expect, it } from 'vitest';
import { knownToAll, snapshotOf } from '../../../lib/core/domain/application.ts';
import { iso } from '../../../lib/core/values/time.ts';
import { NOW, object, PRIMARY } from '../builders.ts';

const AT = iso(NOW);
const WILDCARD = object('*.shop.example', { id: 3, wildcard: true });

describe('what every plan has to know of the application', () => {
  it('are its primary domain and its wildcards, and no other', () => {
    const snapshot = snapshotOf([object('shop.example'), WILDCARD, PRIMARY], AT);
    expect(knownToAll(snapshot)).toEqual([PRIMARY, WILDCARD]);
  });

  it('is nothing where RunCloud shows neither', () => {
    expect(knownToAll(snapshotOf([object('shop.example')], AT))).toEqual([]);
  });
});
