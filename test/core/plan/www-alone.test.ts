import { describe, expect, it } from 'vitest';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { type Apart, formAgain, isWwwAloneHere, judgeApart } from '../../../lib/core/plan/www-alone.ts';
import type { DnsVerdict } from '../../../lib/core/probe/dns-verdict.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import {
  ago,
  failure,
  inShort,
  mapRequest,
  NOW,
  object,
  only,
  owned,
  PRIMARY,
  probeOf,
  record,
  SHOP,
  type Situation,
  stepOf,
  UNREAD,
  unmapRequest,
  VERDICTS,
} from '../builders.ts';
import { outcome, planOf } from './certificate-situations.ts';

const NAMED = mapRequest({ namedAs: 'www' });
const ALONE = object('www.shop.example', { id: 8 });
const BARE = object('shop.example');
const BOTH = object('shop.example', { www: true, redirection: 'non-www' });
const adopted = (id: number): DomainState => ({ owned: { id, since: ago(DAY), by: 'adopted' } });
const ownedWww = owned(8).owned as NonNullable<DomainState['owned']>;

function www(kind: keyof typeof VERDICTS, since = ago(DAY)): Pick<ProbeState, 'www'> {
  return { www: { verdict: VERDICTS[kind], since } };
}

describe('isWwwAloneHere', () => {
  const here: readonly (keyof typeof VERDICTS)[] = ['elsewhere', 'absent', 'proxied'];

  it.each(Object.keys(VERDICTS) as (keyof typeof VERDICTS)[])('the bare name is %s', (kind) => {
    expect(isWwwAloneHere(VERDICTS[kind], VERDICTS.pointing)).toBe(here.includes(kind));
    expect(isWwwAloneHere(VERDICTS.elsewhere, VERDICTS[kind])).toBe(kind === 'pointing');
  });

  it('what could not be asked about is not known', () => {
    const unasked = { kind: 'could-not-ask', why: 'SERVFAIL', half: VERDICTS.elsewhere } as const;
    expect(isWwwAloneHere(unasked, VERDICTS.pointing)).toBe(false);
    expect(isWwwAloneHere(VERDICTS.elsewhere, unasked)).toBe(false);
  });
});

describe('judgeApart', () => {
  const judge = (
    actual: ActualDomain,
    probe: ProbeState | undefined,
    {
      state = owned(actual.id),
      namedAs = 'www',
      beside,
    }: {
      state?: DomainState;
      namedAs?: 'www' | 'bare';
      beside?: ActualDomain | 'unknown';
    } = {},
  ): Apart => judgeApart(record(SHOP, NAMED, { ...state, ...(probe && { probe }) }), namedAs, actual, beside, NOW);

  describe('`www.` by itself', () => {
    const KEEP = { kind: 'keep', target: ALONE };
    const here = probeOf('pointing', 'valid', www('pointing'));

    it('the bare name came: it is served too, beside it', () => {
      const add = { kind: 'add', www: 'no', why: 'points here by now, and only www.shop.example is on RunCloud' };
      expect(judge(ALONE, here)).toEqual(add);
      expect(judge(ALONE, here, { state: { ...owned(7), ownedWww } })).toEqual(add);
    });

    it.each<[string, ProbeState | undefined]>([
      ['it was never probed', undefined],
      ['the bare name is elsewhere', probeOf('elsewhere', 'valid', www('pointing'))],
      ['CAA keeps a certificate from the bare name', probeOf('blocked', 'valid', www('pointing'))],
      ['the bare name could not be asked about now', { ...here, dnsUnasked: 'time-out' }],
      ['its own certificate is not there yet', probeOf('pointing', 'none', www('pointing'))],
      ['its own certificate could not be seen now', { ...here, certificateUnasked: 'time-out' }],
      ['no certificate was ever seen', probeOf('pointing', undefined, www('pointing'))],
    ])('it stays as it is: %s', (_, probe) => {
      expect(judge(ALONE, probe)).toEqual(KEEP);
    });

    it('the bare name was added a moment ago, and the list does not show it yet', () => {
      const added = (msAgo: number) => ({ owned: { id: 7, since: ago(msAgo), by: 'added' as const }, ownedWww });
      expect(judge(ALONE, here, { state: added(15 * MINUTE - 1) })).toEqual(KEEP);
      expect(judge(ALONE, here, { state: added(15 * MINUTE) })).toMatchObject({ kind: 'add' });
      const young = { owned: { id: 8, since: ago(MINUTE), by: 'added' as const } };
      expect(judge(ALONE, here, { state: young })).toMatchObject({ kind: 'add' });
    });

    it('the bare name came, and `www.` gets no certificate because it leads elsewhere: the bare name is waited for no longer', () => {
      const left = probeOf('pointing', 'none', www('elsewhere'));
      expect(judge(ALONE, left)).toMatchObject({ kind: 'add', www: 'no' });
      expect(judge(ALONE, { ...left, wwwUnasked: 'time-out' })).toEqual(KEEP);
      expect(judge(ALONE, probeOf('pointing', 'none'))).toEqual(KEEP);
    });

    it('the mapping names the bare form: that is added, whatever DNS and the certificate of `www.` say, and whoever made that', () => {
      const add = { kind: 'add', www: 'no', why: 'mapped, and only www.shop.example is on RunCloud' };
      for (const probe of [undefined, here, probeOf('elsewhere', 'none', www('pointing'))]) {
        expect(judge(ALONE, probe, { namedAs: 'bare' })).toEqual(add);
        expect(judge(ALONE, probe, { namedAs: 'bare', state: adopted(8) })).toEqual(add);
      }
      const young = { owned: { id: 7, since: ago(MINUTE), by: 'added' as const }, ownedWww };
      expect(judge(ALONE, here, { namedAs: 'bare', state: young })).toEqual(KEEP);
    });

    it('and as it was found, where it was adopted', () => {
      expect(judge(ALONE, here, { state: adopted(8) })).toEqual(KEEP);
    });
  });

  describe('an object for each', () => {
    const state = { ...owned(7), ownedWww };

    it('both stay, and the one whose certificate is wanting is named', () => {
      expect(judge(BARE, probeOf('pointing', 'none'), { state, beside: ALONE })).toEqual({
        kind: 'keep',
        target: BARE,
      });
      const ofWww = probeOf('pointing', 'none', { certificateOf: 'www' });
      expect(judge(BARE, ofWww, { state, beside: ALONE })).toEqual({ kind: 'keep', target: ALONE });
      expect(judge(BARE, ofWww, { state, beside: 'unknown' })).toEqual({ kind: 'keep', target: undefined });
      expect(judge(BARE, undefined, { state, beside: 'unknown' })).toEqual({ kind: 'keep', target: BARE });
    });

    it('one that the list does not show yet is waited for', () => {
      const young = (msAgo: number) => ({ ...owned(7), ownedWww: { ...ownedWww, since: ago(msAgo) } });
      expect(judge(BARE, undefined, { state: young(15 * MINUTE - 1) })).toEqual({ kind: 'keep', target: BARE });
      const ofWww = probeOf('pointing', 'none', { certificateOf: 'www' });
      expect(judge(BARE, ofWww, { state: young(0) })).toEqual({ kind: 'keep', target: undefined });
      expect(judge(BARE, undefined, { state: young(15 * MINUTE) })).toEqual({ kind: 'together' });
    });

    it('one that is gone, or not ours, does not count', () => {
      expect(judge(BARE, undefined, { state })).toEqual({ kind: 'together' });
      expect(judge(BARE, undefined, { beside: ALONE })).toEqual({ kind: 'together' });
    });
  });

  describe('one object for both', () => {
    const alone = probeOf('elsewhere', 'none', www('pointing'));

    it('only `www.` has pointed here for an hour, and there is no certificate: it gives that name up, then gets one beside it', () => {
      for (const probe of [alone, probeOf('absent', 'other-name', www('pointing', ago(HOUR)))]) {
        expect(judge(BOTH, probe)).toEqual({ kind: 'give-up' });
        expect(judge({ ...BOTH, www: undefined, type: undefined }, probe)).toEqual({ kind: 'give-up' });
        expect(judge(BARE, probe)).toEqual({
          kind: 'add',
          www: 'alone',
          why: 'only www.shop.example points here, and shop.example leads elsewhere',
        });
      }
    });

    it('it is not served with `www.` once more where it gave that up, also while nobody can be asked', () => {
      const keep = { kind: 'keep', target: BARE };
      const { certificate: _, ...unseen } = alone;
      expect(judge(BARE, { ...unseen, certificateUnasked: 'RunCloud was changed' })).toMatchObject({ kind: 'add' });
      expect(judge(BARE, probeOf('elsewhere', 'valid', www('pointing')))).toMatchObject({ kind: 'add' });
      expect(judge(BARE, { ...alone, dnsUnasked: 'time-out' })).toEqual(keep);
      expect(judge(BARE, { ...alone, wwwUnasked: 'time-out' })).toEqual(keep);
      expect(judge(BARE, { ...alone, ...www('pointing', ago(HOUR - 1)) })).toEqual(keep);
      expect(judge(BARE, { ...alone, dns: since(HOUR - 1) })).toEqual(keep);
    });

    const since = (msAgo: number) => ({ verdict: VERDICTS.elsewhere as DnsVerdict, since: iso(NOW - msAgo) });
    it.each<[string, ProbeState | undefined]>([
      ['never probed', undefined],
      ['`www.` was never probed', probeOf('elsewhere', 'none')],
      ['the domain was never probed', { at: ago(0), ...www('pointing'), certificate: alone.certificate as never }],
      ['the bare name is here', probeOf('pointing', 'none', www('pointing'))],
      ['`www.` is elsewhere too', probeOf('elsewhere', 'none', www('elsewhere'))],
      ['the bare name left less than an hour ago', { ...alone, dns: since(HOUR - 1) }],
      ['`www.` came less than an hour ago', { ...alone, ...www('pointing', ago(HOUR - 1)) }],
      ['the bare name could not be asked about now', { ...alone, dnsUnasked: 'time-out' }],
      ['`www.` could not be asked about now', { ...alone, wwwUnasked: 'time-out' }],
      ['its certificate is valid', probeOf('elsewhere', 'valid', www('pointing'))],
      ['its certificate was never seen', probeOf('elsewhere', undefined, www('pointing'))],
      ['its certificate could not be seen now', { ...alone, certificateUnasked: 'time-out' }],
    ])('it stays so: %s', (_, probe) => {
      expect(judge(BOTH, probe)).toEqual({ kind: 'together' });
    });

    it('nothing is added where somebody made `www.` by hand, or nobody knows', () => {
      expect(judge(BARE, alone, { beside: { ...ALONE, id: 9 } })).toEqual({ kind: 'together' });
      expect(judge(BARE, alone, { beside: 'unknown' })).toEqual({ kind: 'keep', target: BARE });
      expect(judge(BOTH, alone, { beside: 'unknown' })).toEqual({ kind: 'give-up' });
    });

    it('it stays so where the mapping names the bare form, and where somebody made it for a purpose, or adopted it', () => {
      expect(judge(BOTH, alone, { namedAs: 'bare' })).toEqual({ kind: 'together' });
      expect(judge({ ...BOTH, type: 'redirect' }, alone)).toEqual({ kind: 'together' });
      expect(judge(BOTH, alone, { state: adopted(7) })).toEqual({ kind: 'together' });
      expect(judge(BOTH, { ...alone, dns: since(HOUR) })).toEqual({ kind: 'give-up' });
    });
  });
});

describe('formAgain', () => {
  const young = (msAgo: number) => ({ id: 9, since: ago(msAgo), by: 'added' as const });
  const last = 15 * MINUTE - 1;

  it('asks for the name once more that was added a moment ago', () => {
    for (const wanted of ['yes', 'no', 'auto', 'named', 'alone'] as const) {
      expect(formAgain({ ownedWww: young(last) }, wanted, NOW)).toBe('alone');
      expect(formAgain({ ownedWww: young(last + 1) }, wanted, NOW)).toBe(wanted);
      expect(formAgain({ owned: young(last) }, wanted, NOW)).toBe(wanted === 'named' ? 'yes' : wanted);
      expect(formAgain({ owned: young(last + 1) }, wanted, NOW)).toBe(wanted);
      expect(formAgain({}, wanted, NOW)).toBe(wanted);
    }
    expect(stepOf({ records: [record(SHOP, NAMED, { ownedWww: young(0) })] })).toMatchObject({ www: 'alone' });
  });
});

describe('a plan', () => {
  const alone = probeOf('elsewhere', 'none', www('pointing'));
  const situation = (state: DomainState, ...objects: ActualDomain[]): Situation => ({
    objects: [PRIMARY, ...objects],
    records: [record(SHOP, NAMED, state)],
  });

  it('in mode basic the probe decides how a mapping of `www.` is added', () => {
    const coming = (probe: ProbeState) => planOf(situation({ probe }), 'basic');
    expect(only(coming(probeOf('elsewhere', undefined, www('pointing'))).steps)).toMatchObject({
      action: 'add',
      www: 'alone',
    });
    expect(only(coming(probeOf('pointing', undefined, www('pointing'))).steps)).toMatchObject({
      action: 'add',
      www: 'yes',
    });
    expect(coming(probeOf('elsewhere', undefined, www('absent'))).steps).toEqual([]);
    expect(coming(probeOf('elsewhere', undefined)).steps).toEqual([]);
    expect(only(planOf(situation({ probe: alone }), 'advanced').steps)).toMatchObject({ action: 'add', www: 'named' });
  });

  it('`www.` by itself gets its own certificate, for that name alone', () => {
    const made = planOf(situation({ ...owned(8), probe: alone }, ALONE));
    expect(only(made.steps)).toMatchObject({
      action: 'issue',
      names: ['www.shop.example'],
      certificate: { target: ALONE },
    });
  });

  it('one object for both gives `www.` up, and the next plan adds that name beside it', () => {
    expect(only(planOf(situation({ ...owned(), probe: alone }, BOTH)).steps)).toMatchObject({
      action: 'update',
      target: BOTH,
      www: false,
      redirection: 'none',
    });
    expect(only(planOf(situation({ ...owned(), probe: alone }, BARE)).steps)).toMatchObject({
      action: 'add',
      www: 'alone',
    });
  });

  it('an object for each: both are kept, and the certificate that is wanting is asked for', () => {
    const both = { ...owned(), ownedWww };
    const of = (probe: ProbeState) => outcome(situation({ ...both, probe }, BARE, ALONE));
    expect(of(probeOf('pointing', 'valid', www('pointing')))).toEqual([]);
    const wanting = probeOf('pointing', 'none', { ...www('pointing'), certificateOf: 'www' });
    expect(only(planOf(situation({ ...both, probe: wanting }, BARE, ALONE)).steps)).toMatchObject({
      names: ['www.shop.example'],
    });
    expect(only(planOf(situation({ ...both, probe: probeOf('pointing', 'none') }, BARE, ALONE)).steps)).toMatchObject({
      names: ['shop.example'],
    });
    expect(outcome({ ...situation({ ...both, probe: wanting }, BARE), scope: 'some' })).toEqual([]);
    // It was taken away by hand: the domain's own object serves the name again.
    expect(outcome(situation({ ...both, probe: probeOf('pointing', 'valid', www('pointing')) }, BARE))).toEqual([
      'update shop.example',
    ]);
  });

  it('a `www.` object that is not ours is left alone, and said to stand beside', () => {
    const probe = probeOf('pointing', 'valid', www('pointing'));
    const foreign = situation({ ...owned(), ownedWww: { ...ownedWww, id: 9 }, probe }, BARE, ALONE);
    expect(outcome(foreign)).toContain('hold beside www.shop.example');
  });

  it('the bare name is added once it came; not while that failed, nor where a name protects or a wildcard serves it', () => {
    const came = { ...owned(8), probe: probeOf('pointing', 'valid', www('pointing')) };
    expect(outcome(situation(came, ALONE))).toEqual(['add shop.example']);
    expect(outcome(situation({ ...came, failure: failure(NAMED) }, ALONE))).toEqual(['hold waiting shop.example']);
    expect(outcome(situation({ ...came, failure: failure(NAMED, { dueAt: ago(0) }) }, ALONE))).toEqual([
      'add shop.example',
    ]);
    const wildcard = object('*.example', { id: 9 });
    expect(outcome(situation(came, ALONE, wildcard))).toEqual(['hold wildcard shop.example']);
    const below = object('*.shop.example', { id: 9 });
    expect(outcome(situation(came, ALONE, below))).toEqual(['add shop.example']);
    expect(outcome(situation({ ...owned(), probe: alone }, BARE, below))).toEqual([
      'hold wildcard shop.example',
      'hold dns shop.example',
    ]);
    const again = { ownedWww: { ...ownedWww, since: ago(MINUTE) } };
    expect(outcome(situation(again, below))).toEqual(['hold wildcard shop.example']);
    expect(outcome({ ...situation(came, ALONE), settings: { protectedDomains: ['shop.example'] } })).toEqual([]);
    const primary = object('www.shop.example', { id: 8, type: 'primary' });
    expect(inShort(planOf({ objects: [primary], records: [record(SHOP, NAMED, came)] }))).toEqual([]);
  });

  describe('where the bare name is mapped, and RunCloud has only `www.`', () => {
    const mappedBare = (state: DomainState, more: Situation = {}): Situation => ({
      objects: [PRIMARY, ALONE],
      records: [record(SHOP, mapRequest(), state)],
      ...more,
    });
    const probe = probeOf('pointing', 'none', www('elsewhere'));

    it('adds it beside, and asks nobody to set `www.`', () => {
      expect(outcome(mappedBare({ ownedWww, probe }))).toEqual(['add shop.example']);
      const failed = { failure: failure(mapRequest()) };
      expect(outcome(mappedBare({ ownedWww, probe, ...failed }))).toEqual(['hold waiting shop.example']);
    });

    it('in mode basic adds it once it points here', () => {
      expect(outcome(mappedBare({ ownedWww, probe }), 'basic')).toEqual(['add shop.example']);
      const away = probeOf('elsewhere', 'valid', www('pointing'));
      expect(outcome(mappedBare({ ownedWww, probe: away }), 'basic')).toEqual(['hold dns shop.example']);
    });

    it('keeps the certificate of `www.` meanwhile', () => {
      const waiting = { failure: failure(mapRequest()), probe: probeOf('pointing', 'none', www('pointing')) };
      expect(outcome(mappedBare({ ownedWww, ...waiting }))).toEqual([
        'issue shop.example',
        'hold waiting shop.example',
      ]);
    });

    it('holds it where that was adopted, unless somebody asks for www at every domain, or at none', () => {
      const state = { ownedWww: { ...ownedWww, by: 'adopted' as const }, probe };
      expect(outcome(mappedBare(state))).toEqual(['hold as-found shop.example']);
      for (const setting of ['always', 'never'] as const) {
        expect(outcome(mappedBare(state, { settings: { www: setting } }))).toEqual(['add shop.example']);
      }
      expect(outcome(mappedBare({ ...state, probe: probeOf('pointing', 'none', www('pointing')) }))).toEqual([
        'issue shop.example',
        'hold as-found shop.example',
      ]);
    });
  });

  it('in mode basic the names of a certificate are counted', () => {
    const many = Array.from({ length: 98 }, (_, n) => object(`n${n}.example`, { id: 100 + n, type: 'redirect' }));
    const came = { ...owned(8), probe: probeOf('pointing', 'valid', www('pointing')) };
    expect(outcome(situation(came, ALONE, ...many), 'basic')).toContain('hold too-many-names shop.example');
    expect(outcome(situation(came, ALONE, ...many.slice(1)), 'basic')).toContain('add shop.example');
  });

  describe('what is unmapped goes, one object after the other', () => {
    const gone = (state: DomainState, ...objects: ActualDomain[]) =>
      planOf({ objects: [PRIMARY, ...objects], records: [record(SHOP, unmapRequest(), state)] });
    const [byHand, primary] = [
      { ...BARE, id: 9 },
      { ...BARE, type: 'primary' },
    ];

    it.each<[string, DomainState, readonly ActualDomain[], ActualDomain]>([
      ['both are ours', { ...owned(), ownedWww }, [BARE, ALONE], BARE],
      ['`www.` alone is there', { ownedWww }, [ALONE], ALONE],
      ['`www.` alone is there, in a ledger of 0.1.0', { owned: ownedWww }, [ALONE], ALONE],
      ['the bare one was made by hand since', { ownedWww }, [byHand, ALONE], ALONE],
      ['the bare one was made by hand since, in a ledger of 0.1.0', { owned: ownedWww }, [byHand, ALONE], ALONE],
      ['the bare one was made anew by hand', { ...owned(), ownedWww }, [byHand, ALONE], ALONE],
      ['the `www.` one was made anew by hand', { ...owned(), ownedWww }, [BARE, { ...ALONE, id: 9 }], BARE],
      ['the bare one became primary', { ...owned(), ownedWww }, [primary, ALONE], ALONE],
      ['the `www.` one became primary', { ...owned(), ownedWww }, [BARE, { ...ALONE, type: 'primary' }], BARE],
      ['the bare one became a wildcard', { ...owned(), ownedWww }, [{ ...BARE, wildcard: true }, ALONE], ALONE],
    ])('%s', (_, state, objects, target) => {
      expect(gone(state, ...objects).steps).toEqual([
        expect.objectContaining({ action: 'remove', domain: SHOP, target }),
      ]);
    });

    it('but nothing that is not ours, and what is ours is not forgotten while the other stands', () => {
      expect(inShort(gone({ owned: ownedWww }, byHand))).toEqual(['hold not-ours shop.example']);
      expect(gone({}, byHand, ALONE).steps).toEqual([]);
      expect(inShort(gone({ ownedWww, goneSince: ago(HOUR) }))).toEqual(['forget shop.example']);
    });
  });

  it('beside a bare name that somebody made by hand, `www.` stays and keeps its certificate', () => {
    const byHand = { ...BARE, id: 9 };
    const of = (probe: ProbeState, ...objects: ActualDomain[]) =>
      inShort(planOf(situation({ ownedWww, probe }, ...objects)));
    expect(of(probeOf('pointing', 'valid'), byHand, ALONE)).toEqual(['hold not-ours shop.example']);
    const wanting = probeOf('pointing', 'none', { ...www('pointing'), certificateOf: 'www' });
    expect(of(wanting, byHand, ALONE)).toEqual(['issue shop.example', 'hold not-ours shop.example']);
    expect(of(wanting, { ...byHand, type: 'primary' }, ALONE)).toEqual(['issue shop.example']);
    expect(of(wanting, byHand)).toEqual(['hold not-ours shop.example']);
    const { certificateOf: _, ...ofBare } = wanting;
    expect(of(ofBare, byHand, ALONE)).toEqual(['hold not-ours shop.example']);
    expect(of(wanting, byHand, { ...ALONE, id: 10 })).toContain('hold not-ours shop.example');
  });

  it('while the network cannot be read each of the two keeps its certificate', () => {
    const unread = (probe: ProbeState) =>
      planOf({
        objects: [PRIMARY, BARE, ALONE],
        records: [record(SHOP, undefined, { ...owned(), ownedWww, probe })],
        desired: UNREAD,
      });
    const wanting = probeOf('pointing', 'none', { ...www('pointing'), certificateOf: 'www' });
    expect(only(unread(wanting).steps)).toMatchObject({ names: ['www.shop.example'] });
    expect(only(unread(probeOf('pointing', 'none')).steps)).toMatchObject({ names: ['shop.example'] });
  });
});
