/** How the checks of the doctor are put: one way each for what is well, wrong, and could not be told. */
import type { Finding } from './findings.ts';

/** Takes a name and what was found, which is as it should be; returns the check. */
export function well(name: CheckName, found: string): Check {
  return { name, verdict: 'ok', found };
}

/** Takes a name and why the check could not be made; returns the check. */
export function unknown(name: CheckName, found: string): Check {
  return { name, verdict: 'unknown', found };
}

/** Takes a name, what was found and what to do about it; returns the check. */
export function wrong(name: CheckName, found: string, whatToDo: string): Check {
  return { name, verdict: 'wrong', found, whatToDo };
}

/** A finding that is a fault all the same. */
export type CheckFailure = { readonly found: string; readonly whatToDo: string };

/** Takes a name, a finding and what says it in words; returns the check: a finding that failed is what is wrong. */
export function check<T>(name: CheckName, finding: Finding<T>, say: (value: T) => string | CheckFailure): Check {
  if (finding.kind !== 'found') return unanswered(name, finding);
  const said = say(finding.value);
  return typeof said === 'string' ? well(name, said) : wrong(name, said.found, said.whatToDo);
}

/** What came of asking where nothing was found. */
export type Unanswered = Exclude<Finding<never>, { kind: 'found' }>;

/** Takes a name and what came of asking; returns the check. */
export function unanswered(name: CheckName, finding: Unanswered): Check {
  if (finding.kind === 'skipped') return unknown(name, finding.why);
  return wrong(name, finding.why, finding.whatToDo);
}

export type CheckName =
  | 'settings'
  | 'ledger'
  | 'policy'
  | 'runcloud-token'
  | 'runcloud-plan'
  | 'runcloud-server'
  | 'runcloud-application'
  | 'runcloud-domains'
  | 'runcloud-limit'
  | 'network'
  | 'network-lists'
  | 'network-host'
  | 'certificates'
  | 'server-tls'
  | 'webhook-secret'
  | 'clock'
  | 'dns'
  | 'last-reconcile'
  | 'lease'
  | 'held'
  | 'failing';

/** `unknown`: it could not be made, because of what another check says. */
export type Check = {
  readonly name: CheckName;
  readonly verdict: 'ok' | 'wrong' | 'unknown';
  readonly found: string;
  readonly whatToDo?: string;
};
