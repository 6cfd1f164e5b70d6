/** The one change this service makes in the network: it marks the mapping of a live domain as done. */
import type { NetworkDomain } from '../core/network/mappings.ts';
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
      const { stage } = rowOf(id, await change(api, id, options));
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
    if (error.fault === 'refused') return asItShouldBe(api, id, options, error);
    if (error.fault === 'unauthorized') {
      const whatToDo = 'The key can read, so something on the network forbids changes over its REST API.';
      throw new NetworkError('unauthorized', error.message, `${whatToDo} Allow them, or set WRITE_BACK=false.`);
    }
    throw error;
  }
}

/** The plugin calls a change that changes nothing "Something went wrong (Code 2)", in the language of the network. Its row tells. */
async function asItShouldBe(api: NetworkApi, id: number, options: RequestOptions, refusal: Error): Promise<unknown> {
  const { body } = await api.read(`/domain/${id}`, options);
  const { stage, isSecure } = rowOf(id, body);
  if (stage === 'done' && isSecure) return body;
  throw refusal;
}

function rowOf(id: number, body: unknown): NetworkDomain {
  const row = parseOne(domainSchema, body, `/domain/${id}`);
  if (row.id === id) return row;
  throw new NetworkError(
    'unreadable',
    `The network's answer about mapping ${id} is not about that mapping.`,
    'If it stays, the plugin may have changed its API: look for a newer version of this service.',
  );
}
