/** A table that becomes a list of cards on a narrow screen. The roles stay where the style takes the table's display away. */
import { type Content, type Html, html } from '../html.ts';

export type Table = {
  readonly caption: Content;
  readonly heads: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Content[])[];
};

export function table({ caption, heads, rows }: Table): Html {
  return html`<table class="cards" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => drawRow(row, heads))}</tbody></table>`;
}

function drawRow([name, ...cells]: readonly Content[], [, ...heads]: readonly string[]): Html {
  return html`
<tr role="row"><th role="rowheader" scope="row">${name}</th>${cells.map((cell, index) => html`<td role="cell" data-label="${heads[index]}">${cell}</td>`)}</tr>`;
}
