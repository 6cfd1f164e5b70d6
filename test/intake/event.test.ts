import { describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { parseMessage, recheckEvent } from '../../lib/intake/event.ts';
import { START } from '../support/clock.ts';

/** What EventBridge makes of an entry that somebody put on the bus by hand. */
function envelope(changes: object = {}): object {
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'domain.mapped',
    source: 'anything.at.all',
    account: '123456789012',
    time: '2026-11-22T07:59:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: { domain: 'shop.example' },
    ...changes,
  };
}

const parse = (body: object | string) => parseMessage(typeof body === 'string' ? body : JSON.stringify(body));

describe('a message from the bus', () => {
  it('with nothing but a domain is a signed event, dated by the bus', () => {
    expect(parse(envelope())).toEqual({
      kind: 'event',
      event: {
        domain: 'shop.example',
        request: {
          kind: 'mapped',
          trust: 'signed',
          namedAs: 'bare',
          eventId: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
          occurredAt: '2026-11-22T07:59:00.000Z',
        },
      },
    });
  });

  it('may say itself when it happened, and about which site', () => {
    const detail = { domain: 'shop.example', siteId: '4', occurredAt: '2026-11-22T08:30:00+01:00', id: 'mine' };
    expect(parse(envelope({ 'detail-type': 'domain.unmapped', detail }))).toMatchObject({
      event: { request: { kind: 'unmapped', siteId: 4, occurredAt: '2026-11-22T07:30:00.000Z', eventId: 'mine' } },
    });
  });

  it('that claims to be from the future is dated by the bus, at every delivery alike', () => {
    const detail = { domain: 'shop.example', occurredAt: iso(START + 60 * MINUTE) };
    expect(parse(envelope({ detail }))).toMatchObject({
      event: { request: { occurredAt: '2026-11-22T07:59:00.000Z' } },
    });
  });

  it('may name the network that it comes from, and is malformed where that is none', () => {
    const detail = { domain: 'shop.example', network: 'https://www.network.example/' };
    expect(parse(envelope({ detail }))).toMatchObject({ event: { network: 'network.example' } });
    expect(parse(envelope({ detail: { ...detail, network: 'net work' } }))).toEqual({
      kind: 'malformed',
      why: expect.stringMatching(/detail\.network must be the address of the network's main site/),
    });
  });

  it('asks to look at domains again', () => {
    const recheck = recheckEvent(['shop.example' as HostName, 'other.example' as HostName], 4);
    expect(parse(envelope(recheck))).toEqual({ kind: 'recheck', domains: ['shop.example', 'other.example'], hop: 4 });
  });

  it('of version 0.1.0, which did not count how often domains came back, counts from now on', () => {
    const recheck = { 'detail-type': 'domain.recheck', detail: { domains: ['shop.example'] } };
    expect(parse(envelope(recheck))).toEqual({ kind: 'recheck', domains: ['shop.example'], hop: 1 });
  });

  const malformed: [string, object | string, RegExp][] = [
    ['no JSON', '{', /not JSON/],
    ['no envelope', {}, /form of an event/],
    ['another type', envelope({ 'detail-type': 'domain.renamed' }), /detail-type/],
    ['no domain', envelope({ detail: {} }), /names no domain/],
    ['a domain that is none', envelope({ detail: { domain: 'localhost' } }), /single label/],
    [
      'no domain to look at again',
      envelope({ 'detail-type': 'domain.recheck', detail: { domains: ['localhost'] } }),
      /names no domain/,
    ],
    ['nothing to look at again', envelope({ 'detail-type': 'domain.recheck' }), /names no domain/],
    [
      'a count of returns that is none',
      envelope({ 'detail-type': 'domain.recheck', detail: { domains: ['shop.example'], hop: -1 } }),
      /hop/,
    ],
    [
      'a hint that would remove',
      envelope({ 'detail-type': 'domain.unmapped', detail: { domain: 'shop.example', trust: 'hint' } }),
      /never remove/,
    ],
    ['a trust that there is not', envelope({ detail: { domain: 'shop.example', trust: 'full' } }), /trust/],
  ];
  it.each(malformed)('with %s is malformed, and says why', (_name, body, why) => {
    expect(parse(body)).toEqual({ kind: 'malformed', why: expect.stringMatching(why) });
  });
});
