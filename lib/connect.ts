import { randomUUID } from 'node:crypto';
import { describeWebhook } from './intake/settings.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { NetworkApi } from './multisite/api.ts';
import { type Credentials, RunCloudApi } from './runcloud/api.ts';
import type { Settings } from './settings.ts';

/** Dependencies that differ between AWS, one machine and the demonstration. */
export type PlatformDependencies = Pick<
  Dependencies,
  'ledger' | 'dns' | 'tls' | 'clock' | 'log' | 'recheck' | 'emitMetrics' | 'reconcileEveryMs' | 'deadLetters'
> & {
  /** Called if RunCloud does not accept the credentials of the settings. */
  readonly renewCredentials?: () => Promise<Credentials>;
};

/** Puts the dependencies of the loop together. Opens no connection yet. */
export function connect(settings: Settings, { renewCredentials, ...platform }: PlatformDependencies): Dependencies {
  const { clock, log } = platform;
  return {
    ...platform,
    settings: settings.plan,
    runcloud: new RunCloudApi(settings.api, { clock, log, ...(renewCredentials && { renewCredentials }) }),
    network: settings.network && new NetworkApi(settings.network, { clock, log }),
    eventsFrom: settings.receiver.network,
    writeBack: settings.writeBack,
    webhook: describeWebhook(settings.receiver),
    newId: randomUUID,
  };
}
