import { quantity } from '../../lib/core/values/text.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { type ApiSettings, RunCloudApi } from '../../lib/runcloud/api.ts';
import { createReader, type RunCloudReader } from '../../lib/runcloud/domains.ts';
import { RunCloudError } from '../../lib/runcloud/error.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { Log } from '../../lib/util/log.ts';
import { Refusal } from './refusal.ts';

// Enough for an application with thousands of domains.
const LONGEST_CHECK_MS = 2 * MINUTE;

/**
 * Reads the list of domains. Returns a sentence for the operator, and prints while RunCloud makes it wait.
 * @throws Refusal if the list cannot be read
 */
export async function checkRunCloud(
  settings: ApiSettings,
  { clock, print }: { clock: Clock; print: (line: string) => void },
): Promise<string> {
  const printWait = (message: string): void => print(`${message} …`);
  const log: Log = { info: printWait, warn: printWait, error: printWait };
  const api = new RunCloudApi(settings, { clock, log });
  const reader = createReader(api, { deadline: clock.now() + LONGEST_CHECK_MS });
  try {
    const domains = await reader.listDomains();
    const primary = domains.find((domain) => domain.type === 'primary');
    const found = `RunCloud was asked: web application ${settings.appId} on server ${settings.serverId} has ${quantity(domains.length, 'domain')}`;
    return primary ? `${found}; primary is ${primary.name}.` : `${found}.`;
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    const [why, whatToDo] = await explain(error, settings, reader);
    throw new Refusal(`${why} ${whatToDo}`, { cause: error });
  } finally {
    await api.close();
  }
}

async function explain(error: RunCloudError, { serverId, appId }: ApiSettings, reader: RunCloudReader) {
  switch (error.fault) {
    case 'application-not-found':
      return (await hasServer(reader))
        ? [`RunCloud has server ${serverId}, but no web application ${appId} on it (404).`, error.whatToDo]
        : [`RunCloud does not show a server ${serverId} (404).`, error.whatToDo];
    case 'unauthorized':
      return [
        error.message,
        `${error.whatToDo} If only the deployment's address is listed there, use --skip-runcloud-check.`,
      ];
    default:
      return [error.message, error.whatToDo];
  }
}

/** Tells which of the two ids is wrong. */
async function hasServer(reader: RunCloudReader): Promise<boolean> {
  try {
    await reader.serverAddress();
    return true;
  } catch (error) {
    // RunCloud answered, but without an address: the server exists.
    return error instanceof RunCloudError && error.fault === 'unreadable';
  }
}
