/** Before the tests against moto: starts `moto_server`, and ends it after them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import type { TestProject } from 'vitest/node';

const LONGEST_START_MS = 60_000;

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of moto, or why there is none. */
    moto: { readonly url: string } | { readonly missing: string };
  }
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const moto = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const missing = await whyNot(moto, url);
  if (missing !== undefined) process.stdout.write(`The tests against moto are skipped: ${missing}.\n`);
  provide('moto', missing === undefined ? { url } : { missing });
  return () => void moto.kill();
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
