/** Before the tests: one browser for all files, or a line which says that there is none. */
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { CHROMIUM, LAUNCH } from '../support/browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the browser is reached. Not there where it is not installed. */
    browser: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (CHROMIUM === undefined) {
    const line =
      'Pages are not tested in a browser here, because chromium is not installed. On Debian: apt-get install --no-install-recommends chromium';
    // Where nobody reads along, a skipped test would pass for a passed one. Whoever leaves it out has to say so.
    if (process.env['CI'] && process.env['WITHOUT_BROWSER'] !== '1') throw new Error(line);
    process.stdout.write(`${line}\n`);
    return undefined;
  }
  const server = await chromium.launchServer(LAUNCH);
  project.provide('browser', server.wsEndpoint());
  return async () => server.close();
}
