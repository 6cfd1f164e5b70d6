/** An event out as each receiver takes it. */
import { noticeOf } from '../core/report/notice.ts';
import type { OutgoingEvent } from '../core/report/outgoing.ts';
import { SECOND } from '../core/values/time.ts';
import { signatureHeader } from '../intake/signature.ts';
import type { Receiver } from './settings.ts';

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

/** `now`: of this attempt (epoch ms). `mrc`: options that name the service to that command. */
export function messageFor(
  receiver: Receiver,
  event: OutgoingEvent,
  { now, mrc }: { now: number; mrc: string },
): Message {
  if (receiver.name === 'slack') return { headers: {}, body: json({ text: noticeOf(event, mrc) }) };
  const { type, detail } = event;
  const body = json({ type, timestamp: detail.at, data: detail });
  const timestamp = String(Math.floor(now / SECOND));
  const signatures = receiver.keys.map((key) => signatureHeader(key, detail.id, timestamp, body));
  const headers = {
    'webhook-id': detail.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
  return { headers, body };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
