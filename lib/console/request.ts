/** The actions an operator can ask for. */
import * as z from 'zod';
import { MOST_LINK_DAYS } from '../pages/link.ts';
import { EVENT_FILTER, LIST_FILTER } from './filters.ts';

const text = z.string('must be text');
const DOMAINS = 'must be a list of domains, or "all"';
const DAYS = `must be a whole number from 1 to ${MOST_LINK_DAYS}`;
const DOMAIN_LIST = z.union([z.literal('all'), z.array(text).min(1, DOMAINS)], DOMAINS);
const ACTIONS = {
  // What the schedule sends. Whoever asks by hand wants RunCloud to be looked at.
  reconcile: z.strictObject({ action: z.literal('reconcile'), by: z.optional(z.literal('schedule')) }),
  plan: z.strictObject({ action: z.literal('plan'), adopt: z.optional(DOMAIN_LIST) }),
  apply: z.strictObject({
    action: z.literal('apply'),
    checksum: z
      .string('must be the checksum of a plan')
      .regex(/^[0-9a-f]{16}$/, 'must be the 16 digits that "plan" shows as its checksum'),
  }),
  verify: z.strictObject({ action: z.literal('verify'), domain: text }),
  map: z.strictObject({ action: z.literal('map'), domain: text }),
  unmap: z.strictObject({ action: z.literal('unmap'), domain: text }),
  adopt: z.strictObject({
    action: z.literal('adopt'),
    domains: DOMAIN_LIST,
  }),
  status: z.strictObject({ action: z.literal('status'), ...LIST_FILTER }),
  doctor: z.strictObject({ action: z.literal('doctor') }),
  quota: z.strictObject({ action: z.literal('quota') }),
  events: z.strictObject({ action: z.literal('events'), ...EVENT_FILTER }),
  notify: z.strictObject({ action: z.literal('notify') }),
  link: z.strictObject({
    action: z.literal('link'),
    domain: text,
    days: z.optional(z.int(DAYS).min(1, DAYS).max(MOST_LINK_DAYS, DAYS)),
  }),
};

type ActionName = keyof typeof ACTIONS;
export type ConsoleRequest = { [Name in ActionName]: z.infer<(typeof ACTIONS)[Name]> }[ActionName];

const EXAMPLES: Readonly<Record<ActionName, string>> = {
  reconcile: '{"action":"reconcile"}',
  plan: '{"action":"plan"}',
  apply: '{"action":"apply","checksum":"0123456789abcdef"}',
  verify: '{"action":"verify","domain":"shop.example"}',
  map: '{"action":"map","domain":"shop.example"}',
  unmap: '{"action":"unmap","domain":"shop.example"}',
  adopt: '{"action":"adopt","domains":["shop.example"]}',
  status: '{"action":"status"}',
  doctor: '{"action":"doctor"}',
  quota: '{"action":"quota"}',
  events: '{"action":"events","domain":"shop.example"}',
  notify: '{"action":"notify"}',
  link: '{"action":"link","domain":"shop.example"}',
};

/** A string explains to the operator what is wrong, and shows what would be right. */
export function parseRequest(payload: unknown): ConsoleRequest | string {
  const known = `The known actions are ${Object.values(EXAMPLES).join(', ')}.`;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return `Send a JSON object. ${known}`;
  const { action } = payload as { action?: unknown };
  if (typeof action !== 'string' || !Object.hasOwn(ACTIONS, action)) {
    return `${action === undefined ? 'There is no "action" in it.' : `The action ${JSON.stringify(action)} is unknown.`} ${known}`;
  }
  const name = action as ActionName;
  const parsed = ACTIONS[name].safeParse(payload);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.map((key) => JSON.stringify(key)).join(', ')} does not belong there`
      : `"${issue.path.join('.')}" ${Object.hasOwn(payload, issue.path[0] ?? '') ? issue.message : 'is missing'}`,
  );
  return `The action "${name}" was not understood: ${faults.join('; ')}. Right is ${EXAMPLES[name]}.`;
}
