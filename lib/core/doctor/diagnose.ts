import { quantity } from '../values/text.ts';
import type { Check } from './check.ts';
import type { Findings } from './findings.ts';
import { networkChecks } from './network.ts';
import { certificateChecks, runcloudChecks } from './runcloud.ts';
import { ownChecks, policyCheck, runChecks, setUpChecks } from './service.ts';

/** Every check, in the order in which to mend things: what comes first may explain what comes after it. */
export function diagnose(findings: Findings): Check[] {
  return [
    ...ownChecks(findings),
    policyCheck(findings),
    ...runcloudChecks(findings),
    ...networkChecks(findings),
    ...certificateChecks(findings),
    ...setUpChecks(findings),
    ...runChecks(findings),
  ];
}

/** Names the first fault and what to do about it, because the others may follow from it. */
export function summariseChecks(checks: readonly Check[]): string {
  const faults = checks.filter((check) => check.verdict === 'wrong');
  const open = checks.filter((check) => check.verdict === 'unknown').length;
  const skipped = open > 0 ? ` ${quantity(open, 'check')} could not be made because of that.` : '';
  const [first] = faults;
  if (!first) return `All ${checks.length} checks are well.`;
  return `${faults.length} of ${quantity(checks.length, 'check')} found something wrong: ${faults.map(({ name }) => name).join(', ')}.${skipped} Begin with ${first.name}: ${first.found}${first.whatToDo ? ` ${first.whatToDo}` : ''}`;
}
