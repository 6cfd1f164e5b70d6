/** Tells what a run has to tell, before it gives its lease back: so no other run tells what comes later first. */
import type { News } from '../core/domain/event.ts';
import type { RunMessages } from '../core/report/outgoing.ts';
import { messageOf } from '../util/log.ts';
import type { Dependencies } from './dependencies.ts';

/** What of a lease it takes. */
export type LeaseWithNews = {
  readonly untold: readonly RunMessages[];
  /** `untold` is of all domains. */
  readonly knowsAllNews: boolean;
  readonly news: News;
  commit(): Promise<void>;
  ensure(): Promise<void>;
  stageNews(news: News): void;
};

/** After a long outage of the bus: the next run over all domains tells the rest. */
const MOST_MESSAGES = 500;

/**
 * Commits first, so that nothing is told which is not on record. How far it was told is staged. That nobody takes the messages ends no run:
 * the next one tells them again, by the same ids.
 * @throws LeaseLostError, and what the ledger throws
 */
export async function tellNews({ tell, log }: Pick<Dependencies, 'tell' | 'log'>, lease: LeaseWithNews): Promise<void> {
  const runs = lease.untold;
  if (runs.length > 0) await lease.commit();
  let count = 0;
  for (const { upTo, messages } of runs) {
    await lease.ensure();
    try {
      await tell(messages);
    } catch (error) {
      log.error('Events could not be told: the next run over all domains tells them', { why: messageOf(error) });
      return;
    }
    lease.stageNews({ ...lease.news, toldUpTo: upTo });
    count += messages.length;
    if (count >= MOST_MESSAGES) return;
  }
  // A run that was killed gave numbers away, and saved no event for them. Nobody waits for these.
  const { last, toldUpTo } = lease.news;
  if (lease.knowsAllNews && toldUpTo < last) lease.stageNews({ ...lease.news, toldUpTo: last });
}
