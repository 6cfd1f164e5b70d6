/**
 * The doctor: what was found on looking around, judged check by check, with what to do where something is wrong.
 *
 * Each check answers one question of somebody whose domain did not appear. A check that could not be made because an earlier
 * one failed says so, and is not counted as a fault of its own.
 */
import type { CertificateMode } from './certificate-mode.ts';
import { MOST_SHARED_NAMES, SWITCH_TO_ADVANCED } from './certify-shared.ts';
import type { Handshake } from './handshake.ts';
import type { Hold, HoldCode } from './hold.ts';
import type { HostName } from './host-name.ts';
import type { NetworkLook } from './network.ts';
import type { Policy } from './plan.ts';
import { quantity } from './report.ts';
import { epoch, type IsoTime, MINUTE, sayDuration } from './time.ts';

export type CheckName =
  | 'settings'
  | 'policy'
  | 'runcloud-token'
  | 'runcloud-plan'
  | 'runcloud-server'
  | 'runcloud-application'
  | 'runcloud-domains'
  | 'runcloud-limit'
  | 'network'
  | 'network-lists'
  | 'network-host'
  | 'certificates'
  | 'server-tls'
  | 'webhook-secret'
  | 'clock'
  | 'dns'
  | 'last-reconcile'
  | 'lease'
  | 'held'
  | 'failing';

/** `unknown`: it could not be made, because of what another check says. */
export type Check = {
  readonly name: CheckName;
  readonly verdict: 'ok' | 'wrong' | 'unknown';
  readonly found: string;
  readonly whatToDo?: string;
};

/** What came of asking for something. `skipped`: not asked, because of what came before. */
export type Finding<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'failed'; readonly fault: string; readonly why: string; readonly whatToDo: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** How the keys for webhooks look, without the keys. */
export type WebhookSetup = {
  readonly keys: number;
  /** One of them is typed by hand, or repeats itself: it can be guessed. */
  readonly isGuessable: boolean;
  /** Whether the plugin's own, unsigned webhook is let in. */
  readonly plugin: 'open' | 'closed';
};

export type Domains = {
  readonly count: number;
  readonly primary: string | undefined;
  /** Whether the network's own host is among them; undefined where that host is not known. */
  readonly networkHost: { readonly name: HostName; readonly isThere: boolean } | undefined;
};

/** Somebody else's clock against this one (ms; positive: theirs is ahead). */
export type ClockReading = { readonly whose: 'RunCloud' | 'the network'; readonly aheadMs: number };

export type Findings = {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly policy: Policy;
  /** Whether the token opens the API at all. */
  readonly access: Finding<undefined>;
  readonly server: Finding<{ readonly id: number; readonly address: string }>;
  readonly application: Finding<{ readonly id: number; readonly name: string }>;
  readonly domains: Finding<Domains>;
  /** Until when RunCloud asked for silence. */
  readonly quietUntil: IsoTime | undefined;
  /** Undefined: no network is configured. */
  readonly network: Finding<NetworkLook> | undefined;
  /** How certificates are kept (undefined: RunCloud does not say), and for how many names. */
  readonly certificates: Finding<{ readonly mode: CertificateMode | undefined; readonly names: number }>;
  /** What the server showed for one of its names. */
  readonly handshake: Finding<{ readonly address: string; readonly name: string; readonly shown: Handshake }>;
  readonly webhook: WebhookSetup;
  readonly clocks: readonly ClockReading[];
  /** How many public resolvers were asked about the network's host, and how many of them answered. */
  readonly resolvers: { readonly asked: number; readonly answered: number };
  readonly lastReconcile: IsoTime | undefined;
  /** What ended the last run early. */
  readonly stop: { readonly at: IsoTime; readonly why: string; readonly whatToDo: string } | undefined;
  /** Until when somebody holds the lease. */
  readonly leaseUntil: IsoTime | undefined;
  readonly holds: Finding<readonly Hold[]>;
  /** Whole runs are expected this often (ms), with some patience. */
  readonly reconcileWithinMs: number;
};

/** Further off than this, and signed webhooks with a tolerance of five minutes come near being refused (ms). */
const CLOCK_TOLERANCE_MS = MINUTE;

/** Takes what was found; returns every check, in the order in which one would mend things. */
export function diagnose(findings: Findings): Check[] {
  return [
    policyCheck(findings),
    ...runcloudChecks(findings),
    limitCheck(findings),
    ...networkChecks(findings),
    check('certificates', findings.certificates, sayMode),
    check('server-tls', findings.handshake, sayHandshake),
    webhookCheck(findings),
    clockCheck(findings),
    dnsCheck(findings),
    lastReconcileCheck(findings),
    leaseCheck(findings),
    ...heldChecks(findings),
  ];
}

/** Takes the checks; returns them in a sentence or two. */
export function summariseChecks(checks: readonly Check[]): string {
  const faults = checks.filter((check) => check.verdict === 'wrong');
  const open = checks.filter((check) => check.verdict === 'unknown').length;
  const left = open > 0 ? ` ${quantity(open, 'check')} could not be made because of that.` : '';
  const [first] = faults;
  if (!first) return `All ${checks.length} checks are well.`;
  return `${faults.length} of ${quantity(checks.length, 'check')} found something wrong: ${faults.map(({ name }) => name).join(', ')}.${left} Begin with ${first.name}: ${first.found}${first.whatToDo ? ` ${first.whatToDo}` : ''}`;
}

function policyCheck({ policy }: Findings): Check {
  const found = {
    observe: 'POLICY is observe: nothing is written to RunCloud, only shown.',
    'create-only':
      'POLICY is create-only: domains are added and certificates asked for, and nothing is changed or removed.',
    sync: 'POLICY is sync: everything is done.',
  }[policy];
  return well('policy', found);
}

/** The first of these that fails explains the others. */
function runcloudChecks({ access, server, application, domains }: Findings): Check[] {
  const forbidden = [access, server, application, domains]
    .filter((finding) => finding.kind === 'failed')
    .find(({ fault }) => fault === 'forbidden');
  return [
    access.kind === 'found' || access === forbidden
      ? well('runcloud-token', 'RunCloud accepts the credentials.')
      : unanswered('runcloud-token', access),
    planCheck(forbidden, domains),
    check('runcloud-server', server, ({ id, address }) => `Server ${id} is there; its address is ${address}.`),
    check(
      'runcloud-application',
      application,
      ({ id, name }) => `Web application ${id} ("${name}") is on that server.`,
    ),
    check('runcloud-domains', domains, ({ count, primary }) => {
      const words = `The list of domains was read whole: ${quantity(count, 'domain')}`;
      return primary === undefined
        ? `${words}; RunCloud does not say which is the primary one.`
        : `${words}; the primary one is ${primary}.`;
    }),
  ];
}

function planCheck(forbidden: Unanswered | undefined, domains: Findings['domains']): Check {
  const name = 'runcloud-plan';
  if (forbidden) return unanswered(name, forbidden);
  if (domains.kind === 'found')
    return well(name, 'The RunCloud plan lets the API read the domains of the application.');
  return unknown(name, 'It shows when the domains can be read.');
}

function limitCheck({ quietUntil, now }: Findings): Check {
  if (quietUntil === undefined || epoch(quietUntil) <= now) {
    return well('runcloud-limit', "RunCloud's limit on requests leaves room.");
  }
  return wrong(
    'runcloud-limit',
    `RunCloud's limit on requests is used up until ${quietUntil}: nothing is sent before that.`,
    'Wait. If it happens often, other clients use the same token: give this service one of its own.',
  );
}

function networkChecks({ network, domains }: Findings): Check[] {
  if (!network) {
    return [
      well(
        'network',
        'MULTISITE_URL is not set: events are the only word there is, and an event that is lost stays lost. Recommended: the address of the network and the key of its API.',
      ),
    ];
  }
  const host = domains.kind === 'found' ? domains.value.networkHost : undefined;
  return [
    check('network', network, ({ label }) => `The network answers and calls itself "${label}".`),
    network.kind === 'found'
      ? check('network-lists', network, sayLists)
      : unknown('network-lists', 'Its lists were not read whole.'),
    ...(host ? [check('network-host', { kind: 'found', value: host }, sayHost)] : []),
  ];
}

function sayLists({ mappings, sites, wanted, doubt }: NetworkLook): string | Fault {
  const read = `Its lists were read whole: ${quantity(mappings, 'mapping')}, ${quantity(sites, 'site')}; ${quantity(wanted, 'domain')} wanted on RunCloud.`;
  if (doubt === undefined) return read;
  return {
    found: `${read} But they are doubted, so that nothing is removed for want of being listed: ${doubt}.`,
    whatToDo:
      'Correct what is named there in the network, or MULTISITE_URL. An empty list, or another network, is believed only after a while.',
  };
}

function sayHost({ name, isThere }: NonNullable<Domains['networkHost']>): string | Fault {
  if (isThere) return `The application serves the network's own host, ${name}.`;
  return {
    found: `The application does not have the network's own host, ${name}, among its domains: it may be another network's application.`,
    whatToDo: 'Compare WU_RUNCLOUD_APP_ID and MULTISITE_URL: both must belong to the same network.',
  };
}

function sayMode({ mode, names }: { mode: CertificateMode | undefined; names: number }): string | Fault {
  switch (mode) {
    case 'advanced':
      return 'RunCloud keeps a certificate for each domain, and they are asked for here.';
    case 'auto-ssl':
      return 'AutoSSL is on: RunCloud sees to certificates by itself, and they are only watched, unless one does not come.';
    case 'basic': {
      const found = `RunCloud keeps one certificate for all ${names} names of the application (at most ${MOST_SHARED_NAMES}). Domains are added only once they point here.`;
      return names > MOST_SHARED_NAMES ? { found, whatToDo: SWITCH_TO_ADVANCED } : found;
    }
    case undefined:
      return {
        found: 'RunCloud does not say how it keeps the certificates of this application, so none is asked for.',
        whatToDo: 'Look at SSL/TLS of the web application in RunCloud.',
      };
  }
}

function sayHandshake({ address, name, shown }: { address: string; name: string; shown: Handshake }): string | Fault {
  switch (shown.kind) {
    case 'certificate':
      return `The server ${address} shows a certificate for ${name}.`;
    case 'none':
      return `The server ${address} answers, and has no certificate for ${name} (${shown.why}).`;
    case 'could-not-ask':
      return {
        found: `The server ${address} could not be asked for its certificates: ${shown.why}.`,
        whatToDo: 'See that its port 443 (TLS_PORT) can be reached from here: without it no certificate is asked for.',
      };
  }
}

function webhookCheck({ webhook: { keys, isGuessable, plugin } }: Findings): Check {
  const rotation = keys > 1 ? ` ${keys} keys are taken: drop the old one when the network uses the new one.` : '';
  if (isGuessable) {
    return wrong(
      'webhook-secret',
      'A key in WEBHOOK_SECRET looks as if it was typed by hand, or repeats itself: it could be guessed.',
      'Make one with npm run --silent webhook-secret, and enter it here and in the network.',
    );
  }
  return well(
    'webhook-secret',
    `Signed webhooks are taken.${rotation} The plugin's own webhook is ${plugin === 'open' ? 'let in as a hint' : 'not let in: WEBHOOK_TOKEN is not set'}.`,
  );
}

function clockCheck({ clocks }: Findings): Check {
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > CLOCK_TOLERANCE_MS);
  if (clocks.length === 0) return unknown('clock', 'Nobody could be asked for the time.');
  if (off.length === 0) {
    const whose = clocks.map((clock) => clock.whose).join(' and ');
    return well('clock', `This clock and that of ${whose} agree within a minute.`);
  }
  const said = off.map(({ whose, aheadMs }) => {
    return `The clock of ${whose} is ${sayDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this one.`;
  });
  return wrong(
    'clock',
    `${said.join(' ')} Signed webhooks are refused from five minutes on, and of two events the later one holds.`,
    'Set the clock that is wrong by a time server (NTP).',
  );
}

function dnsCheck({ resolvers: { asked, answered } }: Findings): Check {
  if (answered === asked) {
    return well('dns', `${quantity(asked, 'public resolver')} answered.`);
  }
  return wrong(
    'dns',
    `${answered} of ${quantity(asked, 'public resolver')} answered: what is not surely known of a domain's DNS counts as not pointing here.`,
    'Look whether DNS requests (port 53) may leave from here, or name other resolvers in DNS_SERVERS.',
  );
}

function lastReconcileCheck({ lastReconcile, stop, now, reconcileWithinMs }: Findings): Check {
  const name = 'last-reconcile';
  if (stop) {
    return wrong(name, `A run ended early at ${stop.at}. ${stop.why}`, stop.whatToDo);
  }
  if (lastReconcile === undefined) {
    return wrong(name, 'No whole run has come to its end yet.', 'Start one with {"action":"reconcile"}.');
  }
  const age = now - epoch(lastReconcile);
  if (age <= reconcileWithinMs) return well(name, `The last whole run ended at ${lastReconcile}.`);
  return wrong(
    name,
    `The last whole run ended at ${lastReconcile}, ${sayDuration(age)} ago: what differs is not mended.`,
    'Look whether the schedule is on, and read the log of reconcile.',
  );
}

function leaseCheck({ leaseUntil, now }: Findings): Check {
  if (leaseUntil === undefined || epoch(leaseUntil) <= now) return well('lease', 'No run is at work.');
  return well('lease', `A run is at work, and holds the lease until ${leaseUntil} at the latest.`);
}

/** Holds that somebody has to do something about; the others are the way things are meant to be. */
const PRESSING: ReadonlySet<HoldCode> = new Set([
  'brake',
  'incomplete',
  'last-domain',
  'not-taken',
  'changed',
  'stopped',
  'certificate-failed',
  'spoilt',
  'too-many-names',
  'foreign-certificate',
]);
const SHOWN = 3;

function heldChecks({ holds }: Findings): Check[] {
  if (holds.kind !== 'found') {
    return [unknown('held', 'No plan could be made.'), unknown('failing', 'No plan could be made.')];
  }
  const failing = holds.value.filter(({ code }) => code === 'waiting');
  const held = holds.value.filter(({ code }) => code !== 'waiting');
  const counts = [...Map.groupBy(held, ({ code }) => code)].map(([code, each]) => `${code} ${each.length}`);
  const pressing = held.filter(({ code }) => PRESSING.has(code));
  const found = counts.length === 0 ? 'Nothing is held or left alone.' : `Held or left alone: ${counts.join(', ')}.`;
  return [
    judge('held', found, pressing),
    judge(
      'failing',
      failing.length === 0 ? 'No step has failed.' : `${quantity(failing.length, 'domain')} failed last time.`,
      failing,
    ),
  ];
}

function judge(name: CheckName, found: string, pressing: readonly Hold[]): Check {
  const [first] = pressing;
  return first ? wrong(name, `${found}${firstOf(pressing)}`, first.whatToDo) : well(name, found);
}

function firstOf(holds: readonly Hold[]): string {
  const reasons = [...new Set(holds.map(({ reason }) => reason))];
  const more = reasons.length > SHOWN ? ` And ${reasons.length - SHOWN} more: see "plan".` : '';
  return ` ${reasons.slice(0, SHOWN).join(' ')}${more}`;
}

function well(name: CheckName, found: string): Check {
  return { name, verdict: 'ok', found };
}

function unknown(name: CheckName, found: string): Check {
  return { name, verdict: 'unknown', found };
}

function wrong(name: CheckName, found: string, whatToDo: string): Check {
  return { name, verdict: 'wrong', found, whatToDo };
}

/** A finding that is a fault all the same. */
type Fault = { readonly found: string; readonly whatToDo: string };

function check<T>(name: CheckName, finding: Finding<T>, say: (value: T) => string | Fault): Check {
  if (finding.kind !== 'found') return unanswered(name, finding);
  const said = say(finding.value);
  return typeof said === 'string' ? well(name, said) : wrong(name, said.found, said.whatToDo);
}

type Unanswered = Exclude<Finding<never>, { kind: 'found' }>;

function unanswered(name: CheckName, finding: Unanswered): Check {
  if (finding.kind === 'skipped') return unknown(name, finding.why);
  return wrong(name, finding.why, finding.whatToDo);
}
