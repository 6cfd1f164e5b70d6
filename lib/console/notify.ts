/** `notify`: a test message, on the way that every event out takes. */
import { pauseOf } from '../core/report/delivery.ts';
import { labelOf, type ReceiverStanding } from '../core/report/receivers.ts';
import { type IsoTime, iso } from '../core/values/time.ts';
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
  const now = clock.now();
  const to = all.map((each) => ({ receiver: each.name, host: each.host, ...wayTo(each, now) }));
  const id = `test-${newId()}`;
  try {
    await tell([{ type: 'notify.test', detail: { id, at: iso(now), before: {}, after: {} } }]);
  } catch (error) {
    return { ...refuse(`The test message could not be put on its way: ${messageOf(error)}.`), to };
  }
  return { ok: to.some(({ state }) => state === 'on'), summary: summaryOf(all, now), id, to };
}

/** `until`: it pauses so long. */
type Way = { readonly state: 'on' | 'off' } | { readonly state: 'waits'; readonly until: IsoTime };

function wayTo({ state }: ReceiverStanding, now: number): Way {
  if (state.off) return { state: 'off' };
  const pause = pauseOf(state, now);
  return pause ? { state: 'waits', until: pause.nextAt } : { state: 'on' };
}

function summaryOf(all: readonly ReceiverStanding[], now: number): string {
  const on = all.filter((each) => wayTo(each, now).state === 'on').map(labelOf);
  const off = all.filter(({ state }) => state.off).map(labelOf);
  const waits = all.flatMap((each) => {
    const way = wayTo(each, now);
    return way.state === 'waits' ? [`For ${labelOf(each)}, which fails, it waits until ${way.until}.`] : [];
  });
  const begin = waits.length > 0 ? 'The test message reaches nobody yet.' : 'Nobody gets the test message.';
  return [
    on.length > 0 ? `A test message is on its way to ${on.join(' and ')}.` : begin,
    ...(off.length > 0 ? [`Not to ${off.join(' and ')}, which is switched off since it answered 410.`] : []),
    ...waits,
    ...(waits.length > 0 ? ['Once that is mended, a restart of the service on one machine ends the wait.'] : []),
    on.length > 0
      ? 'If it does not arrive within a minute, {"action":"doctor"} says why.'
      : '{"action":"doctor"} says what to do.',
  ].join(' ');
}
