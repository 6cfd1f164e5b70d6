/** Servers and web applications that the token shows: the doctor compares the settings with them. */
import * as z from 'zod';
import { cleanWord } from '../util/outside-text.ts';
import type { RequestOptions } from '../util/request-options.ts';
import type { RunCloudApi } from './api.ts';
import { parseAs } from './parse.ts';

/** A server or a web application: its id, and the name people gave it. */
export type Named = { readonly id: number; readonly name: string };

export type AccountReader = {
  /**
   * Tries the token. Returns how far RunCloud's clock is ahead of this one (ms); the header `Date` has whole seconds.
   * @throws RunCloudError
   */
  ping(): Promise<number>;
  /** Undefined if the token shows no server of this id. @throws RunCloudError */
  server(): Promise<(Named & { readonly address: string }) | undefined>;
  /** Undefined if the server has no web application of this id. @throws RunCloudError */
  application(): Promise<Named | undefined>;
  /** The first 40 servers, to compare their ids with the settings. @throws RunCloudError */
  servers(): Promise<readonly Named[]>;
  /** The first 40 web applications of the server. @throws RunCloudError */
  applications(): Promise<readonly Named[]>;
};

// RunCloud's object of an application holds deploy keys. Fields that are not named here are dropped.
const namedSchema = z.object({ id: z.coerce.number().int(), name: z.string().catch('').transform(cleanWord) });
const serverSchema = namedSchema.extend({ ipAddress: z.string().catch('').transform(cleanWord) });
const listSchema = z.object({ data: z.array(namedSchema) });

export function createAccountReader(api: RunCloudApi, options: RequestOptions): AccountReader {
  const find = async <T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const answer = await api.read(path, options);
    return answer.kind === 'refused' ? undefined : parseAs(schema, answer.body, path);
  };
  const list = async (path: string): Promise<readonly Named[]> => (await find(path, listSchema))?.data ?? [];
  return {
    async ping() {
      const answer = await api.read('/ping', options);
      // If RunCloud has no such route, the other requests prove the token.
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
