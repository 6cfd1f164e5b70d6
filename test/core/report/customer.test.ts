import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainRecord, DomainState } from '../../../lib/core/domain/record.ts';
import { type Hold, holds } from '../../../lib/core/plan/hold.ts';
import {
  CHECK_EVERY_MS,
  type CustomerInput,
  type CustomerView,
  customerView,
  isCheckDue,
} from '../../../lib/core/report/customer.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  historyOf,
  mapped,
  type mapRequest,
  NOW,
  object,
  owned,
  probeOf,
  record,
  SERVER,
  SHOP,
  SHOWN,
  shop,
  unmapped,
  VERDICTS,
} from '../builders.ts';

function viewOf(about: DomainRecord, more: Partial<CustomerInput> = {}): CustomerView {
  return customerView({
    record: about,
    server: SERVER,
    held: [],
    subdomains: 'create',
    shared: undefined,
    now: NOW,
    ...more,
  });
}

/** Mapped, on RunCloud and ours. */
const ours = (state: DomainState = {}): DomainRecord => record(SHOP, mapped, { ...owned(), seen: shop, ...state });
const probed = (...args: Parameters<typeof probeOf>): DomainRecord => ours({ probe: probeOf(...args) });
const kindOf = (...args: Parameters<typeof viewOf>) => viewOf(...args).state.kind;

describe('what a customer sees of a domain', () => {
  it.each<[string, DomainRecord]>([
    ['live', probed('pointing', 'valid')],
    ['expiring', probed('pointing', 'expiring')],
    ['working', probed('pointing', 'none')],
    ['working', probed('pointing', 'other-name')],
    ['dns', probed('absent', 'none')],
    ['dns', probed('elsewhere', 'none')],
    ['dns', probed('disagreed', 'none')],
    ['dns', probed('blocked', 'none')],
    ['moved-away', probed('elsewhere', 'valid', { leftAt: ago(HOUR) })],
    ['proxied', probed('proxied', 'none')],
    ['checking', ours()],
    ['checking', record(SHOP, mapped)],
  ])('%s', (kind, about) => {
    expect(kindOf(about)).toBe(kind);
  });

  it('is live behind a proxy once the server has the certificate, and with a CAA record that only the next one needs', () => {
    expect(kindOf(probed('proxied', 'valid'))).toBe('live');
    expect(kindOf(probed('blocked', 'valid'))).toBe('live');
  });

  it('names the proxy', () => {
    expect(viewOf(probed('proxied', 'none')).state).toEqual({ kind: 'proxied', by: 'Cloudflare' });
  });

  it('is no longer live when its certificate has run out since the last look', () => {
    const until = iso(NOW - MINUTE);
    const ended = { kind: 'valid', until, expiringFrom: ago(DAY) } as const;
    expect(kindOf(probed('pointing', undefined, { certificate: { verdict: ended, since: ago(DAY) } }))).toBe('working');
  });

  it('is not live where nothing on RunCloud stands for it any more, or the server was not reached for hours', () => {
    const probe = probeOf('pointing', 'valid');
    expect(kindOf(record(SHOP, mapped, { probe }))).toBe('working');
    const unreached = { certificateUnasked: 'no answer', unaskedSince: ago(7 * HOUR) };
    expect(kindOf(probed('pointing', 'valid', unreached))).toBe('provider');
    expect(kindOf(probed('pointing', 'valid', { ...unreached, unaskedSince: ago(HOUR) }))).toBe('live');
  });

  it('is live by its www. name where that is served by itself', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(HOUR) };
    expect(kindOf(probed('elsewhere', 'valid', { www, servedAs: 'www' }))).toBe('live');
  });
});

describe('a domain that is not connected', () => {
  it.each<[string, DomainRecord]>([
    ['nobody knows', record(SHOP)],
    ['was unmapped', record(SHOP, unmapped, { ...owned(), seen: shop })],
    ['has a request that the network contradicted', record(SHOP, mapped, { refuted: orderOf(mapped) })],
    ['was removed after it was mapped', record(SHOP, mapped, { removedAt: ago(MINUTE) })],
    ['only left a trace', record(SHOP, undefined, { removedAt: ago(MINUTE) })],
  ])('shows as unmapped where it %s, with nothing to set', (_, about) => {
    expect(viewOf(about)).toEqual({
      state: { kind: 'unmapped' },
      steps: { dns: 'later', server: 'later', certificate: 'later' },
      records: [],
      host: undefined,
      nameServers: [],
      lookedAt: undefined,
      look: 'of no use',
    });
  });

  it('is connected again by a newer mapping, and without an event by what is on RunCloud', () => {
    expect(kindOf(record(SHOP, mapped, { removedAt: ago(2 * HOUR) }))).toBe('checking');
    expect(kindOf(record(SHOP, undefined, { ...owned(), seen: shop }))).toBe('checking');
    expect(kindOf(record(SHOP, mapped, { ...owned(), seen: shop, removedAt: ago(MINUTE) }))).toBe('checking');
  });
});

/** `requestOrder` of a mapping request. */
function orderOf({ occurredAt, eventId }: ReturnType<typeof mapRequest>): string {
  return `${occurredAt} 11 ${eventId}`;
}

describe('a domain that is not on RunCloud, and that no event told of', () => {
  const hold = (code: Hold['code']): Hold => ({ domain: SHOP, code, reason: 'x', whatToDo: 'y' });

  it('is mapped where the last run would have added it, and its records are shown', () => {
    const about = record(SHOP, undefined, { probe: probeOf('elsewhere', undefined) });
    expect(viewOf(about, { held: [hold('dns')] })).toMatchObject({ state: { kind: 'dns' }, records: [{ type: 'A' }] });
    expect(kindOf(record(SHOP), { held: [hold('policy')] })).toBe('provider');
    expect(kindOf(record(SHOP), { held: [hold('waiting')] })).toBe('provider');
    expect(kindOf(record(SHOP, mapped, { removedAt: ago(MINUTE) }), { held: [hold('quota')] })).toBe('provider');
  });

  it('is not for any other reason', () => {
    expect(kindOf(record(SHOP), { held: [hold('gone')] })).toBe('unmapped');
  });

  it.each(['wildcard', 'subdomain'] as const)('has nothing to be set where the network serves it (%s)', (code) => {
    expect(viewOf(record(SHOP, mapped), { held: [hold(code)] })).toMatchObject({
      state: { kind: 'network' },
      records: [],
      look: 'of no use',
    });
  });

  it.each(['wildcard', 'subdomain'] as const)('has no look where the network serves it, probed or not (%s)', (code) => {
    const probe = probeOf('pointing', undefined);
    const view = viewOf(record(SHOP, mapped, { probe }), { held: [hold(code)] });
    expect(view).toMatchObject({ state: { kind: 'network' }, look: 'of no use', lookedAt: undefined });
    expect(Object.values(view.steps)).toEqual(['later', 'later', 'later']);
    // An object of its own on RunCloud is looked at, whatever a hold says.
    expect(kindOf(probed('pointing', 'none'), { held: [hold(code)] })).not.toBe('network');
  });

  it('is not mapped by the request of the moment in which it was removed', () => {
    expect(kindOf(record(SHOP, mapped, { removedAt: mapped.occurredAt }))).toBe('unmapped');
    expect(kindOf(record(SHOP, mapped, { removedAt: ago(HOUR + 1) }))).toBe('checking');
  });

  it('can be looked at only where runs look at it too', () => {
    expect(viewOf(record(SHOP, mapped))).toMatchObject({ look: 'of no use', lookedAt: undefined });
    expect(viewOf(record(SHOP, mapped, { probe: probeOf('absent', undefined) }))).toMatchObject({ look: 'possible' });
    expect(viewOf(ours())).toMatchObject({ look: 'possible' });
  });
});

describe('what only the provider can mend', () => {
  const well = probed('pointing', 'none');
  it.each<[string, Hold]>([
    ['what needs a person', { ...holds.unreadable(SHOP, 'odd'), domain: SHOP }],
    ['a step that failed', holds.waiting(SHOP, failure(undefined))],
    ['a policy that forbids it', holds.policy(SHOP, 'add', 'observe')],
    ['a protected name', holds.protected(SHOP)],
  ])('is %s', (_, hold) => {
    expect(kindOf(well, { held: [hold] })).toBe('provider');
  });

  it('is not what passes by itself', () => {
    expect(
      kindOf(well, { held: [holds.incomplete(SHOP, 'event', 'x')].map((hold) => ({ ...hold, pressing: false })) }),
    ).toBe('working');
  });

  it('is an object that is not ours, a row that cannot be read, and a certificate that was asked for in vain', () => {
    expect(kindOf(record(SHOP, mapped, { seen: shop, probe: probeOf('pointing', 'none') }))).toBe('provider');
    // What the ledger gives of a row that cannot be read.
    expect(kindOf({ ...record(SHOP), unreadable: 'odd' })).toBe('provider');
    expect(kindOf(ours({ probe: probeOf('pointing', 'none'), issuance: historyOf(DAY) }))).toBe('provider');
    expect(kindOf(well, { shared: historyOf(DAY) })).toBe('provider');
    expect(kindOf(ours({ probe: probeOf('pointing', 'none'), issuance: historyOf(MINUTE) }))).toBe('working');
  });

  it('comes after what the customer has to set', () => {
    expect(kindOf(probed('absent', 'none'), { held: [holds.protected(SHOP)] })).toBe('dns');
    expect(kindOf(record(SHOP, mapped, { seen: shop, probe: probeOf('pointing', 'valid') }))).toBe('live');
  });
});

describe('the steps to a domain that works', () => {
  it.each<[string, DomainRecord, readonly string[]]>([
    ['all are done where it is live', probed('pointing', 'valid'), ['done', 'done', 'done']],
    ['all are done where its certificate expires', probed('pointing', 'expiring'), ['done', 'done', 'done']],
    ['the certificate comes last', probed('pointing', 'none'), ['done', 'done', 'now']],
    [
      'the server comes before it',
      record(SHOP, mapped, { probe: probeOf('pointing', undefined) }),
      ['done', 'now', 'later'],
    ],
    ['DNS is the problem', probed('absent', 'none'), ['problem', 'done', 'later']],
    [
      'DNS is the problem before all else',
      record(SHOP, mapped, { probe: probeOf('absent', undefined) }),
      ['problem', 'later', 'later'],
    ],
    [
      'DNS is the problem where it has moved away',
      probed('elsewhere', 'valid', { leftAt: ago(HOUR) }),
      ['problem', 'done', 'later'],
    ],
    ['the proxy is the problem', probed('proxied', 'none'), ['problem', 'done', 'later']],
    ['all is to be looked at', record(SHOP, mapped), ['now', 'now', 'later']],
    ['DNS is to be looked at', ours(), ['now', 'done', 'later']],
  ])('%s', (_, about, steps) => {
    expect(Object.values(viewOf(about).steps)).toEqual(steps);
  });

  it('stop at the one that the provider has to mend', () => {
    const held = [holds.protected(SHOP)];
    const absent = record(SHOP, mapped, { probe: probeOf('pointing', undefined) });
    expect(Object.values(viewOf(probed('pointing', 'none'), { held }).steps)).toEqual(['done', 'done', 'problem']);
    expect(Object.values(viewOf(absent, { held }).steps)).toEqual(['done', 'problem', 'later']);
    expect(Object.values(viewOf(record(SHOP, mapped), { held }).steps)).toEqual(['later', 'problem', 'later']);
  });
});

describe('the records that a customer has to set', () => {
  const A = { type: 'A', name: 'shop.example', value: '203.0.113.10' };

  it('say what public DNS has instead', () => {
    expect(viewOf(probed('absent', 'none')).records).toEqual([{ ...A, ok: false, now: { kind: 'none' } }]);
    expect(viewOf(probed('disagreed', 'none')).records).toEqual([{ ...A, ok: false, now: { kind: 'unknown' } }]);
    expect(viewOf(probed('elsewhere', 'none')).records).toEqual([
      { ...A, ok: false, now: { kind: 'values', text: '198.51.100.7' } },
    ]);
  });

  it('have no value where a record has to go', () => {
    expect(viewOf(probed('partly', 'none')).state.kind).toBe('dns');
    expect(viewOf(probed('partly', 'none')).records).toMatchObject([
      { ...A, ok: true },
      { type: 'AAAA', value: undefined, ok: false, now: { text: '2001:db8::7' } },
    ]);
  });

  it('decide by the www. name only where it is served, and name it beside the others', () => {
    const www = { verdict: VERDICTS.absent, since: ago(HOUR) };
    const probe = probeOf('pointing', 'other-name', { www });
    expect(kindOf(ours({ probe }))).toBe('working');
    const served = viewOf(ours({ seen: object('shop.example', { www: true }), probe }));
    expect(served.state.kind).toBe('dns');
    expect(served.records).toMatchObject([
      A,
      { type: 'CNAME', name: 'www.shop.example', value: 'shop.example', ok: false },
    ]);
    expect(kindOf(record(SHOP, mapped, { probe }))).toBe('working');
    expect(viewOf(probed('absent', 'none', { www })).records).toMatchObject([A, { name: 'www.shop.example' }]);
  });

  it('are those of the www. name where it is served by itself', () => {
    const www = { verdict: VERDICTS.absent, since: ago(HOUR) };
    const view = viewOf(probed('elsewhere', 'none', { www, servedAs: 'www' }));
    expect(view.records).toMatchObject([{ name: 'www.shop.example', value: '203.0.113.10' }]);
  });

  it('are not shown where nothing is to be set, and cannot be where nobody knows the server', () => {
    for (const about of [probed('pointing', 'valid'), probed('pointing', 'none'), probed('proxied', 'none'), ours()]) {
      expect(viewOf(about).records).toEqual([]);
    }
    expect(viewOf(probed('absent', 'none'), { server: undefined })).toMatchObject({
      state: { kind: 'checking' },
      records: [],
    });
  });

  it('come with where the DNS is kept', () => {
    const nameServers = ['ada.ns.cloudflare.com', 'ben.ns.cloudflare.com'];
    expect(viewOf(probed('absent', 'none', { nameServers }))).toMatchObject({
      nameServers,
      host: { provider: 'Cloudflare' },
    });
    expect(viewOf(probed('proxied', 'none', { nameServers }))).toMatchObject({ nameServers: [] });
    expect(viewOf(probed('pointing', 'none', { nameServers }))).toMatchObject({ nameServers: [], host: undefined });
    expect(viewOf(probed('absent', 'none'))).toMatchObject({ nameServers: [], host: undefined });
  });
});

describe('a view of any record', () => {
  const verdicts = fc.constantFrom(...(Object.keys(VERDICTS) as (keyof typeof VERDICTS)[]));
  const certificates = fc.constantFrom(undefined, ...(Object.keys(SHOWN) as (keyof typeof SHOWN)[]));
  const views = fc
    .record({
      dns: verdicts,
      certificate: certificates,
      request: fc.constantFrom(undefined, mapped, unmapped),
      isSeen: fc.boolean(),
      isOurs: fc.boolean(),
      left: fc.boolean(),
      server: fc.constantFrom(undefined, SERVER),
    })
    .map(({ dns, certificate, request, isSeen, isOurs, left, server }) => {
      const probe = probeOf(dns, certificate, left ? { leftAt: ago(HOUR) } : {});
      const about = record(SHOP, request, {
        ...(isOurs && owned(4711)),
        ...(isSeen && { seen: object(SHOP, { id: 4711 }) }),
        probe,
      });
      return { about, view: viewOf(about, { server }) };
    });

  it('calls nothing live that has no valid certificate on RunCloud or does not lead there', () => {
    fc.assert(
      fc.property(views, ({ about, view }) => {
        if (view.state.kind !== 'live' && view.state.kind !== 'expiring') return;
        expect(about.state.seen).toBeDefined();
        expect(['valid', 'expiring']).toContain(about.state.probe?.certificate?.verdict.kind);
        expect(['pointing', 'blocked', 'proxied']).toContain(about.state.probe?.dns?.verdict.kind);
      }),
    );
  });

  it('has something to set wherever it asks the customer to set something', () => {
    fc.assert(
      fc.property(views, ({ view }) => {
        const isAsked = view.state.kind === 'dns' || view.state.kind === 'moved-away';
        expect(view.records.some(({ ok }) => !ok)).toBe(isAsked);
      }),
    );
  });

  it('holds no id of RunCloud', () => {
    fc.assert(
      fc.property(views, ({ view }) => {
        expect(JSON.stringify(view)).not.toContain('4711');
      }),
    );
  });
});

describe('a look that a customer asks for', () => {
  it('is due once a minute, and at once where nobody looked yet', () => {
    expect(isCheckDue(undefined, NOW)).toBe(true);
    expect(isCheckDue(ago(CHECK_EVERY_MS - 1), NOW)).toBe(false);
    expect(isCheckDue(ago(CHECK_EVERY_MS), NOW)).toBe(true);
  });
});
