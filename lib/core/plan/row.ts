/** What the plan has for one domain, or for one object that no domain stands for. rows.ts makes them. */
import type { RecordUpdate } from '../domain/record.ts';
import type { Served } from './certificates.ts';
import type { Hold } from './hold.ts';
import type { DueRemoval, Step } from './step.ts';

/** The outcome for one domain. */
export type Row = {
  readonly steps: readonly Exclude<Step, { readonly action: 'remove' }>[];
  /** Apart from the steps: rules about all removals follow, and what proves them. */
  readonly removals: readonly DueRemoval[];
  readonly holds: readonly Hold[];
  readonly updates: readonly RecordUpdate[];
  /** The domain stays as it is on RunCloud: certificates are planned for it. */
  readonly served?: Served;
};

export const NOTHING: Row = { steps: [], removals: [], holds: [], updates: [] };

export function step(each: Row['steps'][number]): Row {
  return { ...NOTHING, steps: [each] };
}

export function hold(each: Hold): Row {
  return { ...NOTHING, holds: [each] };
}
