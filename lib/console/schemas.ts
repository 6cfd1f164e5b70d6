/** What the service answers, as far as people are shown it: by `mrc`, and on the operator's page. A newer service may say more. */
import * as z from 'zod';
import { DOMAIN_STATES } from '../core/report/state-names.ts';

const time = z.string();

const row = z.object({
  domain: z.string(),
  mapping: z.enum(['on RunCloud', 'not on RunCloud']),
  dns: z.string(),
  certificate: z.string(),
  owned: z.boolean(),
  next: z.string(),
  reason: z.optional(z.string()),
  state: z.enum(DOMAIN_STATES),
  since: z.optional(time),
  probed_at: z.optional(time),
  codes: z.optional(z.array(z.string())),
  needs_person: z.optional(z.literal(true)),
});
export type Row = z.infer<typeof row>;

const hold = z.object({ domain: z.string(), code: z.string(), reason: z.string(), what_to_do: z.string() });
export type Hold = z.infer<typeof hold>;
const step = z.object({ action: z.string(), domain: z.string(), why: z.string() });
export type Step = z.infer<typeof step>;
const record = z.object({
  type: z.string(),
  name: z.string(),
  value: z.string(),
  now: z.string(),
  ok: z.boolean(),
});
export type DnsRecord = z.infer<typeof record>;
const need = z.object({
  code: z.string(),
  count: z.number(),
  domains: z.array(z.string()),
  found: z.string(),
  what_to_do: z.string(),
});
export type Need = z.infer<typeof need>;

/** Of a run that is at work, or that goes on with the next one. */
const progress = z.object({
  done: z.number(),
  of: z.number(),
  started_at: time,
  seconds_left: z.optional(z.number()),
});
export type Progress = z.infer<typeof progress>;

/** One of the last over all domains. */
const run = z.object({
  at: time,
  took_ms: z.number(),
  done: z.number(),
  held: z.number(),
  failed: z.number(),
  aborted: z.optional(z.string()),
  progress: z.optional(z.literal(true)),
});
export type ListedRun = z.infer<typeof run>;

const day = z.object({ day: z.string(), calls: z.number(), on: z.record(z.string(), z.number()) });
export type DayOfCalls = z.infer<typeof day>;

/** Sentences about the network's lists: why they lead to no removal, or which rows are not understood. */
const remarks = z.optional(z.array(z.string()));

const any = z.object({ ok: z.boolean(), summary: z.string(), busy: z.optional(z.boolean()) });
export type AnyAnswer = z.infer<typeof any>;

export const SCHEMAS = {
  any,
  status: any.extend({
    domains: z.array(row),
    matching: z.number(),
    counts: z.record(z.enum(DOMAIN_STATES), z.number()),
    needs: z.array(need),
    due: z.number(),
    asked_at: time,
    last_run_at: z.optional(time),
    list: z.optional(z.object({ read_at: time, next_at: time })),
    run: z.optional(z.string()),
    progress: z.optional(progress),
    // A service before version 0.3.0 kept none.
    runs: z.optional(z.array(run)),
  }),
  domain: any.extend({
    ...row.shape,
    asked_at: time,
    run: z.optional(z.string()),
    holds: z.array(hold),
    steps: z.array(step.omit({ domain: true })),
    records: z.array(record),
  }),
  verified: any.extend({ ...row.omit({ state: true }).shape, holds: z.array(hold), records: z.array(record) }),
  plan: any.extend({
    // Absent where the plan was too long to be carried whole.
    checksum: z.optional(z.string()),
    steps: z.array(step),
    braked: z.array(step),
    holds: z.array(hold),
    policy: z.string(),
    takes_seconds: z.number(),
    needs_person: z.record(z.string(), z.number()),
    remarks,
  }),
  adoption: any.extend({ remarks, steps: z.array(step), holds: z.array(hold), follows: z.array(step) }),
  run: any.extend({
    done: z.array(step),
    held: z.array(hold),
    failed: z.array(
      z.object({
        domain: z.string(),
        action: z.string(),
        why: z.string(),
        what_to_do: z.string(),
        due_at: z.string(),
      }),
    ),
    writes: z.number(),
    progress: z.optional(progress),
    remarks,
  }),
  checks: any.extend({
    checks: z.array(
      z.object({ name: z.string(), ok: z.boolean(), found: z.string(), what_to_do: z.optional(z.string()) }),
    ),
  }),
  events: any.extend({
    events: z.array(
      z.object({
        at: time,
        type: z.string(),
        domain: z.optional(z.string()),
        domains: z.optional(z.array(z.string())),
        reason: z.optional(z.string()),
      }),
    ),
    matching: z.number(),
  }),
  link: any.extend({ url: z.string() }),
  quota: any.extend({
    used: z.number(),
    on: z.record(z.string(), z.number()),
    a_day: z.record(z.string(), z.number()),
    since: time,
    reset_at: time,
    quota: z.optional(z.number()),
    percent: z.optional(z.number()),
    runs_out_at: z.optional(time),
    days: z.optional(z.array(day)),
  }),
};

export type StatusAnswer = z.infer<typeof SCHEMAS.status>;
export type DomainAnswer = z.infer<typeof SCHEMAS.domain>;
export type PlanAnswer = z.infer<typeof SCHEMAS.plan>;
export type RunAnswer = z.infer<typeof SCHEMAS.run>;
export type ChecksAnswer = z.infer<typeof SCHEMAS.checks>;
export type EventsAnswer = z.infer<typeof SCHEMAS.events>;
export type QuotaAnswer = z.infer<typeof SCHEMAS.quota>;
