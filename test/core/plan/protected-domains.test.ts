import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProtected } from '../../../lib/core/plan/protected-domains.ts';
import { NAMES } from '../arbitraries.ts';

describe('isProtected', () => {
  it.each([
    ['shop.example', ['shop.example'], true],
    ['shop.example', ['www.shop.example'], true],
    ['www.shop.example', ['shop.example'], true],
    ['www.shop.example', ['www.shop.example'], true],
    ['shop.example', ['fr.shop.example'], false],
    ['shop.example', ['wwwshop.example'], false],
    ['*.shop.example', ['fr.shop.example'], true],
    ['*.shop.example', ['www.shop.example'], true],
    ['*.shop.example', ['shop.example'], false],
    // Every name by which a domain is spoken of counts.
    ['*.shop.example', ['shop.example', 'www.shop.example'], true],
    ['shop.example', [undefined, 'shop.example'], true],
    ['shop.example', [undefined], false],
    ['shop.example', [], false],
  ])('%s protects %j: %j', (listed, names, answer) => {
    expect(isProtected(['other.example', listed], names)).toBe(answer);
  });

  it('where nothing is listed nothing is protected', () => {
    expect(isProtected([], ['shop.example', undefined])).toBe(false);
  });

  it('a listed name protects its domain, however either of them is written', () => {
    const forms = fc.constantFrom(...NAMES).chain((name) => {
      const either = fc.constantFrom(name, `www.${name}`);
      return fc.tuple(either, either);
    });
    fc.assert(
      fc.property(forms, fc.subarray([...NAMES]), ([listed, name], more) => {
        expect(isProtected([...more, listed], [name])).toBe(true);
      }),
    );
  });
});
