/** Fields that several of RunCloud's answers share. */
import * as z from 'zod';

/** RunCloud sends 0 and 1, booleans, or either as a text. */
export const flag = z
  .union([z.boolean(), z.number(), z.enum(['0', '1', 'true', 'false'])])
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true');

/** RunCloud sends ids as numbers, and now and then as texts. */
export const id = z.coerce.number().int().positive();

/**
 * An id for a path. Every path is built with it: another client once sent `DELETE …/domains/`, with an empty id.
 * @throws RangeError if it is none
 */
export function positive(id: number): number {
  if (!Number.isInteger(id) || id < 1) throw new RangeError(`a RunCloud id is a positive whole number, not ${id}`);
  return id;
}
