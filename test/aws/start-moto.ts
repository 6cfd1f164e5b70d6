/** A `moto_server` for the tests of one file, which ends with them: files do not meet in it, so they run beside each other. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

const LONGEST_START_MS = 60_000;
const MOST_STARTS = 3;

/** For `describe.skipIf`: that program is not here. Tried and not looked for: a version manager leaves names of what it does not have. */
export const HAS_NO_MOTO = spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status !== 0;

/** Within a `describe` that needs it: starts one before its tests, and ends it after them. The address is there once they run. */
export function useMoto(): { readonly url: string } {
  let moto: Moto | undefined;
  beforeAll(async () => {
    moto = await start();
  }, MOST_STARTS * LONGEST_START_MS);
  afterAll(() => void moto?.process.kill());
  return {
    get url() {
      if (moto === undefined) throw new Error('moto has not begun: its address is there for hooks and tests.');
      return moto.url;
    },
  };
}

type Moto = { readonly url: string; readonly process: ChildProcess };

/** @throws where it does not answer: a test that is skipped for that would pass for one that passed. */
async function start(attempt = 1): Promise<Moto> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const why = await whyNot(moto, url);
  if (why === undefined) return { url, process: moto };
  moto.kill();
  // Somebody else may have taken the port meanwhile.
  if (attempt === MOST_STARTS) throw new Error(`The tests against moto cannot run: ${why}.`);
  return start(attempt + 1);
}

/** Waits until moto answers; returns why it does not, or undefined. */
async function whyNot(moto: ChildProcess, url: string): Promise<string | undefined> {
  let failed: string | undefined;
  moto.once('error', ({ message }) => {
    failed = message;
  });
  moto.once('exit', (code) => {
    failed = `moto_server ended with ${code}`;
  });
  for (const end = Date.now() + LONGEST_START_MS; Date.now() < end && failed === undefined; ) {
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // One that lost its port has ended by now: who answers there is another.
    if (answer?.ok && failed === undefined) return undefined;
  }
  return failed ?? `moto_server did not answer within ${LONGEST_START_MS / 1_000} s`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
