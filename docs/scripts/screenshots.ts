/** `npm run screenshots`: pictures of the pages for the documentation, in docs/images. A picture is a shot of the list below. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../../local/help.ts';
import { badDay } from '../../test/cli/bad-day.ts';
import { launchBrowser, type View, withPage } from '../../test/support/browser.ts';
import { serveOperator } from '../../test/support/operator-server.ts';

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

const operator = await serveOperator(await badDay(), 8787);

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
