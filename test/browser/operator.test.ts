/** The operator's page on a bad day of 400 domains, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../lib/core/values/time.ts';
import { badDay } from '../cli/bad-day.ts';
import { axe, COLOURS, sidewaysBy, smallTargets, tabStops, WIDTHS } from '../support/browser.ts';
import { type PagesServer, servePages } from '../support/pages-server.ts';
import type { TestWorld } from '../support/world.ts';
import { HAS_NO_BROWSER, onPage } from './on-page.ts';

const PAGES = [
  ['the overview', '/'],
  ['fifty domains', '/?state=all'],
  ['a domain that waits for DNS', '/?domain=shop-0047.example'],
  ['a domain that the brake holds', '/?domain=shop-0210.example'],
  ['a domain that is live', '/?domain=shop-0000.example'],
  ['nothing found', '/?search=nothing'],
  ['an address that is not understood', '/?state=odd'],
] as const;

const VIEWS = WIDTHS.flatMap((width) => COLOURS.map((colours) => ({ width, colours })));

describe.skipIf(HAS_NO_BROWSER)("the operator's page", () => {
  let world: TestWorld;
  let server: PagesServer;
  beforeAll(async () => {
    world = await badDay();
    server = await servePages(world);
  });
  afterAll(async () => server.close());

  describe.each(PAGES)('with %s', (_, path) => {
    it('fits a telephone and a laptop, and has no fault that axe finds by day or by night', async () => {
      await onPage(server.url + path, {}, async ({ page, complaints }) => {
        for (const { width, colours } of VIEWS) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme: colours });
          const found = { axe: await axe(page), sidewaysBy: await sidewaysBy(page), small: await smallTargets(page) };
          expect({ width, colours, ...found }).toEqual({ width, colours, axe: [], sidewaysBy: 0, small: [] });
        }
        // An answer of 400 is a fault of whoever wrote the address.
        expect(complaints.filter((each) => !/status of 400/.test(each))).toEqual([]);
      });
    });

    it('says the same without scripts, and has no button that does nothing then', async () => {
      const withScripts = await onPage(server.url + path, {}, async ({ page }) => page.locator('h1').innerText());
      await onPage(server.url + path, { scripts: 'off' }, async ({ page }) => {
        expect(await page.locator('h1').innerText()).toBe(withScripts);
        expect(await page.locator('button[type=button]:visible').count()).toBe(0);
      });
    });

    it('is sent with less than 50 kB, styles and scripts included', async () => {
      const text = await (await fetch(server.url + path)).text();
      expect(Buffer.byteLength(text)).toBeLessThan(50_000);
    });
  });

  it.each(WIDTHS.flatMap((width) => ['/', '/?domain=shop-0047.example'].map((path) => ({ width, path }))))(
    'is reached by keyboard, stop by stop: $path at $width pixels',
    async ({ width, path }) => {
      await onPage(server.url + path, { width }, async ({ page }) => {
        const { stops, missed, end } = await tabStops(page);
        expect(stops[0]?.element).toBe('a "Skip to the content"');
        expect(stops.filter(({ shows }) => !shows)).toEqual([]);
        expect([missed, end]).toEqual([[], 'around']);
      });
    },
  );

  it.each(['on', 'off'] as const)('finds domains by a part of their name, scripts %s', async (scripts) => {
    await onPage(server.url, { scripts }, async ({ page }) => {
      await page.getByLabel('Part of the name').fill('shop-000');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(new URL(page.url()).search).toBe('?search=shop-000&state=all');
      expect(await page.locator('#rows tbody tr').count()).toBe(10);
      expect(await page.getByLabel('Part of the name').inputValue()).toBe('shop-000');
      await page.getByRole('combobox', { name: 'State' }).selectOption('dns');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await page.locator('#rows tbody th').allInnerTexts()).toEqual(['shop-0007.example']);
      await page.getByRole('link', { name: 'shop-0007.example' }).click();
      expect(await page.locator('h1').innerText()).toBe('shop-0007.example');
    });
  });

  it('leads through all domains, fifty at a time', async () => {
    await onPage(`${server.url}/?state=all`, {}, async ({ page }) => {
      const seen: string[] = [];
      for (;;) {
        seen.push(...(await page.locator('#rows tbody th').allInnerTexts()));
        const next = page.getByRole('link', { name: /The next/ });
        if ((await next.count()) === 0) break;
        await next.click();
      }
      expect([seen.length, new Set(seen).size]).toEqual([403, 403]);
      await page.getByRole('link', { name: /before/ }).click();
      expect(await page.locator('#rows tbody tr').count()).toBe(50);
    });
  });

  it('shows the domains behind each number', async () => {
    await onPage(server.url, {}, async ({ page }) => {
      await page.getByRole('link', { name: '11 waiting for DNS' }).click();
      expect(await page.locator('#rows tbody tr').count()).toBe(11);
      expect(await page.getByRole('link', { name: '11 waiting for DNS' }).getAttribute('aria-current')).toBe('true');
    });
  });

  it('copies the value of a DNS record, and says so', async () => {
    await onPage(`${server.url}/?domain=shop-0047.example`, {}, async ({ page }) => {
      await page.getByRole('button', { name: 'Copy the value of A shop-0047.example' }).press('Enter');
      await expect.poll(async () => page.locator('#told').innerText()).toBe('Copied: 203.0.113.10');
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe('203.0.113.10');
    });
  });

  it('skips to the content', async () => {
    await onPage(server.url, {}, async ({ page }) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('403 in all');
    });
  });

  describe('while a run is at work', () => {
    const holder = 'run at work';
    const hold = async (): Promise<void> => {
      const now = world.clock.now();
      await world.ledger.acquire({ holder, now, ttlMs: 10 * MINUTE, pendingAdds: [] });
    };
    const progress = async (done: number): Promise<void> => {
      const at = new Date(world.clock.now()).toISOString() as never;
      await world.ledger.save(holder, { application: { progress: { startedAt: at, at, done, of: 388 } } });
    };
    const release = async (): Promise<void> => world.ledger.release(holder, [], { application: { progress: null } });

    it('tells how far it is, without being loaded again, and asks no more when it has ended', async () => {
      await hold();
      await progress(134);
      await onPage(server.url, {}, async ({ page }) => {
        let asked = 0;
        page.on('request', () => (asked += 1));
        expect(await page.locator('#work').innerText()).toMatch('134 of 388 steps done');
        await page.clock.install();
        await page.reload();
        await page.getByLabel('Part of the name').fill('half a na');
        asked = 0;
        await progress(250);
        await page.clock.fastForward(10_000);
        await expect.poll(async () => page.locator('#work').innerText()).toMatch('250 of 388 steps done');
        expect(await page.getByLabel('Part of the name').inputValue()).toBe('half a na');
        expect(await page.getByLabel('Part of the name').evaluate((each) => each.matches(':focus'))).toBe(true);
        await release();
        await page.clock.fastForward(10_000);
        await expect.poll(async () => page.locator('#work').innerText()).toBe('');
        await page.clock.fastForward(60_000);
        expect(asked).toBe(2);
      });
    });

    it('leaves alone what did not change, and what has the focus', async () => {
      await hold();
      await progress(1);
      await onPage(server.url, {}, async ({ page }) => {
        await page.clock.install();
        await page.reload();
        await page.evaluate("window.kept = document.querySelector('#needs').firstChild");
        await page.locator('#rows a').first().focus();
        await page.evaluate("document.querySelector('#rows td').textContent = 'stale'");
        await page.evaluate("document.querySelector('#states b').textContent = 'stale'");
        await progress(2);
        await page.clock.fastForward(10_000);
        await expect.poll(async () => page.locator('#work').innerText()).toMatch('2 of 388');
        expect(await page.evaluate("window.kept === document.querySelector('#needs').firstChild")).toBe(true);
        expect(await page.locator('#rows td').first().innerText()).toBe('stale');
        expect(await page.evaluate("document.activeElement.closest('#rows') !== null")).toBe(true);
        expect(await page.locator('#states b').first().innerText()).toBe('403');
      });
      await release();
    });

    it('asks nothing where no run is at work', async () => {
      await onPage(server.url, {}, async ({ page }) => {
        await page.clock.install();
        await page.reload();
        let asked = 0;
        page.on('request', () => (asked += 1));
        await page.clock.fastForward(60_000);
        expect(asked).toBe(0);
      });
    });
  });
});
