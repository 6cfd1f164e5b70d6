import type { Finding } from './findings.ts';

export function well(name: CheckName, found: string): Check {
  return { name, verdict: 'ok', found };
}

export function unknown(name: CheckName, found: string): Check {
  return { name, verdict: 'unknown', found };
}

export function wrong(name: CheckName, found: string, whatToDo: string): Check {
  return { name, verdict: 'wrong', found, whatToDo };
}

/** RunCloud or the network answered, and the answer shows a fault. */
export type CheckFailure = { readonly found: string; readonly whatToDo: string };

/** `describe` returns a sentence where the answer is as it should be, else what is wrong. */
export function check<T>(name: CheckName, finding: Finding<T>, describe: (value: T) => string | CheckFailure): Check {
  if (finding.kind !== 'found') return unanswered(name, finding);
  const described = describe(finding.value);
  return typeof described === 'string' ? well(name, described) : wrong(name, described.found, described.whatToDo);
}

export type Unanswered = Exclude<Finding<never>, { kind: 'found' }>;

/** A question that was skipped is not a fault of its own: another check names the fault. */
export function unanswered(name: CheckName, finding: Unanswered): Check {
  if (finding.kind === 'skipped') return unknown(name, finding.why);
  return wrong(name, finding.why, finding.whatToDo);
}

export type CheckName =
  | 'settings'
  | 'ledger'
  | 'process'
  | 'policy'
  | 'runcloud'
  | 'runcloud-token'
  | 'runcloud-plan'
  | 'runcloud-server'
  | 'runcloud-application'
  | 'runcloud-domains'
  | 'runcloud-limit'
  | 'runcloud-quota'
  | 'network'
  | 'network-lists'
  | 'network-host'
  | 'network-events'
  | 'certificates'
  | 'server-addresses'
  | 'server-tls'
  | 'webhook-secret'
  | 'clock'
  | 'dns'
  | 'last-reconcile'
  | 'lease'
  | 'dead-letters'
  | 'notify'
  | 'held'
  | 'failing';

/** `unknown`: the check could not be made, because of what another check found. */
export type Check = {
  readonly name: CheckName;
  readonly verdict: 'ok' | 'wrong' | 'unknown';
  readonly found: string;
  readonly whatToDo?: string;
};
