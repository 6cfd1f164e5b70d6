/** How many domains are in each state: each number shows them. */
import type { StatusAnswer } from '../../console/schemas.ts';
import { DOMAIN_STATES, NOT_LIVE, STATE_WORDS } from '../../core/report/state-names.ts';
import { type Html, html } from '../html.ts';
import { addressOf, type Choice } from './address.ts';
import { number } from './words.ts';

export type Counts = StatusAnswer['counts'];

export function sumOf(counts: Counts, states: readonly (keyof Counts)[] = DOMAIN_STATES): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

export function drawStates(counts: Counts, { state: shown, search }: Choice): Html {
  const tile = (state: Choice['state'], count: number, words: string): Html => {
    const isShown = state === shown && search === '';
    return html`<li><a href="${addressOf({ state, search: '', from: 0 })}"${isShown && html` aria-current="true"`}><b>${number(count)}</b> ${words}</a></li>`;
  };
  const some = DOMAIN_STATES.filter((state) => (counts[state] ?? 0) > 0);
  return html`<ul class="states">${tile('all', sumOf(counts), 'in all')}${tile(undefined, sumOf(counts, NOT_LIVE), 'to look at')}${some.map((state) => tile(state, counts[state] ?? 0, STATE_WORDS[state]))}</ul>`;
}
