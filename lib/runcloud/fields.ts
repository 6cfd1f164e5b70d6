/** What several of RunCloud's answers and addresses are made of. */
import * as z from 'zod';

/** A flag as answers have it: `0`/`1`, a boolean, or either as a text. */
export const flag = z
  .union([z.boolean(), z.number(), z.enum(['0', '1', 'true', 'false'])])
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true');

/** An id, now and then as a text. */
export const id = z.coerce.number().int().positive();

/**
 * Takes an id for a path; returns it. Throws RangeError where it is none: a path is never built around anything else, as
 * another client sent `DELETE …/domains/` with an empty one.
 */
export function positive(id: number): number {
  if (!Number.isInteger(id) || id < 1) throw new RangeError(`a RunCloud id is a positive whole number, not ${id}`);
  return id;
}
