import type { CertificateMode } from '../certificates/mode.ts';
import { MOST_SHARED_NAMES, SWITCH_TO_ADVANCED } from '../certificates/shared.ts';
import { type CertificateResult, judgeHandshake } from '../probe/certificate-verdict.ts';
import type { Handshake } from '../probe/handshake.ts';
import { describeUsage, isAlarming, SAVE_CALLS, WAIT_FOR_CALLS } from '../report/calls.ts';
import { quantity } from '../values/text.ts';
import { epoch } from '../values/time.ts';
import { addressCheck } from './addresses.ts';
import { type Check, type CheckFailure, check, type Unanswered, unanswered, unknown, well, wrong } from './check.ts';
import type { Finding, Findings } from './findings.ts';

/** Everything between this service and the list of domains, and the limits on requests: a minute, and a month. */
export function runcloudChecks(findings: Findings): Check[] {
  return [...accessChecks(findings), limitCheck(findings), quotaCheck(findings)];
}

/** How RunCloud keeps certificates, and whether the server shows them. */
export function certificateChecks(findings: Findings): Check[] {
  const { certificates, handshake, now } = findings;
  return [
    check('certificates', certificates, describeMode),
    addressCheck(findings),
    check('server-tls', handshake, (found) => describeHandshake(found, now)),
  ];
}

/** The first of these that fails explains the others. A request that is forbidden shows that the credentials are accepted. */
function accessChecks({ access, server, application, domains }: Findings): Check[] {
  const forbidden = [access, server, application, domains].find(isForbidden);
  return [
    answerCheck(access),
    tokenCheck(access),
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

/** Of all that may be wrong with an answer, RunCloud itself says these two: it answers, and refuses. */
function isRefusal(access: Findings['access']): boolean {
  return access.kind === 'failed' && (access.fault === 'unauthorized' || access.fault === 'forbidden');
}

function answerCheck(access: Findings['access']): Check {
  return access.kind === 'found' || isRefusal(access)
    ? well('runcloud', 'RunCloud answers.')
    : unanswered('runcloud', access);
}

/** An outage, or a page of something in between, says nothing about the credentials. */
function tokenCheck(access: Findings['access']): Check {
  const name = 'runcloud-token';
  if (access.kind === 'failed' && access.fault === 'unauthorized') return unanswered(name, access);
  return access.kind === 'found' || isRefusal(access)
    ? well(name, 'RunCloud accepts the credentials.')
    : unknown(name, 'This shows once RunCloud answers.');
}

function planCheck(forbidden: Unanswered | undefined, domains: Findings['domains']): Check {
  const name = 'runcloud-plan';
  if (forbidden) return unanswered(name, forbidden);
  if (domains.kind === 'found')
    return well(name, 'The RunCloud plan lets the API read the domains of the application.');
  return unknown(name, 'This shows once the domains can be read.');
}

function isForbidden(finding: Finding<unknown>): finding is Unanswered {
  return finding.fault === 'forbidden';
}

function limitCheck({ quietUntil, block, now }: Findings): Check {
  if (block) return unknown('runcloud-limit', 'This shows once RunCloud takes calls again.');
  if (quietUntil === undefined || epoch(quietUntil) <= now) {
    return well('runcloud-limit', "RunCloud's limit on requests is not used up.");
  }
  return wrong(
    'runcloud-limit',
    `RunCloud's limit on requests is used up until ${quietUntil}: this service sends nothing before that.`,
    'Wait. If it happens often, other clients use the same token: give this service one of its own.',
  );
}

function quotaCheck({ usage, block, now }: Findings): Check {
  const found = describeUsage(usage);
  if (block) {
    return wrong(
      'runcloud-quota',
      `Since ${block.since} RunCloud refuses every call (${block.status}): most likely those of this month are used up. ${found}`,
      WAIT_FOR_CALLS,
    );
  }
  return isAlarming(usage, now) ? wrong('runcloud-quota', found, SAVE_CALLS) : well('runcloud-quota', found);
}

function describeMode({ mode, names }: { mode: CertificateMode | undefined; names: number }): string | CheckFailure {
  switch (mode) {
    case 'advanced':
      return 'RunCloud keeps a certificate for each domain, and this service asks for them.';
    case 'auto-ssl':
      return 'AutoSSL is on: RunCloud asks for certificates by itself. This service watches them, and asks for one that does not come.';
    case 'basic': {
      const found = `RunCloud keeps one certificate for all ${names} names of the application (at most ${MOST_SHARED_NAMES}). This service adds a domain only once it points here.`;
      return names > MOST_SHARED_NAMES ? { found, whatToDo: SWITCH_TO_ADVANCED } : found;
    }
    case undefined:
      return {
        found:
          'RunCloud does not say how it keeps the certificates of this application, so this service asks for none.',
        whatToDo: 'Look at SSL/TLS of the web application in RunCloud.',
      };
  }
}

type Shown = { readonly address: string; readonly name: string; readonly shown: Handshake };

function describeHandshake({ address, name, shown }: Shown, now: number): string | CheckFailure {
  switch (shown.kind) {
    case 'certificate':
      return describeCertificate(address, name, judgeHandshake(shown, now));
    case 'none':
      return `The server ${address} answers, and has no certificate for ${name} (${shown.why}).`;
    case 'could-not-ask':
      return {
        found: `The server ${address} could not be asked for its certificates: ${shown.why}.`,
        whatToDo:
          'Make sure that its port 443 (TLS_PORT) can be reached from here. Without a handshake this service asks for no certificate.',
      };
  }
}

/** The issuer alone is no fault here: behind a proxy an application may have a certificate that the proxy trusts and browsers do not. */
function describeCertificate(address: string, name: string, verdict: CertificateResult): string | CheckFailure {
  switch (verdict.kind) {
    case 'other-name':
      return {
        found: `For ${name} the server ${address} shows a certificate of another name (${verdict.names.join(', ') || 'none at all'}).`,
        whatToDo: `Make sure that ${address} is the server of this application, and that ${name} has a certificate: SSL/TLS of the web application in RunCloud.`,
      };
    case 'expired':
      return {
        found: `For ${name} the server ${address} shows a certificate that expired at ${verdict.until}.`,
        whatToDo: 'Renew it: SSL/TLS of the web application in RunCloud.',
      };
    case 'untrusted':
      return `The server ${address} shows a certificate for ${name} that browsers do not trust: ${verdict.why}.`;
    default:
      return `The server ${address} shows a certificate for ${name}.`;
  }
}
