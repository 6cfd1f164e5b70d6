/** The operator's page about all domains: what `mrc status` and `mrc quota` say, to be looked through. */
import type { QuotaAnswer, StatusAnswer } from '../../console/schemas.ts';
import type { Spoken } from '../../core/values/commands.ts';
import { quantity } from '../../core/values/text.ts';
import { formatDuration, SECOND } from '../../core/values/time.ts';
import type { PageResponse } from '../document.ts';
import { type Content, html } from '../html.ts';
import type { Choice } from './address.ts';
import { drawCalls } from './calls.ts';
import { drawDomains } from './domains.ts';
import { framed } from './frame.ts';
import { drawNeeds } from './needs.ts';
import { drawRuns } from './runs.ts';
import { drawStates } from './states.ts';
import { ago, moment, number } from './words.ts';

export type Overview = {
  readonly status: StatusAnswer;
  /** Undefined: it was refused. */
  readonly quota: QuotaAnswer | undefined;
  readonly choice: Choice;
  readonly spoken: Spoken;
};

export function overviewPage({ status, quota, choice, spoken }: Overview): PageResponse {
  const { needs } = status;
  return framed({
    title: needs.length === 0 ? 'Domains' : `${quantity(needs.length, 'thing')} to see to`,
    run: status.run === 'at work' ? 'at work' : undefined,
    main: html`<h1>Domains</h1>
<p class="soft" id="facts" data-live>${describeFacts(status, spoken)}</p>
<div class="work" id="work" role="status" data-live>${drawWork(status)}</div>
<nav aria-label="Domains by state" id="states" data-live>${drawStates(status.counts, choice)}</nav>
<section aria-labelledby="needs-head"><h2 id="needs-head">Needs you</h2><div id="needs" data-live>${drawNeeds(needs, spoken)}</div></section>
<section aria-labelledby="domains-head"><h2 id="domains-head">List of domains</h2>${drawDomains(status, choice, spoken)}</section>
<section aria-labelledby="runs-head"><h2 id="runs-head">Last runs</h2><div id="runs" data-live>${drawRuns(status.runs ?? [], spoken)}</div></section>
${quota && html`<section aria-labelledby="calls-head"><h2 id="calls-head">Calls to RunCloud</h2>${drawCalls(quota, spoken)}</section>`}`,
  });
}

function describeFacts({ asked_at: now, last_run_at: last, list, due, run }: StatusAnswer, spoken: Spoken): Content {
  const ended =
    last === undefined ? 'No run over all domains has come to its end yet.' : html`Last run ${ago(last, now)}.`;
  const read =
    list &&
    html` RunCloud’s list read ${ago(list.read_at, now)}, next ${moment(list.next_at)} where nothing is to be done.`;
  const steps =
    due > 0 &&
    run === undefined &&
    html` ${quantity(due, 'step')} due: <code>${spoken.program} plan${spoken.options}</code> shows ${due === 1 ? 'it' : 'them'}.`;
  return html`As of ${moment(now)}. ${ended}${read}${steps}`;
}

function drawWork({ run, progress }: StatusAnswer): Content {
  if (progress === undefined) return run !== undefined && 'A run is at work.';
  const { done, of, seconds_left: left } = progress;
  const words = `${number(done)} of ${quantity(of, 'step')} done${left === undefined ? '' : `, about ${formatDuration(left * SECOND)} left`}`;
  const sentence = run === undefined ? `${words}; the next run goes on.` : `A run is at work: ${words}.`;
  return html`<p>${sentence}</p><progress max="${Math.max(1, of)}" value="${done}" aria-label="Steps done"></progress>`;
}
