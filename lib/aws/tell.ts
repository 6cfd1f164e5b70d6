/** Events out: on the bus, for whoever has a rule for them. */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Dependencies } from '../loop/dependencies.ts';
import { SOURCE } from './bus-source.ts';
import { CLIENT } from './client.ts';

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html: 10 entries, and 256 KB for all of them.
const MOST_ENTRIES = 10;
const MOST_BYTES = 250_000;

/** It throws if EventBridge does not keep all of them: those that it kept come again. */
export function eventBridgeTell(name: string): Dependencies['tell'] {
  const client = new EventBridgeClient(CLIENT);
  return async (events) => {
    const entries = events.map(({ type, detail }) => ({
      EventBusName: name,
      Source: SOURCE,
      DetailType: type,
      Detail: JSON.stringify(detail),
    }));
    for (const Entries of inParts(entries)) {
      const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
      // EventBridge answers 200 also if it refuses an entry.
      const refused = Entries.findIndex((_, index) => !results[index]?.EventId);
      if (refused === -1) continue;
      const { ErrorCode, ErrorMessage } = results[refused] ?? {};
      throw new Error(`EventBridge refused the event ${Entries[refused]?.DetailType} (${ErrorCode}: ${ErrorMessage})`);
    }
  };
}

function inParts(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const parts: PutEventsRequestEntry[][] = [];
  let bytes = MOST_BYTES;
  for (const entry of entries) {
    const size = Buffer.byteLength(`${entry.Source}${entry.DetailType}${entry.Detail}`);
    const part = parts.at(-1);
    bytes += size;
    if (part && part.length < MOST_ENTRIES && bytes <= MOST_BYTES) {
      part.push(entry);
      continue;
    }
    bytes = size;
    parts.push([entry]);
  }
  return parts;
}
