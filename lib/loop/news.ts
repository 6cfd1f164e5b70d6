/**
 * The outbox: events stand in the states that they follow from, and so are in the same write. Before the lease is given back they are
 * told (tell.ts), and with its end the ledger knows how far.
 *
 * A run that is killed in between, or whose events nobody takes, leaves them to the next run over all domains, which has all states at hand.
 * Until then runs over a few domains tell nothing: it would look as if all before theirs were told as well.
 */
import { type ApplicationEvent, type ApplicationNews, type News, NO_NEWS } from '../core/domain/event.ts';
import type { DomainState } from '../core/domain/record.ts';
import { serverAddresses } from '../core/probe/server-addresses.ts';
import { withNews } from '../core/report/domain-news.ts';
import { messagesOf, type NamedEvent, type RunMessages } from '../core/report/outgoing.ts';
import type { HostName } from '../core/values/host-name.ts';
import { iso } from '../core/values/time.ts';
import type { ApplicationState, Records } from '../ledger/ledger.ts';
import type { Dependencies } from './dependencies.ts';
import { timeForAges } from './run-clock.ts';

type Deps = Pick<Dependencies, 'clock' | 'serverAddresses' | 'runClock'>;

/** For people, and more while they are not told. */
const MOST_KEPT = 20;
const MOST_UNTOLD = 50;

export class Outbox {
  readonly #deps: Deps;
  readonly #run: string;
  readonly #isBehind: boolean;
  #last: number;
  /** Of all domains, where this run has read them. */
  #records: Records | undefined;

  /** `run`: unique to this one. `application`: as this run found it. */
  constructor(
    deps: Pick<Dependencies, 'clock' | 'serverAddresses'>,
    run: string,
    { news = NO_NEWS }: ApplicationState,
  ) {
    this.#deps = deps;
    this.#run = run;
    this.#last = news.last;
    this.#isBehind = news.last > news.toldUpTo;
  }

  /** These are all records of the ledger, as they were before this run changed any. */
  knowAll(records: Records): void {
    this.#records ??= records;
  }

  /** Whether what is untold is told from all records. */
  get knowsAll(): boolean {
    return this.#records !== undefined;
  }

  /** Number of the last event that this run made, or found. */
  get last(): number {
    return this.#last;
  }

  /** The state with what there is to tell of its change. `before`: as the ledger or this run had it last. */
  withNews(domain: HostName, before: DomainState, state: DomainState, application: ApplicationState): DomainState {
    const { news = NO_NEWS, certificateMode, sharedCertificate, server } = application;
    const after = withNews(domain, before, state, {
      now: this.#deps.clock.now(),
      ages: timeForAges(this.#deps),
      run: this.#run,
      last: this.#last,
      toldUpTo: news.toldUpTo,
      shared: certificateMode?.mode === 'basic' ? (sharedCertificate ?? undefined) : undefined,
      server: serverAddresses(this.#deps.serverAddresses, server),
    });
    this.#last += after.made;
    return after.state;
  }

  /** `news` with these events of the application. */
  withEvents(news: News, made: readonly ApplicationNews[]): News {
    if (made.length === 0) return news;
    const at = iso(this.#deps.clock.now());
    const events = made.map((each): ApplicationEvent => {
      this.#last += 1;
      return { number: this.#last, run: this.#run, at, ...each };
    });
    const all = [...(news.events ?? []), ...events];
    const untold = all.filter(({ number }) => number > news.toldUpTo).length;
    return { ...news, events: all.slice(-Math.max(MOST_KEPT, Math.min(untold, MOST_UNTOLD))) };
  }

  /** What is to be told now, run by run. `states`: all that this run changed. */
  untold(states: ReadonlyMap<HostName, DomainState>, { toldUpTo, events = [] }: News): readonly RunMessages[] {
    if (!this.#records && this.#isBehind) return [];
    const stored = [...(this.#records ?? [])].flatMap(([domain, { state }]) =>
      states.has(domain) ? [] : [[domain, state] as const],
    );
    const ofDomains = [...stored, ...states].flatMap(([domain, state]) =>
      (state.events ?? []).map((event): NamedEvent => ({ domain, event })),
    );
    return messagesOf(
      ofDomains.filter(({ event }) => event.number > toldUpTo),
      events.filter(({ number }) => number > toldUpTo),
    );
  }
}

/** Whether nobody was told of some of its events yet. */
export function isUntold({ events = [] }: DomainState, { toldUpTo }: News): boolean {
  return events.some(({ number }) => number > toldUpTo);
}
