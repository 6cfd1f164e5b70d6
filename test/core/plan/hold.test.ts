import { describe, expect, it } from 'vitest';
import { WAIT_CAUSES } from '../../../lib/core/certificates/decision.ts';
import { type Hold, type HoldCode, holds, isAboutCertificate, withoutProgress } from '../../../lib/core/plan/hold.ts';
import { usageOf } from '../../../lib/core/quota/usage.ts';
import { DAY, HOUR } from '../../../lib/core/values/time.ts';
import { ago, failure, mapRequest } from '../builders.ts';

const NAME = 'xn--bcher-kva.example';
const STOP = { why: 'The token is refused.', whatToDo: 'Make a new token.' };

type Case = { readonly hold: Hold; readonly code: HoldCode; readonly reason: string[]; readonly whatToDo: string[] };

const cases: Record<string, Case> = {
  protected: {
    hold: holds.protected(NAME),
    code: 'protected',
    reason: ['primary domain', 'PROTECTED_DOMAINS', 'never adds, changes or removes any of these'],
    whatToDo: ['by hand', 'PROTECTED_DOMAINS'],
  },
  wildcard: {
    hold: holds.wildcard(NAME),
    code: 'wildcard',
    reason: ['served by a wildcard domain'],
    whatToDo: ['Nothing, as long as that wildcard'],
  },
  notOurs: {
    hold: holds.notOurs(NAME),
    code: 'not-ours',
    reason: ['is mapped', 'did not add it', 'neither change nor remove'],
    whatToDo: [`{"action":"adopt","domains":["${NAME}"]}`],
  },
  notOursToRemove: {
    hold: holds.notOursToRemove(NAME),
    code: 'not-ours',
    reason: ['was unmapped', 'not added by this service', 'does not remove'],
    whatToDo: ['by hand', `{"action":"adopt","domains":["${NAME}"]}`, 'then removes'],
  },
  unmanaged: {
    hold: holds.unmanaged(NAME),
    code: 'unmanaged',
    reason: ['on RunCloud', 'no mapping', 'did not add it'],
    whatToDo: ['Nothing, if it is meant', 'by hand'],
  },
  beside: {
    hold: holds.beside(NAME, 'shop.example'),
    code: 'beside',
    reason: ['as a domain object of its own', 'beside the one that serves shop.example', 'leaves it alone'],
    whatToDo: ['Nothing, if it is meant', 'remove this one in RunCloud by hand'],
  },
  gone: {
    hold: holds.gone(NAME, ago(0)),
    code: 'gone',
    reason: ['is not known to be mapped', `not shown it since ${ago(0)}`, 'does not forget it yet'],
    whatToDo: ['Nothing', 'forgets it if it stays away', 'decides anew if it shows again'],
  },
  changed: {
    hold: holds.changed(NAME),
    code: 'changed',
    reason: ['Somebody changed', 'on RunCloud', 'left it alone'],
    whatToDo: ['next reconcile'],
  },
  askedAnew: {
    hold: holds.askedAnew(NAME),
    code: 'changed',
    reason: ['A newer request', 'after this run had made its plan', 'did not remove it'],
    whatToDo: ['Nothing: the next run decides by that request.'],
  },
  unreadable: {
    hold: holds.unreadable(NAME, 'its state is not JSON'),
    code: 'unreadable',
    reason: [
      "The ledger's row of ",
      'cannot be read (its state is not JSON)',
      'not known whether the domain is ours',
      'adds, changes and removes nothing under this name.',
    ],
    whatToDo: ['Restore the row from a backup, or delete it', 'docs/holds.md#unreadable says how.'],
  },
  lastDomain: {
    hold: holds.lastDomain(NAME),
    code: 'last-domain',
    reason: ['last domain', 'never removes'],
    whatToDo: ['Add the domain that shall stay'],
  },
  policy: {
    hold: holds.policy(NAME, 'remove', 'create-only'),
    code: 'policy',
    reason: ['"remove"', 'POLICY is create-only'],
    whatToDo: ['POLICY=sync'],
  },
  grace: {
    hold: holds.grace(NAME, ago(0), 2 * HOUR),
    code: 'grace',
    reason: [`since ${ago(0)}`, 'at least 2 hours later'],
    whatToDo: [`{"action":"unmap","domain":"${NAME}"}`],
  },
  incomplete: {
    hold: holds.incomplete(NAME, 'event', 'status 500'),
    code: 'incomplete',
    reason: [
      'was unmapped',
      "the network's list could not be read whole or is doubted (status 500)",
      'removes nothing',
    ],
    whatToDo: ['next whole list'],
  },
  undecided: {
    hold: holds.undecided(NAME),
    code: 'incomplete',
    reason: ['was unmapped after the last run over all domains', 'asked before anything is removed'],
    whatToDo: ['Nothing: the next run decides.'],
  },
  brake: {
    hold: holds.brake(NAME, '9 are too many.'),
    code: 'brake',
    reason: ['would be removed, but 9 are too many.'],
    whatToDo: ['{"action":"plan"}', '{"action":"apply","checksum":'],
  },
  brakeUpdate: {
    hold: holds.brakeUpdate(NAME, '9 are too many.'),
    code: 'brake',
    reason: ['would be served with another www or redirection, but 9 are too many.'],
    whatToDo: ['{"action":"plan"}', '{"action":"apply","checksum":', 'WWW'],
  },
  quota: {
    hold: holds.quota(NAME, 'update', usageOf({}, { callsPerMonth: 1_000, billingDay: 1 }, 0)),
    code: 'quota',
    reason: ['the step "update" is due', "0 of RunCloud's 1000 calls", 'is kept for removals that somebody asked for'],
    whatToDo: ['counts anew at 1970-02-01', 'buy more calls', 'RUNCLOUD_CALLS_PER_MONTH'],
  },
  asFound: {
    hold: holds.asFound(NAME),
    code: 'as-found',
    reason: [`maps www.${NAME}`, 'serves only bücher.example', 'was adopted', 'as it found them'],
    whatToDo: ['Switch www on', 'by hand', 'WWW=always'],
  },
  asFoundWww: {
    hold: holds.asFoundWww(NAME),
    code: 'as-found',
    reason: [
      'maps bücher.example',
      `serves only www.${NAME}`,
      'was adopted',
      'as it found it',
      'adds nothing beside it',
    ],
    whatToDo: ['Add bücher.example', 'in RunCloud by hand', `remove www.${NAME} there`],
  },
  notTaken: {
    hold: holds.notTaken(NAME),
    code: 'not-taken',
    reason: ['accepted new www or redirection', 'still shows the old ones', 'does not ask for them again'],
    whatToDo: ['by hand', 'WWW'],
  },
  absent: {
    hold: holds.absent(NAME),
    code: 'absent',
    reason: ['is not on RunCloud'],
    whatToDo: ['spelling', `{"action":"map","domain":"${NAME}"}`],
  },
  stopped: {
    hold: holds.stopped(NAME, 'add', STOP),
    code: 'stopped',
    reason: ['"add"', 'next run', STOP.why],
    whatToDo: [STOP.whatToDo],
  },
};

describe('isAboutCertificate', () => {
  const wait = { kind: 'wait', why: 'Why.', whatToDo: 'Do.' } as const;

  it('is every cause for which a certificate waits', () => {
    for (const cause of WAIT_CAUSES) expect(isAboutCertificate(holds.certificate(NAME, { ...wait, cause }))).toBe(true);
  });

  it('is nothing that keeps the domain itself', () => {
    expect(isAboutCertificate(holds.protected(NAME))).toBe(false);
    expect(isAboutCertificate(holds.waiting(NAME, failure(undefined)))).toBe(false);
  });
});

describe('holds', () => {
  it('a certificate that waits says when it is checked again, where that is known', () => {
    const wait = { kind: 'wait', cause: 'limit', why: 'Why.', whatToDo: 'Do.' } as const;
    expect(holds.certificate(NAME, wait)).toEqual({ domain: NAME, code: 'limit', reason: 'Why.', whatToDo: 'Do.' });
    expect(holds.certificate(NAME, { ...wait, until: ago(-DAY) }).whatToDo).toBe(
      `Do. Checked again from ${ago(-DAY)} on.`,
    );
  });

  it.each(Object.entries(cases))('%s says why, and what to do about it', (_, { hold, code, reason, whatToDo }) => {
    expect(hold).toMatchObject({ domain: NAME, code });
    for (const words of reason) expect(hold.reason).toContain(words);
    for (const words of whatToDo) expect(hold.whatToDo).toContain(words);
  });

  it.each(Object.entries(cases))('%s names the domain as people read it', (_, { hold }) => {
    expect(hold.reason).toContain(`bücher.example (${NAME})`);
  });

  it('waiting says what went wrong, how often, what to do, and when it is tried again', () => {
    const failed = failure(mapRequest(), { dueAt: ago(-DAY), why: 'RunCloud said no.', whatToDo: 'Look there.' });
    const once = holds.waiting(NAME, failed);
    expect(once).toMatchObject({ domain: NAME, code: 'waiting' });
    expect(once.reason).toBe('RunCloud said no. One attempt so far.');
    expect(once.whatToDo).toContain(`Look there. It is tried again at ${ago(-DAY)}`);
    expect(once.whatToDo).toContain('{"action":"map"}');
    expect(holds.waiting(NAME, { ...failed, attempts: 3 }).reason).toContain('3 attempts so far.');
  });
});

describe('holds of what the network and others say', () => {
  const READ_AS = `bücher.example (${NAME})`;

  it('a subdomain names the setting that leaves it to somebody else, and what must serve it', () => {
    expect(holds.subdomain(NAME, 'ignore')).toEqual({
      domain: NAME,
      code: 'subdomain',
      reason: `${READ_AS} is a subdomain of the network, and SUBDOMAINS is ignore, so this service neither adds nor removes it.`,
      whatToDo:
        'Make sure that a wildcard domain of the application serves the subdomains, or set SUBDOMAINS=create to have each of them added.',
    });
  });

  it('an unmapping that the network contradicts says that its records count', () => {
    expect(holds.stillMapped(NAME)).toEqual({
      domain: NAME,
      code: 'still-mapped',
      reason: `An event said that ${READ_AS} was unmapped, but the network still maps it, and its own records count.`,
      whatToDo: 'Unmap it in the network, if it is to go.',
    });
  });

  it('a mapping that the network contradicts names the time of its event', () => {
    expect(holds.notListed(NAME, ago(DAY))).toEqual({
      domain: NAME,
      code: 'not-listed',
      reason: `An event of ${ago(DAY)} said that ${READ_AS} was mapped, but the network has no active mapping of it on a living site, and its own records count.`,
      whatToDo: 'Map it in the network, or activate the mapping that is there.',
    });
  });

  it('what a doubted list lacks says that the list lacks it, and not that an event unmapped it', () => {
    const { reason } = holds.incomplete(NAME, 'list', 'a row');
    expect(reason).toBe(
      `${READ_AS} is not in the network's list, but that list could not be read whole or is doubted (a row). This service removes nothing on half an answer.`,
    );
    expect(holds.incomplete(NAME, 'event', 'a row').reason).toMatch(/ was unmapped, but the network's list could not/);
  });
});

it('a step that was left for want of time needs a person only where the run did nothing', () => {
  const left = holds.stopped(NAME, 'add', { ...STOP, passes: true });
  expect(left.pressing).toBe(false);
  expect(holds.stopped(NAME, 'add', STOP)).not.toHaveProperty('pressing');
  expect(withoutProgress(left)).toEqual(holds.stopped(NAME, 'add', STOP));
  const other = { ...left, code: 'limit' } as const;
  expect(withoutProgress(other)).toBe(other);
});
