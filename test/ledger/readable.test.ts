import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainState } from '../../lib/core/domain/record.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import type { IsoTime } from '../../lib/core/values/time.ts';
import { readPart, readRecord } from '../../lib/ledger/readable.ts';
import { planInputs, requests } from '../core/arbitraries.ts';

const shop = 'shop.example' as HostName;

function read(row: { readonly state?: string; readonly request?: string | null }) {
  return readRecord({ domain: shop, request: null, state: '{}', ...row }, (state) => state);
}

const AGO = '2026-11-22T08:00:00.000Z' as IsoTime;
const VIEW = { mapping: 'on RunCloud', dns: 'unknown', certificate: 'waiting' } as const;
const NONE = { requests: [], attempts: 1 };

describe('a row of the ledger', () => {
  const AT = '2026-11-22T08:00:00.000Z';
  const OWNED = { id: 7, since: AT, by: 'added' };
  const states: [string, unknown, RegExp][] = [
    ['an empty text', '', /^its state is not JSON$/],
    ['half an object', '{"owned":{"id":7', /^its state is not JSON$/],
    ['null', 'null', /^its state is no object$/],
    ['a number', '7', /^its state is no object$/],
    ['a list', '[]', /^its state is no object$/],
    ['an owner that is no object', { owned: 7 }, /at "owned"/],
    ['an id that is a text', { owned: { ...OWNED, id: '7' } }, /at "owned\.id"/],
    ['a time that is none', { owned: { ...OWNED, since: 'yesterday' } }, /at "owned\.since"/],
    ['an object without a name', { owned: OWNED, seen: { id: 7, wildcard: false } }, /at "seen\.name"/],
    ['an object that is a text', { seen: 'shop.example' }, /at "seen"/],
    [
      'a failure without a time',
      { failure: { attempts: 1, why: '', whatToDo: '', requestOrder: '' } },
      /"failure\.dueAt"/,
    ],
    ['a probe without a verdict', { probe: { at: AT, dns: { since: AT } } }, /at "probe\.dns\.verdict"/],
    ['a verdict that is unknown', { probe: { at: AT, dns: { verdict: { kind: 'odd' }, since: AT } } }, /"probe\.dns/],
    [
      'a verdict without its addresses',
      { probe: { at: AT, www: { verdict: { kind: 'elsewhere' }, since: AT } } },
      /at "probe\.www\.verdict\.addresses"/,
    ],
    [
      'a certificate without an end',
      { probe: { at: AT, certificate: { verdict: { kind: 'expired' }, since: AT } } },
      /at "probe\.certificate\.verdict\.until"/,
    ],
    ['requests that are no list', { issuance: { attempts: 1, requests: {} } }, /at "issuance\.requests"/],
    ['rows of the network that are no list', { writtenBack: {} }, /at "writtenBack"/],
    ['events that are no list', { events: {} }, /at "events"/],
    ['an event without a time', { events: [{ number: 1, run: 'r', type: 'domain.live' }] }, /at "events\.0\.at"/],
    ['what was told, in a word that is unknown', { told: { live: 'live', dns: 'odd' } }, /at "told\.dns"/],
    ['a grace that began at no time', { missingSince: 0 }, /at "missingSince"/],
  ];
  it.each(states)('is unreadable where its state is %s, and nothing of it counts', (_what, state, why) => {
    const text = typeof state === 'string' ? state : JSON.stringify(state);
    const request = '{"kind":"unmapped","trust":"signed","eventId":"e","occurredAt":"2026-11-22T08:00:00.000Z"}';
    expect(read({ state: text, request })).toEqual({
      domain: shop,
      request: undefined,
      state: {},
      unreadable: expect.stringMatching(why),
    });
  });

  it.each([
    ['{', /^its request is not JSON$/],
    ['null', /^its request is no object$/],
    ['{"kind":"deleted"}', /^its request has something else at "kind" than this service writes$/],
    ['{"kind":"mapped","trust":"signed","eventId":"e","occurredAt":"2026-11-22"}', /at "namedAs"/],
    ['{"kind":"unmapped","trust":"hint","eventId":"e","occurredAt":"2026-11-22"}', /at "trust"/],
    ['{"kind":"unmapped","trust":"signed","eventId":"e","occurredAt":"then"}', /at "occurredAt"/],
  ])('is unreadable where its request is %s', (request, why) => {
    const state = JSON.stringify({ owned: OWNED });
    expect(read({ state, request })).toMatchObject({ state: {}, unreadable: expect.stringMatching(why) });
  });

  it('that is of an older form is upgraded before it is judged', () => {
    const stored = { domain: shop, request: undefined, state: '{"asked":{"www":true,"redirection":"none"}}' };
    expect(readRecord(stored, ({ asked }) => ({ requested: asked }))).toEqual({
      domain: shop,
      request: undefined,
      state: { requested: { www: true, redirection: 'none' } },
    });
  });

  it('says nothing of what stands in it, which may be anything', () => {
    for (const state of ['MARKED', '{"owned":"MARKED"}', '{"owned":{"id":"MARKED"}}']) {
      expect(read({ state }).unreadable).not.toContain('MARKED');
    }
  });

  it.each<[string, DomainState]>([
    [
      'the obstacle unread',
      { issuance: { ...NONE, obstacle: { kind: 'unread', at: AGO, times: 1, why: 'no answer' } } },
    ],
    ['the obstacle foreign', { issuance: { ...NONE, obstacle: { kind: 'foreign', at: AGO, method: 'custom' } } }],
    [
      'the obstacle in-between',
      { issuance: { ...NONE, obstacle: { kind: 'in-between', at: AGO, times: 2, why: 'a page' } } },
    ],
    [
      'a name that a refusal blamed, and a spent limit',
      {
        issuance: {
          requests: [
            { at: AGO, names: ['shop.example'], order: 'new', answer: 'refused', spent: { key: 'orders', until: AGO } },
          ],
          attempts: 1,
          blamed: [{ name: 'shop.example', at: AGO, says: 'no' }],
        },
      },
    ],
    [
      'what was told of it',
      {
        told: { live: 'live', unrest: { dns: { is: 'lost', at: AGO, since: AGO, times: 2 } } },
        events: [{ number: 1, run: 'r', type: 'domain.added', at: AGO, before: VIEW, after: VIEW, reason: 'so' }],
      },
    ],
    ['what a probe could not ask for', { probe: { at: AGO, unaskedSince: AGO, dnsHalfSince: AGO, wwwHalfSince: AGO } }],
  ])('with %s is read as it is', (_, state) => {
    expect(read({ state: JSON.stringify(state) })).toEqual({ domain: shop, request: undefined, state });
  });

  it('is read back as it was written, whatever this service writes', () => {
    fc.assert(
      fc.property(planInputs, fc.option(requests, { nil: undefined }), ({ ledger, actual }, request) => {
        for (const { domain, state } of ledger.values()) {
          const written: DomainState = actual[0] ? { ...state, seen: actual[0] } : state;
          const text = request === undefined ? null : JSON.stringify(request);
          const record = readRecord({ domain, request: text, state: JSON.stringify(written) }, (each) => each);
          expect(record).toEqual({ domain, request, state: JSON.parse(JSON.stringify(written)) });
          expect(record).not.toHaveProperty('unreadable');
        }
      }),
    );
  });
});

describe('what the ledger stores of the application as a whole', () => {
  it('is an error that names the part where it cannot be read, and quotes nothing', () => {
    expect(readPart('{"a":1}', 'the note "x"')).toEqual({ a: 1 });
    expect(() => readPart('MARKED', 'the note "network"')).toThrow(
      'The ledger cannot be read: the note "network" in it is not JSON. No run changes anything on RunCloud until it can be read.',
    );
  });
});
