import { describe, expect, it } from 'vitest';
import { type News, NO_NEWS } from '../../../lib/core/domain/event.ts';
import { usageOf } from '../../../lib/core/quota/usage.ts';
import { applicationNews } from '../../../lib/core/report/application-news.ts';
import { DAY } from '../../../lib/core/values/time.ts';
import { NOW } from '../builders.ts';

const settings = { callsPerMonth: 1_000, billingDay: 1 };
const usage = (used: number, now = NOW) => usageOf({ '2026-11-02': { lists: used } }, settings, now);

function after(before: News, held: readonly string[] | undefined, used = 0, now = NOW) {
  return applicationNews(before, { held, usage: usage(used, now), now });
}

describe('removals that the brake holds', () => {
  it('are told once, and again only where another one is held', () => {
    const first = after(NO_NEWS, ['b.example', 'a.example']);
    expect(first.events).toEqual([
      {
        type: 'removals.held',
        domains: ['a.example', 'b.example'],
        before: { held: 0 },
        after: { held: 2 },
        reason: expect.stringContaining('The brake holds removals'),
        whatToDo: expect.stringContaining('{"action":"plan"}'),
      },
    ]);
    const second = after(first.news, ['a.example', 'b.example']);
    expect(second.events).toEqual([]);
    const fewer = after(second.news, ['b.example']);
    expect(fewer.events).toEqual([]);
    expect(after(fewer.news, ['c.example']).events).toMatchObject([{ before: { held: 1 }, after: { held: 1 } }]);
    expect(after(fewer.news, []).news).toEqual(NO_NEWS);
    expect(after(NO_NEWS, []).events).toEqual([]);
  });

  it('are not forgotten while nobody knows what is to be removed', () => {
    const { news } = after(NO_NEWS, ['a.example']);
    const unread = after(news, undefined);
    expect(unread).toEqual({ events: [], news });
    expect(after(unread.news, ['a.example']).events).toEqual([]);
    expect(after(unread.news, []).news).toEqual(NO_NEWS);
  });

  it('are remembered by the first names, and beyond by their number', () => {
    const names = Array.from({ length: 700 }, (_, index) =>
      `shop-${String(index).padStart(3, '0')}.example`.padStart(20, 'x'),
    );
    const { news } = after(NO_NEWS, names);
    expect(news.held).toEqual({ count: 700, domains: names.slice(0, 500) });
    expect(after(news, names.slice(50)).events).toEqual([]);
    expect(after(news, [...names, 'z.example']).events).toMatchObject([
      { domains: names.slice(0, 100), before: { held: 700 }, after: { held: 701 } },
    ]);
    const whole = after(NO_NEWS, names.slice(0, 500)).news;
    expect(after(whole, [...names.slice(1, 500), 'z.example']).events).toHaveLength(1);
  });
});

describe('calls that run low', () => {
  it('are told at 80 %, once a period', () => {
    expect(after(NO_NEWS, [], 700).events).toEqual([]);
    const first = after(NO_NEWS, [], 800);
    expect(first.events).toMatchObject([
      {
        type: 'quota.low',
        before: { used: 0, percent: 0 },
        after: { used: 800, percent: 80, resetAt: '2026-12-01T00:00:00.000Z' },
      },
    ]);
    expect(after(first.news, [], 900).events).toEqual([]);
    const next = NOW + 12 * DAY;
    const again = { held: [], usage: usageOf({ '2026-12-02': { lists: 900 } }, settings, next), now: next };
    expect(applicationNews(first.news, again).events).toHaveLength(1);
  });

  it('are told of no quota that nobody named', () => {
    const unknown = usageOf({ '2026-11-02': { lists: 9_000 } }, { billingDay: 1 }, NOW);
    expect(applicationNews(NO_NEWS, { held: [], usage: unknown, now: NOW })).toEqual({ events: [], news: NO_NEWS });
  });
});
