import { describe, expect, it } from 'vitest';
import { type ProbeResult, updateProbeState } from '../../../lib/core/probe/result.ts';
import { iso } from '../../../lib/core/values/time.ts';
import { NOW, SHOWN, VERDICTS } from '../builders.ts';

const UNASKED = { kind: 'could-not-ask', why: 'time-out' } as const;
const ALL: ProbeResult = {
  dns: VERDICTS.pointing,
  www: VERDICTS.pointing,
  caaUnasked: undefined,
  certificate: SHOWN.none,
};

describe('updateProbeState, where something could not be asked', () => {
  it.each<[string, Partial<ProbeResult>, string[]]>([
    ['nothing', {}, []],
    ['DNS', { dns: UNASKED }, ['dnsUnasked', 'unaskedSince']],
    ['CAA', { caaUnasked: 'no CAA' }, ['dnsUnasked', 'unaskedSince']],
    ['the server', { certificate: UNASKED }, ['certificateUnasked', 'unaskedSince']],
    ['the `www.` name alone', { www: UNASKED }, ['wwwUnasked']],
  ])('remembers of %s just that, and since when', (_, changes, keys) => {
    const state = updateProbeState(undefined, { ...ALL, ...changes }, NOW);
    expect(Object.keys(state).filter((key) => key.includes('nasked'))).toEqual(keys);
    expect(state.unaskedSince).toBe(keys.includes('unaskedSince') ? iso(NOW) : undefined);
  });
});
