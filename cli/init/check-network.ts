import { randomUUID } from 'node:crypto';
import { quantity } from '../../lib/core/values/text.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { NetworkApi, type NetworkSettings } from '../../lib/multisite/api.ts';
import { NetworkError, type NetworkFault } from '../../lib/multisite/error.ts';
import { createNetworkReader } from '../../lib/multisite/network.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { Log } from '../../lib/util/log.ts';
import { Refusal, WrongAnswer } from './refusal.ts';

// Enough for a network with thousands of sites.
const LONGEST_CHECK_MS = 2 * MINUTE;

const URL_ONLY: readonly string[] = ['MULTISITE_URL'];
/** The settings that may be the cause. Nobody's answer causes the other faults. */
const CAUSES: Partial<Readonly<Record<NetworkFault, readonly string[]>>> = {
  unauthorized: ['MULTISITE_API_KEY', 'MULTISITE_API_SECRET'],
  'no-api': URL_ONLY,
  redirected: URL_ONLY,
  certificate: URL_ONLY,
  unavailable: URL_ONLY,
  unreadable: URL_ONLY,
};

/** What the service's own machine or address may still be able to do, though this one is not. */
const ELSEWHERE: ReadonlySet<NetworkFault> = new Set(['blocked', 'unavailable', 'certificate', 'no-time-left']);

/**
 * Proves the key, and reads both lists whole. Returns a sentence for the operator.
 * @throws Refusal if they cannot be read
 */
export async function checkNetwork(
  settings: NetworkSettings,
  { clock, print }: { clock: Clock; print: (line: string) => void },
): Promise<string> {
  const printWait = (message: string): void => print(`${message} …`);
  const log: Log = { info: printWait, warn: printWait, error: printWait };
  const api = new NetworkApi(settings, { clock, log, newId: randomUUID });
  const reader = createNetworkReader(api, { deadline: clock.now() + LONGEST_CHECK_MS });
  try {
    const { label } = await reader.authenticate();
    const { domains, sites } = await reader.readLists();
    return `The network was asked: "${label}" at ${settings.url.host} has ${quantity(domains.length, 'mapped domain')} and ${quantity(sites.length, 'site')}.`;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw explain(error);
  } finally {
    await api.close();
  }
}

function explain(error: NetworkError): Refusal {
  const hint = ELSEWHERE.has(error.fault)
    ? ' If only the service itself can reach the network, use --skip-network-check.'
    : '';
  const words = `${error.message} ${error.whatToDo}${hint}`;
  const causes = CAUSES[error.fault];
  return causes ? new WrongAnswer(words, causes, { cause: error }) : new Refusal(words, { cause: error });
}
