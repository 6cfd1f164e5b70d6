import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NamedAs } from '../../lib/core/host-name.ts';
import { redirectionFor, servingDiffers, type WwwSetting, wwwWhenAdded } from '../../lib/core/www.ts';
import { object } from './builders.ts';

describe('wwwWhenAdded', () => {
  it.each([
    ['bare', 'always', 'yes'],
    ['bare', 'auto', 'auto'],
    ['bare', 'never', 'no'],
    ['www', 'always', 'yes'],
    ['www', 'auto', 'yes'],
    ['www', 'never', 'yes'],
  ] as const)('named %s, with WWW=%s: %s', (namedAs, setting, answer) => {
    expect(wwwWhenAdded(namedAs, setting)).toBe(answer);
  });
});

describe('redirectionFor', () => {
  it('leads www to the bare name, and nothing anywhere without www', () => {
    expect(redirectionFor(true)).toBe('non-www');
    expect(redirectionFor(false)).toBe('none');
  });
});

describe('servingDiffers', () => {
  const ON = { www: true, redirection: 'non-www' } as const;
  const OFF = { www: false, redirection: 'none' } as const;
  const HIDDEN = { www: undefined, redirection: undefined };

  it.each([
    { has: ON, namedAs: 'bare', setting: 'always', wanted: undefined },
    { has: OFF, namedAs: 'bare', setting: 'always', wanted: ON },
    { has: ON, namedAs: 'bare', setting: 'never', wanted: OFF },
    { has: OFF, namedAs: 'bare', setting: 'never', wanted: undefined },
    { has: OFF, namedAs: 'www', setting: 'never', wanted: ON },
    { has: OFF, namedAs: 'www', setting: 'auto', wanted: ON },
    { has: ON, namedAs: 'www', setting: 'never', wanted: undefined },
    // What DNS decided when the domain was added stands.
    { has: ON, namedAs: 'bare', setting: 'auto', wanted: undefined },
    { has: OFF, namedAs: 'bare', setting: 'auto', wanted: undefined },
    // Its redirection is mended all the same.
    { has: { www: true, redirection: 'none' }, namedAs: 'bare', setting: 'auto', wanted: ON },
    { has: { www: false, redirection: 'non-www' }, namedAs: 'bare', setting: 'auto', wanted: OFF },
    { has: { www: true, redirection: 'www' }, namedAs: 'bare', setting: 'always', wanted: ON },
    { has: { www: true, redirection: 'something-new' }, namedAs: 'bare', setting: 'always', wanted: ON },
    // What RunCloud does not show is not compared.
    { has: HIDDEN, namedAs: 'bare', setting: 'always', wanted: undefined },
    { has: HIDDEN, namedAs: 'bare', setting: 'never', wanted: undefined },
    { has: HIDDEN, namedAs: 'bare', setting: 'auto', wanted: undefined },
    { has: { www: true, redirection: undefined }, namedAs: 'bare', setting: 'never', wanted: OFF },
    { has: { www: true, redirection: undefined }, namedAs: 'bare', setting: 'always', wanted: undefined },
    { has: { www: undefined, redirection: 'none' }, namedAs: 'bare', setting: 'always', wanted: ON },
    { has: { www: undefined, redirection: 'none' }, namedAs: 'bare', setting: 'never', wanted: undefined },
    { has: { www: undefined, redirection: 'non-www' }, namedAs: 'bare', setting: 'auto', wanted: undefined },
  ] as const)('served with $has, named $namedAs, WWW=$setting: $wanted', ({ has, namedAs, setting, wanted }) => {
    expect(servingDiffers(object('shop.example', has), namedAs, setting, 'open')).toEqual(wanted);
  });

  it.each(['redirect', 'primary', 'something-new'])('what is of type %s was made by hand for a purpose', (type) => {
    expect(servingDiffers(object('shop.example', { ...OFF, type }), 'www', 'always', 'open')).toBeUndefined();
  });

  it('where no type is shown it may be an alias', () => {
    expect(servingDiffers(object('shop.example', { ...OFF, type: undefined }), 'www', 'always', 'open')).toEqual(ON);
  });

  it('a separate www. object has no www of its own', () => {
    expect(servingDiffers(object('www.shop.example', OFF), 'www', 'always', 'open')).toBeUndefined();
  });

  it('is content once it got what it asked for', () => {
    const anyServing = fc.record({
      www: fc.constantFrom(true, false, undefined),
      redirection: fc.constantFrom('none', 'www', 'non-www', undefined),
    });
    const asked = fc.tuple(
      fc.constantFrom<NamedAs>('bare', 'www'),
      fc.constantFrom<WwwSetting>('auto', 'always', 'never'),
    );
    fc.assert(
      fc.property(anyServing, asked, (has, [namedAs, setting]) => {
        const domain = object('shop.example', has);
        const wanted = servingDiffers(domain, namedAs, setting, 'open');
        expect(servingDiffers({ ...domain, ...wanted }, namedAs, setting, 'open')).toBeUndefined();
      }),
    );
  });
});
