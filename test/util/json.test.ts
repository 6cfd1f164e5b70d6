import { describe, expect, it } from 'vitest';
import { parseJson } from '../../lib/util/json.ts';

describe('a JSON text', () => {
  it('is read from text and from bytes', () => {
    expect(parseJson('{"domain":"bücher.example"}')).toEqual({ domain: 'bücher.example' });
    expect(parseJson(Buffer.from('{"domain":"bücher.example"}'))).toEqual({ domain: 'bücher.example' });
  });

  it('may hold null, which is something else than no JSON', () => {
    expect(parseJson('null')).toBeNull();
    for (const text of ['', '{', '<html>', 'undefined']) expect(parseJson(text)).toBeUndefined();
  });

  it('is none if its bytes are not UTF-8', () => {
    expect(parseJson(Buffer.from('"bücher"', 'latin1'))).toBeUndefined();
  });
});
