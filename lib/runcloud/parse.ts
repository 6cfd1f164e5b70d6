import type * as z from 'zod';
import { RunCloudError } from './error.ts';

/**
 * `what` names the answer in the error, such as "the list of domains".
 * @throws RunCloudError if the body has another form than the documented one
 */
export function parseAs<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new RunCloudError(
    'unreadable',
    `RunCloud's answer for ${what} does not have the documented form (${where === '' ? 'at the top' : `at ${where}`}).`,
    'If it stays, the API has changed: look for a newer version of this service.',
  );
}
