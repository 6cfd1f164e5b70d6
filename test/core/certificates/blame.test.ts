import { describe, expect, it } from 'vitest';
import { blameOf, lastBlamed, waitForBlamed, waitForOthers } from '../../../lib/core/certificates/blame.ts';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, requested } from '../builders.ts';

const NAME = 'xn--bcher-kva.example';
const BLAMED = { name: NAME, at: ago(HOUR), says: 'status 422: no' };

describe('blameOf', () => {
  const of = (names: readonly string[], requestedAt = ago(2 * HOUR), blamed = BLAMED) =>
    blameOf({ requests: [], attempts: 0, blamed: [blamed] }, names, requestedAt, NOW);

  it('stands for its name, until a newer mapping request', () => {
    expect(of(['a.example', NAME])).toBe(BLAMED);
    expect(of(['a.example'])).toBeUndefined();
    expect(of([NAME], ago(HOUR))).toBe(BLAMED);
    expect(of([NAME], ago(HOUR - 1))).toBeUndefined();
    expect(blameOf({ requests: [], attempts: 0, blamed: [BLAMED] }, [NAME], undefined, NOW)).toBe(BLAMED);
  });

  it('there is none without a refusal', () => {
    expect(blameOf(undefined, [NAME], undefined, NOW)).toBeUndefined();
    expect(blameOf({ requests: [], attempts: 0 }, [NAME], undefined, NOW)).toBeUndefined();
  });

  it('what a fast clock wrote counts for nothing', () => {
    expect(of([NAME], ago(HOUR), { ...BLAMED, at: ago(-5 * MINUTE) })).toBeDefined();
    expect(of([NAME], ago(HOUR), { ...BLAMED, at: ago(-5 * MINUTE - 1) })).toBeUndefined();
  });
});

describe('lastBlamed', () => {
  it('is the one of the last request', () => {
    const older = { name: 'a.example', at: ago(2 * HOUR), says: 'no' };
    const requests = [requested(2 * HOUR), requested(HOUR)];
    expect(lastBlamed({ requests, attempts: 2, blamed: [older, BLAMED] })).toBe(BLAMED);
    expect(lastBlamed({ requests: [...requests, requested(0)], attempts: 3, blamed: [older, BLAMED] })).toBeUndefined();
    expect(lastBlamed({ requests, attempts: 2 })).toBeUndefined();
    expect(lastBlamed({ requests: [], attempts: 0, blamed: [BLAMED] })).toBeUndefined();
  });
});

it('the sentences name the domain as people read it, and when it is tried again where that is known', () => {
  expect(waitForBlamed(NAME, BLAMED).why).toContain(`because of bücher.example (${NAME}): status 422: no.`);
  expect(waitForOthers(BLAMED, ago(-HOUR))).toMatchObject({ cause: 'spoilt', until: ago(-HOUR) });
  expect(waitForOthers(BLAMED, undefined)).not.toHaveProperty('until');
  expect(waitForOthers(BLAMED, undefined).why).toContain(`because of bücher.example (${NAME}): status 422: no.`);
});
