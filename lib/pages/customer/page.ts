/** The page for the customer whose domain it is. It works without script and on a telephone. */
import type { CustomerState, CustomerView, StepState } from '../../core/report/customer.ts';
import { formatHostName } from '../../core/values/host-name.ts';
import { epoch, type IsoTime } from '../../core/values/time.ts';
import { type PageResponse, respondWithPage } from '../document.ts';
import { type Html, html } from '../html.ts';
import type { CustomerLink } from '../link.ts';
import { LANGUAGES } from '../texts/languages.ts';
import type { Headed, Texts } from '../texts/texts.ts';
import { hostSection, mailSection, recordsSection } from './records.ts';
import { CUSTOMER_SCRIPT } from './script.ts';
import { CUSTOMER_STYLE } from './style.ts';

/** What became of "check again", as the address of the page says. */
export type CheckNotice = 'asked' | 'wait' | 'failed';

export type CustomerPage = {
  readonly link: CustomerLink;
  readonly view: CustomerView;
  readonly texts: Texts;
  /** Address of this page, as it can be sent to somebody. */
  readonly url: string;
  /** Where the form is sent, relative to the page. */
  readonly checkPath: string;
  readonly notice: CheckNotice | undefined;
};

export function customerPage({ link, view, texts, url, checkPath, notice }: CustomerPage): PageResponse {
  const { state, steps, records, lookedAt } = view;
  const domain = formatHostName(link.domain);
  const { heading, text } = headedOf(state, texts);
  const isToSet = records.length > 0;
  const body = html`<main data-state="${state.kind}" data-pending="${String(isPending(state))}">
<section class="card ${TONES[state.kind]}"><h1><span class="domain">${domain}</span> ${heading}</h1><p class="lead">${text}</p></section>
${notice && html`<p class="notice" data-notice="${notice}">${texts.check[notice]}</p>`}
${hasSteps(state) && stepsSection(steps, texts)}
${state.kind === 'proxied' && html`<section><h2>${texts.proxy.heading}</h2><p>${texts.proxy.text({ by: state.by })}</p></section>`}
${isToSet && recordsSection(records, texts)}
${isToSet && hostSection(view, texts)}
${isToSet && mailSection(records, domain, url, texts)}
${view.look === 'possible' && checkForm(checkPath, lookedAt, texts)}
</main><p id="news" class="visually-hidden" role="status"></p>${footer(texts, texts.expires({ date: dayOf(link.expiresAt, texts) }))}`;
  return respondWithPage({
    status: 200,
    lang: texts.lang,
    title: texts.title({ domain }),
    body,
    style: CUSTOMER_STYLE,
    script: CUSTOMER_SCRIPT,
    headers: VARY,
  });
}

/** For whoever has no link that counts, or cannot be answered now: it knows of no domain. */
export function textPage(
  kind: 'badLink' | 'busy',
  texts: Texts,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): PageResponse {
  const { heading, text } = texts[kind];
  const body = html`<main><section class="card warn"><h1>${heading}</h1><p class="lead">${text}</p></section></main>${footer(texts)}`;
  const page = { status, lang: texts.lang, title: heading, body, style: CUSTOMER_STYLE };
  return respondWithPage({ ...page, headers: { ...VARY, ...headers } });
}

const VARY = { vary: 'accept-language' };

/** Whether something is to change by itself, or by what the customer does meanwhile. */
function isPending({ kind }: CustomerState): boolean {
  return kind !== 'live' && kind !== 'unmapped' && kind !== 'network';
}

function hasSteps({ kind }: CustomerState): boolean {
  return kind !== 'unmapped' && kind !== 'network';
}

const TONES: Readonly<Record<CustomerState['kind'], 'good' | 'warn' | 'bad' | ''>> = {
  live: 'good',
  expiring: 'good',
  working: '',
  dns: 'warn',
  'moved-away': 'bad',
  proxied: 'warn',
  checking: '',
  network: '',
  provider: 'warn',
  unmapped: 'warn',
};

function headedOf(state: CustomerState, { states }: Texts): Headed {
  switch (state.kind) {
    case 'moved-away':
      return states.movedAway;
    case 'proxied':
      return states.proxied({ by: state.by });
    default:
      return states[state.kind];
  }
}

const MARKS: Readonly<Record<StepState, readonly [string, string]>> = {
  done: ['✔', 'good'],
  now: ['…', 'soft'],
  problem: ['✘', 'bad'],
  later: ['–', 'soft'],
};

function stepsSection({ dns, server, certificate }: CustomerView['steps'], { steps, stepStates }: Texts): Html {
  const rows: readonly (readonly [string, StepState])[] = [
    [steps.dns, dns],
    [steps.server, server],
    [steps.certificate, certificate],
  ];
  return html`<section><h2>${steps.heading}</h2><ol class="steps">${rows.map(([name, state]) => {
    const [mark, tone] = MARKS[state];
    return html`<li><span class="mark ${tone}" aria-hidden="true">${mark}</span><span>${name}: <span class="${tone}">${stepStates[state]}</span></span></li>`;
  })}</ol></section>`;
}

function checkForm(path: string, lookedAt: IsoTime | undefined, texts: Texts): Html {
  const looked =
    lookedAt &&
    html`<p class="soft" id="looked">${withTime(texts, (time) => texts.check.looked({ time }), lookedAt)}</p>`;
  return html`<form method="post" action="${path}?lang=${texts.lang}"><p class="row"><button class="main" id="check">${texts.check.button}</button></p></form>${looked}<p class="soft" data-updates hidden>${texts.check.updates}</p>`;
}

const HERE = '\u0000';

/** The script puts the reader's own time in place of the one in UTC. */
function withTime({ lang }: Texts, sentence: (time: string) => string, time: IsoTime): Html {
  const [before, after] = sentence(HERE).split(HERE);
  const shown = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(
    epoch(time),
  );
  return html`${before}<time datetime="${time}">${shown} UTC</time>${after}`;
}

function dayOf(time: number, { lang }: Texts): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC' }).format(time);
}

function footer(texts: Texts, note?: string): Html {
  const links = Object.values(LANGUAGES).map(({ lang, name }) =>
    lang === texts.lang
      ? html`<li><a href="?lang=${lang}" lang="${lang}" hreflang="${lang}" aria-current="true">${name}</a></li>`
      : html`<li><a href="?lang=${lang}" lang="${lang}" hreflang="${lang}">${name}</a></li>`,
  );
  return html`<footer>${note !== undefined && html`<p class="soft">${note}</p>`}<nav aria-label="${texts.languages}"><ul class="languages">${links}</ul></nav></footer>`;
}
