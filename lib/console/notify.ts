/** `notify`: a test message, on the way that every event out takes. */
import { labelOf, type ReceiverStanding } from '../core/report/receivers.ts';
import { iso } from '../core/values/time.ts';
import type { Dependencies } from '../loop/dependencies.ts';
import { messageOf } from '../util/log.ts';
import { type Answer, refuse } from './answer.ts';

const SET_ONE = 'Set NOTIFY_URL and NOTIFY_SECRET, or SLACK_WEBHOOK_URL: docs/notify.md says how.';

export async function sendTest({
  receivers,
  tell,
  newId,
  clock,
}: Pick<Dependencies, 'receivers' | 'tell' | 'newId' | 'clock'>): Promise<Answer> {
  const all = await receivers();
  if (all.length === 0) return { ...refuse(`No receiver is set, so nobody is told of anything. ${SET_ONE}`), to: [] };
  const to = all.map(({ name, host, state }) => ({ receiver: name, host, state: state.off ? 'off' : 'on' }));
  const id = `test-${newId()}`;
  try {
    await tell([{ type: 'notify.test', detail: { id, at: iso(clock.now()), before: {}, after: {} } }]);
  } catch (error) {
    return { ...refuse(`The test message could not be put on its way: ${messageOf(error)}.`), to };
  }
  const on = all.filter(({ state }) => !state.off);
  return { ok: on.length > 0, summary: summaryOf(all, on), id, to };
}

function summaryOf(all: readonly ReceiverStanding[], on: readonly ReceiverStanding[]): string {
  const off = all.filter((each) => !on.includes(each)).map(labelOf);
  const offToo = off.length === 0 ? '' : ` Not to ${off.join(' and ')}, which is switched off since it answered 410.`;
  if (on.length === 0) return `Nobody gets the test message.${offToo} {"action":"doctor"} says what to do.`;
  return `A test message is on its way to ${on.map(labelOf).join(' and ')}.${offToo} If it does not arrive within a minute, {"action":"doctor"} says why.`;
}
