import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inline, respondWithPage } from '../../lib/pages/document.ts';
import { html } from '../../lib/pages/html.ts';

describe('templates of pages', () => {
  it('write whatever they are given as text', () => {
    expect(String(html`<p title="${'"><script>'}">${"a & 'b'"}</p>`)).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">a &amp; &#39;b&#39;</p>',
    );
  });

  it('write what another template made as it is, in lists too', () => {
    const rows = ['a', '<b>'].map((each) => html`<li>${each}</li>`);
    expect(String(html`<ul>${rows}</ul>`)).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>');
  });

  it('leave out what is not there, and write numbers', () => {
    expect(String(html`${undefined}${false}${0}`)).toBe('0');
  });

  it('never let text begin a tag or end an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inside = String(html`${text}`);
        expect(inside).not.toMatch(/[<>"']/);
        expect(inside.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });
});

describe('a page', () => {
  const style = new Inline('p{color:red}');
  const page = { status: 200, lang: 'en', title: 'A <title>', body: html`<main></main>`, style };

  it('allows its own style and script by their hashes, and nothing else', () => {
    const script = new Inline('let here;');
    const { headers } = respondWithPage({ ...page, script });
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${script.source};`);
    expect(policy).toContain(`style-src ${style.source};`);
    expect(policy).not.toContain('unsafe');
    expect(respondWithPage(page).headers['content-security-policy']).not.toContain('script-src');
  });

  it('tells nobody where a reader came from, and is neither kept nor indexed', () => {
    expect(respondWithPage(page).headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
    });
    expect(Object.keys(respondWithPage(page).headers)).not.toContain('set-cookie');
  });

  it('escapes its title', () => {
    expect(respondWithPage(page).body).toContain('<title>A &lt;title&gt;</title>');
  });
});
