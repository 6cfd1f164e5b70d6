/** Every check, in each of its outcomes. */
import { describe, expect, it } from 'vitest';
import type { Check, CheckName } from '../../../lib/core/doctor/check.ts';
import { diagnose, summariseChecks } from '../../../lib/core/doctor/diagnose.ts';
import type { Finding, Findings } from '../../../lib/core/doctor/findings.ts';
import { holds } from '../../../lib/core/plan/hold.ts';
import type { Handshake } from '../../../lib/core/probe/handshake.ts';
import type { HostName } from '../../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../../lib/core/values/network-name.ts';
import { HOUR, iso, MINUTE } from '../../../lib/core/values/time.ts';
import { failure, NOW } from '../builders.ts';

const NETWORK = 'network.example' as HostName;
const NET = 'network.example' as NetworkName;
const SUMMARY = { label: 'Net', mappings: 2, sites: 3, wanted: 2, doubt: undefined };

function found<T>(value: T): Finding<T> {
  return { kind: 'found', value };
}

function failed(fault = 'unavailable'): Finding<never> {
  return { kind: 'failed', fault, why: 'It said no.', whatToDo: 'Look there.' };
}

const SHOWN: Handshake = {
  kind: 'certificate',
  notBefore: iso(NOW),
  notAfter: iso(NOW + HOUR),
  names: ['network.example'],
  fits: 'fits',
  trust: 'trusted',
};

const WELL: Findings = {
  now: NOW,
  policy: 'sync',
  subdomains: 'create',
  access: found(undefined),
  server: found({ id: 7, address: '203.0.113.10' }),
  application: found({ id: 12, name: 'network' }),
  domains: found({ count: 3, primary: 'network.example', networkHost: { name: NETWORK, isServed: true } }),
  quietUntil: undefined,
  network: found(SUMMARY),
  eventNetworks: { onRecord: NET },
  certificates: found({ mode: 'advanced', names: 4 }),
  handshake: found({ address: '203.0.113.10', name: 'network.example', shown: SHOWN }),
  webhook: { keys: 1, isGuessable: false, plugin: 'open' },
  clocks: [
    { whose: 'RunCloud', aheadMs: 900 },
    { whose: 'the network', aheadMs: -MINUTE },
  ],
  resolvers: { asked: 2, answered: 2 },
  lastReconcile: iso(NOW - MINUTE),
  abort: undefined,
  leaseUntil: undefined,
  leaseMs: 2 * MINUTE,
  holds: found([]),
  deadLetters: { count: 0, last: undefined },
  reconcileEveryMs: 10 * MINUTE,
};

function shows(shown: Handshake): Findings['handshake'] {
  return found({ address: '203.0.113.10', name: 'network.example', shown });
}

function check(name: CheckName, changes: Partial<Findings>): Check | undefined {
  return diagnose({ ...WELL, ...changes }).find((each) => each.name === name);
}

describe('diagnose and summariseChecks', () => {
  it('finds all well where all is well', () => {
    const checks = diagnose(WELL);
    expect(checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(summariseChecks(checks)).toBe(`All ${checks.length} checks are well.`);
  });

  const rows: [CheckName, Check['verdict'], RegExp, Partial<Findings>][] = [
    ['policy', 'ok', /observe: this service .* writes nothing to RunCloud/, { policy: 'observe' }],
    ['policy', 'ok', /create-only/, { policy: 'create-only' }],
    ['runcloud-token', 'wrong', /It said no\. Look there\./, { access: failed('unauthorized') }],
    ['runcloud-token', 'ok', /accepts/, { access: failed('forbidden') }],
    ['runcloud-plan', 'wrong', /It said no/, { access: failed('forbidden') }],
    ['runcloud-plan', 'wrong', /It said no/, { domains: failed('forbidden') }],
    ['runcloud-plan', 'unknown', /once the domains can be read/, { domains: failed() }],
    ['runcloud-server', 'ok', /Server 7 is there; its address is 203\.0\.113\.10/, {}],
    ['runcloud-server', 'unknown', /first this/, { server: { kind: 'skipped', why: 'first this' } }],
    ['runcloud-application', 'ok', /12 \("network"\)/, {}],
    ['runcloud-domains', 'ok', /3 domains; the primary one is network\.example/, {}],
    [
      'runcloud-domains',
      'ok',
      /1 domain; RunCloud does not say which/,
      { domains: found({ count: 1, primary: undefined, networkHost: undefined }) },
    ],
    ['runcloud-limit', 'wrong', /used up until/, { quietUntil: iso(NOW + 1) }],
    ['runcloud-limit', 'ok', /is not used up/, { quietUntil: iso(NOW) }],
    ['network', 'ok', /not set.*Recommended/, { network: undefined }],
    ['network', 'ok', /calls itself "Net"/, {}],
    ['network', 'wrong', /It said no/, { network: failed() }],
    ['network-lists', 'unknown', /not read whole/, { network: failed() }],
    ['network-lists', 'ok', /2 mappings, 3 sites; 2 domains wanted/, {}],
    [
      'network-lists',
      'wrong',
      /are doubted, so this service removes nothing.*a row/,
      { network: found({ ...SUMMARY, doubt: 'a row' }) },
    ],
    ['network-host', 'ok', /serves.*network\.example/, {}],
    [
      'network-host',
      'wrong',
      /None of.*serves.*network\.example.*WU_RUNCLOUD_APP_ID/,
      { domains: found({ count: 3, primary: 'x', networkHost: { name: NETWORK, isServed: false } }) },
    ],
    ['network-events', 'ok', /taken from the network network\.example, and from senders that name none/, {}],
    ['network-events', 'ok', /No event has named/, { eventNetworks: {} }],
    [
      'network-events',
      'wrong',
      /about 1 domain were refused.*another network \(staging\.example\).*shop\.example was unmapped\..*If staging\.example is a copy.*NETWORK=staging\.example/,
      {
        eventNetworks: {
          onRecord: NET,
          refused: [
            {
              network: 'staging.example' as NetworkName,
              domain: 'shop.example' as HostName,
              kind: 'unmapped',
              at: iso(NOW - HOUR),
            },
          ],
        },
      },
    ],
    ['certificates', 'ok', /a certificate for each domain/, {}],
    ['certificates', 'ok', /AutoSSL is on/, { certificates: found({ mode: 'auto-ssl', names: 4 }) }],
    ['certificates', 'ok', /one certificate for all 100 names/, { certificates: found({ mode: 'basic', names: 100 }) }],
    ['certificates', 'wrong', /101 names.*Advanced SSL/, { certificates: found({ mode: 'basic', names: 101 }) }],
    ['certificates', 'wrong', /does not say/, { certificates: found({ mode: undefined, names: 4 }) }],
    ['certificates', 'unknown', /first this/, { certificates: { kind: 'skipped', why: 'first this' } }],
    ['server-tls', 'ok', /shows a certificate for network\.example/, {}],
    [
      'server-tls',
      'ok',
      /has no certificate.*nobody listens/,
      { handshake: shows({ kind: 'none', why: 'nobody listens' }) },
    ],
    ['server-tls', 'wrong', /silence.*TLS_PORT/, { handshake: shows({ kind: 'could-not-ask', why: 'silence' }) }],
    ['webhook-secret', 'wrong', /guessed.*webhook-secret/, { webhook: { ...WELL.webhook, isGuessable: true } }],
    [
      'webhook-secret',
      'ok',
      /accepts signed webhooks\. 2 keys are accepted.*accepts the plugin's own webhook as a hint/,
      { webhook: { ...WELL.webhook, keys: 2 } },
    ],
    [
      'webhook-secret',
      'ok',
      /refuses the plugin's own webhook: WEBHOOK_TOKEN is not set/,
      { webhook: { ...WELL.webhook, plugin: 'closed' } },
    ],
    ['clock', 'ok', /RunCloud and the network agree/, {}],
    ['clock', 'unknown', /Nobody/, { clocks: [] }],
    ['clock', 'wrong', /clock of RunCloud is 2 hours ahead of/, { clocks: [{ whose: 'RunCloud', aheadMs: 2 * HOUR }] }],
    ['clock', 'wrong', /the network is 61 seconds behind/, { clocks: [{ whose: 'the network', aheadMs: -61_000 }] }],
    ['dns', 'wrong', /1 of 2 public resolvers answered/, { resolvers: { asked: 2, answered: 1 } }],
    ['last-reconcile', 'wrong', /No reconcile/, { lastReconcile: undefined }],
    ['last-reconcile', 'ok', /The last reconcile ended/, { lastReconcile: iso(NOW - 30 * MINUTE) }],
    ['last-reconcile', 'wrong', /31 minutes ago/, { lastReconcile: iso(NOW - 31 * MINUTE) }],
    [
      'last-reconcile',
      'ok',
      /The last reconcile ended/,
      { lastReconcile: iso(NOW - 50 * HOUR), reconcileEveryMs: 20 * HOUR },
    ],
    ['last-reconcile', 'wrong', /2 days ago/, { lastReconcile: iso(NOW - 50 * HOUR - 1), reconcileEveryMs: 20 * HOUR }],
    ['last-reconcile', 'wrong', /31 minutes ago/, { lastReconcile: iso(NOW - 31 * MINUTE), reconcileEveryMs: MINUTE }],
    [
      'last-reconcile',
      'ok',
      /The last reconcile ended/,
      { lastReconcile: iso(NOW - 99 * HOUR), reconcileEveryMs: undefined },
    ],
    [
      'last-reconcile',
      'wrong',
      /ended early at .* Down\. Wait\./,
      { abort: { at: iso(NOW), why: 'Down.', whatToDo: 'Wait.' } },
    ],
    ['dead-letters', 'ok', /^Every message in the queue was understood\. $/, {}],
    [
      'dead-letters',
      'wrong',
      /^1 message in the queue could not be understood, so nothing came of it\. The newest was set aside at 2026-11-22T08:00:00\.000Z, because it is not JSON\. Send the events again, in a form that docs\/webhooks\.md shows, or run a reconcile: the network knows what is mapped\. Then delete the messages: docs\/one-machine\.md says how\.$/,
      { deadLetters: { count: 1, last: { at: iso(NOW), why: 'it is not JSON' } } },
    ],
    [
      'dead-letters',
      'wrong',
      /^2 messages .* nothing came of them\./,
      { deadLetters: { count: 2, last: { at: iso(NOW), why: 'it is not JSON' } } },
    ],
    ['lease', 'ok', /No run/, { leaseUntil: iso(NOW) }],
    ['lease', 'ok', /holds the lease until/, { leaseUntil: iso(NOW + 1) }],
    ['lease', 'ok', /holds the lease until/, { leaseUntil: iso(NOW + 3 * MINUTE) }],
    [
      'lease',
      'wrong',
      /taken until.*3 minutes from now.*longer than 2 minutes.*ends within minutes.*NTP/,
      { leaseUntil: iso(NOW + 3 * MINUTE + 1) },
    ],
    ['held', 'unknown', /No plan/, { holds: failed() }],
    ['failing', 'unknown', /No plan/, { holds: { kind: 'skipped', why: '' } }],
    ['held', 'ok', /not-ours 1/, { holds: found([holds.notOurs('a.example')]) }],
    [
      'held',
      'ok',
      /subdomain 1/,
      { holds: found([holds.subdomain('a.network.example', 'ignore')]), subdomains: 'ignore' },
    ],
    [
      'held',
      'wrong',
      /subdomain 1\. a\.network\.example.*wildcard domain/,
      { holds: found([holds.subdomain('a.network.example', 'wildcard')]), subdomains: 'wildcard' },
    ],
    [
      'held',
      'wrong',
      /brake 1, unmanaged 1\. a\.example/,
      {
        holds: found([holds.brake('a.example', 'too many.'), holds.unmanaged('b.example')]),
      },
    ],
    [
      'failing',
      'wrong',
      /2 domains failed last time\. RunCloud said no\. One attempt so far/,
      {
        holds: found(['a.example', 'b.example'].map((name) => holds.waiting(name, failure(undefined)))),
      },
    ],
    [
      'held',
      'wrong',
      /And 1 more: see "plan"/,
      {
        holds: found(['a', 'b', 'c', 'd'].map((name) => holds.brake(`${name}.example`, 'too many.'))),
      },
    ],
  ];
  it.each(rows)('%s: %s, %s', (name, verdict, sentence, changes) => {
    const made = check(name, changes);
    expect(made?.verdict).toBe(verdict);
    expect(`${made?.found} ${made?.whatToDo ?? ''}`).toMatch(sentence);
  });

  it('checks the host of the network only where that is known', () => {
    expect(check('network-host', { domains: failed() })).toBeUndefined();
    expect(check('network-host', { network: undefined })).toBeUndefined();
  });

  it('says nothing of dead letters where none can be counted', () => {
    expect(check('dead-letters', { deadLetters: undefined })).toBeUndefined();
  });

  it('names the fault to begin with, and how many checks could not be made', () => {
    const checks = diagnose({ ...WELL, access: failed(), domains: { kind: 'skipped', why: '' }, holds: failed() });
    expect(summariseChecks(checks)).toMatch(
      /^1 of 20 checks found something wrong: runcloud-token\. 4 checks could not be made because of that\. Begin with runcloud-token: It said no\. Look there\.$/,
    );
    expect(summariseChecks([{ name: 'settings', verdict: 'wrong', found: 'All is missing.' }])).toBe(
      '1 of 1 check found something wrong: settings. Begin with settings: All is missing.',
    );
  });
});
