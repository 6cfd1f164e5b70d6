import type { Hold } from '../plan/hold.ts';
import { describeLast } from '../report/health.ts';
import { isPressing } from '../report/pressing.ts';

import { describeProgress } from '../report/progress.ts';

import { describeWell, faultsOf } from '../report/receivers.ts';

import { quantity } from '../values/text.ts';
import { epoch, formatDuration, MINUTE } from '../values/time.ts';
import { type Check, type CheckFailure, type CheckName, unknown, well, wrong } from './check.ts';
import type { DeadLetters, Findings } from './findings.ts';

/** Settings, ledger, and the process on one machine. */
export function ownChecks(findings: Findings): Check[] {
  return [settingsCheck(findings), ledgerCheck(findings), ...processChecks(findings)];
}

function settingsCheck({ settingWarnings }: Findings): Check {
  if (settingWarnings.length === 0) return well('settings', 'All settings that are needed are there.');
  return wrong('settings', settingWarnings.join(' '), 'Correct the name or the place, or take the setting out.');
}

const ROWS_SHOWN = 5;

function ledgerCheck({ unreadable }: Findings): Check {
  if (unreadable.length === 0) return well('ledger', 'Every row of the ledger can be read.');
  const rows = unreadable.slice(0, ROWS_SHOWN).map(({ domain, why }) => `${domain} (${why})`);
  const more = unreadable.length > ROWS_SHOWN ? `, and ${unreadable.length - ROWS_SHOWN} more` : '';
  return wrong(
    'ledger',
    `The ledger has ${quantity(unreadable.length, 'row')} that cannot be read: ${rows.join(', ')}${more}.`,
    'Restore the row from a backup, or delete it: the domain then shows as not ours, and can be adopted. docs/holds.md#unreadable says how.',
  );
}

function processChecks({ process }: Findings): Check[] {
  if (process === undefined) return [];
  const [first] = process;
  if (!first) return [well('process', 'Its runs and its messages come to their end, and its disk has room.')];
  return [
    wrong(
      'process',
      process.map(({ found }) => found).join(' '),
      [...new Set(process.map(({ whatToDo }) => whatToDo))].join(' '),
    ),
  ];
}

/** Keys, clock and resolvers. */
export function setUpChecks(findings: Findings): Check[] {
  return [webhookCheck(findings), clockCheck(findings), dnsCheck(findings)];
}

/** The last runs, the lease, and what is held or failed. */
export function runChecks(findings: Findings): Check[] {
  return [
    lastReconcileCheck(findings),
    leaseCheck(findings),
    ...deadLetterChecks(findings),
    notifyCheck(findings),
    ...heldChecks(findings),
  ];
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
    // Stryker disable next-line EqualityOperator: a clock that is off by more than the tolerance is not off by 0.
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

function lastReconcileCheck({ lastReconcile, abort, progress, now, reconcileEveryMs }: Findings): Check {
  const name = 'last-reconcile';
  if (abort && !abort.progress) {
    return wrong(name, `A run ended early at ${abort.at}. ${abort.why}`, abort.whatToDo);
  }
  // Whoever sets the service up asks the doctor first. A first run that does not come shows in the process, or in the alarms.
  const lastAt = abort ? abort.at : lastReconcile;
  if (lastAt === undefined) {
    return well(name, 'No reconcile has ended yet. {"action":"reconcile"} starts one at once.');
  }
  const { text, isOverdue } = describeLast(lastAt, { now, reconcileEveryMs });
  const howFar = progress ? `: ${describeProgress(progress, now)}` : '';
  if (!isOverdue) return well(name, abort ? `${text}, and the next one goes on${howFar}. ${abort.why}` : `${text}.`);
  return wrong(
    name,
    `${text}. No difference has been mended since.`,
    'Check that the schedule is on, and read the log of reconcile.',
  );
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

function notifyCheck({ receivers }: Findings): Check {
  const name = 'notify';
  if (receivers.length === 0) {
    return well(name, 'Nobody is told of what changes: neither NOTIFY_URL nor SLACK_WEBHOOK_URL is set.');
  }
  const faults = receivers.flatMap(faultsOf);
  const fine = receivers.filter((receiver) => faultsOf(receiver).length === 0).map(describeWell);
  const found = [...faults.map((fault) => fault.found), ...fine].join(' ');
  if (faults.length === 0) return well(name, found);
  return wrong(name, found, [...new Set(faults.map(({ whatToDo }) => whatToDo))].join(' '));
}

function heldChecks(findings: Findings): Check[] {
  const { holds } = findings;
  if (holds.kind !== 'found') {
    return [unknown('held', 'No plan could be made.'), unknown('failing', 'No plan could be made.')];
  }
  const failing = holds.value.filter(({ code }) => code === 'waiting');
  const held = holds.value.filter(({ code }) => code !== 'waiting');
  const counts = [...Map.groupBy(held, ({ code }) => code)].map(([code, each]) => `${code} ${each.length}`);
  const pressing = held.filter((hold) => isPressing(hold, findings.subdomains));
  const found = counts.length === 0 ? 'Nothing is held or left alone.' : `Held or left alone: ${counts.join(', ')}.`;
  return [
    heldCheck('held', found, [...Map.groupBy(pressing, ({ code }) => code).values()]),
    heldCheck(
      'failing',
      failing.length === 0 ? 'No step has failed.' : `${quantity(failing.length, 'domain')} failed last time.`,
      // Of the same remedy, but for the name and the time of the next attempt.
      [...Map.groupBy(failing, ({ reason }) => reason).values()],
    ),
  ];
}

const KINDS_SHOWN = 5;

/** `kinds`: holds that need a person, those of one kind together. Each kind has a remedy of its own, so each is shown by its first. */
function heldCheck(name: CheckName, found: string, kinds: readonly (readonly Hold[])[]): Check {
  const shown = kinds
    .slice(0, KINDS_SHOWN)
    .flatMap((kind) => kind.slice(0, 1).map((first) => ({ first, more: kind.length - 1 })));
  if (shown.length === 0) return well(name, found);
  const reasons = shown.map(({ first: { reason }, more }) =>
    more > 0 ? `${reason} (And ${more} more like it.)` : reason,
  );
  const left =
    kinds.length > KINDS_SHOWN ? ` And ${quantity(kinds.length - KINDS_SHOWN, 'more kind')}: see "plan".` : '';
  const isOneCode = new Set(shown.map(({ first }) => first.code)).size === 1;
  const remedies = shown.map(({ first: { code, whatToDo } }) => (isOneCode ? whatToDo : `${code}: ${whatToDo}`));
  return wrong(name, `${found} ${reasons.join(' ')}${left}`, [...new Set(remedies)].join(' '));
}
