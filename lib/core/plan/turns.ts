/**
 * The order in which a run carries out its steps. Time or RunCloud's limit may end a run early, so the kinds of steps take turns: a
 * thousand updates keep no certificate and no removal waiting, and the next run begins with a turn of each kind again.
 *
 * An add comes before the removals of its turn. So a renamed site is never without a name, unless a plan adds more than a turn: that is
 * an import.
 */
import { placeOf, type Step } from './step.ts';

// A turn of every kind takes up to 90 requests, which is a minute and a half of RunCloud's 60 a minute.
const TURN = 10;

/** `steps` are in the order of `sortSteps`, and stay so within their kind. */
export function inTurns<S extends Step>(steps: readonly S[]): S[] {
  const kinds = [...Map.groupBy(steps, placeOf).values()];
  const turns = Math.max(0, ...kinds.map((kind) => Math.ceil(kind.length / TURN)));
  return Array.from({ length: turns }, (_, turn) =>
    kinds.flatMap((kind) => kind.slice(turn * TURN, (turn + 1) * TURN)),
  ).flat();
}
