/**
 * What SST's components ask of SST's command-line program while a configuration runs, answered without it. The
 * evaluator puts this in the place of the module that would ask over HTTP.
 */
import { type BuildRequest, type BuiltFunction, buildFunction } from './bundle.ts';

/** The functions that were built, by SST's id for them. */
export const built = new Map<string, BuiltFunction>();

const answers: Readonly<Record<string, (request: never) => unknown>> = {
  // Buckets of SST's own, where a deployment puts packages and state.
  'Provider.Aws.Bootstrap': () => ({ asset: 'sst-assets', state: 'sst-state', appsyncHttp: '', appsyncRealtime: '' }),
  'Runtime.Build': async (request: BuildRequest) => {
    const result = await buildFunction(request);
    built.set(request.functionID, result);
    return { handler: result.handler, out: result.folder, errors: [], sourcemaps: [] };
  },
};

export const rpc = {
  /** @throws for a method that is not known here */
  async call(method: string, request: never): Promise<unknown> {
    const answer = answers[method];
    if (answer === undefined) throw new Error(`SST asked for ${method}: no answer stands in test/infra/sst-cli.ts`);
    return answer(request);
  },
  /** Of resources that SST's program makes itself. Under mocks nobody asks it for anything: cloud.ts answers. */
  Provider: class {},
};
