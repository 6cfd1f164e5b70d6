/** What `events` shows, by the console and by `query`: from the ledger alone. */
import { NO_NEWS } from '../core/domain/event.ts';
import { DEFAULT_LIMIT, describeEvents, listEvents } from '../core/report/event-history.ts';
import { parseMapping } from '../core/values/host-name.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readAllPresent, readPresent, readPresentApplication } from '../loop/present.ts';
import type { Clock } from '../util/clock.ts';
import { type Answer, refuseDomain } from './answer.ts';

type EventFilter = { readonly domain?: string | undefined; readonly limit?: number | undefined };

export async function showEvents(
  source: { readonly ledger: Ledger; readonly clock: Clock },
  { domain, limit = DEFAULT_LIMIT }: EventFilter,
): Promise<Answer> {
  const parsed = domain === undefined ? undefined : parseMapping(domain);
  if (parsed?.ok === false) return refuseDomain(parsed.why);
  const about = parsed?.domain;
  const { records } = about === undefined ? await readAllPresent(source) : await readPresent(source, [about]);
  const { news = NO_NEWS } = await readPresentApplication(source);
  const listed = listEvents({
    records: records.values(),
    ofApplication: about === undefined ? (news.events ?? []) : [],
    toldUpTo: news.toldUpTo,
    limit,
    now: source.clock.now(),
  });
  return { ok: true, summary: describeEvents(listed, about), ...listed };
}
