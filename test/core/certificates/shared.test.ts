import { describe, expect, it } from 'vitest';
import type { CertificateCase, CertificateContext } from '../../../lib/core/certificates/decision.ts';
import { IssuanceLimiter } from '../../../lib/core/certificates/rate-limits.ts';
import type { CertificateRequest, IssuanceHistory } from '../../../lib/core/certificates/requests.ts';
import { decideShared, type SharedDecision, type SharedMember } from '../../../lib/core/certificates/shared.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import { DAY, HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { ago, NOW, probeOf, requested, SERVER, SHOWN, VERDICTS } from '../builders.ts';

const CONTEXT: CertificateContext = { mode: 'basic', server: SERVER, now: NOW };
const WITHOUT = probeOf('pointing', 'other-name');
const VALID = probeOf('pointing', 'valid');

/** A domain of the application: its probe, and what else matters. */
type Domain = {
  readonly domain: string;
  readonly probe?: ProbeState | undefined;
  readonly names?: readonly string[];
  readonly addedAt?: CertificateCase['addedAt'];
  readonly requestedAt?: CertificateCase['requestedAt'];
  readonly ours?: false;
  readonly isSpared?: true;
};

function decide(
  domains: readonly Domain[],
  more: {
    issuance?: IssuanceHistory;
    requests?: readonly CertificateRequest[];
    context?: Partial<CertificateContext>;
  } = {},
): SharedDecision {
  const members = domains.map(
    ({ domain, probe, names = [domain], isSpared = false }): SharedMember => ({ domain, names, probe, isSpared }),
  );
  const cases = domains
    .filter(({ ours }) => ours !== false)
    .map(({ domain, probe, names = [domain], addedAt, requestedAt }): CertificateCase => {
      return { domain, names, probe, issuance: undefined, addedAt, requestedAt };
    });
  const limiter = new IssuanceLimiter(more.requests ?? [], NOW);
  return decideShared({ members, cases, issuance: more.issuance }, { ...CONTEXT, ...more.context }, limiter);
}

/** `ask a.example b.example`, or why each domain waits. */
function inShort({ ask, waits }: SharedDecision): string[] {
  return [
    ...(ask ? [`ask ${ask.order} for ${ask.domain}: ${ask.names.join(' ')}`] : []),
    ...waits.map(({ domain, wait }) => {
      const until = wait.until === undefined ? '' : `, ${Date.parse(wait.until) - NOW} ms`;
      return `${domain} waits: ${wait.cause}${until}`;
    }),
  ];
}

function outcome(...parameters: Parameters<typeof decide>): string[] {
  return inShort(decide(...parameters));
}

const A: Domain = { domain: 'a.example', probe: WITHOUT };
const B: Domain = { domain: 'b.example', probe: WITHOUT };
const PRIMARY: Domain = { domain: 'network.example', probe: VALID, ours: false };

describe('one certificate for all names', () => {
  it('one request for all that need it, with every name of the application', () => {
    const www = {
      ...B,
      names: ['b.example', 'www.b.example'],
      probe: { ...WITHOUT, www: VALID.dns as NonNullable<ProbeState['dns']> },
    };
    const decision = decide([www, A, PRIMARY]);
    expect(decision).toEqual({
      ask: {
        domain: 'b.example',
        names: ['a.example', 'b.example', 'network.example', 'www.b.example'],
        order: 'new',
        why: 'For b.example the server shows a certificate of other names (network.example). 1 more domain needs the same certificate.',
      },
      waits: [],
    });
  });

  it('for one alone no others are spoken of', () => {
    expect(decide([A, PRIMARY]).ask?.why).toBe(
      'For a.example the server shows a certificate of other names (network.example).',
    );
  });

  it('nobody needs it: nothing is requested', () => {
    expect(outcome([{ ...A, probe: VALID }, PRIMARY])).toEqual([]);
    expect(outcome([])).toEqual([]);
  });

  it('for the sake of what is not ours nothing is requested', () => {
    expect(
      outcome([
        { ...A, probe: VALID },
        { ...PRIMARY, probe: probeOf('pointing', 'expired') },
      ]),
    ).toEqual([]);
  });

  it('a domain that cannot have it says why, and makes the others wait', () => {
    const decision = decide([A, { ...B, probe: probeOf('elsewhere', 'other-name') }]);
    expect(inShort(decision)).toEqual(['b.example waits: dns', 'a.example waits: spoilt']);
    const { wait } = decision.waits[1] as SharedDecision['waits'][number];
    expect(wait.why).toBe(
      'The application has one certificate for all its names, and it cannot be issued with these: b.example points to 198.51.100.7, and the server is 203.0.113.10.',
    );
    expect(wait.whatToDo).toMatch(
      /^Correct the DNS of the names given there.*Switch the web application to Advanced SSL/,
    );
  });

  it('all wait where the address of the server is not known', () => {
    expect(outcome([A, B], { context: { server: undefined } })).toEqual([
      'a.example waits: unasked',
      'b.example waits: unasked',
    ]);
  });

  it('what is expiring may wait while another one asks: it gets the same certificate', () => {
    const young = { verdict: { ...SHOWN.expiring, expiringFrom: ago(HOUR) }, since: ago(HOUR) };
    const expiring = { ...B, probe: { ...VALID, certificate: young } };
    expect(outcome([A, expiring])).toEqual([
      'ask new for a.example: a.example b.example',
      `b.example waits: renewal, ${(28 * DAY + HOUR) / 30 - HOUR} ms`,
    ]);
  });

  it('it is a renewal only where all need one', () => {
    const [a, b] = [A, B].map((each) => ({ ...each, probe: probeOf('pointing', 'expired') })) as [Domain, Domain];
    expect(outcome([a, b])).toEqual(['ask renewal for a.example: a.example b.example']);
    expect(outcome([a, B])).toEqual(['ask new for a.example: a.example b.example']);
  });
});

describe('a name that would make the issuance fail', () => {
  const why = (...others: Domain[]) => decide([A, ...others]).waits.at(-1)?.wait;

  it.each<[string, Domain]>([
    ['does not resolve', { ...PRIMARY, probe: probeOf('absent', 'valid') }],
    ['is proxied by Cloudflare', { ...PRIMARY, probe: probeOf('proxied', 'valid') }],
    [
      'points to the server, 203.0.113.10, and to 2001:db8::7 as well',
      { ...PRIMARY, probe: probeOf('partly', 'valid') },
    ],
    ['CAA record issue "other.example"', { ...PRIMARY, probe: probeOf('blocked', 'valid') }],
    ['resolves differently at the public resolvers', { ...PRIMARY, probe: probeOf('disagreed', 'valid') }],
  ])('%s: it is named, though its certificate is valid and it is not ours', (words, wrong) => {
    expect(why(wrong)).toMatchObject({ cause: 'spoilt', why: expect.stringContaining(words) });
    expect(why(wrong)?.why).toContain('network.example');
  });

  it('`www.` of another', () => {
    const names = ['network.example', 'www.network.example'];
    const www = { verdict: VERDICTS.absent, since: ago(DAY) };
    expect(why({ ...PRIMARY, names, probe: { ...VALID, www } })?.why).toContain(
      'www.network.example does not resolve: public DNS has no address for it.',
    );
  });

  it('a name that Let’s Encrypt never certifies, wherever it points', () => {
    for (const kind of ['pointing', 'absent'] as const) {
      expect(why({ domain: 'r3--b.example', probe: probeOf(kind, 'valid'), ours: false })).toMatchObject({
        cause: 'spoilt',
        why: "The application has one certificate for all its names, and it cannot be issued with these: Let's Encrypt never certifies r3--b.example, because r3--b has hyphens in the third and fourth place and does not begin with xn--.",
        whatToDo: expect.stringMatching(/^Correct the DNS .*, or remove them from RunCloud\. /),
      });
    }
    expect(outcome([A, { domain: 'r3--b.example', probe: WITHOUT }])).toEqual([
      'r3--b.example waits: uncertifiable',
      'a.example waits: spoilt',
    ]);
  });

  it('nobody is told to remove the primary, or a protected name', () => {
    const away = { domain: 'b.example', probe: probeOf('absent', 'valid'), ours: false } as const;
    expect(why(away)?.whatToDo).toBe(
      'Correct the DNS of the names given there, or remove them from RunCloud. Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.',
    );
    expect(why({ ...away, isSpared: true })?.whatToDo).toBe(
      'Correct the DNS of the names given there. Switch the web application to Advanced SSL in RunCloud (SSL/TLS), which keeps a certificate for each domain.',
    );
  });

  it('five are named, and the others counted', () => {
    const wrong = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ domain: `s${n}.example`, probe: probeOf('absent', 'valid') }));
    expect(why(...wrong.slice(0, 5))?.why).toMatch(/s5\.example does not resolve[^;]*\.$/);
    const seven = why(...wrong)?.why;
    expect(seven).toMatch(/; and 2 more\.$/);
    expect(seven).not.toContain('s6.example');
  });

  it.each<[string, Domain]>([
    ['never probed', { domain: 'c.example', ours: false }],
    ['never asked about its `www.`', { ...PRIMARY, names: ['network.example', 'www.network.example'] }],
  ])('%s: nothing is said against it, but that it is not known', (_, unknown) => {
    const wait = why(unknown);
    expect(wait).toMatchObject({
      cause: 'unasked',
      why: `The application has one certificate for all its names, and of some it is not known now whether they point here: ${unknown.domain} (not probed yet).`,
      whatToDo: expect.stringMatching(/^Nothing, if it passes/),
    });
    expect(wait?.whatToDo).not.toContain('remove');
  });

  it('DNS that could not be asked just now is not known either', () => {
    expect(why({ ...PRIMARY, probe: { ...VALID, dnsUnasked: 'time-out' } })).toMatchObject({
      cause: 'unasked',
      why: expect.stringContaining('whether they point here: network.example (time-out).'),
    });
  });

  it('nor is a `www.` name that could not be asked about, or what was probed hours ago', () => {
    const www = { verdict: VERDICTS.pointing, since: ago(DAY) };
    const both = { ...PRIMARY, names: ['network.example', 'www.network.example'] };
    expect(why({ ...both, probe: { ...VALID, www, wwwUnasked: 'SERVFAIL' } })).toMatchObject({
      cause: 'unasked',
      why: expect.stringContaining('network.example (SERVFAIL).'),
    });
    expect(why({ ...PRIMARY, probe: { ...VALID, at: ago(2 * HOUR + 1) } })).toMatchObject({
      cause: 'unasked',
      why: expect.stringContaining('network.example (last probed at 2026'),
    });
    expect(why({ ...PRIMARY, probe: { ...VALID, at: ago(2 * HOUR) } })).toBeUndefined();
  });

  it('what is known to make it fail comes before what is not known', () => {
    const wrong = { ...PRIMARY, probe: probeOf('absent', 'valid') };
    expect(why({ domain: 'c.example', ours: false }, wrong)).toMatchObject({ cause: 'spoilt' });
  });
});

describe('how many names', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n): Domain => ({ domain: `n${n}.example`, probe: VALID, ours: false }));

  it('100 fit, and 101 do not: the wait gives the way on', () => {
    expect(decide([A, ...many(99)]).ask?.names).toHaveLength(100);
    const decision = decide([A, ...many(100)]);
    expect(inShort(decision)).toEqual(['a.example waits: too-many-names']);
    expect(decision.waits[0]?.wait).toMatchObject({
      why: "The application has 101 names in one certificate, and Let's Encrypt allows 100.",
      whatToDo: expect.stringContaining('Advanced SSL'),
    });
  });

  it('`www.` names count', () => {
    const names = (n: number) => [`n${n}.example`, `www.n${n}.example`];
    const pairs = many(50).map((each, n) => ({
      ...each,
      names: names(n),
      probe: { ...VALID, www: VALID.dns as NonNullable<ProbeState['dns']> },
    }));
    expect(outcome([A, ...pairs])).toEqual(['a.example waits: too-many-names']);
    expect(decide([A, ...pairs.slice(1)]).ask?.names).toHaveLength(99);
  });
});

describe('changes that come together share one request', () => {
  const added = (each: Domain, msAgo: number): Domain => ({ ...each, addedAt: ago(msAgo) });

  it('the last of them waits for a minute', () => {
    expect(outcome([added(A, 2 * MINUTE), added(B, MINUTE - 1)])).toEqual([
      'a.example waits: settling, 1 ms',
      'b.example waits: settling, 1 ms',
    ]);
    expect(outcome([added(A, 2 * MINUTE), added(B, MINUTE)])).toEqual(['ask new for a.example: a.example b.example']);
  });

  it('in any order of them', () => {
    expect(outcome([added(A, MINUTE - 1), added(B, 2 * MINUTE)])).toEqual([
      'a.example waits: settling, 1 ms',
      'b.example waits: settling, 1 ms',
    ]);
  });

  it('one that has waited for more than ten minutes waits for nobody', () => {
    expect(outcome([added(A, 10 * MINUTE), added(B, 0)])).toHaveLength(2);
    expect(outcome([added(A, 10 * MINUTE + 1), added(B, 0)])).toEqual(['ask new for a.example: a.example b.example']);
  });

  it('one that was there long before does not shorten it', () => {
    expect(outcome([A, added(B, 0)])).toEqual([
      `a.example waits: settling, ${MINUTE} ms`,
      `b.example waits: settling, ${MINUTE} ms`,
    ]);
  });
});

describe('earlier requests', () => {
  const names = ['a.example', 'b.example'];
  const before = (msAgo: number, attempts: number, more: Partial<CertificateRequest> = {}): IssuanceHistory => {
    return { requests: [requested(msAgo, { names, ...more })], attempts };
  };
  const C: Domain = { domain: 'c.example', probe: WITHOUT };

  it('the answer to the last one is waited for, by all', () => {
    expect(outcome([A, B], { issuance: before(MINUTE, 1) })).toEqual([
      `a.example waits: certificate-requested, ${9 * MINUTE} ms`,
      `b.example waits: certificate-requested, ${9 * MINUTE} ms`,
    ]);
  });

  it('failed ones begin a pause, and a newer mapping request for one of them ends that', () => {
    const issuance = before(30 * MINUTE, 3);
    expect(outcome([A, B], { issuance })[0]).toContain('a.example waits: certificate-failed');
    const requestedAnew = { ...B, requestedAt: ago(MINUTE) };
    expect(outcome([A, requestedAnew], { issuance })).toEqual(['ask new for a.example: a.example b.example']);
    const both = [
      { ...A, requestedAt: ago(MINUTE) },
      { ...B, requestedAt: ago(DAY) },
    ];
    expect(outcome(both, { issuance })).toEqual(['ask new for a.example: a.example b.example']);
    expect(outcome([A, { ...B, requestedAt: ago(HOUR) }], { issuance })).toHaveLength(2);
  });

  it('they did not fail a domain that came later: that one waits for the answer alone', () => {
    const certified = [A, B].map((each) => ({ ...each, probe: VALID }));
    const ask = ['ask new for c.example: a.example b.example c.example'];
    expect(outcome([...certified, C], { issuance: before(10 * MINUTE - 1, 3) })).toEqual([
      'c.example waits: certificate-requested, 1 ms',
    ]);
    expect(outcome([...certified, C], { issuance: before(10 * MINUTE, 3) })).toEqual(ask);
    expect(outcome([...certified, C], { issuance: before(0, 0) })).toEqual(ask);
    expect(outcome([...certified, C], { issuance: { requests: [], attempts: 3 } })).toEqual(ask);
  });

  describe('a refusal that named one of them', () => {
    const blamed = [{ name: 'b.example', at: ago(MINUTE), says: 'status 422: no' }];
    const refused = { ...before(MINUTE, 3, { answer: 'refused' }), blamed, says: 'status 422: no' };

    it('holds that one with the answer, and the others with its name, until all are asked for once more', () => {
      const decision = decide([A, B], { issuance: refused });
      expect(inShort(decision)).toEqual([
        `a.example waits: spoilt, ${DAY - MINUTE} ms`,
        `b.example waits: certificate-failed, ${DAY - MINUTE} ms`,
      ]);
      expect(decision.waits[0]?.wait).toMatchObject({
        why: 'The application has one certificate for all its names, and it was refused because of b.example: status 422: no.',
        whatToDo:
          'Mend what the answer names, or remove b.example from RunCloud: then this service asks for the rest at once.',
      });
      const later = { ...before(DAY, 3, { answer: 'refused' }), blamed: [{ ...blamed[0], at: ago(DAY) }] };
      expect(outcome([A, B], { issuance: later as IssuanceHistory })).toEqual([
        'ask new for a.example: a.example b.example',
      ]);
    });

    it('tells to switch www off where that is the name', () => {
      const www = { ...B, names: ['b.example', 'www.b.example'] };
      const issuance = { ...refused, blamed: [{ name: 'www.b.example', at: ago(MINUTE), says: 'status 422: no' }] };
      expect(
        decide([A, { ...www, probe: { ...WITHOUT, www: WITHOUT.dns } as ProbeState }], { issuance }).waits[0]?.wait,
      ).toMatchObject({
        why: 'The application has one certificate for all its names, and it was refused because of www.b.example: status 422: no.',
        whatToDo:
          'Mend what the answer names, or switch www off for b.example in RunCloud: then this service asks for the rest at once.',
      });
    });

    it.each(['b.example', 'www.b.example'])('nobody is told to remove a protected name, or the primary: %s', (name) => {
      const issuance = { ...refused, blamed: [{ name, at: ago(MINUTE), says: 'status 422: no' }] };
      const spared = {
        ...B,
        names: ['b.example', 'www.b.example'],
        probe: { ...WITHOUT, www: WITHOUT.dns } as ProbeState,
        isSpared: true,
      } as const;
      const decision = decide([A, spared], { issuance });
      expect(inShort(decision)).toEqual([
        `a.example waits: certificate-failed, ${DAY - MINUTE} ms`,
        `b.example waits: certificate-failed, ${DAY - MINUTE} ms`,
      ]);
    });

    it('begins no pause for the rest, once that one is gone', () => {
      expect(outcome([A], { issuance: refused })).toEqual(['ask new for a.example: a.example']);
      expect(outcome([A, C], { issuance: refused })).toEqual(['ask new for a.example: a.example c.example']);
    });

    it('is history once another request was sent', () => {
      const since = { ...refused, requests: [...refused.requests, requested(0, { names: ['a.example'] })] };
      expect(outcome([A], { issuance: since })).toEqual([`a.example waits: certificate-requested, ${10 * MINUTE} ms`]);
      const vain = { ...since, requests: [...refused.requests, requested(HOUR / 2, { names: ['a.example'] })] };
      expect(outcome([A], { issuance: vain })).toEqual([`a.example waits: certificate-failed, ${DAY - HOUR / 2} ms`]);
    });

    it('says nothing while something else keeps all of them waiting', () => {
      expect(outcome([{ ...A, addedAt: ago(0) }, B], { issuance: refused })[0]).toContain('settling');
    });
  });

  it('they did fail one that was among their names', () => {
    expect(outcome([A, { ...B, probe: VALID }, C], { issuance: before(30 * MINUTE, 3) })).toHaveLength(2);
  });

  it('the limits count for all together', () => {
    const requests = [6, 5, 4, 3].map((days) => requested(days * DAY, { names }));
    expect(outcome([A, B], { requests })).toEqual([
      `a.example waits: limit, ${DAY} ms`,
      `b.example waits: limit, ${DAY} ms`,
    ]);
    expect(outcome([A, B, C], { requests })).toEqual(['ask new for a.example: a.example b.example c.example']);
  });

  it('those for one domain, in another mode, keep nothing waiting', () => {
    const own = { ...A, addedAt: ago(DAY) };
    const each = {
      domain: 'a.example',
      names: ['a.example'],
      probe: WITHOUT,
      addedAt: own.addedAt,
      requestedAt: undefined,
    };
    const issuance = { requests: [requested(0, { names: ['a.example'] })], attempts: 3 };
    const members = [{ domain: 'a.example', names: ['a.example'], probe: WITHOUT, isSpared: false }];
    const decision = decideShared(
      { members, cases: [{ ...each, issuance }], issuance: undefined },
      CONTEXT,
      new IssuanceLimiter([], NOW),
    );
    expect(inShort(decision)).toEqual(['ask new for a.example: a.example']);
  });
});

it('a certificate that runs out long from now is not requested', () => {
  const until = { verdict: { ...SHOWN.valid, until: iso(NOW + 80 * DAY) }, since: ago(DAY) };
  expect(outcome([{ ...A, probe: { ...VALID, certificate: until } }])).toEqual([]);
});
