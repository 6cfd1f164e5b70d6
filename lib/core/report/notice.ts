/** An event out as a text for people, in Slack's form. */
import { inCommands } from '../values/commands.ts';
import { formatHostName } from '../values/host-name.ts';
import { quantity, shorten } from '../values/text.ts';
import type { OutgoingEvent } from './outgoing.ts';

// Discord takes 2,000 characters in all, and cuts nothing by itself.
const LONGEST_PART = 600;

/**
 * What happened, to whom, why, what to do, the command that says more, and what can be sent to the customer. `options`: those that name the
 * service to `mrc`, such as ` --stage production`. `link`: to the customer's page.
 */
export function noticeOf(event: OutgoingEvent, options: string, link?: string): string {
  const { reason, whatToDo } = event.detail;
  const lines = [
    titleOf(event),
    ...(reason === undefined ? [] : [part(reason, options)]),
    ...(whatToDo === undefined ? [] : [`What to do: ${part(whatToDo, options)}`]),
    `More: \`mrc ${commandFor(event)}${options}\``,
    ...(link === undefined ? [] : [`For the customer: ${link}`]),
  ];
  return lines.map(escaped).join('\n');
}

function part(text: string, options: string): string {
  return shorten(inCommands(text, { program: 'mrc', options }), LONGEST_PART);
}

/** https://docs.slack.dev/messaging/formatting-message-text: these three begin links and mentions. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function titleOf(event: OutgoingEvent): string {
  const { type, detail } = event;
  switch (type) {
    case 'removals.held': {
      const are = detail.count === 1 ? 'is' : 'are';
      return `${quantity(detail.count, 'removal')} ${are} held by the brake: ${namesIn(detail)}.`;
    }
    case 'quota.low':
      return "RunCloud's calls of this month run low.";
    case 'notify.test':
      return 'This is a test: what multisite-runcloud has to tell arrives here.';
    default: {
      const [of, ofMany] = HAPPENED[type];
      if ('domain' in detail) return `*${formatHostName(detail.domain)}* ${of}.`;
      return `*${quantity(detail.count, 'domain')}* ${ofMany}: ${namesIn(detail)}.`;
    }
  }
}

type DomainType = Exclude<OutgoingEvent['type'], 'removals.held' | 'quota.low' | 'notify.test'>;

/** Of one domain, and of several. */
const HAPPENED: Readonly<Record<DomainType, readonly [string, string]>> = {
  'domain.added': ['is on RunCloud now', 'are on RunCloud now'],
  'domain.removed': ['is not on RunCloud any more', 'are not on RunCloud any more'],
  'domain.live': ['is live: visitors reach it with a valid certificate', 'are live'],
  'domain.not-live': ['is not live any more', 'are not live any more'],
  'dns.lost': ['does not point to the server any more', 'do not point to the server any more'],
  'dns.restored': ['points to the server again', 'point to the server again'],
  'certificate.issued': ['has its certificate', 'have their certificates'],
  'certificate.failed': [
    'has no valid certificate, although one was requested',
    'have no valid certificates, although they were requested',
  ],
  'certificate.expiring': ['has a certificate that runs out', 'have certificates that run out'],
};

function namesIn({ domains, count }: { readonly domains: readonly string[]; readonly count: number }): string {
  const named = domains.slice(0, MOST_NAMED);
  const rest = count - named.length;
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
}

const MOST_NAMED = 5;

function commandFor({ type, detail }: OutgoingEvent): string {
  if ('domain' in detail) return `why ${detail.domain}`;
  if (type === 'removals.held') return 'plan';
  if (type === 'quota.low') return 'quota';
  return type === 'notify.test' ? 'doctor' : 'status';
}
