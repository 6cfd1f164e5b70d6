/** Mode `basic`: what a refusal that names one name of all keeps away, and whom it leaves alone. */
import { describe, expect, it } from 'vitest';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  host,
  inShort,
  mapRequest,
  only,
  probeOf,
  record,
  requested,
  SHOP,
  type Situation,
  VERDICTS,
} from '../builders.ts';
import { alike, NETWORK, planOf, WITHOUT } from './certificate-situations.ts';

describe('a blamed `www.` name', () => {
  const blamed = [{ name: 'www.shop.example', at: ago(HOUR), says: 'status 422: no' }];
  const shared = { requests: [], attempts: 0, blamed };
  const here = { www: { verdict: VERDICTS.pointing, since: ago(DAY) } };
  const probe = probeOf('pointing', 'none', here);
  const coming = (more: Situation) =>
    planOf({
      records: [NETWORK, record(SHOP, mapRequest(), { probe })],
      ...more,
      certificates: { mode: 'basic', shared, ...more.certificates },
    });
  const present = (www: boolean, more: Situation = {}, seen: ProbeState = probe) => {
    const like = { www, redirection: www ? 'non-www' : 'none' } as const;
    const { objects, records } = alike(['shop.example'], seen, {}, like);
    return planOf({ objects, records, ...more, certificates: { mode: 'basic', shared, ...more.certificates } });
  };

  it('stays where it is served and points here: RunCloud’s answer may be about one moment', () => {
    expect(only(present(true).steps)).toMatchObject({
      action: 'issue',
      names: expect.arrayContaining(['www.shop.example']),
    });
  });

  it('goes as any other once it has pointed elsewhere for an hour', () => {
    const away = (since: number) =>
      probeOf('pointing', 'none', { www: { verdict: VERDICTS.absent, since: ago(since) } });
    expect(inShort(present(true, {}, away(HOUR - 1)))).not.toContain('update shop.example');
    expect(only(present(true, {}, away(HOUR)).steps)).toMatchObject({ action: 'update', www: false });
  });

  it('is not switched on, and a hold says so, also while the certificate is well', () => {
    const whole = probeOf('pointing', 'valid', here);
    for (const settings of [{ www: 'auto' }, { www: 'always' }] as const) {
      const made = present(false, { settings }, whole);
      expect(made.steps).toEqual([]);
      expect(only(made.holds)).toEqual({
        domain: SHOP,
        code: 'certificate-failed',
        reason: `At ${ago(HOUR)} the certificate of all names was refused because of www.shop.example: status 422: no. Its www name is not switched on again, because all names share one certificate.`,
        whatToDo: 'Mend what the answer names, then {"action":"map","domain":"shop.example"} tries it once more.',
      });
    }
    expect(present(false, { settings: { www: 'never' } }, whole).holds).toEqual([]);
    const advanced = { certificates: { mode: 'advanced' } } as const;
    expect(only(present(false, advanced, whole).steps)).toMatchObject({ action: 'update', www: true });
  });

  it('is switched on once its DNS, which was wrong, is right again', () => {
    const mended = probeOf('pointing', 'valid', { www: { verdict: VERDICTS.pointing, since: ago(HOUR - 1) } });
    expect(only(present(false, {}, mended).steps)).toMatchObject({ action: 'update', www: true });
  });

  it('is not added with its domain, and keeps that away where the settings ask for both', () => {
    expect(only(coming({}).steps)).toMatchObject({ action: 'add', www: 'no' });
    expect(inShort(coming({ settings: { www: 'always' } }))).toEqual(['hold certificate-failed shop.example']);
  });
});

it('nobody is told to remove the primary, the network’s own host or a protected name', () => {
  const request = requested(MINUTE, {
    names: ['network.example', 'shop.example', 'own.example', 'a.example'],
    answer: 'refused',
  });
  const { objects, records } = alike(['a.example', 'own.example', 'shop.example'], WITHOUT);
  const holdsOf = (name: string, more: Situation) => {
    const shared = { requests: [request], attempts: 3, blamed: [{ name, at: request.at, says: 'no' }], says: 'no' };
    const { holds } = planOf({ objects, records, ...more, certificates: { mode: 'basic', shared } });
    return holds.find(({ domain }) => domain === 'a.example')?.code;
  };
  expect(holdsOf('shop.example', {})).toBe('spoilt');
  expect(holdsOf('network.example', {})).toBe('certificate-failed');
  expect(holdsOf('shop.example', { settings: { protectedDomains: ['www.shop.example'] } })).toBe('certificate-failed');
  expect(holdsOf('own.example', { ownHost: host('own.example') })).toBe('certificate-failed');
});
