/** An answer of the service, read. */
import type * as z from 'zod';
import { type AnyAnswer, SCHEMAS } from '../lib/console/schemas.ts';
import { printableIn } from '../lib/util/outside-text.ts';
import { CouldNotAskError, type Service } from './service/service.ts';

export * from '../lib/console/schemas.ts';

/** `refused`: it was asked, and answered without what it was asked for. Its summary says why. */
export type Asked<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'refused'; readonly answer: AnyAnswer };

/** @throws CouldNotAskError where it is no answer of this service */
export function readAnswer<Schema extends z.ZodType<AnyAnswer>>(
  answer: unknown,
  schema: Schema,
  { place }: Pick<Service, 'place'>,
): Asked<z.infer<Schema>> {
  // Whatever answers: nothing in it is a command to the terminal.
  const parsed = schema.safeParse(printableIn(answer));
  if (parsed.success) return { kind: 'answered', answer: parsed.data };
  const said = SCHEMAS.any.safeParse(printableIn(answer));
  if (said.success && !said.data.ok) return { kind: 'refused', answer: said.data };
  throw new CouldNotAskError(
    `The answer of ${place} is not understood: "${parsed.error.issues[0]?.path.join('.')}" is not as expected.`,
    'Its version is probably another than that of mrc. --json shows the answer as it is.',
  );
}
