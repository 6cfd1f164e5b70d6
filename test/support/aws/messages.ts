/**
 * EventBridge and SQS in this process: a bus with one rule to one queue, with what both promise and no more. Messages
 * come at least once, in any order, again when they were not deleted in time, and end among the dead after eight
 * deliveries.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { iso, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import type { Clock } from '../../../lib/util/clock.ts';

export type QueueMessage = { readonly messageId: string; readonly body: string };

/** As Lambda hands it to a function. The receipt handle is good until the message is received again. */
export type ReceivedMessage = QueueMessage & {
  readonly receiptHandle: string;
  readonly attributes: SQSRecord['attributes'];
};

/** `queue`: of sync, or of notify, whose messages go by no bound of deliveries. */
type QueueName = 'sync' | 'notify';
type Stored = QueueMessage & {
  readonly queue: QueueName;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
};
type Body = Readonly<Record<string, unknown>>;
type Change = { readonly Id: string; readonly ReceiptHandle: string; readonly VisibilityTimeout: number };
type Entry = { readonly DetailType?: string; readonly Detail?: string; readonly Source?: string };

/** The deployment's: six times as long as `sync` may take, and the window of a batch. */
export const VISIBILITY_MS = 13 * MINUTE;
const MOST_RECEIVES = 8;
const MOST_IN_A_BATCH = 10;
const LONGEST_VISIBILITY_SECONDS = 43_200;
const BATCH = 100;
const NOTIFY_BATCH = 10;
const LONGEST_DELAY_SECONDS = 900;
const MOST_ENTRIES = 10;
const LONGEST_ENTRIES_BYTES = 256 * 1024;
/** What the deployment's rule sends to the queue. */
const TO_QUEUE = ['domain.mapped', 'domain.unmapped'];

export type MessagesOptions = {
  readonly clock: Clock;
  /** From 0 to 1: for order, and for what is late or twice. */
  readonly chance: () => number;
  /** Share of the events that are delivered twice, and that come late. */
  readonly twice?: number;
  readonly late?: number;
  readonly lateMs?: number;
};

export class MessagesStandIn {
  readonly dead: QueueMessage[] = [];
  /** What notify gave up. */
  readonly undelivered: { readonly body: string; readonly why: string }[] = [];
  /** What was put on the bus and is not for the queue: events out. */
  readonly out: {
    readonly type: string;
    readonly detail: { readonly id: string; readonly domain?: string; readonly domains?: readonly string[] };
  }[] = [];
  /** How many were put on the bus, and sent to the queue directly. */
  readonly counts = { events: 0, sent: 0 };
  /** What each event is refused with, where it is. */
  refusal: { readonly ErrorCode: string; readonly ErrorMessage: string } | undefined;
  readonly #options: MessagesOptions;
  #messages: Stored[] = [];

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Undefined for other operations than `PutEvents`, `SendMessage` and `ChangeMessageVisibilityBatch`. */
  answer(operation: string, body: Body): object | undefined {
    if (operation === 'PutEvents') return this.#putEvents(body['Entries'] as readonly Entry[]);
    if (operation === 'SendMessage') return this.#sendMessage(body);
    if (operation === 'ChangeMessageVisibilityBatch')
      return this.#changeVisibility(body['Entries'] as readonly Change[]);
    return undefined;
  }

  /** Hides up to a batch of visible messages and returns them, in no order. */
  receive(queue: QueueName = 'sync'): readonly ReceivedMessage[] {
    const { clock, chance } = this.#options;
    const now = clock.now();
    const visible = this.#messages.filter((message) => message.queue === queue && message.visibleAt <= now);
    const shuffled = visible.map((message) => ({ message, at: chance() })).sort((a, b) => a.at - b.at);
    const batch: ReceivedMessage[] = [];
    for (const { message } of shuffled.slice(0, queue === 'sync' ? BATCH : NOTIFY_BATCH)) {
      message.receives += 1;
      message.visibleAt = now + VISIBILITY_MS;
      if (queue === 'sync' && message.receives > MOST_RECEIVES) {
        this.dead.push(message);
        this.delete([message.messageId]);
      } else batch.push(received(message, now));
    }
    return batch;
  }

  delete(messageIds: readonly string[]): void {
    const done = new Set(messageIds);
    this.#messages = this.#messages.filter(({ messageId }) => !done.has(messageId));
  }

  /** When the next message is to be seen (ms since 1970), or undefined where none is left. */
  nextAt(queue: QueueName = 'sync'): number | undefined {
    const times = this.#messages.filter((message) => message.queue === queue).map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #changeVisibility(entries: readonly Change[]): object {
    if (entries.length === 0 || entries.length > MOST_IN_A_BATCH) throw new Error(`${entries.length} in one request`);
    const results = entries.map(({ Id, ReceiptHandle, VisibilityTimeout }) => {
      const message = this.#messages.find((each) => handleOf(each) === ReceiptHandle);
      const isPossible = VisibilityTimeout >= 0 && VisibilityTimeout <= LONGEST_VISIBILITY_SECONDS;
      if (!message || !isPossible) return { Id, SenderFault: true, Code: 'InvalidParameterValue', Message: 'no' };
      message.visibleAt = this.#options.clock.now() + VisibilityTimeout * SECOND;
      return { Id };
    });
    return {
      Successful: results.filter((result) => !('Code' in result)),
      Failed: results.filter((result) => 'Code' in result),
    };
  }

  #putEvents(entries: readonly Entry[]): object {
    const { clock, chance, twice = 0, late = 0, lateMs = 10 * MINUTE } = this.#options;
    const { refusal } = this;
    const bytes = entries.reduce((sum, { DetailType = '', Detail = '', Source = '' }) => {
      return sum + Buffer.byteLength(DetailType + Detail + Source);
    }, 0);
    if (entries.length === 0 || entries.length > MOST_ENTRIES || bytes > LONGEST_ENTRIES_BYTES) {
      throw new Error(`${entries.length} entries of ${bytes} bytes in one request`);
    }
    if (refusal) return { FailedEntryCount: entries.length, Entries: entries.map(() => refusal) };
    const answers = entries.map(({ DetailType = '', Detail = '', Source }) => {
      const id = randomUUID();
      const envelope = {
        version: '0',
        id,
        'detail-type': DetailType,
        source: Source,
        account: '123456789012',
        time: iso(Math.floor(clock.now() / SECOND) * SECOND),
        region: 'eu-central-1',
        resources: [],
        detail: JSON.parse(Detail),
      };
      if (!TO_QUEUE.includes(DetailType)) {
        this.out.push({ type: DetailType, detail: envelope.detail });
        for (const receiver of ['webhook', 'slack']) {
          this.#store(JSON.stringify({ receiver, event: envelope }), 0, 'notify');
        }
        return { EventId: id };
      }
      this.counts.events += 1;
      const body = JSON.stringify(envelope);
      this.#store(body, chance() < late ? chance() * lateMs : 0);
      if (chance() < twice) this.#store(body, chance() * lateMs);
      return { EventId: id };
    });
    return { FailedEntryCount: 0, Entries: answers };
  }

  #sendMessage({ QueueUrl, MessageBody, MessageAttributes, DelaySeconds = 0 }: Body): object {
    if (String(QueueUrl).endsWith('-notify-dead-letters')) {
      const { why } = MessageAttributes as { readonly why: { readonly StringValue: string } };
      this.undelivered.push({ body: String(MessageBody), why: why.StringValue });
      return { MessageId: randomUUID(), MD5OfMessageBody: md5(String(MessageBody)) };
    }
    const seconds = Number(DelaySeconds);
    if (!(seconds >= 0 && seconds <= LONGEST_DELAY_SECONDS)) throw new Error(`DelaySeconds may not be ${DelaySeconds}`);
    this.counts.sent += 1;
    const body = String(MessageBody);
    const messageId = this.#store(body, seconds * SECOND);
    return { MessageId: messageId, MD5OfMessageBody: md5(body) };
  }

  #store(body: string, delayMs: number, queue: QueueName = 'sync'): string {
    const messageId = randomUUID();
    const sentAt = this.#options.clock.now();
    this.#messages.push({ messageId, body, queue, sentAt, visibleAt: sentAt + delayMs, receives: 0 });
    return messageId;
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function handleOf({ messageId, receives }: Stored): string {
  return `${messageId}#${receives}`;
}

function received(message: Stored, now: number): ReceivedMessage {
  return {
    messageId: message.messageId,
    body: message.body,
    receiptHandle: handleOf(message),
    attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      SenderId: 'AIDATEST',
      ApproximateFirstReceiveTimestamp: String(now),
    },
  };
}
