/** The list of domains, which can be searched and is shown page by page. */
import type { Row, StatusAnswer } from '../../console/schemas.ts';
import { FILTER_STATES, type FilterState, STATE_WORDS } from '../../core/report/state-names.ts';
import type { Spoken } from '../../core/values/commands.ts';
import { quantity, shorten } from '../../core/values/text.ts';
import { type Content, type Html, html } from '../html.ts';
import { addressOf, type Choice, ROWS_ON_A_PAGE } from './address.ts';
import { sumOf } from './states.ts';
import { table } from './table.ts';
import { age, linkTo, number, sentences } from './words.ts';

/** The page of the domain has all of it. */
const LONGEST_REASON = 180;

export function drawDomains(status: StatusAnswer, choice: Choice, spoken: Spoken): Html {
  return html`${drawForm(status, choice)}<div id="rows" data-live>${drawRows(status, choice, spoken)}</div>`;
}

function drawForm({ counts }: StatusAnswer, { state: chosen = 'all', search }: Choice): Html {
  const option = (state: FilterState | 'all', words: string): Html =>
    html`<option value="${state}"${state === chosen && html` selected`}>${words}</option>`;
  const words = (state: FilterState): string =>
    state === 'needs-person' ? 'needs a person' : `${STATE_WORDS[state]} (${number(counts[state] ?? 0)})`;
  return html`<form role="search" action="/" method="get">
<label>Part of the name <input type="search" name="search" value="${search}" autocomplete="off" spellcheck="false"></label>
<label>State <select name="state">${option('all', 'any')}${FILTER_STATES.map((state) => option(state, words(state)))}</select></label>
<button class="main">Show</button></form>`;
}

function drawRows({ domains, matching, counts, asked_at: now }: StatusAnswer, choice: Choice, spoken: Spoken): Content {
  const { state, search, from } = choice;
  const all = addressOf({ state: 'all', search: '', from: 0 });
  if (domains.length === 0) {
    if (matching > 0)
      return html`<p>The list ends before that. <a href="${addressOf({ ...choice, from: 0 })}">From its beginning</a></p>`;
    if (state === undefined && sumOf(counts) > 0)
      return html`<p class="good">✔ Every domain of this service is live. <a href="${all}">All ${number(sumOf(counts))}</a></p>`;
    return html`<p>No domain is like that. <a href="${all}">All domains</a></p>`;
  }
  const which = [
    state === undefined
      ? 'not live'
      : state === 'all'
        ? ''
        : state === 'needs-person'
          ? 'that need a person'
          : STATE_WORDS[state],
    search === '' ? '' : `with “${search}” in the name`,
  ].filter((words) => words !== '');
  const shown = `${number(from + 1)} to ${number(from + domains.length)}`;
  return html`${table({
    caption: `${quantity(matching, 'domain')}${which.length === 0 ? '' : `, ${which.join(', ')}`}: ${shown}, by name`,
    heads: ['domain', 'state', 'since', 'next, and why'],
    rows: domains.map((row) => [
      linkTo(row.domain),
      drawState(row),
      html`<span class="whole">${age(row.since, now)}</span>`,
      drawNext(row, spoken),
    ]),
  })}${drawPages(choice, matching)}`;
}

const MARKS: Readonly<Record<Row['state'], readonly [string, string]>> = {
  live: ['good', '✔'],
  expiring: ['warn', '!'],
  certificate: ['warn', '…'],
  failed: ['bad', '✘'],
  dns: ['warn', '…'],
  unknown: ['soft', '?'],
  absent: ['warn', '…'],
  'not-ours': ['soft', '–'],
};

function drawState({ state, needs_person: needy }: Row): Html {
  const [colour, mark] = MARKS[state];
  return html`<span class="whole ${colour}"><span aria-hidden="true">${mark}</span> ${STATE_WORDS[state]}</span>${needy && html` <strong class="whole bad">needs you</strong>`}`;
}

function drawNext({ next, reason }: Row, spoken: Spoken): Html {
  const why = reason !== undefined && html`<p class="soft">${sentences(cut(reason), spoken)}</p>`;
  return html`<p>${sentences(cut(next), spoken)}</p>${why}`;
}

/** Not within an action, which would be no command any more. */
function cut(text: string): string {
  const shown = shorten(text, LONGEST_REASON);
  const open = shown.lastIndexOf('{"action"');
  return open >= 0 && !shown.includes('}', open) ? `${shown.slice(0, open)}…` : shown;
}

function drawPages(choice: Choice, matching: number): Content {
  if (matching <= ROWS_ON_A_PAGE && choice.from === 0) return undefined;
  const to = (from: number): string => addressOf({ ...choice, from });
  const before = Math.max(0, choice.from - ROWS_ON_A_PAGE);
  const after = choice.from + ROWS_ON_A_PAGE;
  return html`<nav class="pages" aria-label="Pages of the list">${choice.from > 0 && html`<a class="button" rel="prev" href="${to(before)}">The ${ROWS_ON_A_PAGE} before</a>`}${after < matching && html`<a class="button" rel="next" href="${to(after)}">The next ${Math.min(ROWS_ON_A_PAGE, matching - after)}</a>`}</nav>`;
}
