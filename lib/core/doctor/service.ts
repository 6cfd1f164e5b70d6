/** What the doctor says of the service itself: how it is set, its clock, its resolvers, its runs, and what they left undone. */

import type { Hold, HoldCode } from '../plan/hold.ts';
import { quantity } from '../values/text.ts';
import { epoch, formatDuration, MINUTE } from '../values/time.ts';
import { type Check, type CheckName, unknown, well, wrong } from './check.ts';
import type { Findings } from './findings.ts';

/** Takes what was found; returns the checks of how the service is set up and what it goes by. */
export function setUpChecks(findings: Findings): Check[] {
  return [webhookCheck(findings), clockCheck(findings), dnsCheck(findings)];
}

/** Takes what was found; returns the checks of its runs. */
export function runChecks(findings: Findings): Check[] {
  return [lastReconcileCheck(findings), leaseCheck(findings), ...heldChecks(findings)];
}

/** Takes what was found; returns the check that says how far the service may go. */
export function policyCheck({ policy }: Findings): Check {
  const found = {
    observe: 'POLICY is observe: nothing is written to RunCloud, only shown.',
    'create-only':
      'POLICY is create-only: domains are added and certificates asked for, and nothing is changed or removed.',
    sync: 'POLICY is sync: everything is done.',
  }[policy];
  return well('policy', found);
}

/** Further off than this, and signed webhooks with a tolerance of five minutes come near being refused (ms). */
const CLOCK_TOLERANCE_MS = MINUTE;

function webhookCheck({ webhook: { keys, isGuessable, plugin } }: Findings): Check {
  const rotation = keys > 1 ? ` ${keys} keys are taken: drop the old one when the network uses the new one.` : '';
  if (isGuessable) {
    return wrong(
      'webhook-secret',
      'A key in WEBHOOK_SECRET looks as if it was typed by hand, or repeats itself: it could be guessed.',
      'Make one with npm run --silent webhook-secret, and enter it here and in the network.',
    );
  }
  return well(
    'webhook-secret',
    `Signed webhooks are taken.${rotation} The plugin's own webhook is ${plugin === 'open' ? 'let in as a hint' : 'not let in: WEBHOOK_TOKEN is not set'}.`,
  );
}

function clockCheck({ clocks }: Findings): Check {
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_TOLERANCE_MS);
  if (clocks.length === 0) return unknown('clock', 'Nobody could be asked for the time.');
  if (off.length === 0) {
    const whose = clocks.map((clock) => clock.whose).join(' and ');
    return well('clock', `This clock and that of ${whose} agree within a minute.`);
  }
  const said = off.map(({ whose, aheadMs }) => {
    return `The clock of ${whose} is ${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this one.`;
  });
  return wrong(
    'clock',
    `${said.join(' ')} Signed webhooks are refused from five minutes on, and of two events the later one holds.`,
    'Set the clock that is wrong by a time server (NTP).',
  );
}

function dnsCheck({ resolvers: { asked, answered } }: Findings): Check {
  if (answered === asked) {
    return well('dns', `${quantity(asked, 'public resolver')} answered.`);
  }
  return wrong(
    'dns',
    `${answered} of ${quantity(asked, 'public resolver')} answered: what is not surely known of a domain's DNS counts as not pointing here.`,
    'Look whether DNS requests (port 53) may leave from here, or name other resolvers in DNS_SERVERS.',
  );
}

function lastReconcileCheck({ lastReconcile, abort, now, reconcileEveryMs }: Findings): Check {
  const name = 'last-reconcile';
  if (abort) {
    return wrong(name, `A run ended early at ${abort.at}. ${abort.why}`, abort.whatToDo);
  }
  if (lastReconcile === undefined) {
    return wrong(name, 'No whole run has come to its end yet.', 'Start one with {"action":"reconcile"}.');
  }
  const age = now - epoch(lastReconcile);
  if (reconcileEveryMs === undefined || age <= toleranceOf(reconcileEveryMs))
    return well(name, `The last whole run ended at ${lastReconcile}.`);
  return wrong(
    name,
    `The last whole run ended at ${lastReconcile}, ${formatDuration(age)} ago: what differs is not mended.`,
    'Look whether the schedule is on, and read the log of reconcile.',
  );
}

/** Two runs may be missed, and what a run itself takes comes on top. The alarm on AWS comes after half an hour too. */
function toleranceOf(reconcileEveryMs: number): number {
  return Math.max(30 * MINUTE, 2.5 * reconcileEveryMs);
}

function leaseCheck({ leaseUntil, leaseMs, now }: Findings): Check {
  const restMs = leaseUntil === undefined ? 0 : epoch(leaseUntil) - now;
  if (restMs <= 0) return well('lease', 'No run is at work.');
  // Whoever died holding it keeps all others out until then: a clock that was right again would mean days.
  if (restMs > leaseMs + CLOCK_TOLERANCE_MS) {
    return wrong(
      'lease',
      `The lease is taken until ${leaseUntil}, ${formatDuration(restMs)} from now, and none is taken for longer than ${formatDuration(leaseMs)}: the clock of the run that took it was ahead, or this one is behind. Until then nothing is changed on RunCloud.`,
      'Set the clocks by a time server (NTP). To end the lease at once, on one machine start the service anew; on AWS set "until" to 0 in the item "application" of the ledger\'s table.',
    );
  }
  return well('lease', `A run is at work, and holds the lease until ${leaseUntil} at the latest.`);
}

/** Holds that somebody has to do something about; the others are the way things are meant to be. */
const PRESSING: ReadonlySet<HoldCode> = new Set([
  'brake',
  'incomplete',
  'last-domain',
  'not-taken',
  'changed',
  'stopped',
  'certificate-failed',
  'spoilt',
  'too-many-names',
  'foreign-certificate',
]);
const SHOWN = 3;

/** Where a wildcard domain is to serve the subdomains, one that is held is served by nothing. */
function isPressing({ code }: Hold, { subdomains }: Findings): boolean {
  return PRESSING.has(code) || (code === 'subdomain' && subdomains === 'wildcard');
}

function heldChecks(findings: Findings): Check[] {
  const { holds } = findings;
  if (holds.kind !== 'found') {
    return [unknown('held', 'No plan could be made.'), unknown('failing', 'No plan could be made.')];
  }
  const failing = holds.value.filter(({ code }) => code === 'waiting');
  const held = holds.value.filter(({ code }) => code !== 'waiting');
  const counts = [...Map.groupBy(held, ({ code }) => code)].map(([code, each]) => `${code} ${each.length}`);
  const pressing = held.filter((hold) => isPressing(hold, findings));
  const found = counts.length === 0 ? 'Nothing is held or left alone.' : `Held or left alone: ${counts.join(', ')}.`;
  return [
    judge('held', found, pressing),
    judge(
      'failing',
      failing.length === 0 ? 'No step has failed.' : `${quantity(failing.length, 'domain')} failed last time.`,
      failing,
    ),
  ];
}

function judge(name: CheckName, found: string, pressing: readonly Hold[]): Check {
  const [first] = pressing;
  return first ? wrong(name, `${found}${firstOf(pressing)}`, first.whatToDo) : well(name, found);
}

function firstOf(holds: readonly Hold[]): string {
  const reasons = [...new Set(holds.map(({ reason }) => reason))];
  const more = reasons.length > SHOWN ? ` And ${reasons.length - SHOWN} more: see "plan".` : '';
  return ` ${reasons.slice(0, SHOWN).join(' ')}${more}`;
}
