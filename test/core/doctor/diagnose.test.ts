/** Every check, in each of its outcomes. */
import { describe, expect, it } from 'vitest';
import type { Check, CheckName } from '../../../lib/core/doctor/check.ts';
import { diagnose, summariseChecks } from '../../../lib/core/doctor/diagnose.ts';
import type { AddressFinding, Finding, Findings } from '../../../lib/core/doctor/findings.ts';
import { holds } from '../../../lib/core/plan/hold.ts';
import type { Handshake } from '../../../lib/core/probe/handshake.ts';
import { dayOf } from '../../../lib/core/quota/calls.ts';
import { type Usage, usageOf } from '../../../lib/core/quota/usage.ts';
import type { ReceiverStanding } from '../../../lib/core/report/receivers.ts';
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

function addresses(more: Partial<AddressFinding> = {}): Findings['addresses'] {
  const host = { host: 'network.example', found: ['203.0.113.10'], proxy: undefined };
  return found({ runcloud: '203.0.113.10', listed: [], inUse: ['203.0.113.10'], ...host, ...more });
}

const BLOCK = { since: iso(NOW), status: 403 };

/** Used up at the very start of the month. */
function used(lists: number): Usage {
  return usageOf({ [dayOf(NOW)]: { lists } }, { callsPerMonth: 1_000, billingDay: new Date(NOW).getUTCDate() }, NOW);
}

const WELL: Findings = {
  now: NOW,
  settingWarnings: [],
  unreadable: [],
  process: [],
  policy: 'sync',
  subdomains: 'create',
  access: found(undefined),
  server: found({ id: 7, address: '203.0.113.10' }),
  application: found({ id: 12, name: 'network' }),
  domains: found({ count: 3, primary: 'network.example', networkHost: { name: NETWORK, isServed: true } }),
  quietUntil: undefined,
  usage: usageOf({}, { billingDay: 1 }, NOW),
  block: undefined,
  network: found(SUMMARY),
  eventNetworks: { configured: undefined, remembered: { onRecord: NET }, listedHost: NETWORK },
  certificates: found({ mode: 'advanced', names: 4 }),
  addresses: addresses(),
  handshake: found({ address: '203.0.113.10', name: 'network.example', shown: SHOWN }),
  webhook: { keys: 1, isGuessable: false, plugin: 'open' },
  clocks: [
    { whose: 'RunCloud', aheadMs: 900 },
    { whose: 'the network', aheadMs: -MINUTE },
  ],
  resolvers: { asked: 2, answered: 2 },
  lastReconcile: iso(NOW - MINUTE),
  abort: undefined,
  progress: undefined,
  leaseUntil: undefined,
  leaseMs: 2 * MINUTE,
  holds: found([]),
  deadLetters: { count: 0, last: undefined },
  receivers: [],
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

  const told: ReceiverStanding = { name: 'slack', host: 'slack.example', state: { deliveredAt: iso(NOW) } };
  const off: ReceiverStanding = {
    name: 'webhook',
    host: 'hooks.example',
    state: { off: { at: iso(NOW), why: 'it answered 410' } },
  };
  const rows: [CheckName, Check['verdict'], RegExp, Partial<Findings>][] = [
    ['notify', 'ok', /^Nobody is told of what changes/, {}],
    ['notify', 'ok', /^SLACK_WEBHOOK_URL \(slack\.example\) took the last event at/, { receivers: [told] }],
    [
      'notify',
      'wrong',
      /^NOTIFY_URL \(hooks\.example\) is switched off .*SLACK_WEBHOOK_URL .* took the last event .*Set NOTIFY_URL to/,
      { receivers: [told, off] },
    ],
    ['policy', 'ok', /observe: this service .* writes nothing to RunCloud/, { policy: 'observe' }],
    ['policy', 'ok', /create-only/, { policy: 'create-only' }],
    ['runcloud', 'ok', /^RunCloud answers\. $/, {}],
    ['runcloud', 'ok', /^RunCloud answers\. $/, { access: failed('unauthorized') }],
    ['runcloud', 'ok', /^RunCloud answers\. $/, { access: failed('forbidden') }],
    ['runcloud', 'wrong', /^It said no\. Look there\.$/, { access: failed() }],
    ['runcloud', 'wrong', /^It said no\. Look there\.$/, { access: failed('unreadable') }],
    ['runcloud', 'unknown', /^first this $/, { access: { kind: 'skipped', why: 'first this' } }],
    ['runcloud-token', 'unknown', /^This shows once RunCloud answers\. $/, { access: failed() }],
    ['runcloud-token', 'unknown', /once RunCloud answers/, { access: { kind: 'skipped', why: 'first this' } }],
    ['runcloud-token', 'ok', /accepts/, {}],
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
    ['runcloud-quota', 'ok', /^0 calls to RunCloud since .*set RUNCLOUD_CALLS_PER_MONTH/, {}],
    [
      'runcloud-quota',
      'wrong',
      /^Since .* RunCloud refuses every call \(403\): most likely .*0 calls/,
      { block: BLOCK },
    ],
    ['runcloud-limit', 'unknown', /^This shows once RunCloud takes calls again/, { block: BLOCK }],
    ['runcloud-quota', 'ok', /^799 calls .* 79 % of the 1,000 a month/, { usage: used(799) }],
    ['runcloud-quota', 'wrong', /^800 calls .* 80 % of the 1,000 a month/, { usage: used(800) }],
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
    [
      'network-lists',
      'wrong',
      /2 domains wanted on RunCloud\. A row is odd\. Correct these rows in the network, or delete them there\.$/,
      { network: found({ ...SUMMARY, odd: 'A row is odd.' }) },
    ],
    [
      'network-lists',
      'wrong',
      /for want of being listed: a row\. A row is odd\. Correct in the network what is named there, or correct/,
      { network: found({ ...SUMMARY, doubt: 'a row', odd: 'A row is odd.' }) },
    ],
    [
      'network-lists',
      'wrong',
      /for want of being listed: a row\. Correct in the network what is named there, or correct/,
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
    [
      'network-events',
      'ok',
      /No event has named/,
      {
        eventNetworks: { configured: undefined, remembered: undefined, listedHost: undefined },
      },
    ],
    [
      'network-events',
      'ok',
      /taken from the network network\.example, and/,
      {
        eventNetworks: { configured: undefined, remembered: undefined, listedHost: NETWORK },
      },
    ],
    [
      'network-events',
      'wrong',
      /about 1 domain were refused.*another network \(staging\.example\).*shop\.example was unmapped\..*If staging\.example is a copy.*NETWORK=staging\.example/,
      {
        eventNetworks: {
          configured: undefined,
          remembered: {
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
          listedHost: NETWORK,
        },
      },
    ],
    ['certificates', 'ok', /a certificate for each domain/, {}],
    ['certificates', 'ok', /AutoSSL is on/, { certificates: found({ mode: 'auto-ssl', names: 4 }) }],
    ['certificates', 'ok', /one certificate for all 100 names/, { certificates: found({ mode: 'basic', names: 100 }) }],
    ['certificates', 'wrong', /101 names.*Advanced SSL/, { certificates: found({ mode: 'basic', names: 101 }) }],
    ['certificates', 'wrong', /does not say/, { certificates: found({ mode: undefined, names: 4 }) }],
    ['certificates', 'unknown', /first this/, { certificates: { kind: 'skipped', why: 'first this' } }],
    ['server-addresses', 'unknown', /first this/, { addresses: { kind: 'skipped', why: 'first this' } }],
    ['server-tls', 'ok', /^The server 203\.0\.113\.10 shows a certificate for network\.example\. $/, {}],
    [
      'server-tls',
      'wrong',
      /^For network\.example the server 203\.0\.113\.10 shows a certificate of another name \(default\.invalid\)\. Make sure that 203\.0\.113\.10 is the server of this application, and that network\.example has a certificate: SSL\/TLS of the web application in RunCloud\.$/,
      { handshake: shows({ ...SHOWN, names: ['default.invalid'], fits: 'other-name' }) },
    ],
    [
      'server-tls',
      'wrong',
      /of another name \(a\.invalid, b\.invalid\)\./,
      { handshake: shows({ ...SHOWN, names: ['a.invalid', 'b.invalid'], fits: 'other-name' }) },
    ],
    [
      'server-tls',
      'wrong',
      /of another name \(none at all\)\./,
      { handshake: shows({ ...SHOWN, names: [], fits: 'other-name' }) },
    ],
    [
      'server-tls',
      'wrong',
      /^For network\.example the server 203\.0\.113\.10 shows a certificate that expired at 2026-11-22T08:00:00\.000Z\. Renew it: SSL\/TLS of the web application in RunCloud\.$/,
      { handshake: shows({ ...SHOWN, notBefore: iso(NOW - HOUR), notAfter: iso(NOW) }) },
    ],
    [
      'server-tls',
      'ok',
      /^The server 203\.0\.113\.10 shows a certificate for network\.example that browsers do not trust: it signed itself\. $/,
      { handshake: shows({ ...SHOWN, trust: { untrusted: 'it signed itself' } }) },
    ],
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
    [
      'last-reconcile',
      'ok',
      /^No reconcile has ended yet\. \{"action":"reconcile"\} starts one at once\. $/,
      { lastReconcile: undefined },
    ],
    ['last-reconcile', 'wrong', /31 minutes ahead of this clock\./, { lastReconcile: iso(NOW + 31 * MINUTE) }],
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
    [
      'last-reconcile',
      'ok',
      /^The last reconcile ended at .*, and the next one goes on\. No time\. $/,
      { abort: { at: iso(NOW - MINUTE), why: 'No time.', whatToDo: 'Nothing.', progress: true } },
    ],
    [
      'last-reconcile',
      'ok',
      /^The last reconcile ended at .*, and the next one goes on: 1 of 2 steps done\. No time\. $/,
      {
        abort: { at: iso(NOW - MINUTE), why: 'No time.', whatToDo: 'Nothing.', progress: true },
        progress: { startedAt: iso(NOW - MINUTE), at: iso(NOW - MINUTE), done: 1, of: 2 },
      },
    ],
    [
      'last-reconcile',
      'wrong',
      /31 minutes ago\. No difference/,
      {
        lastReconcile: iso(NOW),
        receivers: [],
        reconcileEveryMs: MINUTE,
        abort: { at: iso(NOW - 31 * MINUTE), why: 'No time.', whatToDo: 'Nothing.', progress: true },
      },
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
      /^Held or left alone: brake 4\. a\.example would be removed, but too many\. \(And 3 more like it\.\) Read \{"action":"plan"\}\. If all of it is meant, apply it with \{"action":"apply","checksum":"…"\} and the checksum of that plan\.$/,
      {
        holds: found(['a', 'b', 'c', 'd'].map((name) => holds.brake(`${name}.example`, 'too many.'))),
      },
    ],
    [
      'held',
      'wrong',
      /^Held or left alone: brake 2, last-domain 1\. a\.example would .* \(And 1 more like it\.\) c\.example is the last .* removes the last one\. brake: Read .* of that plan\. last-domain: Add the domain that shall stay, or remove this one in RunCloud by hand\.$/,
      {
        holds: found([
          ...['a', 'b'].map((name) => holds.brake(`${name}.example`, 'too many.')),
          holds.lastDomain('c.example'),
        ]),
      },
    ],
    [
      'held',
      'wrong',
      /row of e\.example cannot be read .* under this name\. And 1 more kind: see "plan"\. brake: .* last-domain: .* changed: .* not-taken: .* unreadable: Restore .* docs\/holds\.md#unreadable says how\.$/,
      {
        holds: found([
          holds.brake('a.example', 'too many.'),
          holds.lastDomain('b.example'),
          holds.changed('c.example'),
          holds.notTaken('d.example'),
          holds.unreadable('e.example', 'its state is not JSON'),
          holds.stopped('f.example', 'add', { why: 'Down.', whatToDo: 'Wait.' }),
        ]),
      },
    ],
    [
      'failing',
      'wrong',
      /^2 domains failed last time\. RunCloud said no\. One attempt so far\. RunCloud said no\. 2 attempts so far\. Look there\. It is tried again at \S+; \{"action":"map"\} or \{"action":"unmap"\} with its name tries at once\.$/,
      {
        holds: found([
          holds.waiting('a.example', failure(undefined)),
          holds.waiting('b.example', failure(undefined, { attempts: 2 })),
        ]),
      },
    ],
    ['settings', 'ok', /^All settings that are needed are there\. $/, {}],
    [
      'settings',
      'wrong',
      /^POLICYY is odd\. XYZ too\. Correct the name or the place, or take the setting out\.$/,
      { settingWarnings: ['POLICYY is odd.', 'XYZ too.'] },
    ],
    ['ledger', 'ok', /^Every row of the ledger can be read\. $/, {}],
    [
      'ledger',
      'wrong',
      /^The ledger has 1 row that cannot be read: shop\.example \(its state is not JSON\)\. Restore the row from a backup, or delete it: .* docs\/holds\.md#unreadable says how\.$/,
      { unreadable: [{ domain: 'shop.example' as HostName, why: 'its state is not JSON' }] },
    ],
    [
      'ledger',
      'wrong',
      /^The ledger has 5 rows that cannot be read: a\.example \(x\), b\.example \(x\), c\.example \(x\), d\.example \(x\), e\.example \(x\)\. /,
      { unreadable: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ domain: `${name}.example` as HostName, why: 'x' })) },
    ],
    [
      'ledger',
      'wrong',
      /^The ledger has 7 rows that cannot be read: .* e\.example \(x\), and 2 more\. /,
      {
        unreadable: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({
          domain: `${name}.example` as HostName,
          why: 'x',
        })),
      },
    ],
    ['process', 'ok', /^Its runs and its messages come to their end, and its disk has room\. $/, {}],
    [
      'process',
      'wrong',
      /^No room\. No run\. No queue\. Make room\. Read the log\.$/,
      {
        process: [
          { kind: 'disk', found: 'No room.', whatToDo: 'Make room.' },
          { kind: 'run', found: 'No run.', whatToDo: 'Read the log.' },
          { kind: 'messages', found: 'No queue.', whatToDo: 'Read the log.' },
        ],
      },
    ],
  ];
  it.each(rows)('%s: %s, %s', (name, verdict, sentence, changes) => {
    const made = check(name, changes);
    expect(made?.verdict).toBe(verdict);
    expect(`${made?.found} ${made?.whatToDo ?? ''}`).toMatch(sentence);
  });

  it('shows no process where alarms watch functions', () => {
    expect(check('process', { process: undefined })).toBeUndefined();
  });

  it('checks the host of the network only where that is known', () => {
    expect(check('network-host', { domains: failed() })).toBeUndefined();
    expect(check('network-host', { network: undefined })).toBeUndefined();
  });

  it('says nothing of dead letters where none can be counted', () => {
    expect(check('dead-letters', { deadLetters: undefined })).toBeUndefined();
  });

  it('names the fault to begin with, and how many checks could not be made', () => {
    const checks = diagnose({
      ...WELL,
      access: failed('unauthorized'),
      domains: { kind: 'skipped', why: '' },
      holds: failed(),
    });
    expect(summariseChecks(checks)).toMatch(
      /^1 of 27 checks found something wrong: runcloud-token\. 4 checks could not be made because of that\. Begin with runcloud-token: It said no\. Look there\.$/,
    );
    expect(summariseChecks([{ name: 'settings', verdict: 'wrong', found: 'All is missing.' }])).toBe(
      '1 of 1 check found something wrong: settings. Begin with settings: All is missing.',
    );
  });
});

describe('the addresses of the server', () => {
  const NAMES = 'RunCloud names 203.0.113.10 for the server';
  const FLOATING = '198.51.100.20';

  it.each<[string, Partial<AddressFinding>, string]>([
    ['the same', {}, `${NAMES}. network.example has 203.0.113.10 in public DNS.`],
    [
      'another one, which is listed',
      { found: [FLOATING], listed: [FLOATING] },
      `${NAMES}, and SERVER_ADDRESSES lists ${FLOATING}. network.example has ${FLOATING} in public DNS.`,
    ],
    [
      'two, and one of them is listed',
      { found: [FLOATING, '203.0.113.10'], listed: [FLOATING, '198.51.100.21'] },
      `${NAMES}, and SERVER_ADDRESSES lists ${FLOATING}, 198.51.100.21. network.example has ${FLOATING}, 203.0.113.10 in public DNS.`,
    ],
    [
      'another one, which does not count because others are listed',
      { found: [FLOATING], listed: ['203.0.113.10'] },
      `${NAMES}, and SERVER_ADDRESSES lists 203.0.113.10. network.example has ${FLOATING} in public DNS, which does not count: SERVER_ADDRESSES says which addresses lead to the server.`,
    ],
    ['none', { found: [] }, `${NAMES}. Public DNS has no IPv4 address of network.example to compare it with.`],
    [
      'those of a proxy',
      { found: ['104.16.0.1'], proxy: 'Cloudflare' },
      `${NAMES}. network.example is behind Cloudflare, whose addresses are everybody's, so they do not count as the server's.`,
    ],
  ])('are as they should be: %s', (_, more, words) => {
    expect(check('server-addresses', { addresses: addresses(more) })).toEqual({
      name: 'server-addresses',
      verdict: 'ok',
      found: words,
    });
  });

  it('that differ and count: what customers are told, and what to do either way', () => {
    const inUse = [FLOATING, '203.0.113.10'];
    expect(check('server-addresses', { addresses: addresses({ found: [FLOATING], inUse }) })).toEqual({
      name: 'server-addresses',
      verdict: 'wrong',
      found: `${NAMES}. network.example has ${FLOATING} in public DNS, which is another address. Both count as the server's, and customers are told to set ${FLOATING}.`,
      whatToDo: `If ${FLOATING} leads to this server (a floating address, a load balancer, NAT), set SERVER_ADDRESSES=${FLOATING}. If not (a CDN, another server), set SERVER_ADDRESSES=203.0.113.10: then no other address counts. Or correct the DNS of network.example, or WU_RUNCLOUD_SERVER_ID.`,
    });
  });

  it('that differ and do not count: why, and what to do either way', () => {
    const others = [FLOATING, '198.51.100.21'];
    for (const inUse of [[], ['203.0.113.10'], ['203.0.113.10', FLOATING]]) {
      expect(check('server-addresses', { addresses: addresses({ found: others, inUse }) })).toEqual({
        name: 'server-addresses',
        verdict: 'wrong',
        found: `${NAMES}. network.example has ${FLOATING}, 198.51.100.21 in public DNS, which is another address. It does not count as the server's, because nothing shows that it leads there: RunCloud's address does not show the same certificate.`,
        whatToDo: `If ${FLOATING}, 198.51.100.21 lead to this server (a floating address, a load balancer, NAT), set SERVER_ADDRESSES=${FLOATING},198.51.100.21. If not (a CDN, another server), set SERVER_ADDRESSES=203.0.113.10: then no other address counts. Or correct the DNS of network.example, or WU_RUNCLOUD_SERVER_ID.`,
      });
    }
  });
});

describe('what a check says besides', () => {
  const said = (name: CheckName, changes: Partial<Findings> = {}) => {
    const { found, whatToDo } = check(name, changes) ?? {};
    return whatToDo === undefined ? found : `${found} / ${whatToDo}`;
  };
  const clocks = (...aheadMs: number[]) => ({
    clocks: aheadMs.map((ms, n) => ({
      whose: n === 0 ? ('RunCloud' as const) : ('the network' as const),
      aheadMs: ms,
    })),
  });

  it('a policy of sync is said too', () => {
    expect(said('policy')).toBe('POLICY is sync: this service carries out every step.');
  });

  it('a plan that lets the API read is said too', () => {
    expect(said('runcloud-plan')).toBe('The RunCloud plan lets the API read the domains of the application.');
  });

  it('every request that is forbidden speaks of the plan, and no other failure does', () => {
    for (const name of ['access', 'server', 'application', 'domains'] as const) {
      expect(check('runcloud-plan', { [name]: failed('forbidden') })?.verdict).toBe('wrong');
      expect(check('runcloud-plan', { [name]: failed('unavailable') })?.verdict).not.toBe('wrong');
    }
  });

  it.each<[CheckName, RegExp, Partial<Findings>]>([
    ['runcloud-limit', /give this service one of its own\.$/, { quietUntil: iso(NOW + 1) }],
    [
      'certificates',
      /SSL\/TLS of the web application in RunCloud\.$/,
      { certificates: found({ mode: undefined, names: 4 }) },
    ],
    ['network-lists', /or correct MULTISITE_URL\./, { network: found({ ...SUMMARY, doubt: 'a row' }) }],
    ['clock', /by a time server \(NTP\)\.$/, clocks(2 * HOUR)],
    ['dns', /name other resolvers in DNS_SERVERS\.$/, { resolvers: { asked: 2, answered: 1 } }],
    ['last-reconcile', /read the log of reconcile\.$/, { lastReconcile: iso(NOW - 31 * MINUTE) }],
  ])('%s says what to do: %s', (name, remedy, changes) => {
    expect(check(name, changes)?.whatToDo).toMatch(remedy);
  });

  it('speaks of a second key only where there is one', () => {
    expect(said('webhook-secret')).toBe(
      "This service accepts signed webhooks. It accepts the plugin's own webhook as a hint.",
    );
  });

  it('a clock may be off by a minute, either way, and not by more', () => {
    expect(check('clock', clocks(MINUTE, -MINUTE))?.verdict).toBe('ok');
    for (const off of [MINUTE + 1, -MINUTE - 1]) expect(check('clock', clocks(off))?.verdict).toBe('wrong');
  });

  it('two clocks that are off have a sentence each', () => {
    expect(said('clock', clocks(2 * HOUR, -3 * HOUR))).toMatch(
      /^The clock of RunCloud is 2 hours ahead of this one\. The clock of the network is 3 hours behind this one\. A signed/,
    );
  });

  it('says how many resolvers answered where all of them did', () => {
    expect(said('dns')).toBe('2 public resolvers answered.');
  });

  it('a lease that nobody took is free', () => {
    expect(said('lease')).toBe('No run is at work, so the lease is free.');
  });

  it('says that nothing is held and nothing failed where that is so', () => {
    expect(said('held')).toBe('Nothing is held or left alone.');
    expect(said('failing')).toBe('No step has failed.');
  });

  it('counts what failed apart from what is held', () => {
    const both = { holds: found([holds.notOurs('a.example'), holds.waiting('b.example', failure(undefined))]) };
    expect(said('held', both)).toBe('Held or left alone: not-ours 1.');
    expect(said('failing', both)).toMatch(/^1 domain failed last time\. RunCloud said no\./);
    const failing = { holds: found([holds.waiting('b.example', failure(undefined))]) };
    expect(said('held', failing)).toBe('Nothing is held or left alone.');
    const held = { holds: found([holds.brake('a.example', 'too many.')]) };
    expect(said('failing', held)).toBe('No step has failed.');
  });

  it('with SUBDOMAINS=wildcard, of all that passes by itself only a subdomain needs a person', () => {
    const held = { holds: found([holds.notOurs('a.example')]), subdomains: 'wildcard' } as const;
    expect(check('held', held)?.verdict).toBe('ok');
  });

  it('names every fault, and how many checks there were', () => {
    const checks = diagnose({ ...WELL, quietUntil: iso(NOW + 1), resolvers: { asked: 2, answered: 0 } });
    expect(summariseChecks(checks)).toMatch(
      /^2 of \d+ checks found something wrong: runcloud-limit, dns\. Begin with runcloud-limit: /,
    );
  });
});
