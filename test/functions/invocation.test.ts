/** What the functions say to who invokes them by hand, with the AWS console's template events, or from another trigger. */
import { describe, expect, it } from 'vitest';
import { reconcileHandler } from '../../functions/reconcile.ts';
import { type SyncEvent, syncHandler } from '../../functions/sync.ts';
import { webhookHandler } from '../../functions/webhook.ts';
import type { HttpEvent } from '../../lib/aws/invocation.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { simulatedClock } from '../support/clock.ts';
import { createWorld, startup } from '../support/world.ts';

const HELLO = { key1: 'value1', key2: 'value2', key3: 'value3' };
/** Shortened to what tells it from others. */
const REST = {
  resource: '/{proxy+}',
  path: '/webhooks',
  httpMethod: 'POST',
  headers: {},
  requestContext: {},
  body: '',
};
const SCHEDULED = { id: '1', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
const SNS = { Records: [{ EventSource: 'aws:sns', Sns: { Message: 'example message' } }] };
const SQS = { Records: [{ messageId: '19dd', receiptHandle: 'MessageReceiptHandle', body: 'Hello from SQS!' }] };
const NEVER = async (): Promise<never> => {
  throw new Error('opened');
};
const clock = simulatedClock();
const log = jsonLog(clock, () => {});
const context = { getRemainingTimeInMillis: () => MINUTE };

describe('an event that is not for it', () => {
  it.each([
    ['the template "Hello World"', HELLO, /no request of an HTTP API.*"webhookUrl"/],
    ['a request of a REST API', REST, /REST API.*payload format 2\.0/],
    ['a message of SQS', SQS, /no request of an HTTP API/],
    ['nothing', null, /no request of an HTTP API/],
  ])('gets a sentence from webhook: %s', async (_, event, words) => {
    const webhook = webhookHandler({ open: NEVER, clock, log });
    const { statusCode, body } = await webhook(event as unknown as HttpEvent);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body ?? '')).toEqual({ accepted: false, why: expect.stringMatching(words) });
  });

  it.each([
    ['the template "Hello World"', HELLO],
    ['an event of the schedule', SCHEDULED],
    ['a message of SNS', SNS],
    ['a text', 'map shop.example'],
  ])('gets a sentence from sync: %s', async (_, event) => {
    expect(await syncHandler(NEVER, log)(event as unknown as SyncEvent, context)).toEqual({
      batchItemFailures: [],
      why: expect.stringMatching(/no batch of messages from SQS.*"action":"map"/),
    });
  });

  it('of SQS goes back where sync does not understand it', async () => {
    const world = await createWorld();
    expect(await syncHandler(startup(world), world.log)(SQS, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: '19dd' }],
    });
  });

  it.each([HELLO, SCHEDULED, SNS, null])('gets the known actions from reconcile: %j', async (event) => {
    const world = await createWorld();
    const { ok, summary } = await reconcileHandler(startup(world), world.log)(event, context);
    expect(ok).toBe(false);
    expect(summary).toContain('The known actions are {"action":"reconcile"}');
  });
});
