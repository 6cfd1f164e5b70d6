/** Dependencies for benchmarks: the real clients, against stand-ins. */
import { randomUUID } from 'node:crypto';
import { HOUR } from '../lib/core/values/time.ts';
import type { Dependencies } from '../lib/loop/dependencies.ts';
import { NetworkApi } from '../lib/multisite/api.ts';
import { RunCloudApi } from '../lib/runcloud/api.ts';
import { systemClock } from '../lib/util/clock.ts';
import { jsonLog } from '../lib/util/log.ts';
import { Secret } from '../lib/util/secret.ts';
import { StandInRunCloud } from '../local/stand-in/runcloud.ts';

const TOKEN = 'token';
export const NETWORK = { host: 'network.example', key: 'key', secret: 'secret' };

export function benchDependencies(
  { runcloud, network }: { readonly runcloud: string; readonly network?: string },
  environment: Pick<Dependencies, 'ledger' | 'dns' | 'tls'>,
): Dependencies {
  const log = jsonLog(systemClock, () => {});
  const clock = systemClock;
  return {
    quota: { billingDay: 1 },
    eventsFrom: undefined,
    serverAddresses: [],
    settingWarnings: [],
    customerLinks: () => ({ kind: 'no-address' }),
    settings: {
      policy: 'sync',
      protectedDomains: [],
      www: 'never',
      subdomains: 'create',
      graceMs: HOUR,
      brake: { count: 3, percent: 20 },
    },
    runcloud: new RunCloudApi(
      {
        baseUrl: new URL(runcloud),
        credentials: { kind: 'bearer', token: new Secret(TOKEN) },
        serverId: StandInRunCloud.serverId,
        appId: StandInRunCloud.appId,
      },
      { clock, log },
    ),
    network:
      network === undefined
        ? undefined
        : new NetworkApi(
            { url: new URL(network), key: new Secret(NETWORK.key), secret: new Secret(NETWORK.secret) },
            { clock, log, newId: randomUUID },
          ),
    writeBack: false,
    webhook: { keys: 1, isGuessable: false, plugin: 'closed' },
    ...environment,
    clock,
    log,
    recheck: async () => {},
    tell: async () => {},
    receivers: async () => [],
    emitMetrics: () => {},
    reconcileEveryMs: undefined,
    newId: randomUUID,
  };
}

/** A stand-in for RunCloud that never answers 429. */
export function benchRunCloud(): StandInRunCloud {
  return new StandInRunCloud({
    clock: systemClock,
    authorization: `Bearer ${TOKEN}`,
    limit: { requests: 1_000_000, retryAfter: true, headers: true },
  });
}
