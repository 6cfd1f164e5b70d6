/** Which domains a run over some domains sends to `sync` again, and when. */

import type { CertificateMode } from '../../core/certificates/mode.ts';
import { AFTER_ADD_MS } from '../../core/certificates/request-waits.ts';
import type { RunAbort } from '../../core/plan/hold.ts';
import type { HostName } from '../../core/values/host-name.ts';
import { recheckDelay } from '../../core/values/recheck-delay.ts';
import { quantity } from '../../core/values/text.ts';
import { MINUTE, SECOND } from '../../core/values/time.ts';
import type { Applied } from '../apply/context.ts';
import type { Dependencies } from '../dependencies.ts';

/** How often each domain came back already. One that is absent came with an event. */
export type Hops = ReadonlyMap<HostName, number>;

/** Wanted delays (ms). A domain comes back once, however many reasons there are. */
export type WantedRechecks = ReadonlyMap<HostName, number>;

/** What was sent, and how many domains came back so often that the next run over all domains has to do the rest. */
export type Rechecks = { readonly send: readonly Recheck[]; readonly wornOut: number };

type Recheck = { readonly domains: readonly HostName[]; readonly afterMs: number; readonly hop: number };

// The fault behind it concerns more than one domain, and does not pass much sooner.
const WHEN_STOPPED_MS = MINUTE;

/** What the run left undone, and what it has to see the end of. `mode` is undefined if nothing could be observed. */
export function wantedRechecks(
  { done, held, failed }: Applied,
  mode: CertificateMode | undefined,
  { now, quietUntil }: { readonly now: number; readonly quietUntil: number },
): WantedRechecks {
  const wanted = new Map<HostName, number>();
  const want = (domain: HostName, afterMs: number): void => {
    wanted.set(domain, Math.min(afterMs, wanted.get(domain) ?? afterMs));
  };
  // A certificate is asked for a moment after its domain was added, and seen a moment after it was asked for. In the
  // other modes whole runs see to it: RunCloud issues by itself, or one certificate serves all names.
  if (mode === 'advanced') {
    for (const { domain, action } of done) {
      if (action === 'add' || action === 'issue') want(domain, AFTER_ADD_MS + SECOND);
    }
  }
  for (const { domain, code } of held) {
    if (code === 'stopped') want(domain as HostName, Math.max(WHEN_STOPPED_MS, quietUntil - now));
  }
  for (const { domain, dueAt } of failed) want(domain, Date.parse(dueAt) - now);
  return wanted;
}

/** Domains with the same delay share a message. */
export function planRechecks(
  wanted: WantedRechecks,
  hops: Hops,
  { reconcileEveryMs }: Pick<Dependencies, 'reconcileEveryMs'>,
): Rechecks {
  const groups = new Map<string, { readonly domains: HostName[]; readonly afterMs: number; readonly hop: number }>();
  let wornOut = 0;
  for (const [domain, wantedMs] of wanted) {
    const hop = hops.get(domain) ?? 0;
    const delay = recheckDelay(wantedMs, hop, reconcileEveryMs);
    if (delay.kind === 'left-to-schedule') {
      if (delay.because === 'worn-out') wornOut += 1;
      continue;
    }
    // SQS counts whole seconds.
    const afterMs = Math.ceil(delay.afterMs / SECOND) * SECOND;
    const group = groups.get(`${hop} ${afterMs}`) ?? { domains: [], afterMs, hop: hop + 1 };
    group.domains.push(domain);
    groups.set(`${hop} ${afterMs}`, group);
  }
  return { send: [...groups.values()], wornOut };
}

/** Tells whoever asks for the state of things that the domains do not come back by themselves. */
export function withWornOut(abort: RunAbort, { wornOut }: Rechecks): RunAbort {
  if (wornOut === 0) return abort;
  const left = `After many attempts ${quantity(wornOut, 'domain')} ${wornOut === 1 ? 'waits' : 'wait'} for the next run over all domains.`;
  return { ...abort, whatToDo: `${abort.whatToDo} ${left}` };
}

/** @throws if the queue does not take a message */
export async function sendRechecks({ recheck, log }: Dependencies, { send, wornOut }: Rechecks): Promise<void> {
  for (const { domains, afterMs, hop } of send) await recheck(domains, afterMs, hop);
  if (wornOut > 0) {
    log.warn('Domains came back so often without being done that they are left to the next run over all domains', {
      domains: wornOut,
    });
  }
}
