/** docs/notify.md, and the webhook of docs/openapi.yaml: what receivers are told that they get. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { messagesOf, OUTGOING_TYPES, type OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { iso } from '../../lib/core/values/time.ts';
import { parseQueued } from '../../lib/notify/queued.ts';
import { START } from '../support/clock.ts';
import { textOf } from './pages.ts';

const examples = [...textOf('docs/notify.md').matchAll(/^\| ([a-z.-]+) \| `(\{.*\})` \|$/gm)].map(
  ([, type = '', data = '']) => ({ type, data: JSON.parse(data) as OutgoingEvent['detail'] }),
);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ ...parse(textOf('docs/openapi.yaml')), $id: 'api' });
const allows = ajv.getSchema('api#/components/schemas/Told');

describe('docs/notify.md', () => {
  it('has an example of every event, and of no other', () => {
    expect(examples.map(({ type }) => type)).toEqual([...OUTGOING_TYPES]);
  });

  it.each(examples)('shows $type as the service and docs/openapi.yaml understand it', ({ type, data }) => {
    expect(
      parseQueued(JSON.stringify({ receiver: 'webhook', event: { 'detail-type': type, detail: data } })),
    ).toMatchObject({ event: { type } });
    expect('sequence' in data, 'a test has no place among events').toBe(type !== 'notify.test');
    expect([allows?.({ type, timestamp: data.at, data }), allows?.errors]).toEqual([true, null]);
  });
});

describe('docs/openapi.yaml', () => {
  it('allows what the service makes: of one domain, of many, of the application', () => {
    const view = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' } as const;
    const kept = { run: 'r', at: iso(START) };
    const event = (number: number) => ({ ...kept, number, type: 'domain.live', before: view, after: view }) as const;
    const many = Array.from({ length: 12 }, (_, index) => ({
      domain: `shop-${index}.example` as HostName,
      event: event(index + 2),
    }));
    const held = { ...kept, number: 1, type: 'removals.held', domains: ['a.example'], reason: 'x' } as const;
    const [run] = messagesOf(many, [{ ...held, before: { held: 0 }, after: { held: 3 } }]);
    const [one] = messagesOf(many.slice(0, 1), []);
    const made = [...(run?.messages ?? []), ...(one?.messages ?? [])];
    expect(made).toHaveLength(3);
    for (const { type, detail } of made) {
      expect([allows?.({ type, timestamp: detail.at, data: detail }), allows?.errors]).toEqual([true, null]);
    }
  });
});
