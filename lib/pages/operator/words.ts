/** Sentences of the service, and times, as the operator's page shows them. */
import { inCommands, type Spoken } from '../../core/values/commands.ts';
import { formatDuration } from '../../core/values/time.ts';
import { type Html, html } from '../html.ts';
import { addressOfDomain } from './address.ts';

const ACTION = /(\{"action":[^{}]*\}(?: of the console)?)/;

/** With commands in the place of the console's JSON, each to be told from the words around it. */
export function sentences(text: string, spoken: Spoken): Html {
  const parts = text.split(ACTION).map((part, index) => {
    if (index % 2 === 0) return part;
    const command = inCommands(part, spoken);
    return command === part ? part : html`<code>${command}</code>`;
  });
  return html`${parts}`;
}

/** @example `4 minutes ago` */
export function ago(time: string, now: string): Html {
  return html`<time datetime="${time}">${age(time, now)} ago</time>`;
}

/** @example `4 minutes`. Empty where nobody knows. */
export function age(time: string | undefined, now: string): string {
  return time === undefined ? '' : formatDuration(Math.max(0, Date.parse(now) - Date.parse(time)));
}

/** @example `2026-11-27 08:00`, in UTC. */
export function moment(time: string): Html {
  return html`<time class="whole" datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time>`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function linkTo(name: string): Html {
  const address = addressOfDomain(name);
  return address === undefined ? html`${name}` : html`<a href="${address}">${name}</a>`;
}
