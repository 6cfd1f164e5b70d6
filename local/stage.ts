/** The stage of the demonstration: the service on one machine, and stand-ins for everything around it. */
import { randomBytes } from 'node:crypto';
import { parseSettings } from '../lib/settings.ts';
import type { Clock } from '../lib/util/clock.ts';
import type { Log } from '../lib/util/log.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';
import { StandInAuthority } from './stand-in/authority.ts';
import { type MovableClock, movableClock } from './stand-in/clock.ts';
import { StandInDns } from './stand-in/dns.ts';
import { StandInMultisite } from './stand-in/multisite.ts';
import { StandInNetwork } from './stand-in/network.ts';
import { StandInRunCloud } from './stand-in/runcloud.ts';
import { StandInTls } from './stand-in/tls.ts';

export type Stage = {
  readonly service: Service;
  readonly runcloud: StandInRunCloud;
  readonly dns: StandInDns;
  readonly clock: MovableClock;
  readonly network: StandInNetwork;
  /** The network's REST API, and its address. */
  readonly site: StandInMultisite;
  readonly siteUrl: string;
  /** The key with which the network signs webhooks. */
  readonly keyBytes: Buffer;
  close(): Promise<void>;
};

/**
 * Starts everything. The clock is `behindMs` behind at first, so that a story that advances it ends in the present.
 * @throws if the port is taken
 */
export async function setStage(
  behindMs: number,
  options: Pick<ServiceOptions, 'dataDir' | 'port' | 'reconcileEveryMs'>,
  logOf: (clock: Clock) => Log,
): Promise<Stage> {
  const clock = movableClock(behindMs);
  const dns = new StandInDns();
  const authority = new StandInAuthority({ clock, dns, addresses: [StandInRunCloud.address] });
  const [keyBytes, token] = [randomBytes(32), randomBytes(16).toString('hex')];
  const runcloud = new StandInRunCloud({
    clock,
    authorization: `Bearer ${token}`,
    limit: { requests: 600, retryAfter: true, headers: true },
    ssl: { authority },
  });
  const site = new StandInMultisite({
    host: 'network.example',
    label: 'Network of the demonstration',
    key: randomBytes(12).toString('hex'),
    secret: randomBytes(12).toString('hex'),
    clock,
  });
  const siteUrl = await site.listen();
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: token,
    WU_RUNCLOUD_SERVER_ID: String(StandInRunCloud.serverId),
    WU_RUNCLOUD_APP_ID: String(StandInRunCloud.appId),
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: `whsec_${keyBytes.toString('base64')}`,
    MULTISITE_URL: siteUrl,
    MULTISITE_API_KEY: site.options.key,
    MULTISITE_API_SECRET: site.options.secret,
    POLICY: 'sync',
  });
  if (!parsed.ok) throw new Error(parsed.faults.join('\n'));
  const { settings } = parsed;
  const [key] = settings.receiver.keys;
  if (!key) throw new Error('The demonstration made no key.');
  const tls = new StandInTls(runcloud);
  const service = await startService({ settings, ...options, host: '127.0.0.1', dns, tls, clock, log: logOf(clock) });
  return {
    service,
    runcloud,
    dns,
    clock,
    network: new StandInNetwork(service.url, key, clock, site),
    site,
    siteUrl,
    keyBytes,
    async close() {
      await service.stop();
      await Promise.all([runcloud.close(), site.close()]);
    },
  };
}
