import { describe, expect, it } from 'vitest';
import type { MappingRequest } from '../../../lib/core/domain/mapping-request.ts';
import { isWwwWatched } from '../../../lib/core/plan/www-watched.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso } from '../../../lib/core/values/time.ts';

const SAID = { eventId: 'event', occurredAt: iso(0), trust: 'signed' } as const;
const BARE: MappingRequest = { ...SAID, kind: 'mapped', namedAs: 'bare' };
const WWW: MappingRequest = { ...SAID, kind: 'mapped', namedAs: 'www' };
const UNMAPPED: MappingRequest = { ...SAID, kind: 'unmapped' };

describe('the www name', () => {
  it.each([
    ['of a registrable domain, under auto', 'shop.example', BARE, [], 'auto', true],
    ['of a subdomain, under auto', 'a.shop.example', BARE, [], 'auto', false],
    ['of a domain that nobody requested, under auto', 'shop.example', undefined, [], 'auto', true],
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
  ] as const)('%s', (_, domain, request, served, setting, isWatched) => {
    expect(isWwwWatched({ domain: domain as HostName, request }, served, setting)).toBe(isWatched);
  });
});
