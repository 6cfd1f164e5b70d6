/** The world that settings describe, put together with what differs from place to place. */
import { randomUUID } from 'node:crypto';
import { describeWebhook } from './intake/settings.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { NetworkApi } from './multisite/api.ts';
import { type Credentials, RunCloudApi } from './runcloud/api.ts';
import type { Settings } from './settings.ts';

/** What is not the same on AWS, on one machine and in the demonstration. */
export type PlatformDependencies = Pick<
  Dependencies,
  'ledger' | 'dns' | 'tls' | 'clock' | 'log' | 'recheck' | 'emitMetrics' | 'reconcileEveryMs'
> & {
  /** Asked where RunCloud does not accept the credentials in the settings. */
  readonly renewCredentials?: () => Promise<Credentials>;
};

/** Takes settings and the place; returns the world, with no connection open yet. */
export function connect(settings: Settings, { renewCredentials, ...platform }: PlatformDependencies): Dependencies {
  const { clock, log } = platform;
  return {
    ...platform,
    settings: settings.plan,
    runcloud: new RunCloudApi(settings.api, { clock, log, ...(renewCredentials && { renewCredentials }) }),
    network: settings.network && new NetworkApi(settings.network, { clock, log }),
    writeBack: settings.writeBack,
    webhook: describeWebhook(settings.receiver),
    newId: randomUUID,
  };
}
