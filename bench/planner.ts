/**
 * Times the planner in a process of its own: `node bench/planner.ts <domains> <no-drift|drift|all-new>`. To compare, it
 * times a Set of the same names, built and asked for each of them. Prints one JSON line.
 */
import type { DomainRecord } from '../lib/core/domain/record.ts';
import type { ActualDomain } from '../lib/core/domain/runcloud-domain.ts';
import { plan } from '../lib/core/plan/plan.ts';
import type { ProbeState } from '../lib/core/probe/result.ts';
import type { HostName } from '../lib/core/values/host-name.ts';
import { DAY, HOUR, iso } from '../lib/core/values/time.ts';

const count = Number(process.argv[2]);
const scenario = process.argv[3] ?? 'no-drift';
const ROUNDS = count > 100_000 ? 5 : 25;
const now = Date.parse('2026-11-22T08:00:00Z');

// Made anew for each side. Names from a database and over HTTP are equal, but not the same strings.
const nameOf = (index: number): HostName => Buffer.from(`shop-${index}.example`).toString() as HostName;

/** As nearly every domain of a network is: a domain without a certificate costs the planner more. */
const WELL: ProbeState = {
  at: iso(now - HOUR),
  dns: { verdict: { kind: 'pointing' }, since: iso(now - DAY) },
  certificate: {
    verdict: { kind: 'valid', until: iso(now + 60 * DAY), expiringFrom: iso(now + 30 * DAY) },
    since: iso(now - DAY),
  },
};

const names: HostName[] = [];
const ledger = new Map<HostName, DomainRecord>();
const actual: ActualDomain[] = [object(0, 'network.example', 'primary')];
for (let index = 1; index <= count; index++) {
  const domain = nameOf(index);
  names.push(domain);
  const isThere = scenario === 'no-drift' || (scenario === 'drift' && index % 10 !== 0);
  // With drift one in ten is added, and one in a hundred removed.
  const kind = scenario === 'drift' && index % 100 === 1 ? 'unmapped' : 'mapped';
  const origin = { eventId: `e${index}`, occurredAt: iso(now - HOUR), trust: 'signed' } as const;
  const request =
    kind === 'mapped' ? ({ ...origin, kind, namedAs: 'bare' } as const) : { ...origin, kind: 'unmapped' as const };
  const owned = { id: index + 1, since: iso(now - HOUR), by: 'added' } as const;
  ledger.set(domain, {
    domain,
    request,
    state: isThere ? { owned, seen: object(index, domain, 'alias'), probe: WELL } : {},
  });
  if (isThere) actual.push(object(index, nameOf(index), 'alias'));
}

const input = {
  desired: { from: 'events' as const },
  actual,
  ledger,
  counts: { owned: count, removedLastDay: 0, present: actual.length },
  ownHost: undefined,
  certificates: {
    mode: 'advanced' as const,
    server: { main: '203.0.113.10', others: [] },
    shared: undefined,
    requests: [],
    scope: 'all' as const,
  },
  scope: 'all' as const,
  settings: {
    policy: 'sync' as const,
    protectedDomains: ['mail.example', '*.staff.example'],
    www: 'auto' as const,
    subdomains: 'create' as const,
    graceMs: HOUR,
    brake: { count: 3, percent: 20 },
  },
  now,
};

let steps = 0;
const planMs = median(() => {
  steps = plan(input).steps.length;
});
let found = 0;
const setMs = median(() => {
  const set = new Set<string>(names);
  for (const name of ledger.keys()) if (set.has(name)) found += 1;
});
const peakMb = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ count, scenario, steps, planMs, setMs, found, peakMb })}\n`);

function object(id: number, name: string, type: string): ActualDomain {
  return { id: id + 1, name, type, www: false, redirection: 'none', wildcard: false };
}

/**
 * Median of several rounds. Large ones collect the garbage of the round before first, because it would raise the peak.
 */
function median(work: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (count > 100_000) globalThis.gc?.();
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}
