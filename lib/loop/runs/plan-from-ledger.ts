import { ownHostOf } from '../../core/network/mappings.ts';
import { holds as reasons } from '../../core/plan/hold.ts';
import { plan } from '../../core/plan/plan.ts';
import { usageOf } from '../../core/quota/usage.ts';
import { withKeptHolds } from '../../core/report/kept-holds.ts';
import type { LedgerView } from '../dependencies.ts';
import type { DesiredReading } from '../observe/desired.ts';
import { recallObservation, rememberedApplication } from '../observe/recall.ts';
import { rememberedServerInfo } from '../observe/remembered-server.ts';
import { readAllPresent, readPresentApplication } from '../present.ts';
import type { Shown } from './reconcile.ts';

/**
 * The plan as far as the ledger remembers enough for one: for when RunCloud cannot be read, and for those who may only look. Asks
 * nobody, and is loaded without whatever could.
 */
export async function planFromLedger(view: LedgerView): Promise<Shown> {
  const { clock, network, quota } = view;
  const application = await readPresentApplication(view);
  const { records } = await readAllPresent(view);
  const now = clock.now();
  const usage = quota && usageOf(application.calls ?? {}, quota, now);
  const serverInfo = rememberedServerInfo(application, view);
  const remembered = rememberedApplication(application, serverInfo, { counted: records, usage, now });
  const desired: DesiredReading['desired'] = network
    ? { from: 'nowhere', why: 'it was not asked' }
    : { from: 'events' };
  const ownHost = network && (remembered.network?.host ?? ownHostOf(network.host, []));
  const observation = recallObservation(view, records, remembered, { desired, ownHost });
  const { keptHolds, lastReconcile } = application;
  const unasked = plan(observation.input);
  // That the network was not asked is no fault of the network: where its lists were doubted, the last run says so.
  const holds = unasked.holds.map((hold) => (hold.code === 'incomplete' ? reasons.undecided(hold.domain) : hold));
  const planned = withKeptHolds({ ...unasked, holds, caution: undefined }, keptHolds, records, lastReconcile?.at);
  return { plan: planned, observation, application };
}
