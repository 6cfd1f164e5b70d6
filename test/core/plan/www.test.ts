import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  redirectionFor,
  servingDiffers,
  type WwwSeen,
  type WwwSetting,
  wwwSeen,
  wwwWhenAdded,
} from '../../../lib/core/plan/www.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import type { NamedAs } from '../../../lib/core/values/host-name.ts';
import { HOUR } from '../../../lib/core/values/time.ts';
import { ago, NOW, object, probeOf, VERDICTS } from '../builders.ts';

describe('wwwWhenAdded', () => {
  it.each([
    ['bare', 'always', 'yes'],
    ['bare', 'auto', 'auto'],
    ['bare', 'never', 'no'],
    ['www', 'always', 'named'],
    ['www', 'auto', 'named'],
    ['www', 'never', 'named'],
  ] as const)('named %s, with WWW=%s: %s', (namedAs, setting, answer) => {
    expect(wwwWhenAdded('shop.example', namedAs, setting)).toBe(answer);
  });

  it('a `www.` name that is never certified is not asked for, unless the mapping names it', () => {
    const ten = 'a.b.c.d.e.f.g.h.i.example';
    expect(wwwWhenAdded(ten, 'bare', 'always')).toBe('no');
    expect(wwwWhenAdded(ten, 'bare', 'auto')).toBe('no');
    expect(wwwWhenAdded(ten, 'www', 'always')).toBe('named');
    expect(wwwWhenAdded(ten.slice(2), 'bare', 'always')).toBe('yes');
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

  it('a `www.` name that is never certified stays as it is, unless the mapping names it or WWW=never', () => {
    const named = 'a.b.c.d.e.f.g.h.i.example';
    expect(servingDiffers(object(named, OFF), 'bare', 'always', 'here')).toBeUndefined();
    expect(servingDiffers(object(named, ON), 'bare', 'always', 'gone')).toBeUndefined();
    expect(servingDiffers(object(named, OFF), 'bare', 'auto', 'here')).toBeUndefined();
    expect(servingDiffers(object(named, ON), 'bare', 'never', 'open')).toEqual(OFF);
    expect(servingDiffers(object(named, OFF), 'www', 'auto', 'open')).toEqual(ON);
  });

  it('where it is not shown whether `www.` is served, DNS changes nothing, and no redirection either', () => {
    const has = { www: undefined, redirection: 'none' } as const;
    for (const seen of ['here', 'gone', 'open'] as const) {
      expect(servingDiffers(object('shop.example', has), 'bare', 'auto', seen)).toBeUndefined();
    }
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

describe('wwwSeen', () => {
  const hour = (kind: keyof typeof VERDICTS, since = ago(HOUR)) => ({ www: { verdict: VERDICTS[kind], since } });

  it.each<[string, WwwSeen, ProbeState | undefined]>([
    ['never looked at', 'open', undefined],
    ['not looked at', 'open', probeOf('pointing', 'none')],
    ['it points here, and its domain does', 'here', probeOf('pointing', 'valid', hour('pointing'))],
    ['it points here since a moment', 'here', probeOf('pointing', 'none', hour('pointing', ago(0)))],
    [
      'it points here, and CAA keeps a certificate from its domain',
      'here',
      probeOf('blocked', 'none', hour('pointing')),
    ],
    ['it points here, and its domain does not', 'open', probeOf('elsewhere', 'none', hour('pointing'))],
    ['it points here, and its domain was never asked', 'open', { at: ago(0), ...hour('pointing') }],
    ['DNS could not be asked', 'open', probeOf('pointing', 'none', { ...hour('absent'), dnsUnasked: 'time-out' })],
    [
      'DNS could not be asked, and it was here',
      'open',
      probeOf('pointing', 'none', { ...hour('pointing'), dnsUnasked: 'x' }),
    ],
    ['nowhere since an hour', 'gone', probeOf('pointing', 'none', hour('absent'))],
    ['nowhere since 1 ms less', 'open', probeOf('pointing', 'none', hour('absent', ago(HOUR - 1)))],
    ['elsewhere', 'gone', probeOf('pointing', 'none', hour('elsewhere'))],
    ['behind a proxy', 'gone', probeOf('pointing', 'none', hour('proxied'))],
    ['partly here: not surely gone', 'open', probeOf('pointing', 'none', hour('partly'))],
    ['resolvers disagree: not surely gone', 'open', probeOf('pointing', 'none', hour('disagreed'))],
    ['CAA forbids: it is here', 'open', probeOf('pointing', 'none', hour('blocked'))],
    ['gone, and the certificate is valid: it spoils nothing', 'open', probeOf('pointing', 'valid', hour('absent'))],
    ['gone, and the certificate is to be renewed', 'gone', probeOf('pointing', 'expiring', hour('absent'))],
    [
      'gone, and no certificate was ever seen: it may be as good as ever',
      'open',
      probeOf('pointing', undefined, hour('absent')),
    ],
    [
      'gone, and the server could not be asked this time',
      'open',
      probeOf('pointing', 'none', { ...hour('absent'), certificateUnasked: 'x' }),
    ],
    [
      'gone, and it could not be asked about this time',
      'open',
      probeOf('pointing', 'none', { ...hour('absent'), wwwUnasked: 'x' }),
    ],
    ['gone, and so is its domain', 'gone', probeOf('elsewhere', 'none', hour('elsewhere'))],
  ])('%s', (_, answer, probe) => {
    expect(wwwSeen(probe, NOW)).toBe(answer);
  });

  it.each<[string, WwwSeen, WwwSetting, NamedAs, boolean | undefined, boolean | undefined]>([
    // what                      DNS     WWW       named   served  wanted
    ['it came', 'here', 'auto', 'bare', false, true],
    ['it is there', 'here', 'auto', 'bare', true, undefined],
    ['it went', 'gone', 'auto', 'bare', true, false],
    ['it never was there', 'gone', 'auto', 'bare', false, undefined],
    ['nobody knows', 'open', 'auto', 'bare', true, undefined],
    ['nobody knows, and it is off', 'open', 'auto', 'bare', false, undefined],
    ['it went, and is asked for by name', 'gone', 'auto', 'www', true, undefined],
    ['it went, and is always wanted', 'gone', 'always', 'bare', true, undefined],
    ['it came, and is never wanted', 'here', 'never', 'bare', false, undefined],
    ['RunCloud does not show whether it is served', 'here', 'auto', 'bare', undefined, undefined],
  ])('%s: DNS says %s, WWW=%s, named %s, served %j', (_, dns, setting, namedAs, www, wanted) => {
    const redirection = www === undefined ? undefined : redirectionFor(www);
    const differs = servingDiffers(object('shop.example', { www, redirection }), namedAs, setting, dns);
    expect(differs).toEqual(wanted === undefined ? undefined : { www: wanted, redirection: redirectionFor(wanted) });
  });
});
