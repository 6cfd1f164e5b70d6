/** The world that settings describe, put together with what differs from place to place. */
import { randomUUID } from 'node:crypto';
import { describeWebhook } from './intake/settings.ts';
import type { World } from './loop/dependencies.ts';
import { NetworkApi } from './multisite/api.ts';
import { type Credentials, RunCloudApi } from './runcloud/api.ts';
import type { Settings } from './settings.ts';

/** What is not the same on AWS, on one machine and in the demonstration. */
export type Place = Pick<
  World,
  'ledger' | 'dns' | 'tls' | 'clock' | 'log' | 'recheck' | 'measure' | 'reconcileEveryMs'
> & {
  /** Asked where RunCloud does not accept the credentials in the settings. */
  readonly renewCredentials?: () => Promise<Credentials>;
};

/** Takes settings and the place; returns the world, with no connection open yet. */
export function connect(settings: Settings, { renewCredentials, ...place }: Place): World {
  const { clock, log } = place;
  return {
    ...place,
    settings: settings.plan,
    runcloud: new RunCloudApi(settings.api, { clock, log, ...(renewCredentials && { renewCredentials }) }),
    network: settings.network && new NetworkApi(settings.network, { clock, log }),
    writeBack: settings.writeBack,
    webhook: describeWebhook(settings.intake),
    newId: randomUUID,
  };
}
