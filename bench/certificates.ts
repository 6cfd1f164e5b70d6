/** How long a thousand handshakes take, and how many are open at a time. */
import type { ActualDomain } from '../lib/core/domain/runcloud-domain.ts';
import type { HostName } from '../lib/core/values/host-name.ts';
import { SECOND } from '../lib/core/values/time.ts';
import { memoryLedger } from '../lib/ledger/memory.ts';
import { type ProbeTarget, probeTargets } from '../lib/loop/observe/probe.ts';
import { serverTls, type Tls } from '../lib/tls/tls.ts';
import { StandInDns } from '../local/stand-in/dns.ts';
import { createAuthority, type Pair } from '../test/support/certificates.ts';
import { startServerByName } from '../test/support/tls-server.ts';
import { benchDependencies, benchRunCloud } from './dependencies.ts';

const DOMAINS = 1_000;
const HANDSHAKE_MS = 50;
const SERVER = '127.0.0.1';
const TIME_MS = 600 * SECOND;

/** @throws if not every certificate is found valid: then the figures mean nothing */
export async function benchCertificates(): Promise<void> {
  const names = Array.from({ length: DOMAINS }, (_, index) => `shop-${index}.example` as HostName);
  const authority = await createAuthority();
  const pairs = new Map<string, Pair>();
  // Issued beforehand, because the probes are measured.
  for (const name of names) pairs.set(name, await authority.issue({ names: [name] }));
  const server = await startServerByName(async (name) => pairs.get(name), HANDSHAKE_MS);
  const runcloud = benchRunCloud();
  const counted = counting(serverTls({ port: server.port, authorities: [authority.own] }));
  const dns = new StandInDns();
  for (const name of names) dns.point(name, SERVER);
  const deps = benchDependencies(
    { runcloud: await runcloud.listen() },
    { ledger: memoryLedger(), dns, tls: counted.tls },
  );
  const info = { server: { main: SERVER, others: [] } };
  try {
    const start = performance.now();
    const probed = await probeTargets(deps, names.map(targetOf), info, { deadline: deps.clock.now() + TIME_MS });
    const seconds = (performance.now() - start) / 1_000;
    const valid = [...probed.values()].filter(({ probe }) => probe?.certificate?.verdict.kind === 'valid').length;
    if (valid !== DOMAINS) throw new Error(`of ${DOMAINS} certificates ${valid} were found valid`);
    console.log(
      `certificates, ${valid} domains probed, ${HANDSHAKE_MS} ms a handshake: ${seconds.toFixed(1)} s; ` +
        `${counted.total()} handshakes, at most ${counted.most()} at a time; ${runcloud.calls.length} requests to RunCloud`,
    );
  } finally {
    await Promise.all([deps.runcloud.close(), runcloud.close(), server.close()]);
  }
}

function targetOf(domain: HostName, index: number): ProbeTarget {
  const actual: ActualDomain = {
    id: index + 1,
    name: domain,
    type: 'alias',
    www: false,
    redirection: 'none',
    wildcard: false,
  };
  return { record: { domain, request: undefined, state: { seen: actual } }, actual };
}

function counting(tls: Tls): { readonly tls: Tls; total(): number; most(): number } {
  let [total, open, most] = [0, 0, 0];
  const shakeHands: Tls['shakeHands'] = async (address, name) => {
    total += 1;
    open += 1;
    most = Math.max(most, open);
    try {
      return await tls.shakeHands(address, name);
    } finally {
      open -= 1;
    }
  };
  return { tls: { shakeHands }, total: () => total, most: () => most };
}
