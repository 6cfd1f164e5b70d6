import { describe, expect, it } from 'vitest';
import { allInOrder } from '../../lib/util/settled.ts';

describe('what is asked at once', () => {
  it('comes in the order of the questions', async () => {
    const late = Promise.withResolvers<string>();
    const both = allInOrder([late.promise, Promise.resolve('soon')]);
    late.resolve('late');
    expect(await both).toEqual(['late', 'soon']);
  });

  it('fails with the first fault in that order, once all have ended', async () => {
    const [first, second, third] = [1, 2, 3].map(() => Promise.withResolvers<string>());
    let isOver = false;
    const all = allInOrder([first, second, third].map((each) => each?.promise ?? Promise.reject())).catch((why) => {
      isOver = true;
      return why;
    });
    second?.reject('second');
    first?.reject('first');
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    third?.resolve('third');
    expect(await all).toBe('first');
  });
});
