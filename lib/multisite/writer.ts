/** The one change this service makes in the network: it marks the mapping of a live domain as done. */
import type { RequestOptions } from '../util/request-options.ts';
import type { NetworkApi } from './api.ts';
import { NetworkError } from './error.ts';
import { parseOne } from './network.ts';
import { domainSchema } from './rows.ts';

export type NetworkWriter = {
  /**
   * Sets the stage of a mapping to `done`, and its secure flag.
   * @throws NetworkError if it is not sure that it was made
   */
  markDone(id: number): Promise<void>;
};

export function createNetworkWriter(api: NetworkApi, options: RequestOptions): NetworkWriter {
  return {
    async markDone(id) {
      const { stage } = parseOne(domainSchema, await change(api, id, options), `/domain/${id}`);
      if (stage === 'done') return;
      throw new NetworkError(
        'unexpected',
        `The network accepted a change of mapping ${id}, and its stage is still "${api.clean(stage)}".`,
        'Something on the network may forbid changes over its REST API, or undo them.',
      );
    },
  };
}

async function change(api: NetworkApi, id: number, options: RequestOptions): Promise<unknown> {
  try {
    return (await api.markDone(id, options)).body;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.fault === 'unauthorized') {
      const whatToDo = 'The key can read, so something on the network forbids changes over its REST API.';
      throw new NetworkError('unauthorized', error.message, `${whatToDo} Allow them, or set WRITE_BACK=false.`);
    }
    throw error;
  }
}
