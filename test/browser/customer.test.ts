/** The customer's page as its readers meet it: on a telephone and a laptop, by day and by night, without script, by keyboard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { DAY, MINUTE } from '../../lib/core/values/time.ts';
import { customerUrl } from '../../lib/pages/link.ts';
import { LANGUAGES } from '../../lib/pages/texts/languages.ts';
import type { Texts } from '../../lib/pages/texts/texts.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { axe, sidewaysBy, smallTargets, tabStops, WIDTHS } from '../support/browser.ts';
import { type PagesServer, servePages } from '../support/pages-server.ts';
import { key } from '../support/webhooks.ts';
import { createWorld, mapped, type TestWorld } from '../support/world.ts';
import { HAS_NO_BROWSER, onPage } from './on-page.ts';

const SERVER = StandInRunCloud.address;
/** A domain in each state, and what it takes to get there. */
const DOMAINS = ['live', 'dns', 'moved-away', 'proxied', 'working', 'unmapped'] as const;
type State = (typeof DOMAINS)[number];
const LANGUAGE_CODES = Object.keys(LANGUAGES) as Texts['lang'][];

describe.skipIf(HAS_NO_BROWSER)("the customer's page in a browser", () => {
  let world: TestWorld;
  let server: PagesServer;

  beforeAll(async () => {
    world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
    const { standInDns, clock } = world;
    for (const state of DOMAINS.slice(0, 5)) await world.deliver(mapped(`${state}.example`, clock));
    standInDns.point('live.example', SERVER);
    standInDns.point('moved-away.example', SERVER);
    standInDns.set('dns.example', {
      ipv4: ['198.51.100.7'],
      ipv6: ['2001:db8::7'],
      ns: ['ada.ns.cloudflare.com', 'ben.ns.cloudflare.com'],
    });
    standInDns.set('proxied.example', { ipv4: ['104.16.0.1'] });
    for (let turn = 0; turn < 4; turn += 1) {
      clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
    }
    standInDns.point('moved-away.example', '198.51.100.7');
    standInDns.point('working.example', SERVER);
    clock.advance(7 * 60 * MINUTE);
    await world.ask({ action: 'reconcile' });
    server = await servePages(world);
  });
  afterAll(async () => server.close());

  const link = (state: State, query = ''): string => {
    const expiresAt = world.clock.now() + 30 * DAY;
    return `${customerUrl(server.url, { domain: `${state}.example` as HostName, expiresAt }, key(1))}${query}`;
  };
  const stateOn = async (url: string) =>
    onPage(url, {}, async ({ page }) => page.locator('main').getAttribute('data-state'));

  it.each(DOMAINS)('shows %s as it is', async (state) => {
    expect(await stateOn(link(state))).toBe(state);
  });

  describe.each(LANGUAGE_CODES)('in the language %s', (lang) => {
    // The texts of the other states are as long, in the same places.
    it.each(lang === 'en' ? DOMAINS : (['dns', 'proxied'] as const))(
      'has nothing wrong for axe, nothing to scroll sideways and nothing too small: %s',
      async (state) => {
        // Colours are the same in every language.
        const colours = lang === 'en' ? 'dark' : 'light';
        const [narrow, wide] = WIDTHS;
        await onPage(link(state, `?lang=${lang}`), { width: narrow, colours }, async ({ page, status, complaints }) => {
          expect(status).toBe(200);
          expect(await page.locator('html').getAttribute('lang')).toBe(lang);
          const wrong = [await axe(page), await sidewaysBy(page), await smallTargets(page)];
          await page.setViewportSize({ width: wide, height: 800 });
          const wrongOnWide = [await axe(page), await sidewaysBy(page), await smallTargets(page)];
          expect([wrong, wrongOnWide, complaints]).toEqual([[[], 0, []], [[], 0, []], []]);
        });
      },
    );
  });

  it.each(WIDTHS)('is all reached by keyboard at %i px, with the focus in sight', async (width) => {
    await onPage(link('dns'), { width }, async ({ page }) => {
      await page.locator('summary').click();
      await page.locator('h1').click();
      const { stops, missed, end } = await tabStops(page);
      expect(missed).toEqual([]);
      expect(end).toBe('around');
      expect(stops.filter(({ shows }) => !shows)).toEqual([]);
      expect(stops.map(({ element }) => element).join()).toMatch(
        /button "Copy 203\.0\.113\.10".*summary.*textarea.*"Check again".*a "ไทย"/,
      );
    });
  });

  it('says without script what is to be set and where, and can be asked to look again', async () => {
    await onPage(link('dns'), { scripts: 'off', width: 360 }, async ({ page }) => {
      const text = await page.locator('main').innerText();
      for (const part of ['dns.example', SERVER, '198.51.100.7', '2001:db8::7', 'Cloudflare'])
        expect(text).toContain(part);
      expect(await page.locator('button:visible').allInnerTexts()).toEqual(['Check again']);
      world.clock.advance(2 * MINUTE);
      await page.getByRole('button', { name: 'Check again' }).click();
      expect(page.url()).toMatch(/\?lang=en&asked=\d+$/);
      await page.getByRole('button', { name: 'Check again' }).click();
      expect(await page.locator('.notice').innerText()).toMatch(/less than a minute ago/);
    });
  });

  it('copies a value and the text for whoever keeps the DNS, and says so', async () => {
    await onPage(link('dns'), {}, async ({ page }) => {
      await page.getByRole('button', { name: `Copy ${SERVER}` }).click();
      const copied = () => page.evaluate<string>('navigator.clipboard.readText()');
      expect(await copied()).toBe(SERVER);
      expect(await page.locator('#news').innerText()).toBe('Copied');
      await page.locator('summary').click();
      await page.getByRole('button', { name: 'Copy the text' }).click();
      expect(await copied()).toMatch(/Set the A record of dns\.example: 203\.0\.113\.10\nDelete the AAAA record/);
      expect(await copied()).toContain(`${server.url}/domains/dns.example.`);
    });
  });

  it('brings by itself what has changed, keeps what is open, and tells a screen reader', async () => {
    world.standInDns.point('dns.example', SERVER);
    await onPage(link('dns'), {}, async ({ page }) => {
      await page.locator('summary').click();
      await page.clock.install();
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
      await page.reload();
      expect(await page.locator('main').getAttribute('data-state')).not.toBe('dns');
      world.clock.advance(10 * MINUTE);
      await world.ask({ action: 'reconcile' });
      await page.clock.runFor(31_000);
      await page.locator('main[data-state=live]').waitFor();
      expect(await page.locator('#news').innerText()).toContain('This domain works');
    });
    world.standInDns.point('dns.example', '198.51.100.7');
  });

  it('shows times by the clock of the reader, and the day on which the link ends', async () => {
    await onPage(link('dns'), {}, async ({ page }) => {
      expect(await page.locator('time').first().innerText()).not.toContain('UTC');
      expect(await page.locator('footer').innerText()).toContain('This link works until');
    });
  });

  it('has one page for links that do not count, with nothing wrong for axe', async () => {
    const texts = new Set<string>();
    for (const url of [`${link('live').slice(0, -1)}0`, `${server.url}/domains/nobody.example.1.x`]) {
      await onPage(url, { width: 360 }, async ({ page, status }) => {
        expect(status).toBe(404);
        expect(await axe(page)).toEqual([]);
        texts.add(await page.locator('body').innerText());
      });
    }
    expect(texts.size).toBe(1);
    expect([...texts][0]).toContain('ask whoever runs your website for a new link');
  });

  it('is below 50 kB in each language and state', async () => {
    for (const state of DOMAINS) {
      for (const lang of LANGUAGE_CODES) {
        const body = await (await fetch(link(state, `?lang=${lang}`))).arrayBuffer();
        expect(body.byteLength).toBeLessThan(50_000);
      }
    }
  });
});
