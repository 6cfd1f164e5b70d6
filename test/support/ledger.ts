import type { Changes, Ledger } from '../../lib/ledger/ledger.ts';

/** Takes a ledger whose lease is free, and changes; keeps them as a run would that takes the lease and gives it back. */
export async function keep(ledger: Ledger, changes: Changes): Promise<void> {
  const answer = await ledger.acquire({ holder: 'set-up', now: 0, ttlMs: 1, pendingAdds: [] });
  if (answer.kind === 'busy') throw new Error(`the lease is taken until ${answer.until}`);
  await ledger.release('set-up', answer.pendingAdds, changes);
}
