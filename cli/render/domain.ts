/** One domain: each axis, the cause, what to do about it. */

import { axesOf, describeStep, isLive } from '../../lib/core/report/axes.ts';
import type { DnsRecord, Hold, Row } from '../answers.ts';
import { type Context, command, say } from '../context.ts';
import { shortAge } from './age.ts';
import { cut, tableOf } from './table.ts';

type ShownDomain = Omit<Row, 'state'> & {
  readonly holds: readonly Hold[];
  readonly records: readonly DnsRecord[];
  readonly steps?: readonly { readonly action: string; readonly why: string }[];
};

/** `now`: by the service's clock. Undefined where it does not say since when. */
export function showDomain(context: Context, domain: ShownDomain, now: string | undefined): void {
  const { page } = context;
  const { holds, records, steps = [] } = domain;
  const verdict = isLive(domain) ? 'is live' : 'is not live';
  const since = domain.since === undefined || now === undefined ? '' : ` (so for ${shortAge(domain.since, now)})`;
  page.line(page.style('bold', `${domain.domain} ${verdict}${since}`));
  page.line();
  for (const { isWell, axis, found } of axesOf(domain)) {
    const mark =
      isWell === undefined ? page.style('dim', '?') : isWell ? page.style('green', '✔') : page.style('red', '✘');
    page.line(`  ${mark} ${axis.padEnd(12)} ${cut(found, page.terminal.columns - 17)}`);
  }
  const [cause, ...others] = holds;
  if (cause) {
    page.line();
    // Visitors do not notice what only keeps a change waiting.
    say(context, `${isLive(domain) ? 'Held' : 'Because'}: ${cause.reason}`);
    say(context, `${isLive(domain) ? 'Do' : 'Fix'}: ${cause.what_to_do}`);
  } else if (!isLive(domain) && domain.reason !== undefined) {
    page.line();
    say(context, `Because: ${domain.reason}`);
  }
  if (!isLive(domain)) showRecords(context, records);
  for (const { reason, what_to_do: whatToDo } of others) {
    page.line();
    say(context, `Also: ${reason} ${whatToDo}`);
  }
  for (const { action, why } of steps) {
    page.line();
    say(context, `Next: ${describeStep(action)} (${why}).`);
  }
}

function showRecords({ page }: Context, records: readonly DnsRecord[]): void {
  const wrong = records.filter(({ ok }) => !ok);
  if (wrong.length === 0) return;
  page.line();
  page.line('DNS records to set:');
  const rows = wrong.map(({ type, name, value, now }) => [type, name, value === 'none' ? 'delete it' : value, now]);
  const drawn = tableOf(
    page,
    [{ head: 'type' }, { head: 'name' }, { head: 'set' }, { head: 'now', width: 'rest' }],
    rows,
  );
  page.line(drawn);
}

/** For the customer: what to set, and nothing about this service. */
export function mailOf({ domain, records, dns }: ShownDomain): string {
  const wrong = records.filter(({ ok }) => !ok);
  const points = dns === 'pointing' || dns === 'proxied';
  if (wrong.length === 0) {
    return points
      ? `The DNS of ${domain} is right. There is nothing for you to do.`
      : `We have not seen the DNS records of ${domain} yet. We will tell you what to set.`;
  }
  const lines = wrong.flatMap(({ type, name, value, now }) =>
    value === 'none'
      ? [`  Delete the ${type} record of ${name} (it is ${now}).`]
      : [`  Type: ${type}`, `  Name: ${name}`, `  Value: ${value}`, `  (now: ${now})`, ''],
  );
  return [
    `Subject: DNS records for ${domain}`,
    '',
    'Hello,',
    '',
    `${points ? `One more record of ${domain} is to be changed.` : `${domain} does not lead to your website yet.`} Please set this at the company where you registered the domain, or send it to whoever keeps its DNS:`,
    '',
    ...lines.join('\n').trimEnd().split('\n'),
    '',
    'It can take some hours until everybody sees the change. The certificate comes by itself after that. If the domain is behind a proxy, such as the orange cloud of Cloudflare, switch that off until the website opens with https.',
  ].join('\n');
}

export function showAsked(
  context: Context,
  { domain, probed_at: probed }: Pick<Row, 'domain' | 'probed_at'>,
  now: string,
): void {
  const { page } = context;
  const seen =
    probed === undefined ? 'DNS was not asked yet' : `DNS and certificate as seen ${shortAge(probed, now)} ago`;
  page.line();
  page.prose(`${seen}. ${command(context, `verify ${domain}`)} asks now.`);
}
