/** A `moto_server` for the tests of one file, which ends with them: files do not meet in it, so they run beside each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll } from 'vitest';

const LONGEST_START_MS = 60_000;

/** The address of a new one, or why there is none. For the head of a file: whether its tests are skipped depends on it. */
export async function startMoto(): Promise<{ readonly url: string } | { readonly missing: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const missing = await whyNot(moto, url);
  if (missing !== undefined) process.stdout.write(`The tests against moto are skipped: ${missing}.\n`);
  afterAll(() => void moto.kill());
  return missing === undefined ? { url } : { missing };
}

/** Waits until moto answers; returns why it does not, or undefined. */
async function whyNot(moto: ChildProcess, url: string): Promise<string | undefined> {
  let failed: string | undefined;
  moto.once('error', () => {
    failed = 'moto_server is not installed';
  });
  moto.once('exit', (code) => {
    failed = `moto_server ended with ${code}`;
  });
  for (const end = Date.now() + LONGEST_START_MS; Date.now() < end; ) {
    if (failed) return failed;
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return `moto_server did not answer within ${LONGEST_START_MS / 1_000} s`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
