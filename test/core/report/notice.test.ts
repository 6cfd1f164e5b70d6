import { describe, expect, it } from 'vitest';
import type { DomainView } from '../../../lib/core/domain/event.ts';
import { noticeOf } from '../../../lib/core/report/notice.ts';
import { OUTGOING_TYPES, type OutgoingEvent } from '../../../lib/core/report/outgoing.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import { iso } from '../../../lib/core/values/time.ts';
import { START } from '../../support/clock.ts';

const about = { id: 'run.1', at: iso(START) };
const view: DomainView = { mapping: 'on RunCloud', dns: 'pointing', certificate: 'valid' };
const shop = 'shop.example' as HostName;

function of(type: OutgoingEvent['type'], detail: object): OutgoingEvent {
  return { type, detail: { ...about, before: view, after: view, ...detail } } as unknown as OutgoingEvent;
}

describe('a notice', () => {
  it('says what happened, to whom, why, what to do, and which command says more', () => {
    const notice = noticeOf(
      of('certificate.failed', {
        domain: shop,
        reason: '2 requests brought no valid certificate.',
        whatToDo: '{"action":"verify","domain":"shop.example"} says why. The service tries again by itself.',
      }),
      ' --stage production',
    );
    expect(notice).toBe(
      [
        '*shop.example* has no valid certificate, although one was requested.',
        '2 requests brought no valid certificate.',
        'What to do: mrc verify shop.example --stage production says why. The service tries again by itself.',
        'More: `mrc why shop.example --stage production`',
      ].join('\n'),
    );
  });

  it('has a link for the customer where there is one', () => {
    expect(noticeOf(of('domain.live', { domain: shop }), '', 'https://domains.example/domains/x')).toMatch(
      /\nFor the customer: https:\/\/domains\.example\/domains\/x$/,
    );
  });

  it('names the first five of many, and how many more there are', () => {
    const domains = Array.from({ length: 12 }, (_, index) => `shop-${index}.example`);
    const notice = noticeOf(of('domain.live', { domains, count: 40, leftOut: 28 }), '');
    expect(notice).toContain('*40 domains* are live: shop-0.example, shop-1.example');
    expect(notice).toContain('shop-4.example and 35 more.\n');
    expect(notice).toContain('`mrc status`');
  });

  it('tells of what the brake holds, of calls that run low, and that it is a test', () => {
    const held = (count: number) => noticeOf(of('removals.held', { domains: ['a.example'], count, leftOut: 0 }), '');
    expect(held(1)).toBe('1 removal is held by the brake: a.example.\nMore: `mrc plan`');
    expect(held(3)).toContain('3 removals are held by the brake: a.example and 2 more.');
    expect(noticeOf(of('quota.low', {}), '')).toContain('run low.\nMore: `mrc quota`');
    expect(noticeOf(of('notify.test', {}), '')).toContain('This is a test');
  });

  it('escapes what Slack takes for a link or a mention', () => {
    const notice = noticeOf(
      of('dns.lost', { domain: shop, reason: 'It has <!channel> & <https://x.example|this>.' }),
      '',
    );
    expect(notice).toContain('It has &lt;!channel&gt; &amp; &lt;https://x.example|this&gt;.');
  });

  it.each(OUTGOING_TYPES)('of %s fits into a message of Discord, and has a line for each part', (type) => {
    const long = 'word '.repeat(1_000);
    const domain = { domain: `${'a'.repeat(60)}.${'b'.repeat(60)}.example` };
    const detail = type === 'removals.held' ? { domains: [domain.domain], count: 1, leftOut: 0 } : domain;
    const notice = noticeOf(of(type, { ...detail, reason: long, whatToDo: `${long}\nmore` }), ' --stage production');
    expect(notice.length).toBeLessThan(2_000);
    expect(notice.split('\n')).toHaveLength(4);
  });

  it('shows a name in its own script, beside what DNS has', () => {
    const notice = noticeOf(of('domain.added', { domain: 'xn--bcher-kva.example' }), '');
    expect(notice).toContain('*bücher.example (xn--bcher-kva.example)* is on RunCloud now.');
  });
});
