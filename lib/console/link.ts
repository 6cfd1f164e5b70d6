/** `link`: the address of a customer's page. */
import { formatHostName, parseMapping } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import type { Dependencies } from '../loop/dependencies.ts';
import { readPresent } from '../loop/present.ts';
import { expiryAfter, LINK_DAYS } from '../pages/link.ts';
import { type Answer, refuse, refuseDomain } from './answer.ts';

export async function showLink(
  deps: Pick<Dependencies, 'ledger' | 'clock' | 'customerLinks'>,
  { domain: text, days = LINK_DAYS }: { readonly domain: string; readonly days?: number | undefined },
): Promise<Answer> {
  const parsed = parseMapping(text);
  if (!parsed.ok) return refuseDomain(parsed.why);
  const { domain } = parsed;
  const links = deps.customerLinks();
  if (links.kind === 'no-address') {
    return refuse('Where customers reach this service is not known. Set PUBLIC_URL: docs/customer-pages.md says how.');
  }
  const expiresAt = expiryAfter(days, deps.clock.now());
  const { records } = await readPresent(deps, [domain]);
  const notes = [
    `Whoever has this link sees how ${formatHostName(domain)} stands and what to set, until ${iso(expiresAt).slice(0, 10)}, and nothing else.`,
    ...(records.has(domain) ? [] : ['The ledger knows nothing of this domain yet, and the page says so.']),
    ...(links.reach === 'public'
      ? []
      : ['Only this machine can open it. Set PUBLIC_URL to the address under which customers reach the service.']),
  ];
  const url = links.urlOf({ domain, expiresAt });
  return { ok: true, summary: notes.join(' '), domain, url, expires_at: iso(expiresAt) };
}
