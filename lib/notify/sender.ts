/** Sends events out to receivers. */
import type { SendResult } from '../core/report/delivery.ts';
import type { OutgoingEvent } from '../core/report/outgoing.ts';
import type { Clock } from '../util/clock.ts';
import { type LinkFor, messageFor } from './message.ts';
import { type PostOptions, post } from './post.ts';
import { type NotifySettings, type Receiver, secretsOfReceivers } from './settings.ts';

/** Never throws. `signal` ends it before its ten seconds are over. */
export type Send = (receiver: Receiver, event: OutgoingEvent, signal?: AbortSignal) => Promise<SendResult>;

/** `mrc`: options that name this service to that command, for texts that people read. */
export function sender(
  settings: NotifySettings,
  {
    clock,
    mrc,
    linkFor,
    ...more
  }: { readonly clock: Clock; readonly mrc: string; readonly linkFor?: LinkFor } & Pick<
    PostOptions,
    'resolve' | 'longestMs'
  >,
): Send {
  const secrets = secretsOfReceivers(settings);
  return async (receiver, event, signal) => {
    const now = clock.now();
    const message = messageFor(receiver, event, { now, mrc, ...(linkFor && { linkFor }) });
    return post(new URL(receiver.url.reveal()), message, { ...more, reach: settings.reach, secrets, now, signal });
  };
}
