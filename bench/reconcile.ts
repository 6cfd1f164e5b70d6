/** What a reconcile costs if nothing has to be done: calls, time and memory, in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StandInMultisite } from '../local/stand-in/multisite.ts';
import { benchRunCloud, NETWORK } from './dependencies.ts';

const MAPPINGS = 2_500;

type Ran = {
  readonly ok?: boolean;
  readonly summary?: string;
  readonly writes?: number;
  readonly seconds?: number;
  readonly peakMb: number;
};

/** @throws if the run does not succeed: then the figures mean nothing */
export async function benchReconcile(): Promise<void> {
  const [runcloud, site] = [benchRunCloud(), new StandInMultisite(NETWORK)];
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  // The main site has one of them, so that there are as many sites as mappings.
  for (let index = 1; index <= MAPPINGS; index++) {
    const name = `shop-${index}.example`;
    if (index === 1) site.map(name, 1);
    else site.map(name);
    runcloud.addByHand(name);
  }
  const addresses = [await runcloud.listen(), await site.listen(), folder];
  const ask = async (request: object): Promise<Ran> => {
    const ran = await run([...addresses, JSON.stringify(request)]);
    if (!ran.ok) throw new Error(`the run did not succeed: ${ran.summary}`);
    return ran;
  };
  try {
    await ask({ action: 'adopt', domains: 'all' });
    await ask({ action: 'reconcile' });
    site.calls.length = 0;
    runcloud.calls.length = 0;
    const { writes, seconds = Number.NaN, peakMb } = await ask({ action: 'reconcile' });
    const loaded = await run([]);
    console.log(
      `reconcile, ${site.mappings.length} mappings on ${site.sites.length} sites, ${runcloud.domains.length} domains on RunCloud, no drift: ` +
        `${site.calls.length} calls to the network, ${runcloud.calls.length} to RunCloud, ${writes} writes; ${seconds.toFixed(1)} s; ` +
        `peak ${peakMb.toFixed(0)} MB = ${(peakMb / loaded.peakMb).toFixed(1)} × its modules alone (${loaded.peakMb.toFixed(0)} MB)`,
    );
  } finally {
    await Promise.all([runcloud.close(), site.close()]);
    rmSync(folder, { recursive: true });
  }
}

/** Asynchronous, because the stand-ins live in this process and have to answer meanwhile. */
async function run(args: readonly string[]): Promise<Ran> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/reconcile-process.ts', ...args]);
  return JSON.parse(stdout) as Ran;
}
