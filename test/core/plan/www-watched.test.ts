import { describe, expect, it } from 'vitest';
import type { Wish } from '../../../lib/core/domain/mapping-request.ts';
import { isWwwWatched } from '../../../lib/core/plan/www-watched.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso } from '../../../lib/core/values/time.ts';

const SAID = { eventId: 'event', occurredAt: iso(0), trust: 'signed' } as const;
const BARE: Wish = { ...SAID, kind: 'mapped', namedAs: 'bare' };
const WWW: Wish = { ...SAID, kind: 'mapped', namedAs: 'www' };
const UNMAPPED: Wish = { ...SAID, kind: 'unmapped' };

describe('the www name', () => {
  it.each([
    ['of a registrable domain, under auto', 'shop.example', BARE, [], 'auto', true],
    ['of a subdomain, under auto', 'a.shop.example', BARE, [], 'auto', false],
    ['of a domain that nobody wished for, under auto', 'shop.example', undefined, [], 'auto', true],
    ['of a registrable domain, under never', 'shop.example', BARE, [], 'never', false],
    [
      'of a mapping without www that is served with it, under never',
      'shop.example',
      BARE,
      ['www.shop.example'],
      'never',
      true,
    ],
    ['of a mapping that has it in its name, under never', 'shop.example', WWW, [], 'never', true],
    ['of one that was unmapped, under never', 'shop.example', UNMAPPED, ['shop.example'], 'never', false],
    ['of a subdomain, under always', 'a.shop.example', BARE, [], 'always', true],
  ] as const)('%s', (_, domain, wish, served, setting, isWatched) => {
    expect(isWwwWatched({ domain: domain as HostName, wish }, served, setting)).toBe(isWatched);
  });
});
