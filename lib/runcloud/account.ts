/** What the token opens: the account as far as it must be known to tell what is wrong with the settings. */
import * as z from 'zod';
import type { RequestOptions } from '../util/request-options.ts';
import type { RunCloudApi } from './api.ts';
import { parseAs } from './parse.ts';

/** Something with a number in RunCloud, and what people call it. */
export type Named = { readonly id: number; readonly name: string };

export type AccountReader = {
  /** Tries the token; returns how far RunCloud's clock is ahead of this one (ms). Throws RunCloudError. */
  ping(): Promise<number>;
  /** Returns the server of the settings, or undefined where the token shows none of this id. Throws RunCloudError. */
  server(): Promise<(Named & { readonly address: string }) | undefined>;
  /** Returns the web application of the settings, or undefined where that server has none of this id. Throws RunCloudError. */
  application(): Promise<Named | undefined>;
  /** Returns the first servers that the token shows, to compare numbers with. Throws RunCloudError. */
  servers(): Promise<readonly Named[]>;
  /** Returns the first web applications of the server. Throws RunCloudError. */
  applications(): Promise<readonly Named[]>;
};

// An application's object holds deploy keys, so only what is named here is kept.
const namedSchema = z.object({ id: z.coerce.number().int(), name: z.string().catch('') });
const serverSchema = namedSchema.extend({ ipAddress: z.string().catch('') });
const listSchema = z.object({ data: z.array(namedSchema) });

/** Takes the API and how long its requests may wait; returns what reads the account. */
export function createAccountReader(api: RunCloudApi, options: RequestOptions): AccountReader {
  const find = async <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const answer = await api.read(path, options);
    return answer.kind === 'refused' ? undefined : parseAs(schema, answer.body, path);
  };
  const list = async (path: string): Promise<readonly Named[]> => (await find(path, listSchema))?.data ?? [];
  return {
    async ping() {
      const answer = await api.read('/ping', options);
      // Where the route is missing the token is proven by the others.
      return answer.kind === 'refused' ? 0 : answer.answeredAt - (answer.sentAt + answer.tookMs / 2);
    },
    async server() {
      const found = await find(api.serverPath, serverSchema);
      return found && { id: found.id, name: found.name, address: found.ipAddress };
    },
    application: async () => find(api.appPath, namedSchema),
    servers: async () => list('/servers?page=1&perPage=40'),
    applications: async () => list(`${api.serverPath}/webapps?page=1&perPage=40`),
  };
}
