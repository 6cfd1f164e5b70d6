import { describe, expect, it } from 'vitest';
import { jsonLog } from '../../lib/util/log.ts';
import { cleanText, cleanWord, printableIn, printableJson } from '../../lib/util/outside-text.ts';
import { Secret } from '../../lib/util/secret.ts';
import { simulatedClock } from '../support/clock.ts';

const JWT = `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${'eyJ2IjoidjEiLCJpZCI6IkFCQ0RFRiJ9'.repeat(18)}.Sf-lK_wRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c`;
const UNPAUSE = `https://portal.letsencrypt.org/sfe/v1/unpause?jwt=${JWT}`;
const PAUSED =
  'Your account is temporarily prevented from requesting certificates for shop.example and possibly others. Please visit:';

describe('a known secret in a text from outside', () => {
  it.each([
    ['a short one', 'tok-7', 'The token tok-7 is not valid (tok-7).', 'The token [removed] is not valid ([removed]).'],
    ['one letter', 'q', 'a q b', 'a [removed] b'],
    ['signs of a regular expression', 'a.b*c', 'aXbbc and a.b*c', 'aXbbc and [removed]'],
    ['in an address', 'a b/c', 'see ?token=a%20b%2Fc', 'see ?token=[removed]'],
    ['in JSON', 'a"b', String.raw`{"token":"a\"b"}`, '{"token":"[removed]"}'],
    ['at both ends', 'tok', 'tok tok', '[removed] [removed]'],
  ])('is removed: %s', (_, secret, text, shown) => {
    expect(cleanText(text, [new Secret(secret)])).toBe(shown);
  });

  it('is removed where another one is a part of it, and spoils no word that stands for one', () => {
    const secrets = ['e', 'tok', 'token-1', ''].map((value) => new Secret(value));
    expect(cleanText('x token-1 tok y', secrets)).toBe('x [removed] [removed] y');
  });

  it('is removed before anything is cut, and from a link that stays', () => {
    const secret = new Secret('MARKED');
    expect(cleanText(`${'x'.repeat(597)}MARKED`, [secret])).not.toContain('MAR');
    expect(cleanText('https://letsencrypt.org/?t=MARKED', [secret])).toBe('https://letsencrypt.org/?t=[removed]');
  });

  it('leaves other texts alone', () => {
    expect(cleanText('The name has already been taken.', [new Secret('MARKED')])).toBe(
      'The name has already been taken.',
    );
  });
});

describe('a link', () => {
  it.each([
    ['that un-pauses an account', `${PAUSED} ${UNPAUSE}`, `${PAUSED} ${UNPAUSE}`],
    ['at the end of a sentence', `Visit ${UNPAUSE}.`, `Visit ${UNPAUSE}.`],
    ['in brackets', `Visit [(${UNPAUSE})], please`, `Visit [(${UNPAUSE})], please`],
    ['in JSON of PHP', `{"detail":"${UNPAUSE.replaceAll('/', '\\/')}"}`, `{"detail":"${UNPAUSE}"}`],
    [
      'of staging',
      `https://sfe.staging.letsencrypt.org/?jwt=${JWT}`,
      `https://sfe.staging.letsencrypt.org/?jwt=${JWT}`,
    ],
  ])('of Let’s Encrypt stays whole: %s', (_, text, shown) => {
    expect(cleanText(text)).toBe(shown);
  });

  it('stays whole behind a text that is cut', () => {
    expect(cleanText(`${'x'.repeat(700)} ${UNPAUSE} ${'y'.repeat(10)}`)).toBe(`${'x'.repeat(600)}…${UNPAUSE}…`);
  });

  it.each([
    ['another host', 'https://evil.example/?jwt='],
    ['the name in front of another', 'https://letsencrypt.org.evil.example/?jwt='],
    ['a name that ends alike', 'https://notletsencrypt.org/?jwt='],
    ['the name in the path', 'https://evil.example/letsencrypt.org?jwt='],
    ['the name as a user', 'https://letsencrypt.org@evil.example/?jwt='],
    ['a user', 'https://someone@portal.letsencrypt.org/?jwt='],
    ['a port', 'https://portal.letsencrypt.org:8443/?jwt='],
    ['no TLS', 'http://portal.letsencrypt.org/?jwt='],
    ['endless', `https://portal.letsencrypt.org/?jwt=${'x'.repeat(1_500)}`],
    ['none', 'https://[?jwt='],
  ])('of others keeps no token: %s', (_, address) => {
    const shown = cleanText(`${address}${JWT}`);
    expect(shown).not.toContain(JWT.slice(0, 20));
  });
});

describe('a text from outside', () => {
  it('is cut where it is long, and says so', () => {
    expect(cleanText('x y '.repeat(150))).toBe('x y '.repeat(150));
    expect(cleanText(`${'x y '.repeat(150)}z`)).toBe(`${'x y '.repeat(150)}…`);
  });

  it.each(['\u0000', '\u001b', '\u007f', '\u0080', '\u009b', '\u009f', '\u2028', '\u202e'])(
    'has no character that a terminal obeys (%j)',
    (character) => {
      expect(cleanText(`a${character}b`)).toBe('a b');
      expect(cleanWord(`a${character}b`)).toBe('a b');
      expect(printableIn({ a: [`x${character}y`, 7, null] })).toEqual({ a: ['x y', 7, null] });
    },
  );

  it('of one word is cut to the longest host name', () => {
    expect(cleanWord('x'.repeat(254))).toBe(`${'x'.repeat(253)}…`);
  });

  it('keeps the lines of Markdown in an answer', () => {
    expect(printableIn({ markdown: '| a |\n| b\u009b |', ok: true })).toEqual({ markdown: '| a |\n| b  |', ok: true });
  });
});

describe('the log', () => {
  it('writes no character that a terminal obeys, and loses none', () => {
    const lines: string[] = [];
    const why = 'a\u0000\u001b[31m\u007f\u0080\u009b31m\u009f\u2028\u202e\u{e0041} bücher 🛒';
    jsonLog(simulatedClock(), (line) => lines.push(line)).warn(why, { why });
    expect(lines.join('')).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+\n$/u);
    expect(JSON.parse(lines.join(''))).toMatchObject({ message: why, why });
    expect(printableJson('"bücher 🛒"')).toBe('"bücher 🛒"');
  });
});
