/** RunCloud's answers against the form that is documented for them. */
import type * as z from 'zod';
import { RunCloudError } from './error.ts';

/** Takes the form, the body of an answer and what it is about, in words; returns it typed. Throws RunCloudError. */
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
