/** When a domain is probed again. */
import { isLive, type ProbeState } from '../probe/result.ts';
import { DAY, epoch, HOUR, MINUTE } from '../values/time.ts';
import { type IssuanceHistory, nextAttemptAt } from './requests.ts';

// Somebody who sets DNS up looks at the screen, and after a week hardly anybody does. What works breaks seldom, and a
// certificate that is not renewed leaves weeks to notice. A domain costs a handshake and a few questions each time.
const FRESH_MS = DAY;
const FRESH_EVERY_MS = 0;
const YOUNG_MS = 7 * DAY;
const YOUNG_EVERY_MS = 30 * MINUTE;
const EVERY_MS = 6 * HOUR;
const EXPIRING_EVERY_MS = HOUR;

// So long after a request a certificate may come at any moment.
const AWAITED_MS = HOUR;

// What lies further ahead was put down by a clock that was wrong.
const CLOCK_TOLERANCE_MS = 5 * MINUTE;

/**
 * Takes what is remembered of looking and of asking for the certificate (its own, or the one that all names share), and the time
 * (ms); returns whether it is time to look again.
 */
export function isProbeDue(probe: ProbeState | undefined, issuance: IssuanceHistory | undefined, now: number): boolean {
  if (!probe || epoch(probe.at) > now + CLOCK_TOLERANCE_MS) return true;
  return now - epoch(probe.at) >= everyMs(probe, now) || (issuance !== undefined && isAwaited(probe, issuance, now));
}

/** A certificate that came and was not looked at would be asked for once more, so each turn is preceded by a look. */
function isAwaited(probe: ProbeState, issuance: IssuanceHistory, now: number): boolean {
  const last = issuance.requests.at(-1);
  if (!last || issuance.attempts === 0) return false;
  const turn = nextAttemptAt(issuance);
  return now - epoch(last.at) < AWAITED_MS || (turn <= now && epoch(probe.at) < turn);
}

function everyMs(probe: ProbeState, now: number): number {
  if (probe.dnsUnasked !== undefined || probe.certificateUnasked !== undefined) {
    // Each costs up to ten seconds, so name servers that are out of order for days are asked less often.
    return now - epoch(probe.unaskedSince ?? probe.at) < FRESH_MS ? FRESH_EVERY_MS : YOUNG_EVERY_MS;
  }
  if (isLive(probe)) return probe.certificate?.verdict.kind === 'expiring' ? EXPIRING_EVERY_MS : EVERY_MS;
  const changedAt = [probe.dns, probe.www, probe.certificate].reduce((latest, each) => {
    return each && epoch(each.since) > latest ? epoch(each.since) : latest;
  }, 0);
  const age = now - changedAt;
  if (age < FRESH_MS) return FRESH_EVERY_MS;
  return age < YOUNG_MS ? YOUNG_EVERY_MS : EVERY_MS;
}
