/**
 * The server's addresses and the certificate mode. Neither is in RunCloud's list of domains, and both rarely change, so they are kept
 * in the ledger and read again only when they are old. Mappings need neither: whatever is missing here makes certificates wait, and
 * the holds say so.
 */
import type { ActualDomain } from '../../core/domain/runcloud-domain.ts';
import { addressesIn, leadsToServer, proxyInFront } from '../../core/probe/server-addresses.ts';
import { parseHostName } from '../../core/values/host-name.ts';
import { DAY, epoch, HOUR, type IsoTime, iso, MINUTE, SECOND } from '../../core/values/time.ts';
import type { ApplicationState, KnownServer, ServerInfoPart } from '../../ledger/ledger.ts';
import { createCertificateReader } from '../../runcloud/certificates.ts';
import { createReader } from '../../runcloud/domains.ts';
import { RunCloudError } from '../../runcloud/error.ts';
import { messageOf } from '../../util/log.ts';
import type { RequestOptions } from '../../util/request-options.ts';
import type { Dependencies } from '../dependencies.ts';
import { rememberedServerInfo, type ServerInfo } from './remembered-server.ts';

// A server keeps its address for years. A day is soon enough to notice a move.
const SERVER_KEPT_MS = DAY;
// Somebody may switch the mode in the panel at any time. Noticing late costs one request that RunCloud refuses.
const MODE_KEPT_MS = HOUR;
// One that leads to the server is enough.
const MOST_HANDSHAKES = 4;
// While events wait, the last request ends within this time.
const BRIEFLY_MS = 10 * SECOND;
const RETRY_BRIEFLY_MS = 5 * MINUTE;

/** Reads what is older than its time. What cannot be read stays as it was. */
export async function readServerInfo(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
): Promise<ServerInfo> {
  return readParts(deps, options, application, () => true);
}

/** For a run that events wait for: gives up after ten seconds, and for five minutes does not try again what failed. */
export async function readServerInfoBriefly(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
): Promise<ServerInfo> {
  const now = deps.clock.now();
  const deadline = Math.min(options.deadline, now + BRIEFLY_MS);
  return readParts(deps, { ...options, deadline }, application, (part) =>
    isOld(application.unasked?.[part], RETRY_BRIEFLY_MS, now),
  );
}

/**
 * A name that leads to the server because somebody set it up with care: the network's own host. Where MULTISITE_URL has no host name (an
 * IP address, `localhost`) it is the application's primary domain.
 */
export function referenceHost({ network }: Dependencies, primary: ActualDomain | undefined): string | undefined {
  return network && parseHostName(network.host).ok ? network.host : primary?.name;
}

/** Each part is read by itself, so that one that fails does not keep the others old. */
async function readParts(
  deps: Dependencies,
  options: RequestOptions,
  application: ApplicationState,
  mayAsk: (part: ServerInfoPart) => boolean,
): Promise<ServerInfo> {
  const { clock, log, runcloud } = deps;
  let changes: ApplicationState = {};
  const refresh = async (
    part: ServerInfoPart,
    readAt: IsoTime | undefined,
    keptMs: number,
    ask: () => Promise<ApplicationState>,
  ) => {
    const now = clock.now();
    if (!isOld(readAt, keptMs, now) || !mayAsk(part) || now > options.deadline) return;
    try {
      changes = { ...changes, ...(await ask()) };
    } catch (error) {
      if (!(error instanceof RunCloudError || error instanceof UnsureError)) throw error;
      log.warn('The server’s address or the certificate mode could not be read', { part, why: messageOf(error) });
      changes = { ...changes, unasked: { ...application.unasked, ...changes.unasked, [part]: iso(now) } };
    }
  };
  await refresh('server', application.server?.readAt, SERVER_KEPT_MS, async () => ({
    server: await readServer(deps, options, application.server),
  }));
  const server = changes.server ?? application.server;
  const name = referenceHost(deps, application.snapshot?.primary);
  // Whoever sets SERVER_ADDRESSES has said which addresses count.
  if (server && name !== undefined && deps.serverAddresses.length === 0) {
    await refresh('others', server.host && server.othersReadAt, SERVER_KEPT_MS, async () => {
      const host = await addressesOfHost(deps, name, server);
      const others = host.filter((address) => address !== server.main);
      return { server: { ...server, host, others, othersReadAt: iso(clock.now()) } };
    });
  }
  await refresh('certificateMode', application.certificateMode?.readAt, MODE_KEPT_MS, async () => {
    const mode = await createCertificateReader(runcloud, options).readMode();
    return { certificateMode: { mode: mode ?? null, readAt: iso(clock.now()) } };
  });
  return { ...rememberedServerInfo({ ...application, ...changes }, deps), changes };
}

function isOld(at: IsoTime | undefined, keptMs: number, now: number): boolean {
  return at === undefined || epoch(at) <= now - keptMs;
}

/** Once the main address changed, nothing is known of the others. */
async function readServer(
  deps: Dependencies,
  options: RequestOptions,
  before: KnownServer | undefined,
): Promise<KnownServer> {
  const main = await createReader(deps.runcloud, options).serverAddress();
  const readAt = iso(deps.clock.now());
  return before?.main === main ? { ...before, readAt } : { main, others: [], readAt };
}

/**
 * What the reference host has in public DNS. None where that is behind a proxy, known by its addresses or by its certificate: those
 * addresses are everybody's. @throws UnsureError
 */
async function addressesOfHost(
  deps: Dependencies,
  name: string,
  { main, host }: KnownServer,
): Promise<readonly string[]> {
  const answers = await deps.dns.addressesOf(name);
  const found = addressesIn(answers, host ?? []);
  if (!found) throw new UnsureError(`public DNS could not be asked about ${name}`);
  if (proxyInFront(answers) !== undefined) return [];
  if (found.length === 0 || found.includes(main)) return found;
  const [atMain, ...shown] = await Promise.all(
    [main, ...found.slice(0, MOST_HANDSHAKES)].map(async (address) => deps.tls.shakeHands(address, name)),
  );
  const isServer = atMain && leadsToServer(main, atMain, shown);
  if (isServer === undefined) {
    throw new UnsureError(`it does not show whether ${found.join(', ')} of ${name} lead to the server ${main}`);
  }
  return isServer ? found : [];
}

/** It does not show beyond doubt which addresses lead to the server. */
class UnsureError extends Error {}
