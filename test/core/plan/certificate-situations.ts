/** Set-up of the tests about the planner and certificates. */
import type { CertificateMode } from '../../../lib/core/certificates/mode.ts';
import type { DomainState } from '../../../lib/core/domain/record.ts';
import type { ActualDomain } from '../../../lib/core/domain/runcloud-domain.ts';
import { type Plan, plan } from '../../../lib/core/plan/plan.ts';
import type { IssueStep } from '../../../lib/core/plan/step.ts';
import type { ProbeState } from '../../../lib/core/probe/result.ts';
import {
  host,
  input,
  inShort,
  mapRequest,
  object,
  owned,
  PRIMARY,
  probeOf,
  record,
  type Situation,
} from '../builders.ts';

export const WITHOUT = probeOf('pointing', 'none');
export const VALID = probeOf('pointing', 'valid');
export const NETWORK = record(host(PRIMARY.name), mapRequest(), { probe: VALID });

/** Domains that are mapped, on RunCloud and ours, all with the same probe. */
export function alike(
  names: readonly string[],
  probe: ProbeState | undefined,
  more: DomainState = {},
  like: Partial<ActualDomain> = {},
): Required<Pick<Situation, 'objects' | 'records'>> {
  const ids = names.map((_, n) => 100 + n);
  return {
    objects: [PRIMARY, ...names.map((name, n) => object(name, { id: ids[n] as number, ...like }))],
    records: [
      NETWORK,
      ...names.map((name, n) =>
        record(host(name), mapRequest(), { ...owned(ids[n]), ...(probe && { probe }), ...more }),
      ),
    ],
  };
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `n${String(n).padStart(3, '0')}.example`);
}

export function planOf(situation: Situation, mode?: CertificateMode): Plan {
  return plan(input({ ...situation, certificates: { ...(mode && { mode }), ...situation.certificates } }));
}

export function outcome(...parameters: Parameters<typeof planOf>): string[] {
  return inShort(planOf(...parameters)).filter((line) => !line.endsWith(PRIMARY.name));
}

export function issues(...parameters: Parameters<typeof planOf>): IssueStep[] {
  return planOf(...parameters).steps.filter((step) => step.action === 'issue');
}
