import { quantity } from '../../lib/core/values/text.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { type ApiSettings, RunCloudApi } from '../../lib/runcloud/api.ts';
import { createReader, type RunCloudReader } from '../../lib/runcloud/domains.ts';
import { RunCloudError } from '../../lib/runcloud/error.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { Log } from '../../lib/util/log.ts';
import { Refusal, WrongAnswer } from './refusal.ts';

// Enough for an application with thousands of domains.
const LONGEST_CHECK_MS = 2 * MINUTE;

const IDS: readonly string[] = ['WU_RUNCLOUD_SERVER_ID', 'WU_RUNCLOUD_APP_ID'];
const CREDENTIALS: Readonly<Record<ApiSettings['credentials']['kind'], readonly string[]>> = {
  bearer: ['WU_RUNCLOUD_API_TOKEN'],
  basic: ['WU_RUNCLOUD_API_KEY', 'WU_RUNCLOUD_API_SECRET'],
};

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
    throw await explain(error, settings, reader);
  } finally {
    await api.close();
  }
}

async function explain(error: RunCloudError, settings: ApiSettings, reader: RunCloudReader): Promise<Refusal> {
  const { serverId, appId, credentials } = settings;
  switch (error.fault) {
    case 'application-not-found': {
      const why = (await hasServer(reader))
        ? `RunCloud has server ${serverId}, but no web application ${appId} on it (404).`
        : `RunCloud does not show a server ${serverId} (404).`;
      return new WrongAnswer(`${why} ${error.whatToDo}`, IDS, { cause: error });
    }
    case 'unauthorized':
      return new WrongAnswer(
        `${error.message} ${error.whatToDo} If only the service's own address is listed there, use --skip-runcloud-check.`,
        CREDENTIALS[credentials.kind],
        { cause: error },
      );
    default:
      return new Refusal(`${error.message} ${error.whatToDo}`, { cause: error });
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
