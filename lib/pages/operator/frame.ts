/** What all parts of the operator's page have around them. */
import { type PageResponse, respondWithPage } from '../document.ts';
import { type Content, html } from '../html.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export type Framed = {
  readonly status?: number;
  readonly title: string;
  readonly main: Content;
  /** While it is so the page asks again every ten seconds. */
  readonly run?: 'at work' | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

export function framed({ status = 200, title, main, run, headers = {} }: Framed): PageResponse {
  return respondWithPage({
    status,
    lang: 'en',
    title: `${title} – multisite-runcloud`,
    style: STYLE,
    script: SCRIPT,
    // It is for this machine alone: no other site may take it into its own.
    headers: { 'cross-origin-resource-policy': 'same-origin', 'x-frame-options': 'DENY', ...headers },
    body: html`<a class="skip" href="#main">Skip to the content</a>
<header><a href="/">multisite-runcloud</a><span class="soft">on this machine</span></header>
<main id="main" tabindex="-1" data-run="${run}">${main}</main>
<footer class="soft"><p>This page only shows what the ledger has: it asks neither RunCloud nor DNS, and changes nothing. <code>npx mrc</code> does. Times are in UTC.</p></footer>
<p id="told" class="visually-hidden" role="status"></p>`,
  });
}

/** Where there is nothing else to show. `why`: sentences. */
export function notice(status: number, title: string, why: Content, headers: Framed['headers'] = {}): PageResponse {
  return framed({
    status,
    title,
    headers,
    main: html`<h1>${title}</h1><p>${why}</p><p><a class="button" href="/">All domains</a></p>`,
  });
}

/** Without scripts there is none: what it would copy stands beside it. */
export function copyButton(text: string, what: string): Content {
  return html`<button type="button" class="copy" data-copy="${text}" hidden>Copy<span class="visually-hidden"> ${what}</span></button>`;
}
