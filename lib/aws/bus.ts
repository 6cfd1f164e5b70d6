import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Bus } from '../intake/event.ts';
import { SOURCE } from './bus-source.ts';
import { CLIENT } from './client.ts';

/** `put` throws if EventBridge does not keep the event. */
export function eventBridgeBus(name: string): Bus {
  const client = new EventBridgeClient(CLIENT);
  return {
    put: async ({ 'detail-type': DetailType, detail }) => {
      const entry = { EventBusName: name, Source: SOURCE, DetailType, Detail: JSON.stringify(detail) };
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      // EventBridge answers 200 also if it refuses an entry.
      const [result] = Entries;
      if (!result?.EventId) throw new Error(`EventBridge refused it (${result?.ErrorCode}: ${result?.ErrorMessage})`);
    },
  };
}
