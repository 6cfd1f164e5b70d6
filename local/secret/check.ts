import { quantity } from '../../lib/core/values/text.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { type ApiSettings, RunCloudApi } from '../../lib/runcloud/api.ts';
import { createReader, type RunCloudReader } from '../../lib/runcloud/domains.ts';
import { RunCloudError } from '../../lib/runcloud/error.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { Log } from '../../lib/util/log.ts';
import { Refusal } from './refusal.ts';

// Enough for an application with thousands of domains; who waits longer rather skips the check.
const LONGEST_CHECK_MS = 2 * MINUTE;

/**
 * Takes the settings, the clock, and where to say that RunCloud makes one wait; returns what was found, in words. Throws Refusal with
 * the reason where the list of domains cannot be read.
 */
export async function checkRunCloud(
  settings: ApiSettings,
  { clock, say }: { clock: Clock; say: (line: string) => void },
): Promise<string> {
  const tell = (message: string): void => say(`${message} …`);
  const log: Log = { info: tell, warn: tell, error: tell };
  const api = new RunCloudApi(settings, { clock, log });
  const reader = createReader(api, { deadline: clock.now() + LONGEST_CHECK_MS });
  try {
    const domains = await reader.listDomains();
    const primary = domains.find((domain) => domain.type === 'primary');
    const words = `RunCloud was asked: web application ${settings.appId} on server ${settings.serverId} has ${quantity(domains.length, 'domain')}`;
    return primary ? `${words}; primary is ${primary.name}.` : `${words}.`;
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
      return (await isThere(reader))
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

/** The server alone is asked for to tell the two ids apart; where that cannot be done, the first answer stands. */
async function isThere(reader: RunCloudReader): Promise<boolean> {
  try {
    await reader.serverAddress();
    return true;
  } catch (error) {
    // An answer without an address is an answer: the server is there.
    return error instanceof RunCloudError && error.fault === 'unreadable';
  }
}
