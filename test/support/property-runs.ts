/**
 * How often properties run: the one place that says so, and a set-up file of all tests. An ordinary property, about values, runs
 * PROPERTY_RUNS times: `test/all.env` sets it for more than `npm test`. What is about rare things runs more often than that, and what
 * plays whole worlds less often: each by its share. `PROPERTY_SEED` begins all of them with this seed, to see a failure again.
 */
import fc from 'fast-check';

const SHARES = {
  /** Values, of which few come to a removal. */
  removals: 2,
  /** A few events, runs and faults against an application of a few domains. */
  simulation: 0.25,
  /** Every page of a network of 250 mappings, until one is bad. */
  'bad page': 0.6,
  /** A reconcile with a network and an application of 240 domains. */
  'unreliable network': 0.3,
  /** Nine actions of the console and the loop, in one state. */
  'nothing written': 0.2,
  /** Thirty events, runs and spoilt answers with 16 mappings, and four days of rest. */
  'truth of the network': 0.1,
  /** Weeks of orders against every limit of Let's Encrypt. */
  'certificate limits': 0.1,
  /** Shops that send five webhooks for three of them, through webhook, bus, queue and sync: 1,000 webhooks in `slow`. */
  'shops on the whole path': 0.12,
  /** Webhooks to a process that is killed, and a domain for each: 1,000 in `slow`. */
  'webhooks before a kill': 0.2,
  /** Domains that are imported at once, and 148 scheduled runs after that: 1,000 in `slow`. */
  'domains that are imported': 0.2,
  /** A delivery through the receiver, the queue and three ledgers, one of them over HTTP. */
  deliveries: 0.4,
  /** Some forty runs with two domains and their certificates. */
  'certificates under a clock that jumps': 0.04,
  /** A few events into three ledgers, one of them a new table over HTTP. */
  'events in every ledger': 0.08,
  /** A reconcile with an application of 150 domains, whose list is read three times. */
  'bad list': 0.06,
} as const;

/** Below these a world is too small for what its test waits for. */
const LEAST: { readonly [Kind in keyof typeof SHARES]?: number } = {
  'shops on the whole path': 60,
  deliveries: 200,
  'domains that are imported': 50,
};

const ordinary = runsIn('PROPERTY_RUNS') ?? 250;
// As fast-check prints it: a number of 32 bits, with a sign.
const seed = numberIn('PROPERTY_SEED', /^-?\d{1,10}$/);

fc.configureGlobal({ numRuns: ordinary, ...(seed === undefined ? {} : { seed }) });

/** The runs of a property that is not ordinary. `SIMULATION_RUNS` sets those of the two simulations alone. */
export function runsOf(kind: keyof typeof SHARES): { readonly numRuns: number } {
  const isSimulation = kind === 'simulation' || kind === 'truth of the network';
  const set = isSimulation ? runsIn('SIMULATION_RUNS') : undefined;
  return { numRuns: set ?? Math.max(LEAST[kind] ?? 1, Math.ceil(SHARES[kind] * ordinary)) };
}

function runsIn(name: string): number | undefined {
  return numberIn(name, /^[1-9]\d{0,6}$/);
}

function numberIn(name: string, form: RegExp): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!form.test(text)) throw new Error(`${name} is a number, such as 5000, and not "${text}".`);
  return Number(text);
}
