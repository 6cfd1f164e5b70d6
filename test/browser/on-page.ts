/** The browser of this run of tests. */
import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';
import { type Opened, type View, withPage } from '../support/browser.ts';

const endpoint = inject('browser');

/** For `describe.skipIf`. */
export const HAS_NO_BROWSER = endpoint === undefined;

let connected: Promise<Browser> | undefined;

/** Opens the page, and closes it when `use` ends. */
export async function onPage<T>(url: string, view: View, use: (opened: Opened) => Promise<T>): Promise<T> {
  if (endpoint === undefined) throw new Error('There is no browser here.');
  connected ??= chromium.connect(endpoint);
  return withPage(await connected, url, view, use);
}
