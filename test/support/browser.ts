/** Pages in Debian's Chromium: opened as a reader would, and looked at by axe and by keyboard. */
import axeCore, { type AxeResults } from 'axe-core';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { program } from '../wordpress/parts.ts';

/** Undefined: it is not installed. */
export const CHROMIUM = program('chromium');

const NARROW = 360;
const WIDE = 1280;
/** A telephone, and a laptop. */
export const WIDTHS = [NARROW, WIDE] as const;
export const COLOURS = ['light', 'dark'] as const;

/** It asks nobody but the pages that it is sent to. As root it has no sandbox, and nothing foreign is opened in it. */
export const LAUNCH: LaunchOptions = {
  ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** For what is no test: a browser of one's own. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch(LAUNCH);
}

export type View = {
  readonly width?: (typeof WIDTHS)[number];
  readonly colours?: (typeof COLOURS)[number];
  readonly scripts?: 'on' | 'off';
};

export type Opened = {
  readonly page: Page;
  /** Status of the answer. */
  readonly status: number;
  /** What the browser complained of, what the page's own policy forbade included. */
  readonly complaints: readonly string[];
};

/** With a clipboard of its own, and closed when `use` ends. */
export async function withPage<T>(
  browser: Browser,
  url: string,
  { width = WIDE, colours = 'light', scripts = 'on' }: View,
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: colours,
    javaScriptEnabled: scripts === 'on',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    const response = await page.goto(url);
    return await use({ page, status: response?.status() ?? 0, complaints });
  } finally {
    await context.close();
  }
}

export const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] as const;

/** What axe finds wrong, as text: the rule, then each element. The page has to run scripts. */
export async function axe(page: Page): Promise<readonly string[]> {
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axeCore.source);
  const options = { runOnly: { type: 'tag', values: AXE_TAGS }, resultTypes: ['violations'] };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.map(({ id, help, nodes }) =>
    [`${id}: ${help}`, ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)].join('\n'),
  );
}

export type TabStop = {
  /** Such as `a "Back to all domains"`. */
  readonly element: string;
  /** It is in view, has an outline, and nothing lies over it. */
  readonly shows: boolean;
};

export type TabStops = {
  readonly stops: readonly TabStop[];
  /** What takes the focus and was not reached, though it is shown. */
  readonly missed: readonly string[];
  /** `around`: past the last of them the focus left the page. `trapped`: it did not. */
  readonly end: 'around' | 'trapped';
};

const MOST_STOPS = 400;

/** What Tab comes to, from the beginning of the page. The page has to run scripts. */
export async function tabStops(page: Page): Promise<TabStops> {
  await page.evaluate(IN_PAGE);
  const stops: TabStop[] = [];
  while (stops.length < MOST_STOPS) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<TabStop | null>('tabStop()');
    const missed = stop ? [] : await page.evaluate<string[]>('missedStops()');
    if (!stop) return { stops, missed, end: 'around' };
    stops.push(stop);
  }
  return { stops, missed: [], end: 'trapped' };
}

/** By how much the page is wider than its window (CSS pixels): 0 where nothing has to be scrolled sideways. */
export async function sidewaysBy(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** What can be touched and is smaller than 24 by 24 CSS pixels. Links within a sentence may be (WCAG 2.2, 2.5.8). */
export async function smallTargets(page: Page): Promise<readonly string[]> {
  await page.evaluate(IN_PAGE);
  return page.evaluate<string[]>('smallTargets()');
}

// Text, because the types of a browser are none of this program's.
const IN_PAGE = `(() => {
  const takesFocus = 'a[href],button:not([disabled]),input:not([disabled]):not([type=hidden]),select,textarea,summary,[tabindex="0"]';
  const nameOf = (each) =>
    each.localName + ' "' + (each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent).replace(/\\s+/g, ' ').trim() + '"';
  const isShown = (each) => each.checkVisibility({ visibilityProperty: true });
  const reached = new Set();
  window.tabStop = () => {
    const each = document.activeElement;
    if (!each || each === document.body || reached.has(each)) return null;
    reached.add(each);
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    const box = each.getClientRects()[0];
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const over = document.elementFromPoint(x, y);
    const isOnTop = over !== null && (each.contains(over) || over.contains(each));
    // The browser's own ring is 'auto', and wider than it says.
    const hasRing = outlineStyle === 'auto' || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
    return { element: nameOf(each), shows: hasRing && isOnTop };
  };
  window.missedStops = () =>
    [...document.querySelectorAll(takesFocus)].filter((each) => isShown(each) && !reached.has(each)).map(nameOf);
  window.smallTargets = () =>
    [...document.querySelectorAll(takesFocus)]
      .filter((each) => isShown(each) && !(each.localName === 'a' && getComputedStyle(each).display === 'inline' && each.closest('p,li,dd')))
      .map((each) => [each, each.getBoundingClientRect()])
      .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 24))
      .map(([each, { width, height }]) => nameOf(each) + ' is ' + Math.round(width) + ' by ' + Math.round(height));
})()`;
