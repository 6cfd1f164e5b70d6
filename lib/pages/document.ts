/** A whole page, and the headers it is answered with. */
import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';

export type PageResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Style or script that stands in the page itself. The page's policy names it by its hash, so nothing else is run. */
export class Inline {
  readonly text: string;
  /** As Content-Security-Policy names it. */
  readonly source: string;

  /** `text` is a constant of the program, never anything from outside. */
  constructor(text: string) {
    this.text = text;
    this.source = `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  }
}

export type Page = {
  readonly status: number;
  /** BCP 47. */
  readonly lang: string;
  readonly title: string;
  readonly body: Html;
  readonly style: Inline;
  /** The page works without it. */
  readonly script?: Inline;
  readonly headers?: Readonly<Record<string, string>>;
};

export function respondWithPage({ status, lang, title, body, style, script, headers = {} }: Page): PageResponse {
  const head = html`<meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">`;
  const code = script === undefined ? '' : `<script type="module">${script.text}</script>`;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policyOf(style, script),
      // The address of a customer's page is its key: it must not reach the sites that the page links to, nor a shared cache.
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      ...headers,
    },
    body: `<!doctype html>\n<html lang="${html`${lang}`}"><head>${head}<style>${style.text}</style></head><body>${body}${code}</body></html>\n`,
  };
}

function policyOf(style: Inline, script: Inline | undefined): string {
  return [
    "default-src 'none'",
    `style-src ${style.source}`,
    ...(script ? [`script-src ${script.source}`, "connect-src 'self'"] : []),
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
