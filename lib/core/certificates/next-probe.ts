import { isLive, type ProbeState, servedDns } from '../probe/result.ts';
import { isAhead } from '../values/present.ts';
import { DAY, epoch, HOUR, MINUTE } from '../values/time.ts';
import { type IssuanceHistory, nextAttemptAt } from './requests.ts';

// Whoever sets DNS up watches for the result; after a week hardly anybody does. What works breaks seldom, and a certificate
// that is not renewed leaves weeks to notice. Each probe costs a handshake and a few DNS queries.
const FRESH_MS = DAY;
const FRESH_EVERY_MS = 0;
const YOUNG_MS = 7 * DAY;
const YOUNG_EVERY_MS = 30 * MINUTE;
const EVERY_MS = 6 * HOUR;
const EXPIRING_EVERY_MS = HOUR;
// A certificate is asked for on a probe of the last two hours only (decide.ts), so what needs one is probed more often.
const NEEDY_EVERY_MS = HOUR;

// For so long after a request its certificate may appear at any moment.
const AWAITED_MS = HOUR;

/**
 * In every run for a day after a change, every half hour for a week, then every six hours, or every hour where it points here and needs
 * a certificate. A live domain is probed every six hours, every hour while its certificate is expiring; but in every run for a day after it
 * was not live, so that one which comes and goes is seen to. `issuance` is that of the certificate that covers the domain, its own or
 * the shared one.
 */
export function isProbeDue(probe: ProbeState | undefined, issuance: IssuanceHistory | undefined, now: number): boolean {
  if (!probe || isAhead(probe.at, now)) return true;
  return now - epoch(probe.at) >= everyMs(probe, now) || (issuance !== undefined && isAwaited(probe, issuance, now));
}

/** A certificate that came and was not probed would be requested once more. So a probe precedes every request. */
function isAwaited(probe: ProbeState, issuance: IssuanceHistory, now: number): boolean {
  const last = issuance.requests.at(-1);
  if (!last || issuance.attempts === 0) return false;
  const nextAt = nextAttemptAt(issuance);
  return now - epoch(last.at) < AWAITED_MS || (nextAt <= now && epoch(probe.at) < nextAt);
}

/** Its DNS or its certificate was another one within the day. */
function isNewlyLive(probe: ProbeState, now: number): boolean {
  return [servedDns(probe), probe.certificate].some((each) => each !== undefined && now - epoch(each.since) < FRESH_MS);
}

function everyMs(probe: ProbeState, now: number): number {
  if (probe.dnsUnasked !== undefined || probe.certificateUnasked !== undefined) {
    // A query without an answer costs up to ten seconds, so name servers that are down for days are asked less often.
    return now - epoch(probe.unaskedSince ?? probe.at) < FRESH_MS ? FRESH_EVERY_MS : YOUNG_EVERY_MS;
  }
  const shown = probe.certificate?.verdict.kind;
  if (isLive(probe) && !isNewlyLive(probe, now)) return shown === 'expiring' ? EXPIRING_EVERY_MS : EVERY_MS;
  const changes = [probe.dns, probe.www, probe.certificate].map((each) => (each ? epoch(each.since) : 0));
  const age = now - Math.max(...changes);
  if (age < FRESH_MS) return FRESH_EVERY_MS;
  if (age < YOUNG_MS) return YOUNG_EVERY_MS;
  return shown !== undefined && probe.dns?.verdict.kind === 'pointing' ? NEEDY_EVERY_MS : EVERY_MS;
}
