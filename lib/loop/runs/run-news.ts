import type { Plan } from '../../core/plan/plan.ts';
import { applicationNews } from '../../core/report/application-news.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Lease } from '../lease.ts';
import { usageNow } from '../usage.ts';

/** What a run over all domains that came to its end has to tell of the application. */
export function stageRunNews(deps: Dependencies, lease: Lease, { braked, caution }: Plan): void {
  const { events, news } = applicationNews(lease.news, {
    held: caution === undefined ? braked.map(({ domain }) => domain) : undefined,
    usage: usageNow(deps, lease.application),
    now: deps.clock.now(),
  });
  if (events.length > 0 || JSON.stringify(news) !== JSON.stringify(lease.news)) lease.stageNews(news, events);
}
