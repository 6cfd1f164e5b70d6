/**
 * The planner: from current to desired state.
 *
 * Each domain is planned by itself (rows.ts). Then come the rules that look at all of them together: the last domain stays, the
 * brake, and certificates, whose limits at Let's Encrypt are counted over all domains. Pure: same input, same plan.
 */
import type { RecordUpdate } from '../domain/record.ts';
import { ActualIndex } from '../domain/runcloud-domain.ts';
import { brake } from './brake.ts';
import { planCertificates, type Served } from './certificates.ts';
import { planChecksum } from './checksum.ts';
import { cautionOf, desiredStateOf, mappedIn } from './desired.ts';
import { type Hold, holds } from './hold.ts';
import type { PlanInput } from './input.ts';
import { type Row, RowPlanner } from './rows.ts';
import { byName, type RemoveStep, type Step, sortSteps } from './step.ts';

export type Plan = {
  /** What may be done now, in the order of doing: sorted by action, then by name. */
  readonly steps: readonly Step[];
  /** Removals that wait for an explicit `apply` of this very plan; each has its hold below. */
  readonly braked: readonly RemoveStep[];
  readonly holds: readonly Hold[];
  /** What the ledger is to remember of domains because of what the network says. */
  readonly updates: readonly RecordUpdate[];
  /** Why the network's word counts for adding at most, where that is so. */
  readonly caution: string | undefined;
  /** Fingerprint of `steps` and `braked`: equal for two plans that do the same, whenever they are made. */
  readonly checksum: string;
};

export function plan(input: PlanInput): Plan {
  const rows = collect(planRows(input));
  const { removals, spared } = spareLastDomain(rows.removals, input);
  const verdict = brake(removals.length, input.counts, input.settings.brake);
  const braked = verdict.kind === 'held' ? removals : [];
  const brakeHolds = verdict.kind === 'held' ? removals.map(({ domain }) => holds.brake(domain, verdict.numbers)) : [];
  const certificates = planCertificates(rows.served, input);
  const free = verdict.kind === 'held' ? [] : removals;
  const steps = sortSteps([...rows.steps, ...free, ...certificates.steps]);
  return {
    steps,
    braked,
    holds: [...rows.holds, ...spared, ...brakeHolds, ...certificates.holds].sort(byName),
    updates: rows.updates.sort(byName),
    caution: cautionOf(input.desired),
    checksum: planChecksum([...steps, ...braked]),
  };
}

function* planRows(input: PlanInput): Generator<Row> {
  const { desired, ledger, actual } = input;
  const index = new ActualIndex(actual);
  const mapped = mappedIn(desired);
  const planner = new RowPlanner(input);
  for (const record of ledger.values()) {
    yield planner.row(record, desiredStateOf(record, desired, mapped), index.take(record.domain));
  }
  for (const [domain, namedAs] of mapped) {
    if (ledger.has(domain)) continue;
    yield planner.row({ domain, request: undefined, state: {} }, { kind: 'mapped', namedAs }, index.take(domain));
  }
  for (const object of index.untaken()) yield planner.unmanaged(object);
}

type Collected = {
  /** All but the removals. */
  readonly steps: Step[];
  /** By name. */
  readonly removals: RemoveStep[];
  readonly holds: Hold[];
  readonly updates: RecordUpdate[];
  readonly served: Served[];
};

function collect(rows: Iterable<Row>): Collected {
  const all: Collected = { steps: [], removals: [], holds: [], updates: [], served: [] };
  for (const row of rows) {
    for (const step of row.steps) {
      if (step.action === 'remove') all.removals.push(step);
      else all.steps.push(step);
    }
    for (const hold of row.holds) all.holds.push(hold);
    for (const update of row.updates) all.updates.push(update);
    if (row.served) all.served.push(row.served);
  }
  all.removals.sort(byName);
  return all;
}

/** The primary domain stays in any case. Early API v2 does not say which one that is: there the last object stays. */
function spareLastDomain(
  removals: readonly RemoveStep[],
  { actual, counts }: PlanInput,
): { readonly removals: readonly RemoveStep[]; readonly spared: readonly Hold[] } {
  const hasPrimary = actual.some((object) => object.type === 'primary');
  if (hasPrimary || removals.length < counts.present) return { removals, spared: [] };
  const going = Math.max(0, counts.present - 1);
  return {
    removals: removals.slice(0, going),
    spared: removals.slice(going).map(({ domain }) => holds.lastDomain(domain)),
  };
}
