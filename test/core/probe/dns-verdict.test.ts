import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddressAnswer, CaaAnswer, CaaRecord } from '../../../lib/core/probe/dns-answer.ts';
import {
  type DnsResult,
  type DnsVerdict,
  judgeAddresses,
  judgeCaa,
  seemsHere,
  withCaa,
} from '../../../lib/core/probe/dns-verdict.ts';

const SERVER = { main: '203.0.113.10', others: ['2001:db8::10'] };
const HERE = '203.0.113.10';
const HERE6 = '2001:db8::10';
const THERE = '198.51.100.7';
const THERE6 = '2001:db8::7';
const SILENT: AddressAnswer = { kind: 'could-not-ask', why: 'the resolver did not answer' };

/** What one resolver has: IPv6 addresses are those with a colon. */
function has(...addresses: string[]): Extract<AddressAnswer, { kind: 'answered' }> {
  const ipv6 = addresses.filter((each) => each.includes(':'));
  return { kind: 'answered', ipv4: addresses.filter((each) => !each.includes(':')), ipv6, cname: undefined };
}

/** The same from one that could not be asked about the other family. */
function half(...addresses: string[]): AddressAnswer {
  return { ...has(...addresses), unasked: 'SERVFAIL' };
}

function unasked(verdict: DnsVerdict): DnsResult {
  return { kind: 'could-not-ask', why: 'SERVFAIL', half: verdict };
}

describe('judgeAddresses', () => {
  it.each<[string, AddressAnswer[], DnsResult]>([
    ['the server alone, by all', [has(HERE), has(HERE)], { kind: 'pointing' }],
    ['the server, by the only resolver', [has(HERE)], { kind: 'pointing' }],
    ['both addresses of the server', [has(HERE, HERE6), has(HERE6, HERE)], { kind: 'pointing' }],
    ['the server by IPv6 alone', [has(HERE6), has(HERE6)], { kind: 'pointing' }],
    ['one address of the server here, the other there', [has(HERE), has(HERE6)], { kind: 'pointing' }],
    ['no address', [has(), has()], { kind: 'absent' }],
    ['another address', [has(THERE), has(THERE)], { kind: 'elsewhere', addresses: [THERE] }],
    [
      'other addresses, not the same ones, each told once and in order',
      [has('198.51.100.9', THERE), has(THERE, THERE6)],
      { kind: 'elsewhere', addresses: [THERE, '198.51.100.9', THERE6] },
    ],
    ['the server and another', [has(HERE, THERE), has(THERE, HERE)], { kind: 'partly', foreign: [THERE] }],
    ['the server, and IPv6 elsewhere', [has(HERE, THERE6), has(HERE, THERE6)], { kind: 'partly', foreign: [THERE6] }],
    [
      'a service in front',
      [has('104.16.0.1'), has('172.67.0.1')],
      {
        kind: 'proxied',
        by: 'Cloudflare',
        addresses: ['104.16.0.1', '172.67.0.1'],
      },
    ],
    [
      'a service in front, and another address',
      [has('104.16.0.1', THERE), has('104.16.0.1', THERE)],
      {
        kind: 'elsewhere',
        addresses: ['104.16.0.1', THERE],
      },
    ],
    [
      'the server, and a service in front',
      [has(HERE, '104.16.0.1'), has(HERE, '104.16.0.1')],
      {
        kind: 'partly',
        foreign: ['104.16.0.1'],
      },
    ],
    ['the server, by the family that could be asked', [has(HERE), half(HERE)], unasked({ kind: 'pointing' })],
    ['the server, by IPv6 alone', [half(HERE6)], unasked({ kind: 'pointing' })],
    ['elsewhere, as far as it could be asked', [half(THERE)], unasked({ kind: 'elsewhere', addresses: [THERE] })],
    ['not the same, as far as it could be asked', [has(HERE, THERE6), half(HERE)], unasked({ kind: 'disagreed' })],
    ['one family at the first, and nothing at the second', [half(HERE), SILENT], SILENT],
    ['here by one, elsewhere by the other', [has(HERE), has(THERE)], { kind: 'disagreed' }],
    ['here by one, not at all by the other', [has(HERE), has()], { kind: 'disagreed' }],
    ['here by one, partly by the other', [has(HERE), has(HERE, THERE)], { kind: 'disagreed' }],
    ['elsewhere by one, not at all by the other', [has(THERE), has()], { kind: 'disagreed' }],
    ['here by two, elsewhere by the third', [has(HERE), has(HERE), has(THERE)], { kind: 'disagreed' }],
    ['no resolver', [], { kind: 'could-not-ask', why: 'there is no resolver to ask' }],
    ['one silent', [has(HERE), SILENT], SILENT],
    ['one silent, the other elsewhere', [SILENT, has(THERE)], SILENT],
    ['all silent', [SILENT, SILENT], SILENT],
  ])('%s', (_, answers, probe) => {
    expect(judgeAddresses(answers, SERVER)).toEqual(probe);
  });

  it('IPv6 is elsewhere where the server is not known to have any', () => {
    const server = { main: HERE, others: [] };
    expect(judgeAddresses([has(HERE, HERE6)], server)).toEqual({ kind: 'partly', foreign: [HERE6] });
  });

  it('is pointing only where every resolver has the server and nothing but it', () => {
    const addresses = fc.subarray([HERE, HERE6, THERE, THERE6, '104.16.0.1']).map((some) => has(...some));
    const answers = fc.array(
      fc.oneof({ weight: 9, arbitrary: addresses }, { weight: 1, arbitrary: fc.constant(SILENT) }),
    );
    fc.assert(
      fc.property(answers, (all) => {
        const isHere = (answer: AddressAnswer) =>
          answer.kind === 'answered' &&
          answer.ipv4.length + answer.ipv6.length > 0 &&
          [...answer.ipv4, ...answer.ipv6].every((each) => each === HERE || each === HERE6);
        expect(judgeAddresses(all, SERVER).kind === 'pointing').toBe(all.length > 0 && all.every(isHere));
      }),
    );
  });
});

describe('judgeCaa', () => {
  function record(tag: string, value: string, isCritical = false): CaaRecord {
    return { tag, value, isCritical };
  }
  function answered(...records: CaaRecord[]): CaaAnswer {
    return { kind: 'answered', records };
  }
  const ALLOWED = { kind: 'pointing' };
  const OTHER = record('issue', 'other.example');
  const OURS = record('issue', 'letsencrypt.org');

  it.each<[string, CaaRecord[]]>([
    ['no record', []],
    ['Let’s Encrypt alone', [OURS]],
    ['Let’s Encrypt among others', [OTHER, OURS]],
    ['Let’s Encrypt in capitals, with spaces', [record('issue', ' LetsEncrypt.ORG ')]],
    [
      'its account, which is taken to be RunCloud’s',
      [record('issue', 'letsencrypt.org; accounturi=https://a.example/1')],
    ],
    ['the way it is validated', [record('issue', 'letsencrypt.org; validationmethods=http-01')]],
    ['that way among others', [record('issue', 'letsencrypt.org;validationmethods=dns-01, http-01')]],
    ['that way, spelt otherwise', [record('issue', 'letsencrypt.org; ValidationMethods = http-01')]],
    ['one record for another way, one for any', [record('issue', 'letsencrypt.org;validationmethods=dns-01'), OURS]],
    ['wildcards alone are somebody else’s', [record('issuewild', ';')]],
    ['where to report', [record('iodef', 'mailto:a@shop.example', true)]],
    ['what is not known, and not critical', [record('future', 'x')]],
    ['critical, and known', [record('issue', 'letsencrypt.org', true), record('issuemail', ';', true)]],
    ['critical, and about contacts', [record('contactemail', 'a@b.example', true), record('contactphone', '1', true)]],
  ])('allowed: %s', (_, records) => {
    expect(judgeCaa([answered(...records)])).toEqual(ALLOWED);
  });

  it.each<[string, CaaRecord[], string]>([
    ['another authority', [OTHER], 'issue "other.example"'],
    ['nobody', [record('issue', ';')], 'issue ";"'],
    ['nobody, written as an empty value', [record('issue', '')], 'issue ""'],
    ['the first of several', [OTHER, record('issue', 'third.example')], 'issue "other.example"'],
    [
      'another way of validation',
      [record('issue', 'letsencrypt.org; validationmethods=dns-01')],
      'issue "letsencrypt.org; validationmethods=dns-01"',
    ],
    ['a name that only ends like it', [record('issue', 'notletsencrypt.org')], 'issue "notletsencrypt.org"'],
    ['what is critical and not known', [OURS, record('future', 'x', true)], 'future "x"'],
    [
      'no way of validation',
      [record('issue', 'letsencrypt.org; validationmethods=')],
      'issue "letsencrypt.org; validationmethods="',
    ],
  ])('blocked: %s', (_, records, blocking) => {
    expect(judgeCaa([answered(...records)])).toEqual({ kind: 'blocked', record: blocking });
  });

  it('quotes of a record what can be printed, and no more than 120 characters', () => {
    expect(judgeCaa([answered(record('issue', '\u009bother\u0000'))])).toEqual({
      kind: 'blocked',
      record: 'issue " other "',
    });
    const longest = 'x'.repeat(112);
    expect(judgeCaa([answered(record('issue', longest))])).toEqual({ kind: 'blocked', record: `issue "${longest}"` });
    expect(judgeCaa([answered(record('issue', `${longest}y`))])).toEqual({
      kind: 'blocked',
      record: `issue "${longest}y…`,
    });
  });

  it('one resolver that sees a record which blocks is enough', () => {
    expect(judgeCaa([answered(), answered(OTHER)]).kind).toBe('blocked');
  });

  it('where one could not ask, an authority would not issue either', () => {
    const silent: CaaAnswer = { kind: 'could-not-ask', why: 'the resolver did not answer' };
    for (const answers of [[silent], [answered(OURS), silent], [answered(OTHER), silent]]) {
      expect(judgeCaa(answers)).toEqual({
        kind: 'could-not-ask',
        why: 'whether its CAA records allow a certificate: the resolver did not answer',
      });
    }
  });
});

describe('seemsHere and withCaa', () => {
  const BLOCKED: DnsVerdict = { kind: 'blocked', record: 'issue "ca.example"' };

  it.each<[DnsResult, boolean]>([
    [{ kind: 'pointing' }, true],
    [{ kind: 'absent' }, false],
    [SILENT, false],
    [unasked({ kind: 'pointing' }), true],
    [unasked({ kind: 'partly', foreign: [THERE] }), false],
  ])('%j seems to point here: %s', (result, expected) => {
    expect(seemsHere(result)).toBe(expected);
  });

  it('what CAA says takes the place of the addresses, or of the half of them that is known', () => {
    expect(withCaa({ kind: 'pointing' }, BLOCKED)).toBe(BLOCKED);
    expect(withCaa(unasked({ kind: 'pointing' }), BLOCKED)).toEqual(unasked(BLOCKED));
  });
});
