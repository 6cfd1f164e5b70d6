/** An event out as each receiver takes it. */
import { noticeOf } from '../core/report/notice.ts';
import type { OutgoingEvent } from '../core/report/outgoing.ts';
import type { HostName } from '../core/values/host-name.ts';
import { DAY, epoch, SECOND } from '../core/values/time.ts';
import { signatureHeader } from '../intake/signature.ts';
import { LINK_DAYS } from '../pages/link.ts';
import type { Receiver } from './settings.ts';

/** Undefined: customers cannot reach the service. `expiresAt` in epoch ms. */
export type LinkFor = (link: { readonly domain: HostName; readonly expiresAt: number }) => string | undefined;

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

/**
 * `now`: of this attempt (epoch ms). `mrc`: options that name the service to that command. `linkFor`: to the page of a customer.
 */
export function messageFor(
  receiver: Receiver,
  event: OutgoingEvent,
  { now, mrc, linkFor }: { now: number; mrc: string; linkFor?: LinkFor },
): Message {
  const link = pageLink(event, linkFor);
  if (receiver.name === 'slack') return { headers: {}, body: json({ text: noticeOf(event, mrc, link) }) };
  const { type, detail } = event;
  const body = json({ type, timestamp: detail.at, data: { ...detail, ...(link !== undefined && { link }) } });
  const timestamp = String(Math.floor(now / SECOND));
  const signatures = receiver.keys.map((key) => signatureHeader(key, detail.id, timestamp, body));
  const headers = {
    'webhook-id': detail.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
  return { headers, body };
}

/** The same at each attempt. What is not on RunCloud any more has nothing to show. */
function pageLink({ type, detail }: OutgoingEvent, linkFor: LinkFor | undefined): string | undefined {
  if (!('domain' in detail) || type === 'domain.removed') return undefined;
  return linkFor?.({ domain: detail.domain, expiresAt: epoch(detail.at) + LINK_DAYS * DAY });
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
