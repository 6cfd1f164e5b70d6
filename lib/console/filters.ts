/** What rows and events can be chosen by. The function `query` reads it at each start, so it stands apart from what answers. */
import * as z from 'zod/mini';
import { FILTER_STATES } from '../core/report/state-names.ts';

const count = z.number().check(z.int('must be a whole number'), z.nonnegative('must not be negative'));

/** The fields of `status` that choose which rows it shows. */
export const LIST_FILTER = {
  state: z.optional(
    z.array(
      z.enum(FILTER_STATES, `must be a list of ${FILTER_STATES.join(', ')}`),
      `must be a list of ${FILTER_STATES.join(', ')}`,
    ),
  ),
  search: z.optional(z.string('must be text')),
  from: z.optional(count),
  limit: z.optional(count),
};

/** The fields of `events` beside its name. */
export const EVENT_FILTER = {
  /** Absent: of all domains, and of the application. */
  domain: z.optional(z.string('must be text')),
  /** How many at most. */
  limit: z.optional(z.number().check(z.int('must be a whole number'), z.positive('must be 1 at least'))),
};
