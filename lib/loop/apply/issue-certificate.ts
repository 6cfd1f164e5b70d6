/**
 * One request for a certificate, and never a second one for a lost answer: each spends Let's Encrypt's limits. The request is in the
 * ledger before it is sent, so a run that follows a process that died waits as after any other request. Whether a certificate came
 * shows on the server.
 */

import type { CertificateMode } from '../../core/certificates/mode.ts';
import { neverHadCertificate } from '../../core/certificates/never-had.ts';
import { foreignCertificate } from '../../core/certificates/request-waits.ts';
import {
  afterForeign,
  afterInBetween,
  afterRequest,
  afterUnread,
  type CertificateRequest,
  type IssuanceHistory,
} from '../../core/certificates/requests.ts';
import { ownershipOf } from '../../core/domain/ownership.ts';
import { type Hold, holds, type RunAbort } from '../../core/plan/hold.ts';
import type { IssueStep } from '../../core/plan/step.ts';
import { formatHostName } from '../../core/values/host-name.ts';
import { DAY, iso } from '../../core/values/time.ts';
import { REMEDIES } from '../../runcloud/answer.ts';
import type { InstalledCertificate, Scope } from '../../runcloud/certificates.ts';
import { type ChangeAnswer, formatRefusal } from '../../runcloud/domains.ts';
import { OF_ONE_DOMAIN, RunCloudError, type RunCloudFault } from '../../runcloud/error.ts';
import { messageOf } from '../../util/log.ts';
import { asAbort } from '../abort.ts';
import type { ApplyContext, CertificateRefused, CertificateSent } from './context.ts';

// Issued by RunCloud itself. Its answer may leave the method out.
const OWN_METHODS: readonly string[] = ['letsencrypt', ''];
const FORBIDDEN = 'Check that the RunCloud plan has Advanced SSL, and that the token may change this application.';

export type CertificateAttempt =
  | CertificateSent
  | CertificateRefused
  /** Nothing was sent. */
  | { readonly kind: 'held'; readonly hold: Hold }
  /** Nothing was sent, and no other certificate can be asked for in this run. */
  | { readonly kind: 'abort'; readonly abort: RunAbort }
  /** Nothing was sent, because RunCloud did not show what is installed. The same `fault` at several domains concerns all. */
  | { readonly kind: 'unread'; readonly fault: RunCloudFault; readonly abort: RunAbort }
  /** It was sent, and something in between answered. At several domains in a row it concerns all. */
  | { readonly kind: 'in-between'; readonly abort: RunAbort };

/** A RunCloud that cannot be asked ends only the certificates of a run: mappings go on. @throws LeaseLostError */
export async function requestCertificate(step: IssueStep, context: ApplyContext): Promise<CertificateAttempt> {
  try {
    return await request(step, context);
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    if (error.fault === 'unauthorized') {
      // It may be about this domain alone: so the next run does not begin with it again.
      const { before, stage } = historyOf(step, context);
      stage(afterUnread(before, messageOf(error), context.deps.clock.now()));
    }
    return { kind: 'abort', abort: asAbort(error) };
  }
}

export function refusedCertificate(domain: string, says: string): RunAbort {
  return {
    why: `RunCloud refused to issue a certificate for ${formatHostName(domain)} (${says}).`,
    whatToDo: 'Nothing, if it passes: the service asks again after a pause. {"action":"status"} shows how it stands.',
  };
}

async function request(step: IssueStep, context: ApplyContext): Promise<CertificateAttempt> {
  const { domain, certificate } = step;
  const { deps, lease, observation } = context;
  const { reader, writer } = context.certificates;
  const scope: Scope =
    certificate.kind === 'shared' ? { kind: 'application' } : { kind: 'domain', id: certificate.target.id };
  const planned = observation.input.certificates.mode;
  let installed: InstalledCertificate | undefined;
  try {
    // With AutoSSL RunCloud asks by itself, and the application's own certificate is older than any domain.
    installed = planned === 'advanced' && isFirst(step, context) ? undefined : await reader.find(scope);
  } catch (error) {
    if (!(error instanceof RunCloudError) || !OF_ONE_DOMAIN.has(error.fault)) throw error;
    const { before, stage } = historyOf(step, context);
    stage(afterUnread(before, messageOf(error), deps.clock.now()));
    return { kind: 'unread', fault: error.fault, abort: asAbort(error) };
  }
  const foreign = installed && foreignMethod(installed);
  if (foreign !== undefined) {
    const { before, stage } = historyOf(step, context);
    const now = deps.clock.now();
    stage(afterForeign(before, foreign, now));
    return { kind: 'held', hold: holds.certificate(domain, foreignCertificate(domain, foreign, now + DAY)) };
  }
  const mode = await reader.readMode();
  if (mode === undefined || mode !== planned) {
    lease.stageApplication({ certificateMode: { mode: mode ?? null, readAt: iso(deps.clock.now()) } });
    return { kind: 'abort', abort: modeChanged(planned, mode) };
  }
  return send(step, context, () => (installed ? writer.redeploy(scope, installed.id) : writer.install(scope, mode)));
}

function isFirst({ domain, certificate }: IssueStep, { deps, observation }: ApplyContext): boolean {
  const state = observation.input.ledger.get(domain)?.state;
  if (certificate.kind === 'shared' || !state) return false;
  const ownership = ownershipOf(state, certificate.target);
  const addedAt = ownership?.by === 'added' ? ownership.since : undefined;
  return neverHadCertificate({ addedAt, issuance: state.issuance, probe: state.probe }, deps.clock.now());
}

function foreignMethod({ method = '', isStaging }: InstalledCertificate): string | undefined {
  if (!OWN_METHODS.includes(method)) return method;
  // A redeploy would issue from the staging environment again, and no browser trusts that.
  return isStaging ? 'but by its staging environment' : undefined;
}

/** Commits the request before it is sent, and removes it again where it surely was not carried out. */
async function send(
  step: IssueStep,
  context: ApplyContext,
  ask: () => Promise<ChangeAnswer>,
): Promise<CertificateAttempt> {
  const { domain, names, order } = step;
  const { lease, deps } = context;
  const { before, stage } = historyOf(step, context);
  const at = iso(deps.clock.now());
  const recorded = (answer: CertificateRequest['answer'], says?: string): IssuanceHistory => {
    const after = afterRequest(before, { at, names, order, answer }, says);
    // By a clock that is ahead, earlier ones would be too old to count.
    if (!deps.runClock || deps.runClock.isConfirmed) return after;
    return { ...after, requests: [...(before?.requests ?? []), ...after.requests.slice(-1)] };
  };
  stage(recorded('open'));
  await lease.commit();
  let answer: ChangeAnswer;
  try {
    answer = await ask();
  } catch (error) {
    stage(before);
    throw error;
  }
  if (answer.kind === 'unknown' && answer.sentAt === undefined) {
    stage(before);
    const abort = { why: `RunCloud could not be asked: ${answer.why}.`, whatToDo: 'Nothing, if it passes.' };
    return { kind: 'abort', abort };
  }
  if (answer.kind === 'unknown' && answer.cause === 'in-between') {
    stage(afterInBetween(before, answer.why, deps.clock.now()));
    const why = `RunCloud could not be asked for a certificate of ${formatHostName(domain)}: ${answer.why}.`;
    return { kind: 'in-between', abort: { why, whatToDo: REMEDIES[answer.cause] } };
  }
  if (answer.kind !== 'refused') return { kind: 'sent' };
  const says = formatRefusal(answer);
  const issuance = recorded('refused', says);
  stage(issuance);
  const abort = answer.status === 403 ? { ...refusedCertificate(domain, says), whatToDo: FORBIDDEN } : undefined;
  return { kind: 'refused', says, issuance, abort };
}

/** Another mode takes other requests, and one that was planned for the old mode might switch it back. */
function modeChanged(planned: CertificateMode | undefined, mode: CertificateMode | undefined): RunAbort {
  return {
    why: `The plan was made for the certificate mode ${planned ?? 'unknown'}. By now the mode is ${mode ?? 'unknown'}.`,
    whatToDo: 'Nothing: the next run plans with the mode as it is.',
  };
}

type History = {
  readonly before: IssuanceHistory | undefined;
  /** Undefined removes the history. */
  stage(issuance: IssuanceHistory | undefined): void;
};

/** A shared certificate's history stands with the application, a domain's own with its record. */
function historyOf({ domain, certificate }: IssueStep, { lease, observation }: ApplyContext): History {
  if (certificate.kind === 'shared') {
    return {
      before: lease.application.sharedCertificate ?? undefined,
      stage: (issuance) => lease.stageApplication({ sharedCertificate: issuance ?? null }),
    };
  }
  const record = observation.input.ledger.get(domain) ?? { domain, request: undefined, state: {} };
  const { issuance: before, ...rest } = record.state;
  return { before, stage: (issuance) => lease.stageState(record, issuance ? { ...rest, issuance } : rest) };
}
