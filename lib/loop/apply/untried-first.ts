import { type DomainRecord, standingFailure } from '../../core/domain/record.ts';
import { placeOf, type RunCloudStep } from '../../core/plan/step.ts';
import type { Records } from '../../ledger/ledger.ts';

/**
 * Among the steps of a kind those come last that were attempted in vain, the latest attempt at the end. A step may end the run, or the
 * steps of its kind, by an answer that is about its domain alone: in the order of names the next run would begin with it again, and never
 * come to the others.
 */
export function untriedFirst(steps: readonly RunCloudStep[], records: Records): RunCloudStep[] {
  const tried = new Map(steps.map((step) => [step, triedAt(step, records.get(step.domain))]));
  const triedOf = (step: RunCloudStep): string => tried.get(step) ?? '';
  const kinds = [...Map.groupBy(steps, placeOf).values()];
  return kinds.flatMap((kind) => kind.toSorted((a, b) => triedOf(a).localeCompare(triedOf(b))));
}

/** ISO 8601, or empty. For a change of the domain it is when the next attempt was due, which tells as well which one was the latest. */
function triedAt({ action }: RunCloudStep, record: DomainRecord | undefined): string {
  if (!record) return '';
  if (action !== 'issue') return standingFailure(record)?.dueAt ?? '';
  const { issuance } = record.state;
  const last = issuance && issuance.attempts > 0 ? issuance.requests.at(-1)?.at : undefined;
  return (
    [last, issuance?.obstacle?.at]
      .filter((at) => at !== undefined)
      .sort()
      .at(-1) ?? ''
  );
}
