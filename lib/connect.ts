import { randomUUID } from 'node:crypto';
import { customerLinks } from './intake/customer-links.ts';
import { describeWebhook } from './intake/settings.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { NetworkApi } from './multisite/api.ts';
import { secretsOfReceivers } from './notify/settings.ts';
import { type Credentials, RunCloudApi } from './runcloud/api.ts';
import { secretsIn } from './runcloud/credentials.ts';
import type { Settings } from './settings.ts';
import { Secret } from './util/secret.ts';

/** Dependencies that differ between AWS, one machine and the demonstration. */
export type PlatformDependencies = Pick<
  Dependencies,
  | 'ledger'
  | 'dns'
  | 'tls'
  | 'clock'
  | 'log'
  | 'recheck'
  | 'tell'
  | 'receivers'
  | 'emitMetrics'
  | 'reconcileEveryMs'
  | 'processProblems'
  | 'deadLetters'
> & {
  /** Address under which the service is reached where PUBLIC_URL names none. Undefined: nobody knows. */
  readonly ownUrl: () => string | undefined;
  /** Called if RunCloud does not accept the credentials of the settings. */
  readonly renewCredentials?: () => Promise<Credentials>;
};

/** Puts the dependencies of the loop together. Opens no connection yet. */
export function connect(
  settings: Settings,
  { renewCredentials, ownUrl, ...platform }: PlatformDependencies,
): Dependencies {
  const { clock, log } = platform;
  const secrets = secretsOf(settings);
  for (const why of settings.warnings) log.warn('A setting is not read', { why });
  return {
    ...platform,
    settings: settings.plan,
    runcloud: new RunCloudApi(settings.api, { clock, log, secrets, ...(renewCredentials && { renewCredentials }) }),
    network: settings.network && new NetworkApi(settings.network, { clock, log, secrets, newId: randomUUID }),
    eventsFrom: settings.receiver.network,
    quota: settings.quota,
    serverAddresses: settings.serverAddresses,
    writeBack: settings.writeBack,
    webhook: describeWebhook(settings.receiver),
    settingWarnings: settings.warnings,
    customerLinks: customerLinks(settings.receiver, ownUrl),
    newId: randomUUID,
  };
}

/** Nobody's words may repeat these, so each client knows them all. */
function secretsOf({ api, network, receiver, notify }: Settings): readonly Secret[] {
  return [
    ...secretsIn(api.credentials),
    ...(network ? [network.key, network.secret] : []),
    ...(receiver.urlToken ? [receiver.urlToken] : []),
    ...receiver.keys.map((key) => new Secret(key.export().toString('base64'))),
    ...secretsOfReceivers(notify),
  ];
}
