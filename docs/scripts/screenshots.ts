/** `npm run screenshots`: pictures of the pages for the documentation, in docs/images. A picture is a shot of the list below. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostName } from '../../lib/core/values/host-name.ts';
import { customerUrl, expiryAfter, LINK_DAYS } from '../../lib/pages/link.ts';
import type { Texts } from '../../lib/pages/texts/texts.ts';
import { readArguments } from '../../local/help.ts';
import { badDay } from '../../test/cli/bad-day.ts';
import { launchBrowser, type View, withPage } from '../../test/support/browser.ts';
import { servePages } from '../../test/support/pages-server.ts';
import { key } from '../../test/support/webhooks.ts';

const HELP = `npm run screenshots

Makes the pictures in docs/images anew, in Debian's chromium: the pages as they
are on a bad day of a network of 400 domains.
`;

readArguments(HELP);

const IMAGES = join(import.meta.dirname, '../images');

type Shot = {
  /** Without its ending. */
  readonly name: string;
  readonly url: string;
  readonly view: View;
  /** What the picture begins with. */
  readonly from: string;
  /** CSS pixels. */
  readonly height: number;
};

const MARGIN = 16;

const world = await badDay();
const operator = await servePages(world, 8787);

/** To the page of a domain whose customer has records to set. */
function customerLink(domain: string, lang: Texts['lang']): string {
  const expiresAt = expiryAfter(LINK_DAYS, world.clock.now());
  return `${customerUrl(operator.url, { domain: domain as HostName, expiresAt }, key(1))}?lang=${lang}`;
}

const SHOTS: readonly Shot[] = [
  { name: 'operator-overview', url: `${operator.url}/`, view: {}, from: 'body', height: 760 },
  { name: 'operator-list', url: `${operator.url}/`, view: {}, from: '#domains-head', height: 700 },
  { name: 'operator-runs', url: `${operator.url}/`, view: {}, from: '#runs-head', height: 760 },
  {
    name: 'operator-domain',
    url: `${operator.url}/?domain=shop-0047.example`,
    view: {},
    from: 'body',
    height: 1_060,
  },
  {
    name: 'operator-dark',
    url: `${operator.url}/?state=dns`,
    view: { width: 360, colours: 'dark' },
    from: 'body',
    height: 1_100,
  },
  { name: 'customer-records', url: customerLink('shop-0047.example', 'en'), view: {}, from: 'body', height: 1_000 },
  ...(['th', 'gu', 'id'] as const).map((lang) => ({
    name: `customer-${lang}`,
    url: customerLink('shop-0047.example', lang),
    view: { width: 360, colours: lang === 'gu' ? 'dark' : 'light' } as const,
    from: 'body',
    height: 1_300,
  })),
];

mkdirSync(IMAGES, { recursive: true });
const browser = await launchBrowser();
for (const { name, url, view, from, height } of SHOTS) {
  const path = join(IMAGES, `${name}.png`);
  await withPage(browser, url, view, async ({ page }) => {
    const top = (await page.locator(from).boundingBox())?.y ?? 0;
    const y = Math.max(0, top - MARGIN);
    await page.screenshot({ path, fullPage: true, clip: { x: 0, y, width: view.width ?? 1280, height } });
  });
  process.stdout.write(`${path}: ${Math.ceil(statSync(path).size / 1024)} kB\n`);
}
await browser.close();
await operator.close();
