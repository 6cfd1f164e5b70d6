import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventBridgeBus } from '../../lib/aws/bus.ts';
import { resourceName } from '../../lib/aws/environment.ts';
import { embeddedMetrics } from '../../lib/aws/metrics.ts';
import { delayedMessages } from '../../lib/aws/queue.ts';
import { eventBridgeTell } from '../../lib/aws/tell.ts';
import type { OutgoingEvent } from '../../lib/core/report/outgoing.ts';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { HOUR, iso, MINUTE, SECOND } from '../../lib/core/values/time.ts';
import { parseMessage, toBus } from '../../lib/intake/event.ts';
import { Cloud, NAMES } from '../support/aws/cloud.ts';
import { type SimulatedClock, simulatedClock } from '../support/clock.ts';
import { mapped, shops } from '../support/world.ts';

let clock: SimulatedClock;
let cloud: Cloud;
const before = { ...process.env };

beforeEach(async () => {
  clock = simulatedClock();
  cloud = new Cloud(clock);
  Object.assign(process.env, await cloud.listen());
  return async () => cloud.close();
});
beforeAll(() => {
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
});
afterAll(() => {
  process.env = before;
});

describe('the bus in EventBridge', () => {
  it('takes an event that sync understands', async () => {
    const event = mapped('www.shop.example', clock);
    await eventBridgeBus('bus').put(toBus(event));
    const [message] = cloud.messages.receive();
    expect(parseMessage(message?.body ?? '')).toEqual({ kind: 'event', event });
  });

  it('says so where EventBridge answers 200 and refuses the event all the same', async () => {
    cloud.messages.refusal = { ErrorCode: 'InternalFailure', ErrorMessage: 'again, please' };
    await expect(eventBridgeBus('bus').put(toBus(mapped('shop.example', clock)))).rejects.toThrow(
      'InternalFailure: again, please',
    );
  });
});

describe('events out, in EventBridge', () => {
  const low = (id: number, reason = ''): OutgoingEvent => ({
    type: 'quota.low',
    detail: { id: String(id), sequence: 1, at: iso(clock.now()), reason, before: {}, after: {} },
  });

  it('go out in their order, ten to a request, and none of them starts a run', async () => {
    const events = Array.from({ length: 25 }, (_, id) => low(id));
    await eventBridgeTell('bus')(events);
    expect(cloud.messages.out).toEqual(events);
    expect(cloud.calls).toEqual(['PutEvents', 'PutEvents', 'PutEvents']);
    expect(cloud.messages.receive()).toEqual([]);
  });

  it('go out in as many requests as their size takes', async () => {
    const long = 'ü'.repeat(50_000);
    const events = Array.from({ length: 5 }, (_, id) => low(id, long));
    await eventBridgeTell('bus')(events);
    expect(cloud.messages.out).toEqual(events);
    expect(cloud.calls).toEqual(['PutEvents', 'PutEvents', 'PutEvents']);
  });

  it('are an error where EventBridge answers 200 and refuses one all the same', async () => {
    cloud.messages.refusal = { ErrorCode: 'InternalFailure', ErrorMessage: 'again, please' };
    await expect(eventBridgeTell('bus')([low(1)])).rejects.toThrow(
      'EventBridge refused the event quota.low (InternalFailure: again, please)',
    );
  });
});

describe('rechecks in SQS', () => {
  it('come back after their time, many domains to a message', async () => {
    const domains = shops(1_200) as HostName[];
    await delayedMessages(NAMES.SYNC_QUEUE_URL, clock)(domains, 90 * SECOND + 1, 3);
    clock.advance(90 * SECOND);
    expect(cloud.messages.receive()).toEqual([]);
    clock.advance(SECOND);
    const messages = cloud.messages.receive().map(({ body }) => parseMessage(body));
    expect(messages).toHaveLength(3);
    expect(messages.flatMap((message) => (message.kind === 'recheck' ? message.domains : [])).sort()).toEqual(domains);
    expect(messages).toMatchObject([{ hop: 3 }, { hop: 3 }, { hop: 3 }]);
  });

  it('come back within the quarter of an hour that SQS delays at most, and at once where they are due', async () => {
    const recheck = delayedMessages(NAMES.SYNC_QUEUE_URL, clock);
    await recheck(['late.example' as HostName], HOUR, 1);
    expect((cloud.messages.nextAt() ?? 0) - clock.now()).toBe(15 * MINUTE);
    await recheck(['due.example' as HostName], -SECOND, 1);
    expect(cloud.messages.nextAt()).toBe(clock.now());
  });
});

describe('figures in the log', () => {
  it('stand in one line of the embedded metric format', () => {
    const lines: string[] = [];
    embeddedMetrics('production', clock, (line) => lines.push(line))({
      ReconcileSucceeded: 1,
      HeldByBrake: 4,
      DomainsLive: 7,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      _aws: {
        Timestamp: clock.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'multisite-runcloud',
            Dimensions: [['Stage']],
            Metrics: [
              { Name: 'ReconcileSucceeded', Unit: 'Count' },
              { Name: 'HeldByBrake', Unit: 'Count' },
            ],
          },
        ],
      },
      Stage: 'production',
      ReconcileSucceeded: 1,
      HeldByBrake: 4,
      // No metric, which would be paid for: the dashboard reads it from the log.
      DomainsLive: 7,
    });
  });
});

describe('names of resources', () => {
  it('are named where they are missing', () => {
    expect(resourceName({ EVENT_BUS: 'bus' }, 'EVENT_BUS')).toBe('bus');
    expect(() => resourceName({ EVENT_BUS: '' }, 'EVENT_BUS')).toThrow('EVENT_BUS is not set');
  });
});
