import type { OrderKind } from '../certificates/requests.ts';
import type { ActualDomain, Redirection } from '../domain/runcloud-domain.ts';
import type { HostName } from '../values/host-name.ts';
import type { RemovalProof, Unconfirmed } from './proof.ts';
import type { WwwWhenAdded } from './www.ts';

export type Step =
  | { readonly action: 'add'; readonly domain: HostName; readonly www: WwwWhenAdded; readonly why: string }
  | {
      readonly action: 'update';
      readonly domain: HostName;
      readonly target: ActualDomain;
      readonly www: boolean;
      readonly redirection: Redirection;
      readonly why: string;
    }
  | RemoveStep
  | { readonly action: 'adopt'; readonly domain: HostName; readonly target: ActualDomain; readonly why: string }
  | { readonly action: 'forget'; readonly domain: HostName; readonly why: string }
  | IssueStep;

type Removal = {
  readonly action: 'remove';
  readonly domain: HostName;
  readonly target: ActualDomain;
  /** `unmapped`: somebody asked for it. `unlisted`: the network's list lacks the domain, and nobody said why. */
  readonly cause: 'unmapped' | 'unlisted';
  readonly why: string;
};
export type RemoveStep = Removal & { readonly proof: RemovalProof };
export type UnprovenRemoval = Removal & { readonly proof: Unconfirmed };
/** It becomes a step once it is proven and nothing holds it. */
export type DueRemoval = Removal & { readonly proof: RemovalProof | Unconfirmed };

export function isProven(removal: DueRemoval): removal is RemoveStep {
  return removal.proof.kind !== 'unconfirmed';
}

export function isUnproven(removal: DueRemoval): removal is UnprovenRemoval {
  return !isProven(removal);
}

export type UpdateStep = Extract<Step, { readonly action: 'update' }>;
export type LedgerStep = Extract<Step, { readonly action: 'adopt' | 'forget' }>;
export type RunCloudStep = Exclude<Step, LedgerStep>;
/** Steps whose outcome shows in RunCloud's list of domains. */
export type DomainStep = Exclude<RunCloudStep, IssueStep>;

export function isLedgerStep(step: Step): step is LedgerStep {
  return step.action === 'adopt' || step.action === 'forget';
}

// Adds come before removals, so that a renamed site is never without a name. Ledger steps cost nothing and lead. A shared
// certificate is issued for the names that were probed, before others are added. Without its certificate a domain does not work, and
// with the wrong `www` or redirection it does: updates come later.
const ORDER = ['adopt', 'forget', 'issue shared', 'add', 'issue own', 'update', 'remove'] as const;

/** By what they do, the most urgent first, and by name among steps of a kind. A run takes turns among the kinds (turns.ts). */
export function sortSteps<S extends Step | DueRemoval>(steps: readonly S[]): S[] {
  return ORDER.flatMap((place) => steps.filter((step) => placeOf(step) === place).sort(byName));
}

export function placeOf(step: Step | DueRemoval): (typeof ORDER)[number] {
  return step.action === 'issue' ? `issue ${step.certificate.kind}` : step.action;
}

export function byName(a: { readonly domain: string }, b: { readonly domain: string }): number {
  return a.domain < b.domain ? -1 : 1;
}

export type IssueStep = {
  readonly action: 'issue';
  readonly domain: HostName;
  /** `shared` is the certificate of mode `basic`, for all names of the application. */
  readonly certificate: { readonly kind: 'own'; readonly target: ActualDomain } | { readonly kind: 'shared' };
  readonly names: readonly string[];
  readonly order: OrderKind;
  readonly why: string;
};
