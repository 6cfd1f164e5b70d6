/** The one change that is made in the network: a mapping whose domain is live is called done. */
import type { RequestOptions } from '../util/request-options.ts';
import type { NetworkApi } from './api.ts';
import { NetworkError } from './error.ts';
import { domainSchema, parseOne } from './network.ts';

export type NetworkWriter = {
  /** Takes the id of a mapping; sets its stage to `done` and its secure flag. Throws NetworkError where that is not sure. */
  markDone(id: number): Promise<void>;
};

/** Takes the API and how long its requests may take; returns what writes. */
export function createNetworkWriter(api: NetworkApi, options: RequestOptions): NetworkWriter {
  return {
    async markDone(id) {
      const { stage } = parseOne(domainSchema, await change(api, id, options), `/domain/${id}`);
      if (stage === 'done') return;
      throw new NetworkError(
        'unexpected',
        `The network answered that mapping ${id} was changed, and its stage is still "${stage}".`,
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
      const whatToDo = 'The key is good for reading, so something on the network forbids changes over its REST API.';
      throw new NetworkError('unauthorized', error.message, `${whatToDo} Allow them, or set WRITE_BACK=false.`);
    }
    throw error;
  }
}
