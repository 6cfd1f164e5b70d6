import type { NetworkSummary } from '../network/credibility.ts';
import { describeRefused, expectedNetwork } from '../network/event-networks.ts';
import { quantity } from '../values/text.ts';
import { type Check, type CheckFailure, check, unknown, well, wrong } from './check.ts';
import type { Domains, Findings } from './findings.ts';

/** Its API, its lists, whether the application is the one that serves it, and whether others send events. */
export function networkChecks(findings: Findings): Check[] {
  return [...apiChecks(findings), eventsCheck(findings)];
}

function apiChecks({ network, domains }: Findings): Check[] {
  if (!network) {
    return [
      well(
        'network',
        'MULTISITE_URL is not set: this service learns of mappings from events alone, and an event that is lost stays lost. Recommended: set the address of the network and the key of its API.',
      ),
    ];
  }
  const host = domains.kind === 'found' ? domains.value.networkHost : undefined;
  return [
    check('network', network, ({ label }) => `The network answers and calls itself "${label}".`),
    network.kind === 'found'
      ? check('network-lists', network, describeLists)
      : unknown('network-lists', 'Its lists were not read whole.'),
    ...(host ? [check('network-host', { kind: 'found', value: host }, describeHost)] : []),
  ];
}

function describeLists({ mappings, sites, wanted, doubt, odd }: NetworkSummary): string | CheckFailure {
  const read = `Its lists were read whole: ${quantity(mappings, 'mapping')}, ${quantity(sites, 'site')}; ${quantity(wanted, 'domain')} wanted on RunCloud.`;
  if (doubt === undefined && odd === undefined) return read;
  if (doubt === undefined)
    return { found: `${read} ${odd}`, whatToDo: 'Correct these rows in the network, or delete them there.' };
  return {
    found: `${read} They are doubted, so this service removes nothing for want of being listed: ${doubt}.${odd === undefined ? '' : ` ${odd}`}`,
    whatToDo:
      'Correct in the network what is named there, or correct MULTISITE_URL. An empty list, or another network, is believed after a while.',
  };
}

function describeHost({ name, isServed }: NonNullable<Domains['networkHost']>): string | CheckFailure {
  if (isServed) return `The application serves the network's own host, ${name}.`;
  return {
    found: `None of the application's domains serves the network's own host, ${name}: it may be another network's application.`,
    whatToDo: 'Compare WU_RUNCLOUD_APP_ID and MULTISITE_URL: both must belong to the same network.',
  };
}

function eventsCheck({ eventNetworks, now }: Findings): Check {
  const name = 'network-events';
  const refused = describeRefused(eventNetworks, now);
  if (refused) return wrong(name, refused.found, refused.whatToDo);
  const expected = expectedNetwork(eventNetworks);
  if (expected === undefined) return well(name, 'No event has named the network that it comes from.');
  return well(name, `Events are taken from the network ${expected}, and from senders that name none.`);
}
