import { quantity } from '../values/text.ts';
import type { Check } from './check.ts';
import type { Findings } from './findings.ts';
import { networkChecks } from './network.ts';
import { certificateChecks, runcloudChecks } from './runcloud.ts';
import { policyCheck, runChecks, setUpChecks } from './service.ts';

/** Takes what was found; returns every check, in the order in which one would mend things. */
export function diagnose(findings: Findings): Check[] {
  return [
    policyCheck(findings),
    ...runcloudChecks(findings),
    ...networkChecks(findings),
    ...certificateChecks(findings),
    ...setUpChecks(findings),
    ...runChecks(findings),
  ];
}

/** Takes the checks; returns them in a sentence or two. */
export function summariseChecks(checks: readonly Check[]): string {
  const faults = checks.filter((check) => check.verdict === 'wrong');
  const open = checks.filter((check) => check.verdict === 'unknown').length;
  const left = open > 0 ? ` ${quantity(open, 'check')} could not be made because of that.` : '';
  const [first] = faults;
  if (!first) return `All ${checks.length} checks are well.`;
  return `${faults.length} of ${quantity(checks.length, 'check')} found something wrong: ${faults.map(({ name }) => name).join(', ')}.${left} Begin with ${first.name}: ${first.found}${first.whatToDo ? ` ${first.whatToDo}` : ''}`;
}
