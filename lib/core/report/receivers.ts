/** What people are told of those who are told of events. */

import { quantity } from '../values/text.ts';
import { epoch, HOUR, type IsoTime } from '../values/time.ts';
import type { ReceiverName, ReceiverState } from './delivery.ts';
import type { Problem } from './health.ts';

/** A receiver as its setting says, and how it is. */
export type ReceiverStanding = {
  readonly name: ReceiverName;
  /** The rest of its address may be a secret. */
  readonly host: string;
  readonly state: ReceiverState;
  /** Events that were given up, and lie in the database. Undefined on AWS, where an alarm watches them. */
  readonly undelivered?: Undelivered | undefined;
};

export type Undelivered = {
  readonly count: number;
  readonly last: { readonly at: IsoTime; readonly why: string } | undefined;
};

type Fault = { readonly found: string; readonly whatToDo: string };

export const RECEIVER_SETTINGS: Readonly<Record<ReceiverName, string>> = {
  webhook: 'NOTIFY_URL',
  slack: 'SLACK_WEBHOOK_URL',
};

/** @example `NOTIFY_URL (hooks.example.org)` */
export function labelOf({ name, host }: Pick<ReceiverStanding, 'name' | 'host'>): string {
  return `${RECEIVER_SETTINGS[name]} (${host})`;
}

/** Of a receiver that takes what it is told, or was told nothing yet. */
export function describeWell(standing: ReceiverStanding): string {
  const { deliveredAt } = standing.state;
  return deliveredAt === undefined
    ? `${labelOf(standing)} was told nothing yet.`
    : `${labelOf(standing)} took the last event at ${deliveredAt}.`;
}

/** What is not well about one receiver. */
export function faultsOf(standing: ReceiverStanding): readonly Fault[] {
  const { state, undelivered } = standing;
  const label = labelOf(standing);
  const last =
    state.deliveredAt === undefined ? 'It never took one.' : `It took the last event at ${state.deliveredAt}.`;
  const faults: Fault[] = [];
  if (state.off) {
    faults.push({
      found: `${label} is switched off since ${state.off.at}, because ${state.off.why}: nobody wants to be told there any more. ${last}`,
      whatToDo: `Set ${RECEIVER_SETTINGS[standing.name]} to the address that is right now, or take it out.`,
    });
  } else if (state.failing) {
    const { since, why, nextAt } = state.failing;
    faults.push({
      found: `${label} has not taken an event since ${since}: ${why}. ${last}`,
      whatToDo: `Mend that. It is tried again at ${nextAt}, and each event for a day.`,
    });
  }
  if (!state.off && state.refused) {
    const { id, why, nextAt } = state.refused;
    faults.push({
      found: `${label} does not take the event ${id}: ${why}. Other events do not wait for it.`,
      whatToDo: `Look at the receiver for why it refuses that event. It is tried again at ${nextAt}, and given up after a day.`,
    });
  }
  const givenUp = givenUpOnAws(standing);
  if (givenUp) {
    faults.push({
      found: `The last event for ${label} was given up at ${givenUp.at}, because ${givenUp.why}.`,
      whatToDo: DEAD_LETTERS,
    });
  }
  if (undelivered?.last) {
    const { count } = undelivered;
    faults.push({
      found: `${quantity(count, 'event')} for ${label} could not be delivered and ${count === 1 ? 'was' : 'were'} given up, the last at ${undelivered.last.at}, because ${undelivered.last.why}.`,
      whatToDo: DEAD_LETTERS,
    });
  }
  return faults;
}

/** On AWS the dead letters are not looked at, so one stays until an event is delivered. */
function givenUpOnAws({ state, undelivered }: ReceiverStanding): ReceiverState['givenUp'] {
  const { givenUp, deliveredAt } = state;
  if (undelivered || !givenUp) return undefined;
  return deliveredAt !== undefined && epoch(deliveredAt) >= epoch(givenUp.at) ? undefined : givenUp;
}

const DEAD_LETTERS = 'Read docs/notify.md, "Dead letters": how to read them, and how to delete them.';
/** What fails for less may pass by itself. */
const PATIENCE_MS = HOUR;

/** What a person has to see to. */
export function problemsOfReceivers(standings: readonly ReceiverStanding[], now: number): Problem[] {
  return standings
    .filter((standing) => {
      const { off, failing, refused } = standing.state;
      const failsForLong = [failing, refused].some((each) => each && now - epoch(each.since) >= PATIENCE_MS);
      return off || failsForLong || standing.undelivered?.last || givenUpOnAws(standing);
    })
    .flatMap((standing) => faultsOf(standing).map((fault): Problem => ({ kind: 'notify', ...fault })));
}
