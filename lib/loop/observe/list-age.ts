/**
 * RunCloud's list beside another run that writes. A plan or a status holds no lease, so while it reads the list another run may add, change
 * and remove domains, and record that. The list may be older than such a record, and then it proves nothing against it: the change looked
 * as if RunCloud had not taken it.
 */
import type { DomainState } from '../../core/domain/record.ts';
import { type ActualDomain, ActualIndex } from '../../core/domain/runcloud-domain.ts';
import type { HostName } from '../../core/values/host-name.ts';
import type { Records } from '../../ledger/ledger.ts';

/** The list, and for each domain whose object was changed while it was read, what its record has instead. */
export function withNewerRecords(
  listed: readonly ActualDomain[],
  before: Records,
  after: Records,
): readonly ActualDomain[] {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (domain) => objectOf(before, domain) !== objectOf(after, domain),
  );
  if (changed.length === 0) return listed;
  const index = new ActualIndex(listed);
  const outdated = new Set(changed.flatMap((domain) => index.find(domain) ?? []));
  const recorded = changed.flatMap((domain) => after.get(domain)?.state.seen ?? []);
  const replaced = new Set(recorded.map(({ id }) => id));
  return [...listed.filter((object) => !outdated.has(object) && !replaced.has(object.id)), ...recorded];
}

/** What a record says of the object on RunCloud. Probes and requests for certificates change it without that. */
function objectOf(records: Records, domain: HostName): string {
  const { owned, ownedWww, seen, requested, removedAt }: DomainState = records.get(domain)?.state ?? {};
  // A time that is ahead counts as another one in each reading (present.ts), and says nothing of the object.
  return JSON.stringify([owned?.id, owned?.by, ownedWww?.id, ownedWww?.by, seen, requested, removedAt]);
}
