import { MINUTE } from '../core/values/time.ts';

/** How often the schedule starts `reconcile` (ms). The same as in infra/triggers.ts. */
export const RECONCILE_EVERY_MS = 10 * MINUTE;
