/** What the operator's page makes of answers, by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuotaAnswer, StatusAnswer } from '../../lib/console/schemas.ts';
import { FILTER_STATES } from '../../lib/core/report/state-names.ts';
import { addressOf, type Choice, readAddress } from '../../lib/pages/operator/address.ts';
import { drawCalls } from '../../lib/pages/operator/calls.ts';
import { drawDomains } from '../../lib/pages/operator/domains.ts';
import { overviewPage } from '../../lib/pages/operator/overview.ts';
import { drawRuns } from '../../lib/pages/operator/runs.ts';
import { linkTo, sentences } from '../../lib/pages/operator/words.ts';

const SPOKEN = { program: 'npx mrc', options: '' } as const;
const NOW = '2026-11-22T20:05:00.000Z';
const ALL: Choice = { state: 'all', search: '', from: 0 };
const STATUS: StatusAnswer = {
  ok: true,
  summary: '',
  domains: [],
  matching: 0,
  counts: {},
  needs: [],
  due: 0,
  asked_at: NOW,
} as never;

describe('the address of the page', () => {
  it('leads back to what was chosen, whatever is searched for', () => {
    const search = fc.string({ maxLength: 200 }).map((text) => text.trim());
    const from = fc.nat({ max: 9_999_999 });
    fc.assert(
      fc.property(fc.constantFrom('all' as const, ...FILTER_STATES), search, from, (state, text, first) => {
        const choice: Choice = { state, search: text, from: first };
        const query = new URL(addressOf(choice), 'http://127.0.0.1').searchParams;
        expect(readAddress(query)).toEqual({ kind: 'overview', choice });
      }),
    );
  });

  it('without anything asks for what is not live, and with a search for every state', () => {
    const stateOf = (query: string) => {
      const asked = readAddress(new URLSearchParams(query));
      return asked.kind === 'overview' ? asked.choice.state : 'fault';
    };
    expect([stateOf(''), stateOf('search='), stateOf('search=shop'), stateOf('state=dns')]).toEqual([
      undefined,
      undefined,
      'all',
      'dns',
    ]);
  });
});

describe('words of the service', () => {
  it('have commands in the place of JSON, and escape what is around them', () => {
    const text = 'Read {"action":"plan"} & {"action":"domain","domain":"shop.example"}. <b> {"action":"x y"}';
    expect(String(sentences(text, SPOKEN))).toBe(
      'Read <code>npx mrc plan</code> &amp; <code>npx mrc why shop.example</code>. &lt;b&gt; {&quot;action&quot;:&quot;x y&quot;}',
    );
  });

  it('name an object without a page of its own without a link', () => {
    expect(String(linkTo('*.shop.example'))).toBe('*.shop.example');
    expect(String(linkTo('shop.example'))).toBe('<a href="/?domain=shop.example">shop.example</a>');
  });

  it('are not cut within a command', () => {
    const row = {
      domain: 'shop.example',
      mapping: 'on RunCloud',
      dns: 'pending',
      certificate: 'waiting',
      owned: true,
      state: 'dns',
      next: `${'x'.repeat(170)} {"action":"plan"} and more`,
    } as const;
    const drawn = String(drawDomains({ ...STATUS, domains: [row], matching: 1 }, ALL, SPOKEN));
    expect(drawn).toContain(`${'x'.repeat(170)} …</p>`);
    expect(drawn).not.toContain('action&quot;');
  });
});

describe('the last runs', () => {
  const run = { at: NOW, took_ms: 61_000, done: 1, held: 2, failed: 0 };

  it('tell those that ended early from those that the next one went on with', () => {
    const drawn = String(
      drawRuns(
        [run, { ...run, aborted: 'No time was left.', progress: true }, { ...run, aborted: 'RunCloud is down.' }],
        SPOKEN,
      ),
    );
    expect(drawn).toContain('came to its end');
    expect(drawn).toContain('the next one went on: No time was left.');
    expect(drawn).toContain('<span class="bad">early:</span> RunCloud is down.');
  });

  it('are none in a ledger from before they were kept', () => {
    expect(String(drawRuns([], SPOKEN))).toContain('None is on record yet.');
  });
});

describe('the calls', () => {
  const quota: QuotaAnswer = {
    ok: true,
    summary: 'Some.',
    used: 201,
    on: {},
    a_day: {},
    since: '2026-11-01T00:00:00.000Z',
    reset_at: '2026-12-01T00:00:00.000Z',
    days: [
      { day: '2026-11-01', calls: 200, on: { lists: 150, changes: 50 } },
      { day: '2026-11-02', calls: 0, on: {} },
      { day: '2026-11-03', calls: 1, on: { looks: 1 } },
    ],
  };

  it('are bars of their height, for all days of the period, and a table of the same numbers', () => {
    const drawn = String(drawCalls(quota, SPOKEN));
    expect(drawn).toContain('viewBox="0 0 300 100"');
    expect(drawn.match(/<rect[^>]*>/g)).toEqual([
      '<rect x="1" y="0" width="8" height="100"/>',
      '<rect x="21" y="99" width="8" height="1"/>',
    ]);
    expect(drawn).toContain('<td class="number">200</td><td>lists 150, changes 50</td>');
    expect(drawn.indexOf('2026-11-03</th>')).toBeLessThan(drawn.indexOf('2026-11-01</th>'));
  });

  it('have no chart before the first one', () => {
    const none = quota.days?.map(({ day }) => ({ day, calls: 0, on: {} }));
    expect(String(drawCalls({ ...quota, days: none }, SPOKEN))).not.toContain('<svg');
  });
});

describe('the overview', () => {
  const page = (more: Partial<StatusAnswer>): string =>
    overviewPage({ status: { ...STATUS, ...more }, quota: undefined, choice: ALL, spoken: SPOKEN }).body;
  const progress = { done: 134, of: 388, started_at: NOW, seconds_left: 540 };

  it('follows a run that is at work', () => {
    const body = page({ run: 'at work', progress });
    expect(body).toContain('data-run="at work"');
    expect(body).toContain('A run is at work: 134 of 388 steps done, about 9 minutes left.');
    expect(page({ run: 'at work' })).toContain('>A run is at work.<');
  });

  it('follows none between two runs of one work', () => {
    const body = page({ progress });
    expect(body).toContain('data-run=""');
    expect(body).toContain('134 of 388 steps done, about 9 minutes left; the next run goes on.');
  });

  it('says what is due, and with which command to see it', () => {
    expect(page({ due: 2 })).toContain('2 steps due: <code>npx mrc plan</code> shows them.');
    expect(page({ due: 1 })).toContain('1 step due: <code>npx mrc plan</code> shows it.');
    expect(page({ due: 2, run: 'at work' })).not.toContain('steps due');
  });
});
