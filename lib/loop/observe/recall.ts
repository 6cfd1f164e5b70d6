/**
 * An observation without a request to RunCloud, from what the ledger remembers of its last list. It is right as long as nobody changed
 * these domains by hand since, so a step that follows from it checks its object once more before it is carried out
 * (apply/execute.ts).
 */
import { type ApplicationSnapshot, knownToAll } from '../../core/domain/application.ts';
import { type RemovalCounter, removalCounterOf } from '../../core/domain/removal-count.ts';
import type { ActualDomain } from '../../core/domain/runcloud-domain.ts';
import type { KnownNetwork } from '../../core/network/credibility.ts';
import type { CertificateInput } from '../../core/plan/input.ts';
import type { Usage } from '../../core/quota/usage.ts';
import { iso } from '../../core/values/time.ts';
import type { ApplicationState, Records } from '../../ledger/ledger.ts';
import type { LedgerView } from '../dependencies.ts';
import type { DesiredReading } from './desired.ts';
import type { Observation } from './observation.ts';
import { certificateRequests, countsOf, withNetworkProtected } from './plan-input.ts';
import type { ServerInfo } from './remembered-server.ts';

// Before RunCloud's list was read for the first time.
const NO_SNAPSHOT: ApplicationSnapshot = {
  observedAt: iso(0),
  primary: undefined,
  wildcards: [],
  highestId: 0,
  count: 0,
};

export type RememberedApplication = {
  readonly snapshot: ApplicationSnapshot;
  readonly removals: RemovalCounter;
  readonly network: KnownNetwork | undefined;
  readonly certificates: CertificateInput;
  readonly usage: Usage | undefined;
};

/**
 * `counted` are all records: Let's Encrypt counts its limits over all domains. Some are enough where the application's state has a
 * counter of removals and no certificate can be asked for.
 */
export function rememberedApplication(
  application: ApplicationState,
  { server, mode }: ServerInfo,
  { counted, usage, now }: { readonly counted: Records; readonly usage: Usage | undefined; readonly now: number },
): RememberedApplication {
  const shared = application.sharedCertificate ?? undefined;
  return {
    snapshot: application.snapshot ?? NO_SNAPSHOT,
    removals: application.removals ?? removalCounterOf(counted.values(), now),
    network: application.network,
    usage,
    certificates: { server, mode, shared, requests: certificateRequests(counted, shared) },
  };
}

/** Of `records` alone: what the others are on RunCloud is not part of it. */
export function recallObservation(
  view: Omit<LedgerView, 'ledger'>,
  records: Records,
  remembered: RememberedApplication,
  { desired, ownHost }: Pick<DesiredReading, 'desired' | 'ownHost'>,
): Observation {
  const { snapshot, removals } = remembered;
  const now = view.clock.now();
  const seen = [...records.values()].flatMap((record) => record.state.seen ?? []);
  const actual: ActualDomain[] = [...seen, ...knownToAll(snapshot)];
  return {
    from: 'remembered',
    snapshot,
    input: {
      desired,
      ownHost,
      actual,
      ledger: records,
      counts: countsOf(removals, snapshot, now),
      scope: 'some',
      certificates: remembered.certificates,
      usage: remembered.usage,
      settings: withNetworkProtected(view),
      now,
    },
  };
}
