/**
 * Names that Let's Encrypt refuses whatever DNS says: https://github.com/letsencrypt/boulder/blob/main/policy/pa.go. A request with one
 * of them can only fail, and in mode `basic` it fails all names.
 */
import { formatHostName } from '../values/host-name.ts';
import { type CertificateWait, wait } from './decision.ts';

const MOST_LABELS = 10;
const MOST_OCTETS = 230;

/** Follows "because" in a sentence. Undefined: nothing in the name itself keeps Let's Encrypt from certifying it. */
export function whyUncertifiable(name: string): string | undefined {
  const labels = name.split('.');
  // RFC 5890 section 2.3.1 reserves two hyphens there; only `xn--` has a meaning so far.
  const reserved = labels.find((label) => label.slice(2, 4) === '--' && !label.startsWith('xn--'));
  if (reserved !== undefined)
    return `${reserved} has hyphens in the third and fourth place and does not begin with xn--`;
  if (labels.length > MOST_LABELS) return `it has ${labels.length} labels, and ${MOST_LABELS} are the most`;
  if (name.length > MOST_OCTETS) return `it has ${name.length} octets, and ${MOST_OCTETS} are the most`;
  return undefined;
}

/** A sentence without its full stop. Undefined: Let's Encrypt may certify the name. */
export function refusedForItself(name: string): string | undefined {
  const why = whyUncertifiable(name);
  return why && `Let's Encrypt never certifies ${formatHostName(name)}, because ${why}`;
}

/** Of the names of one domain the first that is never certified. */
export function waitForAnotherName(names: readonly string[]): CertificateWait | undefined {
  const why = names.map(refusedForItself).find((each) => each !== undefined);
  if (why === undefined) return undefined;
  return wait(
    'uncertifiable',
    `${why}.`,
    'Map the site under another name. Or install a certificate of another authority for this one in RunCloud by hand.',
  );
}
