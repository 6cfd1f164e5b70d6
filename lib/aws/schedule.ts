import { MINUTE } from '../core/values/time.ts';

/** How often the schedule starts `reconcile` (ms), as infra/triggers.ts makes it. */
export const RECONCILE_EVERY_MS = 10 * MINUTE;
