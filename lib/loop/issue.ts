/**
 * Asking RunCloud for a certificate: one request, and never a second for a lost answer. What came of it shows on the server, and
 * the pauses are kept in the ledger.
 */
import { type Hold, holds, type Stop } from '../core/hold.ts';
import { sayHostName } from '../core/host-name.ts';
import { afterRequest } from '../core/issuing.ts';
import type { IssueStep } from '../core/plan-certificates.ts';
import type { Requested } from '../core/settle.ts';
import { iso } from '../core/time.ts';
import type { CertificateReader, CertificateWriter, Scope } from '../runcloud/certificates.ts';
import { sayRefusal } from '../runcloud/domains.ts';
import { RunCloudError } from '../runcloud/error.ts';
import type { Hands } from './apply.ts';
import { keep } from './keep.ts';
import { asStop } from './stop.ts';

export type CertificateHands = { readonly reader: CertificateReader; readonly writer: CertificateWriter };

export type CertificateAttempt =
  /** Nothing was sent. */
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'stop'; readonly stop: Stop }
  /** `stop`: no other certificate is worth asking for in this run. */
  | { readonly kind: 'sent'; readonly requested: Requested; readonly stop: Stop | undefined };

/** What RunCloud issued itself; an answer may leave the method out. */
const OWN_METHODS: readonly string[] = ['letsencrypt', ''];

/** Takes the step; asks for its certificate and returns what came of that. RunCloud that cannot be asked ends certificates alone. */
export async function requestCertificate(step: IssueStep, hands: CertificateHands): Promise<CertificateAttempt> {
  try {
    return await request(step, hands);
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    return { kind: 'stop', stop: asStop(error) };
  }
}

async function request(
  { domain, certificate, names, order }: IssueStep,
  { reader, writer }: CertificateHands,
): Promise<CertificateAttempt> {
  const scope: Scope =
    certificate.kind === 'shared' ? { kind: 'application' } : { kind: 'domain', id: certificate.target.id };
  const installed = await reader.find(scope);
  if (installed && !OWN_METHODS.includes(installed.method ?? '')) {
    return { kind: 'held', hold: holds.foreignCertificate(domain, installed.method ?? '') };
  }
  // Issued again it would come from there again, and browsers trust none of it.
  if (installed?.isStaging)
    return { kind: 'held', hold: holds.foreignCertificate(domain, 'but by its staging environment') };
  const answer = installed ? await writer.redeploy(scope, installed.id) : await writer.install(scope);
  if (answer.kind !== 'refused') {
    return { kind: 'sent', requested: { names, order, answer: 'open', says: undefined }, stop: undefined };
  }
  const requested: Requested = { names, order, answer: 'refused', says: sayRefusal(answer) };
  const stop = answer.status === 403 ? { ...refusedCertificate(domain, requested), whatToDo: FORBIDDEN } : undefined;
  return { kind: 'sent', requested, stop };
}

const FORBIDDEN = 'Look whether the RunCloud plan has Advanced SSL, and whether the token may change this application.';

/** Takes the domain and the request that was refused; returns that in words. */
export function refusedCertificate(domain: string, { says }: Requested): Stop {
  return {
    why: `RunCloud refused to issue a certificate for ${sayHostName(domain)} (${says}).`,
    whatToDo: 'Nothing, if it passes: it is asked for again after a pause. See "status".',
  };
}

/** Takes the step and what was sent; keeps it with the domain, or with the application where the certificate is shared. */
export function rememberRequest(
  step: IssueStep,
  requested: Requested,
  hands: Pick<Hands, 'world' | 'lease' | 'observation'>,
): void {
  const { world, lease } = hands;
  if (step.certificate.kind === 'own') {
    keep(hands, step, { kind: 'requested', ...requested });
    return;
  }
  const { names, order, answer, says } = requested;
  const sent = { at: iso(world.clock.now()), names, order, answer };
  lease.note({ sharedCertificate: afterRequest(lease.notes.sharedCertificate ?? undefined, sent, says) });
}
