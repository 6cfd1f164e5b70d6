import { describe, expect, it } from 'vitest';
import { withinPayload } from '../../lib/aws/payload.ts';

const holds = Array.from({ length: 1_000 }, (_, index) => ({ domain: `shop-${index}.example`, reason: 'größer' }));
const answer = {
  ok: true,
  summary: 'Much is held.',
  holds,
  steps: holds.slice(0, 10),
  markdown: '# Plan'.repeat(5_000),
};
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('an answer of the console', () => {
  it('is left alone where Lambda can carry it', () => {
    expect(withinPayload(answer)).toBe(answer);
    expect(withinPayload(answer, bytes(answer))).toBe(answer);
  });

  it('loses its Markdown first, and says so', () => {
    const cut = withinPayload(answer, bytes(answer) - 1_000);
    expect(cut).toEqual({
      ok: true,
      summary: expect.stringContaining('the Markdown is left out'),
      holds,
      steps: answer.steps,
    });
  });

  it('fits whatever its lists are like, and loses the checksum of what is not shown whole', () => {
    const uneven = holds.map((hold, index) => ({ ...hold, reason: index < 500 ? 'long'.repeat(100) : '' }));
    const cut = withinPayload({ ...answer, holds: uneven, checksum: '0123456789abcdef' }, 100_000);
    expect(bytes(cut)).toBeLessThan(100_000);
    expect(cut).not.toHaveProperty('checksum');
  });

  it('loses the ends of its lists where that is not enough, and fits', () => {
    const cut = withinPayload(answer, 20_000);
    expect(bytes(cut)).toBeLessThan(20_000);
    expect(cut['holds']).toEqual(holds.slice(0, (cut['holds'] as unknown[]).length));
    expect((cut['holds'] as unknown[]).length).toBeGreaterThan(200);
    expect(cut.summary).toMatch(/^Much is held\. .*only the first \d+ % of each list/);
    expect(cut.ok).toBe(true);
  });
});
