import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editEnv, readEnv } from '../../../cli/init/env-text.ts';
import { Refusal } from '../../../cli/init/refusal.ts';

const value = fc
  .oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab"\'`#\\n$ =\t') }))
  .filter((text) => !/[\r\n\0]/.test(text));
const name = fc.stringMatching(/^[A-Z][A-Z_]{0,7}$/);

describe('a value in .env', () => {
  it('is read back as it was meant, whatever it is, unless it has all three kinds of quotes', () => {
    fc.assert(
      fc.property(value, (text) => {
        const before = '# before\nBEFORE=1\n';
        try {
          const edited = editEnv(before, { NAME: text, AFTER: 'it is "quoted"' });
          expect(parseEnv(edited)).toEqual({ BEFORE: '1', ...(text && { NAME: text }), AFTER: 'it is "quoted"' });
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
          // A backslash and an n are a line break between double quotes.
          expect(text).toMatch(/"|\\n/);
          expect(text).toMatch(/'/);
          expect(text).toMatch(/`/);
        }
      }),
    );
  });

  it.each([
    ['a line break', 'MARKED\nB'],
    ['a carriage return', 'MARKED\rB'],
    ['a NUL', 'MARKED\0B'],
    ['half of a character', 'MARKED \ud800'],
    ['all three kinds of quotes', `"MARKED' \``],
  ])('is refused with %s, and not repeated', (_, text) => {
    const edit = () => editEnv('', { NAME: text });
    expect(edit).toThrow(/^The value of NAME cannot stand in .env.*Choose another value\.$/);
    expect(edit).not.toThrow(/MARKED/);
  });

  it.each([
    ['observe', 'A=observe\n'],
    ['https://network.example', 'A=https://network.example\n'],
    ['1.1.1.1 8.8.8.8', 'A="1.1.1.1 8.8.8.8"\n'],
    ['a"b', `A='a"b'\n`],
    ['it\'s "#1"', 'A=`it\'s "#1"`\n'],
  ])('stands without quotes where it needs none: %s', (text, expected) => {
    expect(editEnv('', { A: text })).toBe(expected);
  });
});

describe('a change in .env', () => {
  it('leaves everything else as it was, in any file', () => {
    const line = fc.oneof(
      fc.constantFrom('', '# a comment', '#A=default', '  # "half a quote', 'no setting', '=x'),
      fc
        .tuple(name, fc.constantFrom('', 'plain', '"quoted # text"', "'two\nlines'", 'x # comment', '`b`'))
        .map(([each, text]) => `${each}=${text}`),
      fc.tuple(name, name).map(([each, text]) => `  export ${each} = ${text}  `),
    );
    const file = fc.tuple(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n'));
    let refused = 0;
    let all = 0;
    fc.assert(
      fc.property(file, name, value, ([lines, lineBreak, end], changed, text) => {
        const before = lines.join(lineBreak) + end;
        const { [changed]: _, ...others } = parseEnv(before);
        let after: string;
        all++;
        try {
          after = editEnv(before, { [changed]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
          refused++;
          return;
        }
        const { [changed]: now, ...rest } = parseEnv(after);
        expect(now ?? '').toBe(text);
        expect(rest).toEqual(others);
        for (const comment of lines.filter((each) => each.trim().startsWith('#'))) expect(after).toContain(comment);
      }),
    );
    // Otherwise it would prove nothing.
    expect(refused).toBeLessThan(all / 10);
  });

  it('changes the value alone: comments, order, quotes of others and unknown names stay', () => {
    const before = `# Mine.\r\nexport POLICY=observe # for now\r\n\r\nOTHER='x'\r\nGRACE = "1h" # one hour\r\nWWW=\r\n`;
    expect(editEnv(before, { POLICY: 'sync', GRACE: '2h', WWW: 'never', TLS_PORT: '8443' })).toBe(
      `# Mine.\r\nexport POLICY=sync # for now\r\n\r\nOTHER='x'\r\nGRACE = 2h # one hour\r\nWWW=never\r\nTLS_PORT=8443\r\n`,
    );
  });

  it('puts a new setting below the comment that shows its default, and any other at the end', () => {
    expect(editEnv('#GRACE=1h\nPOLICY=sync', { GRACE: '2h', WWW: 'never' })).toBe(
      '#GRACE=1h\nGRACE=2h\nPOLICY=sync\nWWW=never\n',
    );
  });

  it('empties a setting that is to go, and adds none for it', () => {
    expect(editEnv('GRACE="2h"\nPOLICY=sync\n', { GRACE: '', WWW: '' })).toBe('GRACE=\nPOLICY=sync\n');
  });

  it('changes the line that counts, where a name stands there twice', () => {
    expect(editEnv('A=1\nA=2\n', { A: '3' })).toBe('A=1\nA=3\n');
  });

  it('takes what stands between quotes for a value, and not for lines', () => {
    const before = `NOTE="first\n#A=1\nA=2\nlast"\n`;
    expect(editEnv(before, { A: '3' })).toBe(`${before}A=3\n`);
    expect(editEnv('A="one\ntwo"\nB=1\n', { A: 'x' })).toBe('A=x\nB=1\n');
  });

  it('is refused where Node takes one line for the value of another, and repeats nothing of it', () => {
    const text = 'POLICY= \nWU_RUNCLOUD_API_TOKEN=MARKED\n';
    expect(() => readEnv(text)).toThrow(/line of WU_RUNCLOUD_API_TOKEN in .env.*blank behind its =/);
    expect(() => readEnv(text)).not.toThrow(/MARKED/);
    expect(() => editEnv(text, { WU_RUNCLOUD_API_TOKEN: 'x' })).toThrow(/cannot be changed in .env without changing/);
  });
});
