import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Bus } from '../intake/event.ts';
import { CLIENT } from './client.ts';

const SOURCE = 'multisite-runcloud';

/** Takes the name of an EventBridge bus; returns it. `put` throws where the bus did not take the event. */
export function eventBridgeBus(name: string): Bus {
  const client = new EventBridgeClient(CLIENT);
  return {
    put: async ({ 'detail-type': DetailType, detail }) => {
      const entry = { EventBusName: name, Source: SOURCE, DetailType, Detail: JSON.stringify(detail) };
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      // A refused entry is answered with 200 all the same.
      const [result] = Entries;
      if (!result?.EventId) throw new Error(`EventBridge refused it (${result?.ErrorCode}: ${result?.ErrorMessage})`);
    },
  };
}
