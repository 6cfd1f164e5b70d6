import type { OrderKind } from '../certificates/requests.ts';
import type { ActualDomain, Redirection } from '../domain/runcloud-domain.ts';
import type { HostName } from '../values/host-name.ts';
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
  | {
      readonly action: 'remove';
      readonly domain: HostName;
      readonly target: ActualDomain;
      /** `unmapped`: somebody asked for it. `unlisted`: the network's list lacks the domain, and nobody said why. */
      readonly cause: 'unmapped' | 'unlisted';
      readonly why: string;
    }
  | { readonly action: 'adopt'; readonly domain: HostName; readonly target: ActualDomain; readonly why: string }
  | { readonly action: 'forget'; readonly domain: HostName; readonly why: string }
  | IssueStep;

/** Steps that change nothing but the ledger, and those that change RunCloud. */
export type LedgerStep = Extract<Step, { readonly action: 'adopt' | 'forget' }>;
export type RemoveStep = Extract<Step, { readonly action: 'remove' }>;
export type RunCloudStep = Exclude<Step, LedgerStep>;
/** Those of them that change a domain object: what became of it shows in RunCloud's list. */
export type DomainStep = Exclude<RunCloudStep, IssueStep>;

/** Takes a step; returns whether it changes nothing but the ledger. */
export function isLedgerStep(step: Step): step is LedgerStep {
  return step.action === 'adopt' || step.action === 'forget';
}

// Names before names are lost: a rename adds the new name first. What touches only the ledger costs nothing and leads. A
// shared certificate is issued for the names that were looked at, before there are others; certificates of single domains
// take RunCloud longest, and keep nobody waiting at the end.
const ORDER = ['adopt', 'forget', 'issue shared', 'add', 'update', 'remove', 'issue own'] as const;

/** Takes steps in any order; returns them in the order of doing. */
export function sortSteps<S extends Step>(steps: readonly S[]): S[] {
  return ORDER.flatMap((place) => steps.filter((step) => placeOf(step) === place).sort(byName));
}

function placeOf(step: Step): (typeof ORDER)[number] {
  return step.action === 'issue' ? `issue ${step.certificate.kind}` : step.action;
}

/** Takes two of whatever has a domain; returns how they are sorted by it. */
export function byName(a: { readonly domain: string }, b: { readonly domain: string }): number {
  return a.domain < b.domain ? -1 : 1;
}

export type IssueStep = {
  readonly action: 'issue';
  readonly domain: HostName;
  /** `own`: of this object alone. `shared`: the one for all names of the application. */
  readonly certificate: { readonly kind: 'own'; readonly target: ActualDomain } | { readonly kind: 'shared' };
  readonly names: readonly string[];
  readonly order: OrderKind;
  readonly why: string;
};
