import { describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it('is read alike after one that was none, also where that ended in the middle of a letter', () => {
    for (const broken of [Buffer.from('"ü"').subarray(0, 2), Buffer.from('"bücher"', 'latin1')]) {
      expect(parseJson(broken)).toBeUndefined();
      expect(parseJson(Buffer.from('"ü"'))).toBe('ü');
    }
  });

  it('is read by one decoder for all', () => {
    const made = vi.spyOn(globalThis, 'TextDecoder');
    onTestFinished(() => made.mockRestore());
    parseJson(Buffer.from('{}'));
    expect(made).not.toHaveBeenCalled();
  });
});
