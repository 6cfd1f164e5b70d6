import { describe, expect, it } from 'vitest';
import { noticeOf } from '../../lib/core/report/notice.ts';
import { OUTGOING_TYPES } from '../../lib/core/report/outgoing.ts';
import { iso } from '../../lib/core/values/time.ts';
import { parseQueued } from '../../lib/notify/queued.ts';
import { START } from '../support/clock.ts';

const about = { id: 'run.1', at: iso(START), before: {}, after: {} };

function body(type: string, detail: object, receiver = 'slack'): string {
  return JSON.stringify({ receiver, event: { 'detail-type': type, detail: { ...about, ...detail } } });
}

describe('a message of the queue of notify', () => {
  it('is an event for one receiver, whole', () => {
    const detail = { ...about, domain: 'shop.example', extra: { kept: true } };
    expect(parseQueued(body('dns.lost', detail, 'webhook'))).toEqual({
      receiver: 'webhook',
      event: { type: 'dns.lost', detail },
    });
  });

  it.each(OUTGOING_TYPES)('of type %s can be put in words whatever it lacks, or is refused', (type) => {
    for (const detail of [
      {},
      { domain: 'a.example' },
      { domains: ['a.example'], count: 1 },
      { domains: [], count: 0 },
    ]) {
      const parsed = parseQueued(body(type, detail));
      if (typeof parsed !== 'string') expect(noticeOf(parsed.event, '')).not.toContain('undefined');
    }
  });

  it.each([
    ['not JSON', 'x', /^it is no event for a receiver \(the whole of it/],
    ['another receiver', body('dns.lost', { domain: 'a.example' }, 'fax'), /receiver/],
    ['an event in', body('domain.mapped', { domain: 'a.example' }), /event\.detail-type/],
    ['no id', body('dns.lost', { domain: 'a.example', id: 'ä' }), /event\.detail\.id: must be of 1 to 256/],
    ['no domain', body('dns.lost', {}), /^it is an event dns\.lost of no domain$/],
  ])('that is %s is refused in words', (_, text, why) => {
    expect(parseQueued(text)).toMatch(why);
  });
});
