import type { Hold, HoldCode } from '../plan/hold.ts';
import { quantity } from '../values/text.ts';
import { epoch, formatDuration, MINUTE } from '../values/time.ts';
import { type Check, type CheckFailure, type CheckName, unknown, well, wrong } from './check.ts';
import type { DeadLetters, Findings } from './findings.ts';

/** Keys, clock and resolvers. */
export function setUpChecks(findings: Findings): Check[] {
  return [webhookCheck(findings), clockCheck(findings), dnsCheck(findings)];
}

/** The last runs, the lease, and what is held or failed. */
export function runChecks(findings: Findings): Check[] {
  return [lastReconcileCheck(findings), leaseCheck(findings), ...deadLetterChecks(findings), ...heldChecks(findings)];
}

/** Never wrong: every policy is a choice. */
export function policyCheck({ policy }: Findings): Check {
  const found = {
    observe: 'POLICY is observe: this service shows its plan and writes nothing to RunCloud.',
    'create-only':
      'POLICY is create-only: this service adds domains and asks for certificates. It changes and removes nothing.',
    sync: 'POLICY is sync: this service carries out every step.',
  }[policy];
  return well('policy', found);
}

/** A signed webhook is refused from five minutes on. A warning at one minute comes in time. */
const CLOCK_TOLERANCE_MS = MINUTE;

function webhookCheck({ webhook: { keys, isGuessable, plugin } }: Findings): Check {
  const rotation = keys > 1 ? ` ${keys} keys are accepted: drop the old one once the network uses the new one.` : '';
  if (isGuessable) {
    return wrong(
      'webhook-secret',
      'A key in WEBHOOK_SECRET looks as if it was typed by hand, or repeats itself: it could be guessed.',
      'Make one with npm run --silent webhook-secret, and enter it here and in the network.',
    );
  }
  return well(
    'webhook-secret',
    `This service accepts signed webhooks.${rotation} ${plugin === 'open' ? "It accepts the plugin's own webhook as a hint." : "It refuses the plugin's own webhook: WEBHOOK_TOKEN is not set."}`,
  );
}

function clockCheck({ clocks }: Findings): Check {
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_TOLERANCE_MS);
  if (clocks.length === 0) return unknown('clock', 'Nobody could be asked for the time.');
  if (off.length === 0) {
    const whose = clocks.map((clock) => clock.whose).join(' and ');
    return well('clock', `This clock and that of ${whose} agree within a minute.`);
  }
  const readings = off.map(({ whose, aheadMs }) => {
    return `The clock of ${whose} is ${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this one.`;
  });
  return wrong(
    'clock',
    `${readings.join(' ')} A signed webhook whose time is off by more than five minutes is refused, and of two events the one with the later time counts.`,
    'Set the clock that is wrong by a time server (NTP).',
  );
}

function dnsCheck({ resolvers: { asked, answered } }: Findings): Check {
  if (answered === asked) {
    return well('dns', `${quantity(asked, 'public resolver')} answered.`);
  }
  return wrong(
    'dns',
    `${answered} of ${quantity(asked, 'public resolver')} answered. A domain counts as pointing here only if all of them say so.`,
    'Check that DNS requests (port 53) may leave from here, or name other resolvers in DNS_SERVERS.',
  );
}

function lastReconcileCheck({ lastReconcile, abort, now, reconcileEveryMs }: Findings): Check {
  const name = 'last-reconcile';
  if (abort) {
    return wrong(name, `A run ended early at ${abort.at}. ${abort.why}`, abort.whatToDo);
  }
  if (lastReconcile === undefined) {
    return wrong(name, 'No reconcile has come to its end yet.', 'Start one with {"action":"reconcile"}.');
  }
  const age = now - epoch(lastReconcile);
  if (reconcileEveryMs === undefined || age <= toleranceOf(reconcileEveryMs))
    return well(name, `The last reconcile ended at ${lastReconcile}.`);
  return wrong(
    name,
    `The last reconcile ended at ${lastReconcile}, ${formatDuration(age)} ago. No difference has been mended since.`,
    'Check that the schedule is on, and read the log of reconcile.',
  );
}

/** Two reconciles may be missed, and one takes its time. The alarm on AWS comes after half an hour too. */
function toleranceOf(reconcileEveryMs: number): number {
  return Math.max(30 * MINUTE, 2.5 * reconcileEveryMs);
}

function leaseCheck({ leaseUntil, leaseMs, now }: Findings): Check {
  const restMs = leaseUntil === undefined ? 0 : epoch(leaseUntil) - now;
  if (restMs <= 0) return well('lease', 'No run is at work, so the lease is free.');
  // A run that took it by a clock that was days ahead, and died, keeps all others out for days.
  if (restMs > leaseMs + CLOCK_TOLERANCE_MS) {
    return wrong(
      'lease',
      `The lease is taken until ${leaseUntil}, ${formatDuration(restMs)} from now, and no run takes it for longer than ${formatDuration(leaseMs)}. The clock of the run that took it was ahead, or this one is behind. The next runs shorten it, so it ends within minutes.`,
      'Set the clocks by a time server (NTP).',
    );
  }
  return well('lease', `A run is at work, and holds the lease until ${leaseUntil} at the latest.`);
}

function deadLetterChecks({ deadLetters }: Findings): Check[] {
  if (!deadLetters) return [];
  const fault = describeDeadLetters(deadLetters);
  return [
    fault
      ? wrong('dead-letters', fault.found, fault.whatToDo)
      : well('dead-letters', 'Every message in the queue was understood.'),
  ];
}

/** Undefined where there is none. */
export function describeDeadLetters({ count, last }: DeadLetters): CheckFailure | undefined {
  if (!last) return undefined;
  return {
    found: `${quantity(count, 'message')} in the queue could not be understood, so nothing came of ${count === 1 ? 'it' : 'them'}. The newest was set aside at ${last.at}, because ${last.why}.`,
    whatToDo:
      'Send the events again, in a form that docs/webhooks.md shows, or run a reconcile: the network knows what is mapped. Then delete the messages: docs/one-machine.md says how.',
  };
}

/** Holds that a person has to see to. The others pass by themselves, or are meant to be. */
const PRESSING: ReadonlySet<HoldCode> = new Set([
  'brake',
  'incomplete',
  'last-domain',
  'not-taken',
  'as-found',
  'changed',
  'stopped',
  'certificate-failed',
  'spoilt',
  'too-many-names',
  'foreign-certificate',
]);
const SHOWN = 3;

/** With SUBDOMAINS=wildcard a wildcard domain serves the subdomains. Nothing serves one that is held. */
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
    heldCheck('held', found, pressing),
    heldCheck(
      'failing',
      failing.length === 0 ? 'No step has failed.' : `${quantity(failing.length, 'domain')} failed last time.`,
      failing,
    ),
  ];
}

function heldCheck(name: CheckName, found: string, pressing: readonly Hold[]): Check {
  const [first] = pressing;
  return first ? wrong(name, `${found}${firstOf(pressing)}`, first.whatToDo) : well(name, found);
}

function firstOf(holds: readonly Hold[]): string {
  const reasons = [...new Set(holds.map(({ reason }) => reason))];
  const more = reasons.length > SHOWN ? ` And ${reasons.length - SHOWN} more: see "plan".` : '';
  return ` ${reasons.slice(0, SHOWN).join(' ')}${more}`;
}
