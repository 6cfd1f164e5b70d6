import { describe, expect, it } from 'vitest';
import {
  refusedForItself,
  waitForAnotherName,
  whyUncertifiable,
} from '../../../lib/core/certificates/uncertifiable.ts';

const LABEL = 'a'.repeat(63);

describe('whyUncertifiable', () => {
  it.each([
    ['r3--shop.example.net', 'r3--shop has hyphens in the third and fourth place and does not begin with xn--'],
    ['www.ab--cd.example', 'ab--cd has hyphens in the third and fourth place and does not begin with xn--'],
    ['a1--.example', 'a1-- has hyphens in the third and fourth place and does not begin with xn--'],
    ['a.b.c.d.e.f.g.h.i.shop.example', 'it has 11 labels, and 10 are the most'],
    [`${LABEL}.${LABEL}.${LABEL}.${'a'.repeat(31)}.example`, 'it has 231 octets, and 230 are the most'],
  ])('%s: %s', (name, why) => {
    expect(whyUncertifiable(name)).toBe(why);
  });

  it.each([
    'shop.example',
    'xn--bcher-kva.example',
    'www.xn--bcher-kva.xn--bcher-kva.example',
    'a--b.example',
    'abc--d.example',
    'ab-c-d.example',
    'a.b.c.d.e.f.g.h.i.example',
    `${LABEL}.${LABEL}.${LABEL}.${'a'.repeat(30)}.example`,
  ])('%s may be certified', (name) => {
    expect(whyUncertifiable(name)).toBeUndefined();
    expect(refusedForItself(name)).toBeUndefined();
    expect(waitForAnotherName([name])).toBeUndefined();
  });
});

describe('waitForAnotherName', () => {
  it('names the first name that is never certified, why, and what to do', () => {
    expect(waitForAnotherName(['shop.example', 'r3--b.example', 'r3--c.example'])).toEqual({
      kind: 'wait',
      cause: 'uncertifiable',
      why: "Let's Encrypt never certifies r3--b.example, because r3--b has hyphens in the third and fourth place and does not begin with xn--.",
      whatToDo:
        'Map the site under another name. Or install a certificate of another authority for this one in RunCloud by hand.',
    });
  });

  it('shows an international name as people read it', () => {
    expect(refusedForItself('a.b.c.d.e.f.g.h.i.xn--bcher-kva.example')).toBe(
      "Let's Encrypt never certifies a.b.c.d.e.f.g.h.i.bücher.example (a.b.c.d.e.f.g.h.i.xn--bcher-kva.example), because it has 11 labels, and 10 are the most",
    );
  });
});
