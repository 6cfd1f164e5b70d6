/**
 * Asking RunCloud for a certificate: one request, and never a second for a lost answer. What came of it shows on the server, and
 * the pauses are kept in the ledger: each request is on record before it is sent, so that nobody who comes after a process that
 * died sends it again at once.
 */

import type { CertificateMode } from '../../core/certificates/mode.ts';
import { foreignCertificate } from '../../core/certificates/request-waits.ts';
import { afterForeign, afterRequest, afterUnread, type IssuanceHistory } from '../../core/certificates/requests.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import type { IssueStep } from '../../core/plan/step.ts';
import { formatHostName, type HostName } from '../../core/values/host-name.ts';
import { DAY, iso } from '../../core/values/time.ts';
import type { InstalledCertificate, Scope } from '../../runcloud/certificates.ts';
import { type ChangeAnswer, formatRefusal } from '../../runcloud/domains.ts';
import { RunCloudError, type RunCloudFault } from '../../runcloud/error.ts';
import { messageOf } from '../../util/log.ts';
import { asAbort } from '../abort.ts';
import type { ApplyContext } from './context.ts';

export type CertificateAttempt =
  /** Nothing was sent. */
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'abort'; readonly abort: RunAbort }
  /** RunCloud did not show what is installed; `fault` tells whether others share that. */
  | { readonly kind: 'unread'; readonly fault: RunCloudFault; readonly abort: RunAbort }
  | { readonly kind: 'sent' }
  /** `abort`: no other certificate is worth asking for in this run. */
  | {
      readonly kind: 'refused';
      readonly says: string;
      readonly issuance: IssuanceHistory;
      readonly abort: RunAbort | undefined;
    };

/** What RunCloud may answer of one domain while it is well with all others. */
const OF_ONE_DOMAIN: ReadonlySet<RunCloudFault> = new Set(['unavailable', 'unexpected', 'unreadable', 'forbidden']);

/** What RunCloud issued itself; an answer may leave the method out. */
const OWN_METHODS: readonly string[] = ['letsencrypt', ''];

/** Takes the step; asks for its certificate, keeps that, and returns what came of it. RunCloud that cannot be asked ends certificates alone. */
export async function requestCertificate(step: IssueStep, context: ApplyContext): Promise<CertificateAttempt> {
  try {
    return await request(step, context);
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    return { kind: 'abort', abort: asAbort(error) };
  }
}

async function request(step: IssueStep, context: ApplyContext): Promise<CertificateAttempt> {
  const { domain, certificate } = step;
  const { reader, writer } = context.certificates;
  const scope: Scope =
    certificate.kind === 'shared' ? { kind: 'application' } : { kind: 'domain', id: certificate.target.id };
  let installed: InstalledCertificate | undefined;
  try {
    installed = await reader.find(scope);
  } catch (error) {
    if (!(error instanceof RunCloudError) || !OF_ONE_DOMAIN.has(error.fault)) throw error;
    const { before, keep } = memoryOf(step, context);
    keep(afterUnread(before, messageOf(error), context.deps.clock.now()));
    return { kind: 'unread', fault: error.fault, abort: asAbort(error) };
  }
  const foreign = installed && foreignMethod(installed);
  if (foreign !== undefined) {
    const { before, keep } = memoryOf(step, context);
    const now = context.deps.clock.now();
    keep(afterForeign(before, foreign, now));
    return { kind: 'held', hold: holds.certificate(domain, foreignCertificate(domain, foreign, now + DAY)) };
  }
  const mode = await reader.readMode();
  const planned = context.observation.input.certificates.mode;
  if (mode === undefined || mode !== planned) {
    context.lease.stageNotes({ certificateMode: { mode: mode ?? null, readAt: iso(context.deps.clock.now()) } });
    return { kind: 'abort', abort: switched(planned, mode) };
  }
  return send(step, context, () => (installed ? writer.redeploy(scope, installed.id) : writer.install(scope, mode)));
}

function foreignMethod({ method = '', isStaging }: InstalledCertificate): string | undefined {
  if (!OWN_METHODS.includes(method)) return method;
  // Issued again it would come from there again, and browsers trust none of it.
  return isStaging ? 'but by its staging environment' : undefined;
}

/** Takes the step and what sends its request; puts that on record, sends it, and takes back what surely was not carried out. */
async function send(
  step: IssueStep,
  context: ApplyContext,
  ask: () => Promise<ChangeAnswer>,
): Promise<CertificateAttempt> {
  const { domain, names, order } = step;
  const { lease, deps } = context;
  const { before, keep } = memoryOf(step, context);
  const at = iso(deps.clock.now());
  keep(afterRequest(before, { at, names, order, answer: 'open' }, undefined));
  await lease.commit();
  let answer: ChangeAnswer;
  try {
    answer = await ask();
  } catch (error) {
    keep(before);
    throw error;
  }
  if (answer.kind === 'unknown' && answer.sentAt === undefined) {
    keep(before);
    const abort = { why: `RunCloud could not be asked: ${answer.why}.`, whatToDo: 'Nothing, if it passes.' };
    return { kind: 'abort', abort };
  }
  if (answer.kind !== 'refused') return { kind: 'sent' };
  const says = formatRefusal(answer);
  const issuance = afterRequest(before, { at, names, order, answer: 'refused' }, says);
  keep(issuance);
  const abort = answer.status === 403 ? { ...refusedCertificate(domain, says), whatToDo: FORBIDDEN } : undefined;
  return { kind: 'refused', says, issuance, abort };
}

/** Another mode wants other requests, and what was planned for the old one might switch it back. */
function switched(planned: CertificateMode | undefined, mode: CertificateMode | undefined): RunAbort {
  return {
    why: `It was planned while RunCloud kept certificates in the mode ${planned ?? 'unknown'}, and by now the mode is ${mode ?? 'unknown'}.`,
    whatToDo: 'Nothing: the next run plans with the mode as it is.',
  };
}

const FORBIDDEN = 'Look whether the RunCloud plan has Advanced SSL, and whether the token may change this application.';

/** Takes the domain and the words its request was refused with; returns that in words. */
export function refusedCertificate(domain: string, says: string): RunAbort {
  return {
    why: `RunCloud refused to issue a certificate for ${formatHostName(domain)} (${says}).`,
    whatToDo: 'Nothing, if it passes: it is asked for again after a pause. See "status".',
  };
}

/** What is remembered of asking for one certificate, and what replaces that. */
type Memory = { readonly before: IssuanceHistory | undefined; keep(issuance: IssuanceHistory | undefined): void };

function memoryOf({ domain, certificate }: IssueStep, context: ApplyContext): Memory {
  return certificate.kind === 'shared' ? sharedMemory(context) : ownMemory(domain, context);
}

function sharedMemory({ lease }: ApplyContext): Memory {
  return {
    before: lease.application.sharedCertificate ?? undefined,
    keep: (issuance) => lease.stageNotes({ sharedCertificate: issuance ?? null }),
  };
}

function ownMemory(domain: HostName, { lease, observation }: ApplyContext): Memory {
  const record = observation.input.ledger.get(domain) ?? { domain, request: undefined, state: {} };
  const { issuance: before, ...rest } = record.state;
  return { before, keep: (issuance) => lease.stageState(record, issuance ? { ...rest, issuance } : rest) };
}
