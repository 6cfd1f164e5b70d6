/**
 * Mode `basic`: a refusal that names one name of all. That name is held, and the rest is asked for again as soon as RunCloud does not
 * serve it any more. Somebody has to take it off RunCloud, because a mapped domain is never removed.
 */
import { formatHostName } from '../values/host-name.ts';
import { epoch, type IsoTime, MINUTE } from '../values/time.ts';
import { type CertificateWait, wait } from './decision.ts';
import type { BlamedName, IssuanceHistory } from './requests.ts';

// A time further ahead was written by a clock that was wrong.
const CLOCK_TOLERANCE_MS = 5 * MINUTE;

/** The blame that stands for one of these names. A mapping request that is newer ends it: somebody says that it is mended. */
export function blameOf(
  issuance: IssuanceHistory | undefined,
  names: readonly string[],
  requestedAt: IsoTime | undefined,
  now: number,
): BlamedName | undefined {
  return issuance?.blamed?.find(
    ({ name, at }) =>
      names.includes(name) && epoch(at) <= now + CLOCK_TOLERANCE_MS && (requestedAt === undefined || requestedAt <= at),
  );
}

/** The one that the last request was refused for. */
export function lastBlamed({ requests, blamed }: IssuanceHistory): BlamedName | undefined {
  const lastAt = requests.at(-1)?.at;
  return blamed?.find(({ at }) => at === lastAt);
}

/** For a name that RunCloud does not serve: with it, the certificate of all others would be refused again. */
export function waitForBlamed(domain: string, { name, at, says }: BlamedName): CertificateWait {
  return wait(
    'certificate-failed',
    `At ${at} the certificate of all names was refused because of ${formatHostName(name)}: ${says}. It is not added again, because all names share one certificate.`,
    `Mend what the answer names, then {"action":"map","domain":"${domain}"} tries it once more.`,
  );
}

/** For the other names of that certificate. `until` is when all of them are asked for once more. */
export function waitForOthers({ name, says }: BlamedName, until: IsoTime | undefined): CertificateWait {
  return wait(
    'spoilt',
    `The application has one certificate for all its names, and it was refused because of ${formatHostName(name)}: ${says}.`,
    `Mend what the answer names, or remove ${name} from RunCloud: then this service asks for the rest at once.`,
    until === undefined ? undefined : epoch(until),
  );
}
