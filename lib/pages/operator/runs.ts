/** The last runs over all domains. */
import type { ListedRun } from '../../console/schemas.ts';
import type { Spoken } from '../../core/values/commands.ts';
import { formatDuration } from '../../core/values/time.ts';
import { type Content, type Html, html } from '../html.ts';
import { table } from './table.ts';
import { moment, sentences } from './words.ts';

export function drawRuns(runs: readonly ListedRun[], spoken: Spoken): Html {
  if (runs.length === 0) return html`<p>None is on record yet. Each run is, from its end on.</p>`;
  return table({
    caption: `The last ${runs.length === 1 ? 'one' : runs.length} over all domains, newest first`,
    heads: ['ended (UTC)', 'took', 'changes', 'held or left alone', 'failed', 'how it ended'],
    rows: runs.map((run) => [
      moment(run.at),
      formatDuration(run.took_ms),
      String(run.done),
      String(run.held),
      run.failed === 0 ? '0' : html`<span class="bad">${run.failed}</span>`,
      drawEnd(run, spoken),
    ]),
  });
}

function drawEnd({ aborted, progress }: ListedRun, spoken: Spoken): Content {
  if (aborted === undefined) return 'came to its end';
  if (progress) return html`the next one went on: ${sentences(aborted, spoken)}`;
  return html`<span class="bad">early:</span> ${sentences(aborted, spoken)}`;
}
