import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatHostName,
  isCovered,
  isRegistrable,
  matchesPattern,
  parseHostName,
  parseMapping,
} from '../../../lib/core/values/host-name.ts';
import { host } from '../builders.ts';

const A63 = 'a'.repeat(63);
const LONGEST = [A63, A63, A63, 'a'.repeat(61)].join('.');

function whyNot(text: string): string {
  const parsed = parseHostName(text);
  return parsed.ok ? `accepted as ${parsed.name}` : parsed.why;
}

/** Host names as people might write them, and much that is none. */
const letters = fc.constantFrom(...'aZ09-éüßøжяΩ日かカ한ㄅ中ا़à☃\u00ad\u200d.');
const texts = fc.oneof(
  fc.domain(),
  fc.domain().map((name) => `www.${name}`),
  fc.string({ unit: letters, maxLength: 12 }).map((text) => `${text}.example`),
  fc.string({ unit: fc.constantFrom(...'abyz019-'), maxLength: 8 }).map((text) => `xn--${text}.example`),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.webUrl(),
  fc.emailAddress(),
);

describe('parseHostName', () => {
  it.each([
    ['shop.example', 'shop.example'],
    ['SHOP.Example', 'shop.example'],
    [' \tshop.example\n', 'shop.example'],
    ['shop.example.', 'shop.example'],
    ['shop。example', 'shop.example'],
    ['Bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.EXAMPLE.', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['faß.example', 'xn--fa-hia.example'],
    ['so\u00adft.example', 'soft.example'],
    ['a.b.c.shop.example', 'a.b.c.shop.example'],
    ['1.example', '1.example'],
    ['1.2.3.example', '1.2.3.example'],
    ['shop.web3', 'shop.web3'],
    ['shop.3web', 'shop.3web'],
    ['a-b--c.example', 'a-b--c.example'],
    ['shop.co.uk', 'shop.co.uk'],
    ['www.co.uk', 'www.co.uk'],
    ['me.github.io', 'me.github.io'],
    // Whatever scripts stand in one label, also a Cyrillic а in a Latin word: look-alikes are not this service's business.
    ['пример.example', 'xn--e1afmkfd.example'],
    ['ΑβΓ.example', 'xn--mxacd.example'],
    ['日本語ひらカタabc.example', host('日本語ひらカタabc.example')],
    ['中ㄅabc.example', host('中ㄅabc.example')],
    ['中한국abc.example', host('中한국abc.example')],
    ['пример.bücher.example', 'xn--e1afmkfd.xn--bcher-kva.example'],
    ['аpple.example', 'xn--pple-43d.example'],
    ['приmер.example', 'xn--m-jtbh1afd.example'],
    ['αβa.example', 'xn--a-ylbd.example'],
    ['bücher-2.example', 'xn--bcher-2-n2a.example'],
    ['☃.example', 'xn--n3h.example'],
    [`${A63}.example`, `${A63}.example`],
    [LONGEST, LONGEST],
    [`${LONGEST}.`, LONGEST],
  ])('accepts %j', (text, name) => {
    expect(parseHostName(text)).toEqual({ ok: true, name });
  });

  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['https://shop.example', 'scheme'],
    ['FTP://shop.example/x', 'scheme'],
    ['svn+ssh://shop.example', 'scheme'],
    ['shop.example/', 'path'],
    ['shop.example?x=1', 'path'],
    ['shop.example#x', 'path'],
    ['shop\\example', 'path'],
    ['1http://shop.example', 'path'],
    ['127.0.0.1', 'IP address'],
    ['300.1.2.3.4', 'IP address'],
    ['[::1]', 'IP address'],
    ['2001:db8:1:2:3:4:5:6', 'IP address'],
    ['::1', 'IP address'],
    ['FE80::1', 'IP address'],
    ['fe80::1', 'IP address'],
    ['::ffff:1.2.3.4', 'IP address'],
    ['0x7f.1', 'IP address'],
    ['0x7f.0.0.0x10', 'IP address'],
    ['１２７.0.0.1', 'IP address'],
    ['shop.example:443', 'port'],
    ['shop.example:80:90', 'port'],
    ['[::1]:443', 'port'],
    ['my shop.example', 'space'],
    ['my\tshop.example', 'space'],
    ['shop%2eexample', 'character that no host name has'],
    ['me@shop.example', 'character that no host name has'],
    ['shop\u0000.example', 'not a valid international name'],
    ['shop[1].example', 'not a valid international name'],
    ['a[1]', 'not a valid international name'],
    ['shop\u200d.example', 'not a valid international name'],
    ['shop', 'single label'],
    ['localhost.', 'single label'],
    ['a..example', 'letters, digits and inner hyphens'],
    ['.shop.example', 'letters, digits and inner hyphens'],
    ['shop.example..', 'letters, digits and inner hyphens'],
    ['-shop.example', 'letters, digits and inner hyphens'],
    ['shop-.example', 'letters, digits and inner hyphens'],
    ['my_shop.example', 'letters, digits and inner hyphens'],
    ['shop!.example', 'letters, digits and inner hyphens'],
    ['*.shop.example', 'letters, digits and inner hyphens'],
    [`a${A63}.example`, 'label of 64 octets: 63 is the longest'],
    [`${'ü'.repeat(60)}.example`, 'label of 66 octets: 63 is the longest'],
    [`${LONGEST}a`, '254 octets: 253 is the longest'],
    // Punycode that decodes to nothing, and a second spelling of 仲.
    ['xn--a.example', 'not a valid international name'],
    ['xn---1nq.example', 'not a valid international name'],
    ['co.uk', 'public suffix'],
    ['CO.UK.', 'public suffix'],
    ['github.io', 'public suffix'],
  ])('refuses %j (%s)', (text, why) => {
    expect(whyNot(text)).toContain(why);
  });

  it('names in the reason what was refused', () => {
    expect(whyNot(' My Shop.example ')).toContain('"My Shop.example"');
  });

  it('shows long input cut, and control characters escaped', () => {
    const eighty = `${'a'.repeat(79)}_`;
    expect(whyNot(eighty)).toContain(`"${eighty}"`);
    expect(whyNot(`${eighty}b`)).toContain(`"${eighty}…"`);
    expect(whyNot('a\u001b[31m\nb.example')).toContain('\\u001b[31m\\nb');
    // JSON escapes none of these, and a terminal takes U+009B for the beginning of a command.
    expect(whyNot('a\u007f\u0080\u009b31m\u009f\u2028\u2029\u202e/')).toContain('"a���31m����/"');
    expect(whyNot('a\u00a0é~/')).toContain('"a\u00a0é~/"');
  });

  it('is content with its own output', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseHostName(text);
        if (parsed.ok) expect(parseHostName(parsed.name)).toEqual(parsed);
      }),
    );
  });

  it('gives nothing but sound names of two labels or more, or a reason of bounded length', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseHostName(text);
        if (!parsed.ok) {
          expect(parsed.why.length).toBeLessThan(700);
          return;
        }
        const labels = parsed.name.split('.');
        expect(parsed.name.length).toBeLessThanOrEqual(253);
        expect(labels.length).toBeGreaterThan(1);
        for (const label of labels) expect(label).toMatch(/^(?!-)[a-z0-9-]{1,63}(?<!-)$/);
      }),
    );
  });

  it('does not care about case, white space around, and a dot behind', () => {
    fc.assert(
      fc.property(fc.domain(), (text) => {
        const parsed = parseHostName(text);
        fc.pre(parsed.ok);
        expect(parseHostName(` ${text.toUpperCase()}.\n`)).toEqual(parsed);
      }),
    );
  });
});

describe('parseMapping', () => {
  it.each([
    ['shop.example', 'shop.example', 'bare'],
    ['www.shop.example', 'shop.example', 'www'],
    ['WWW.Shop.example.', 'shop.example', 'www'],
    ['www.shop.co.uk', 'shop.co.uk', 'www'],
    ['fr.shop.example', 'fr.shop.example', 'bare'],
    ['wwwshop.example', 'wwwshop.example', 'bare'],
    // What is left without `www.` is nobody's: these are domains of their own.
    ['www.co.uk', 'www.co.uk', 'bare'],
    ['www.github.io', 'www.github.io', 'bare'],
    ['www.example', 'www.example', 'bare'],
  ])('%s is %s, named %s', (text, domain, namedAs) => {
    expect(parseMapping(text)).toEqual({ ok: true, domain, namedAs });
  });

  it('refuses what is no host name, with its reason', () => {
    expect(parseMapping('www.a_b.example')).toEqual(parseHostName('www.a_b.example'));
    expect(parseMapping('co.uk')).toEqual({ ok: false, why: expect.stringContaining('public suffix') });
  });

  it('refuses www. of www.: the domain would be a name that stands for another one', () => {
    expect(parseMapping('www.www.shop.example')).toEqual({
      ok: false,
      why: '"www.www.shop.example" begins with www. twice',
    });
    expect(parseMapping('www.www.co.uk')).toMatchObject({ ok: false });
  });

  it('is content with its own output', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseMapping(text);
        if (parsed.ok) expect(parseMapping(parsed.domain)).toMatchObject({ ok: true, domain: parsed.domain });
      }),
    );
  });

  it('a name and its www. name are one domain', () => {
    fc.assert(
      fc.property(fc.domain(), (text) => {
        const bare = parseMapping(text);
        fc.pre(bare.ok && !bare.domain.startsWith('www.') && bare.domain.length <= 249);
        expect(parseMapping(`www.${text}`)).toEqual({ ...bare, namedAs: 'www' });
      }),
    );
  });
});

describe('isRegistrable', () => {
  it.each([
    ['shop.example', true],
    ['shop.co.uk', true],
    ['me.github.io', true],
    ['www.co.uk', true],
    ['fr.shop.example', false],
    ['fr.shop.co.uk', false],
    ['blog.me.github.io', false],
  ])('%s: %j', (name, answer) => {
    expect(isRegistrable(host(name))).toBe(answer);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['shop.example', 'shop.example', true],
    ['shop.example', 'fr.shop.example', false],
    ['shop.example', 'myshop.example', false],
    ['*.shop.example', 'fr.shop.example', true],
    ['*.shop.example', 'a.fr.shop.example', true],
    ['*.shop.example', 'shop.example', false],
    ['*.shop.example', 'myshop.example', false],
    ['*.shop.example', 'fr.shop.example.org', false],
  ])('%s for %s: %j', (pattern, name, answer) => {
    expect(matchesPattern(pattern, name)).toBe(answer);
  });
});

describe('isCovered', () => {
  const suffixes = new Set(['network.example', 'shop.example']);

  it.each([
    ['a.network.example', true],
    ['b.shop.example', true],
    ['network.example', false],
    ['a.b.network.example', false],
    ['a.other.example', false],
    ['anetwork.example', false],
  ])('%s: %j', (name, answer) => {
    expect(isCovered(name, suffixes)).toBe(answer);
  });

  it('without wildcard domains nothing is covered', () => {
    expect(isCovered('a.network.example', new Set())).toBe(false);
  });
});

describe('formatHostName', () => {
  it.each([
    ['shop.example', 'shop.example'],
    ['xn--bcher-kva.example', 'bücher.example (xn--bcher-kva.example)'],
    ['*.xn--bcher-kva.example', '*.bücher.example (*.xn--bcher-kva.example)'],
    // Not readable as a host name: shown as it is.
    ['no host name', 'no host name'],
  ])('shows %s as %s', (name, shown) => {
    expect(formatHostName(name)).toBe(shown);
  });
});

describe('formatHostName, of what has no other form', () => {
  it.each(['1.2', 'xn--a.example', 'a.xn--.example'])('shows %s as it is', (name) => {
    expect(formatHostName(name)).toBe(name);
  });
});

describe('a reason that quotes its input', () => {
  it('shows a mark where a character would turn the text around', () => {
    expect(whyNot('a\u202eb_.example')).toContain('"a�b_.example"');
  });
});
