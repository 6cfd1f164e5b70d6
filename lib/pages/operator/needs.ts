/** What needs a person: what was found, and what to do. */
import type { Need } from '../../console/schemas.ts';
import { commandFor, type Spoken } from '../../core/values/commands.ts';
import { quantity } from '../../core/values/text.ts';
import { type Content, type Html, html } from '../html.ts';
import { copyButton } from './frame.ts';
import { linkTo, sentences } from './words.ts';

export function drawNeeds(needs: readonly Need[], spoken: Spoken): Html {
  if (needs.length === 0) return html`<p class="good">✔ Nothing needs a person.</p>`;
  return html`<ul class="needs">${needs.map((need) => drawNeed(need, spoken))}</ul>`;
}

function drawNeed({ code, count, domains, found, what_to_do: whatToDo }: Need, spoken: Spoken): Html {
  const about = count === 0 ? '' : `, ${quantity(count, 'domain')}`;
  const more = count - domains.length;
  const named =
    domains.length > 0 &&
    html`<p>${domains.map((domain, index) => html`${index > 0 && ', '}${linkTo(domain)}`)}${more > 0 && ` and ${more} more`}</p>`;
  return html`
<li><h3><span class="bad" aria-hidden="true">✘</span> ${code}${about}</h3><p>${sentences(found, spoken)}</p><p><strong>What to do:</strong> ${sentences(whatToDo, spoken)}</p>${named}${drawCommand(code, domains, spoken)}</li>`;
}

/** What shows more of it. That of a domain is on its page. */
function drawCommand(code: string, domains: readonly string[], spoken: Spoken): Content {
  const words = code === 'brake' ? 'plan' : code === 'calls' ? 'quota' : domains.length === 0 ? 'doctor' : undefined;
  if (words === undefined) return undefined;
  const command = commandFor(words, spoken);
  return html`<p><code>${command}</code>${copyButton(command, command)}</p>`;
}
