/**
 * Before the tests: says whether the bridge is among what is tested, and installs WordPress once for the run, when the first
 * file asks for it: a run of other tests does not wait for it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { Installation } from './installation.ts';
import { missingParts } from './parts.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where a file of tests asks for the installation. Not there where a part is missing. */
    wordpress: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const missing = missingParts();
  if (missing !== undefined) {
    const line = `The WordPress bridge is not tested here, because this is missing: ${missing}. On Debian: apt-get install --no-install-recommends wordpress php-cli php-mysql mariadb-server`;
    // Where nobody reads along, a skipped test would pass for a passed one. Whoever leaves it out has to say so.
    if (process.env['CI'] && process.env['WITHOUT_WORDPRESS'] !== '1') throw new Error(line);
    process.stdout.write(`${line}\n`);
    return undefined;
  }
  let installation: Promise<Installation> | undefined;
  const server = createServer((_request, response) => {
    installation ??= Installation.start();
    installation.then(
      ({ installed }) => response.end(JSON.stringify(installed)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('wordpress', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return async () => {
    server.close();
    server.closeAllConnections();
    // One that could not be started has removed itself, and said so to who asked.
    await installation?.then(
      (started) => started.stop(),
      () => undefined,
    );
  };
}
