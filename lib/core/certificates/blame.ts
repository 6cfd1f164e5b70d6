/**
 * Mode `basic`: a refusal that names one name of all. That name is held, and the rest is asked for again as soon as RunCloud does not
 * serve it any more. Somebody has to take it off RunCloud, because a mapped domain is never removed.
 */
import type { ProbeState } from '../probe/result.ts';
import { formatHostName } from '../values/host-name.ts';
import { isAhead } from '../values/present.ts';
import { epoch, type IsoTime } from '../values/time.ts';
import { type CertificateWait, wait } from './decision.ts';
import { dnsOf } from './dns-waits.ts';
import type { BlamedName, IssuanceHistory } from './requests.ts';

/** Whose names may be blamed. */
export type Blamable = {
  readonly domain: string;
  readonly probe: ProbeState | undefined;
  /** Time of the newest mapping request. */
  readonly requestedAt: IsoTime | undefined;
};

/**
 * The blame that stands for one of these names. A mapping request that is newer ends it: somebody says that it is mended. So does DNS
 * that went wrong and came right again since.
 */
export function blameOf(
  issuance: IssuanceHistory | undefined,
  { domain, probe, requestedAt }: Blamable,
  names: readonly string[],
  now: number,
): BlamedName | undefined {
  return issuance?.blamed?.find(({ name, at }) => {
    if (!names.includes(name) || isAhead(at, now)) return false;
    const dns = probe && dnsOf(probe, domain, name);
    const isMended = dns?.verdict.kind === 'pointing' && dns.since > at;
    return !isMended && (requestedAt === undefined || requestedAt <= at);
  });
}

/** The one that the last request was refused for. `spared` are those whose names nobody is told to remove. */
export function lastBlamed({ requests, blamed }: IssuanceHistory, spared: readonly string[]): BlamedName | undefined {
  const lastAt = requests.at(-1)?.at;
  return blamed?.find(({ name, at }) => at === lastAt && !spared.includes(name));
}

/** For a name that RunCloud does not serve: with it, the certificate of all others would be refused again. */
export function waitForBlamed(
  domain: string,
  { name, at, says }: BlamedName,
  keptFrom: 'added' | 'switched on',
): CertificateWait {
  const it = keptFrom === 'added' ? 'It is' : 'Its www name is';
  return wait(
    'certificate-failed',
    `At ${at} the certificate of all names was refused because of ${formatHostName(name)}: ${says}. ${it} not ${keptFrom} again, because all names share one certificate.`,
    `Mend what the answer names, then {"action":"map","domain":"${domain}"} tries it once more.`,
  );
}

/**
 * For the other names of that certificate. `until` is when all of them are asked for once more. `object` is what RunCloud calls the
 * domain that serves the name.
 */
export function waitForOthers({ name, says }: BlamedName, object: string, until: IsoTime | undefined): CertificateWait {
  const away = name === object ? `remove ${name} from RunCloud` : `switch www off for ${object} in RunCloud`;
  return wait(
    'spoilt',
    `The application has one certificate for all its names, and it was refused because of ${formatHostName(name)}: ${says}.`,
    `Mend what the answer names, or ${away}: then this service asks for the rest at once.`,
    until === undefined ? undefined : epoch(until),
  );
}
