import { describe, expect, it } from 'vitest';
import {
  type Blamable,
  blameOf,
  lastBlamed,
  waitForBlamed,
  waitForOthers,
} from '../../../lib/core/certificates/blame.ts';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, requested, VERDICTS } from '../builders.ts';

const NAME = 'xn--bcher-kva.example';
const BLAMED = { name: NAME, at: ago(HOUR), says: 'status 422: no' };

describe('blameOf', () => {
  const of = (names: readonly string[], more: Partial<Blamable> = {}, blamed = BLAMED) =>
    blameOf(
      { requests: [], attempts: 0, blamed: [blamed] },
      { domain: NAME, probe: undefined, requestedAt: ago(2 * HOUR), ...more },
      names,
      NOW,
    );

  it('stands for its name, until a newer mapping request', () => {
    expect(of(['a.example', NAME])).toBe(BLAMED);
    expect(of(['a.example'])).toBeUndefined();
    expect(of([NAME], { requestedAt: ago(HOUR) })).toBe(BLAMED);
    expect(of([NAME], { requestedAt: ago(HOUR - 1) })).toBeUndefined();
    expect(of([NAME], { requestedAt: undefined })).toBe(BLAMED);
  });

  it('there is none without a refusal', () => {
    const unblamed = { domain: NAME, probe: undefined, requestedAt: undefined };
    expect(blameOf(undefined, unblamed, [NAME], NOW)).toBeUndefined();
    expect(blameOf({ requests: [], attempts: 0 }, unblamed, [NAME], NOW)).toBeUndefined();
  });

  it('what a fast clock wrote counts for nothing', () => {
    expect(of([NAME], {}, { ...BLAMED, at: ago(-5 * MINUTE) })).toBeDefined();
    expect(of([NAME], {}, { ...BLAMED, at: ago(-5 * MINUTE - 1) })).toBeUndefined();
  });

  it('ends once DNS of that name, which was wrong, is right again', () => {
    const www = { ...BLAMED, name: `www.${NAME}` };
    const since = (ms: number) => ({ verdict: VERDICTS.pointing, since: ago(ms) });
    expect(of([NAME], { probe: probeOf('pointing', 'none', { dns: since(HOUR) }) })).toBe(BLAMED);
    expect(of([NAME], { probe: probeOf('pointing', 'none', { dns: since(HOUR - 1) }) })).toBeUndefined();
    // The other name's DNS says nothing about this one.
    expect(of([NAME], { probe: probeOf('pointing', 'none', { www: since(0) }) })).toBe(BLAMED);
    expect(of([www.name], { probe: probeOf('pointing', 'none', { www: since(0) }) }, www)).toBeUndefined();
    expect(of([www.name], { probe: probeOf('pointing', 'none') }, www)).toBe(www);
    const wrong = { verdict: VERDICTS.absent, since: ago(0) };
    expect(of([NAME], { probe: probeOf('absent', 'none', { dns: wrong }) })).toBe(BLAMED);
  });
});

describe('lastBlamed', () => {
  it('is the one of the last request, unless nobody may be told to remove it', () => {
    const older = { name: 'a.example', at: ago(2 * HOUR), says: 'no' };
    const requests = [requested(2 * HOUR), requested(HOUR)];
    const history = { requests, attempts: 2, blamed: [older, BLAMED] };
    expect(lastBlamed(history, ['a.example'])).toBe(BLAMED);
    expect(lastBlamed(history, ['a.example', NAME])).toBeUndefined();
    expect(lastBlamed({ ...history, requests: [...requests, requested(0)] }, [])).toBeUndefined();
    expect(lastBlamed({ requests, attempts: 2 }, [])).toBeUndefined();
    expect(lastBlamed({ requests: [], attempts: 0, blamed: [BLAMED] }, [])).toBeUndefined();
  });
});

it('the sentences name the domain as people read it, and when it is tried again where that is known', () => {
  const why = `At ${ago(HOUR)} the certificate of all names was refused because of bücher.example (${NAME}): status 422: no.`;
  expect(waitForBlamed(NAME, BLAMED, 'added').why).toBe(
    `${why} It is not added again, because all names share one certificate.`,
  );
  expect(waitForBlamed(NAME, BLAMED, 'switched on').why).toBe(
    `${why} Its www name is not switched on again, because all names share one certificate.`,
  );
  expect(waitForOthers(BLAMED, NAME, ago(-HOUR))).toMatchObject({ cause: 'spoilt', until: ago(-HOUR) });
  expect(waitForOthers(BLAMED, NAME, undefined)).not.toHaveProperty('until');
  expect(waitForOthers(BLAMED, NAME, undefined).why).toContain(`because of bücher.example (${NAME}): status 422: no.`);
});
