/** The operator's page about one domain: what `mrc why` and `mrc events` say. */
import type { DnsRecord, DomainAnswer, EventsAnswer, Hold } from '../../console/schemas.ts';
import { type Axis, axesOf, describeStep, isLive } from '../../core/report/axes.ts';
import { commandFor, type Spoken } from '../../core/values/commands.ts';
import { formatHostName } from '../../core/values/host-name.ts';
import type { PageResponse } from '../document.ts';
import { type Content, type Html, html } from '../html.ts';
import { copyButton, framed } from './frame.ts';
import { table } from './table.ts';
import { age, ago, moment, sentences } from './words.ts';

export type OneDomain = {
  readonly answer: DomainAnswer;
  readonly events: EventsAnswer | undefined;
  /** A run holds the lease. */
  readonly run: 'at work' | undefined;
  readonly spoken: Spoken;
};

export function domainPage({ answer, events, run, spoken }: OneDomain): PageResponse {
  const { domain, holds, records, steps, asked_at: now } = answer;
  const live = isLive(answer);
  const since = answer.since === undefined ? '' : `, for ${age(answer.since, now)}`;
  return framed({
    title: domain,
    run,
    main: html`<p><a class="button" href="/">All domains</a></p>
<h1>${formatHostName(domain)}</h1>
<div id="stands" data-live><p class="${live ? 'good' : 'warn'}"><strong>${live ? '✔ It is live' : '… It is not live'}${since}.</strong></p>
<dl>${axesOf(answer).map(drawAxis)}</dl>
${drawHolds(answer, holds, spoken)}${drawSteps(steps, spoken)}</div>
<div id="work" role="status" data-live>${run && html`<p>A run is at work. What it does shows here.</p>`}</div>
${drawRecords(records)}
<p class="soft">${answer.probed_at === undefined ? 'DNS was not asked yet.' : html`DNS and certificate as seen ${ago(answer.probed_at, now)}.`} This asks now:</p>
<p>${drawCommand(`verify ${domain}`, spoken)}</p>
<p class="soft">This makes the link to a page for its customer:</p>
<p>${drawCommand(`link ${domain}`, spoken)}</p>
<section aria-labelledby="events-head"><h2 id="events-head">What happened</h2><div id="events" data-live>${drawEvents(events, spoken)}</div></section>`,
  });
}

const MARKS = { well: ['good', '✔'], wrong: ['bad', '✘'], unknown: ['soft', '?'] } as const;

function drawAxis({ axis, found, isWell }: Axis): Html {
  const [colour, mark] = MARKS[isWell === undefined ? 'unknown' : isWell ? 'well' : 'wrong'];
  return html`<dt>${axis}</dt><dd><span class="${colour}" aria-hidden="true">${mark}</span> ${found}</dd>`;
}

function drawHolds({ next, reason }: DomainAnswer, holds: readonly Hold[], spoken: Spoken): Content {
  if (holds.length === 0)
    return html`${reason !== undefined && html`<p>${sentences(reason, spoken)}</p>`}<p><strong>Next:</strong> ${sentences(next, spoken)}</p>`;
  const each = holds.map(
    ({ code, reason: why, what_to_do: whatToDo }) => html`
<li><h3>${code}</h3><p>${sentences(why, spoken)}</p><p><strong>What to do:</strong> ${sentences(whatToDo, spoken)}</p></li>`,
  );
  return html`<h2>What holds it</h2><ul class="needs holds">${each}</ul>`;
}

function drawSteps(steps: DomainAnswer['steps'], spoken: Spoken): Content {
  if (steps.length === 0) return undefined;
  return html`<h2>What is due</h2><ul>${steps.map(({ action, why }) => html`<li>${describeStep(action)}: ${sentences(why, spoken)}</li>`)}</ul>`;
}

function drawRecords(records: readonly DnsRecord[]): Content {
  if (records.length === 0) return undefined;
  const wrong = records.filter(({ ok }) => !ok).length;
  return html`<h2>DNS records</h2>${table({
    caption: wrong === 0 ? 'All of them are as they should be' : 'What the customer has to set, and what is there now',
    heads: ['name', 'type', 'value', 'now', 'right'],
    rows: records.map(drawRecord),
  })}`;
}

function drawRecord({ type, name, value, now, ok }: DnsRecord): readonly Content[] {
  const shown =
    value === 'none' ? 'delete it' : html`<code>${value}</code>${copyButton(value, `the value of ${type} ${name}`)}`;
  return [
    html`<code>${name}</code>${copyButton(name, `the name of ${type} ${name}`)}`,
    type,
    shown,
    html`<code>${now}</code>`,
    ok
      ? html`<span class="good"><span aria-hidden="true">✔</span> yes</span>`
      : html`<span class="bad"><span aria-hidden="true">✘</span> no</span>`,
  ];
}

function drawEvents(events: EventsAnswer | undefined, spoken: Spoken): Content {
  if (events === undefined || events.events.length === 0) return html`<p>Nothing within the last 90 days.</p>`;
  const rows = events.events.map(({ at, type, reason }) => [
    moment(at),
    html`<code>${type}</code>`,
    reason === undefined ? '' : sentences(reason, spoken),
  ]);
  return table({ caption: 'Of the last 90 days, newest first', heads: ['time (UTC)', 'what', 'why'], rows });
}

function drawCommand(words: string, spoken: Spoken): Html {
  const command = commandFor(words, spoken);
  return html`<code>${command}</code>${copyButton(command, command)}`;
}
