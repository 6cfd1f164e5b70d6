/** Calls to RunCloud in this billing period: in words, as a chart, and as the table that the chart is made of. */
import type { DayOfCalls, QuotaAnswer } from '../../console/schemas.ts';
import type { Spoken } from '../../core/values/commands.ts';
import { DAY } from '../../core/values/time.ts';
import { type Html, html } from '../html.ts';
import { number, sentences } from './words.ts';

const HEIGHT = 100;
const BAR = 10;
const GAP = 2;

export function drawCalls({ summary, days = [], since, reset_at: resetAt }: QuotaAnswer, spoken: Spoken): Html {
  const most = Math.max(0, ...days.map(({ calls }) => calls));
  const length = Math.max(days.length, Math.round((Date.parse(resetAt) - Date.parse(since)) / DAY));
  const last = new Date(Date.parse(resetAt) - DAY).toISOString().slice(0, 10);
  return html`<p>${sentences(summary, spoken)}</p>
${
  most > 0 &&
  html`<figure><figcaption class="soft">Calls by day, ${number(most)} at the most</figcaption>
<svg class="chart" viewBox="0 0 ${length * BAR} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Bars of the calls by day. The table below has their numbers.">${days.map((day, index) => drawBar(day, index, most))}</svg>
<p class="ends soft" aria-hidden="true"><span>${since.slice(0, 10)}</span><span>${last}</span></p></figure>`
}
<details><summary>Calls by day, as a table</summary>
<table><caption>Newest first</caption><thead><tr><th scope="col">day</th><th scope="col">calls</th><th scope="col">on what</th></tr></thead>
<tbody>${days.toReversed().map(drawDay)}</tbody></table></details>`;
}

function drawBar({ calls }: DayOfCalls, index: number, most: number): Html | undefined {
  if (calls === 0) return undefined;
  // One call is to be seen beside thousands.
  const height = Math.max(1, Math.round((calls / most) * HEIGHT));
  return html`<rect x="${index * BAR + GAP / 2}" y="${HEIGHT - height}" width="${BAR - GAP}" height="${height}"/>`;
}

function drawDay({ day, calls, on }: DayOfCalls): Html {
  const kinds = Object.entries(on).map(([kind, count]) => `${kind} ${number(count)}`);
  return html`<tr><th scope="row">${day}</th><td class="number">${number(calls)}</td><td>${kinds.join(', ')}</td></tr>`;
}
