/** What the tests of pages go by can itself find fault. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axe, sidewaysBy, smallTargets, tabStops } from '../support/browser.ts';
import { HAS_NO_BROWSER, onPage } from './on-page.ts';

const BAD = `<!doctype html><title>Bad</title>
<style>a:focus{outline:none}.wide{width:50rem}</style>
<p style="color:#bbb;background:#fff">Hardly to be read</p>
<a href="#one">without a ring</a>
<button style="width:9px;height:9px;padding:0;border:0">x</button>
<button onclick="1" tabindex="-1">never reached</button>
<div class="wide">wide</div>
<script>throw new Error('from the page')</script>`;
const GOOD = `<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1><p>To be read</p>
<noscript><p>without scripts</p></noscript><button style="min-height:2rem">press</button></main>
<style>@media (prefers-color-scheme:dark){html{color-scheme:dark;background:#000;color:#fff}}</style>`;

async function groundOf(page: Page): Promise<string> {
  return page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
}

describe.skipIf(HAS_NO_BROWSER)('a page in a browser', () => {
  const server = createServer(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(url === '/bad' ? BAD : GOOD);
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('that is bad is found to be so', async () => {
    await onPage(`${url}/bad`, { width: 360 }, async ({ page, complaints }) => {
      expect((await axe(page)).join('\n')).toMatch(/color-contrast/);
      expect(await sidewaysBy(page)).toBeGreaterThan(400);
      expect(await smallTargets(page)).toContain('button "x" is 9 by 9');
      expect(complaints.join()).toMatch(/from the page/);
      const { stops, missed, end } = await tabStops(page);
      expect(stops).toEqual([
        { element: 'a "without a ring"', shows: false },
        expect.objectContaining({ element: 'button "x"' }),
      ]);
      expect([missed, end]).toEqual([['button "never reached"'], 'around']);
    });
  });

  it('that is good is found to be so', async () => {
    await onPage(url, { width: 360 }, async ({ page, complaints, status }) => {
      expect([await axe(page), await sidewaysBy(page), await smallTargets(page)]).toEqual([[], 0, []]);
      expect([status, complaints]).toEqual([200, []]);
      const { stops, missed, end } = await tabStops(page);
      expect(stops).toEqual([{ element: 'button "press"', shows: true }]);
      expect([missed, end]).toEqual([[], 'around']);
    });
  });

  it('is opened without scripts, and by night', async () => {
    await onPage(url, { scripts: 'off', colours: 'dark' }, async ({ page }) => {
      expect(await page.locator('noscript').innerText()).toMatch(/without scripts/);
      expect(await groundOf(page)).toBe('rgb(0, 0, 0)');
    });
    await onPage(url, {}, async ({ page }) => {
      expect(await page.locator('noscript').isVisible()).toBe(false);
      expect(await groundOf(page)).toBe('rgba(0, 0, 0, 0)');
    });
  });
});
