/** The part of a customer's page that says what to set, and where. */
import type { CustomerRecord, CustomerView } from '../../core/report/customer.ts';
import { type Html, html } from '../html.ts';
import type { Texts } from '../texts/texts.ts';

export function recordsSection(records: readonly CustomerRecord[], { records: texts }: Texts): Html {
  // Told, although a narrow screen shows cards: with them a browser would not call it a table.
  return html`<section><h2>${texts.heading}</h2>
<table class="records" role="table"><caption>${texts.caption}</caption>
<thead role="rowgroup"><tr role="row">${[texts.type, texts.name, texts.value, texts.now, texts.state].map(
    (each) => html`<th scope="col" role="columnheader">${each}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${records.map((each, index) => rowOf(each, index, texts))}</tbody></table>
<p class="soft">${texts.hours}</p></section>`;
}

function rowOf({ type, name, value, now, ok }: CustomerRecord, index: number, texts: Texts['records']): Html {
  const toSet =
    value === undefined
      ? html`<strong>${texts.remove}</strong>`
      : html`<code>${value}</code>${copyButton(value, `copy-${index}`, texts)}`;
  return html`<tr role="row"><th scope="row" role="rowheader" data-label="${texts.type}">${type}</th>
<td role="cell" data-label="${texts.name}"><code>${name}</code></td>
<td role="cell" data-label="${texts.value}"><span class="value">${toSet}</span></td>
<td role="cell" data-label="${texts.now}">${nowOf(now, texts)}</td>
<td role="cell" data-label="${texts.state}" class="${ok ? 'good' : 'bad'}"><span aria-hidden="true">${ok ? '✔' : '✘'}</span> ${ok ? texts.right : texts.change}</td></tr>`;
}

/** The script shows it: without one it could do nothing. */
function copyButton(value: string, id: string, texts: Texts['records']): Html {
  const label = texts.copy({ value });
  return html`<button type="button" class="copy" hidden id="${id}" aria-label="${label}" title="${label}" data-copy="${value}" data-copied="${texts.copied}"><svg viewBox="0 0 16 16" aria-hidden="true"><rect x="5.5" y="5.5" width="9" height="9" rx="1.5"/><path d="M3 10.5H2.5a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h7a1 1 0 0 1 1 1V3"/></svg></button>`;
}

function nowOf(now: CustomerRecord['now'], { none, unknown }: Texts['records']): Html {
  if (now.kind === 'values') return html`<code>${now.text}</code>`;
  return html`${now.kind === 'none' ? none : unknown}`;
}

export function hostSection(
  { host, nameServers }: Pick<CustomerView, 'host' | 'nameServers'>,
  { host: texts }: Texts,
): Html {
  return html`<section><h2>${texts.heading}</h2>${whereOf({ host, nameServers }, texts)}</section>`;
}

function whereOf({ host, nameServers }: Pick<CustomerView, 'host' | 'nameServers'>, texts: Texts['host']): Html {
  if (host === undefined) {
    return html`<p>${nameServers.length === 0 ? texts.nobody : texts.unknown({ nameServers: nameServers.join(', ') })}</p>`;
  }
  const { provider, help } = host;
  const link =
    help === undefined
      ? ''
      : html`<p><a id="host-link" href="${help}" rel="noreferrer noopener">${texts.link({ provider })}</a></p>`;
  return html`<p>${texts.known({ provider })}</p>${link}`;
}

/** For whoever keeps the DNS. `url` is the page's own address. */
export function mailSection(
  records: readonly CustomerRecord[],
  domain: string,
  url: string,
  { mail, records: { copied } }: Texts,
): Html {
  const lines = records.flatMap(({ type, name, value, now, ok }) => {
    if (ok) return [];
    if (value !== undefined) return [mail.record({ type, name, value })];
    return [mail.removal({ type, name, now: now.kind === 'values' ? now.text : '' })];
  });
  const body = mail.body({ domain, records: lines.join('\n'), url });
  const link = `mailto:?subject=${encodeURIComponent(mail.subject({ domain }))}&body=${encodeURIComponent(body)}`;
  return html`<details><summary id="mail-summary"><h2 id="mail-heading">${mail.heading}</h2></summary>
<p>${mail.intro}</p>
<textarea id="mail" readonly rows="${body.split('\n').length + 1}" aria-labelledby="mail-heading">${body}</textarea>
<p class="row"><a class="button" id="mail-link" href="${link}">${mail.open}</a><button type="button" hidden id="copy-mail" data-copies="mail" data-copied="${copied}">${mail.copy}</button></p></details>`;
}
