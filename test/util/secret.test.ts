import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/util/secret.ts';

const secret = new Secret('MARKED');

describe('Secret', () => {
  it('gives its value only when asked to reveal it', () => {
    expect(secret.reveal()).toBe('MARKED');
  });

  it.each<[string, () => string]>([
    ['a template', () => `${secret}`],
    ['JSON', () => JSON.stringify({ secret })],
    ['inspect', () => inspect({ secret }, { showHidden: true, depth: null })],
    ['a format string', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['a join', () => [secret].join()],
  ])('reads [redacted] in %s', (_, print) => {
    expect(print()).toContain('[redacted]');
    expect(print()).not.toContain('MARKED');
  });

  it('has no property that holds the value', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect(structuredClone({ ...secret })).toEqual({});
  });
});
