/** What is found out before anything is written: whether the settings are right, and whether they open RunCloud and the network. */
import type { ParsedSettings, Settings } from '../../lib/settings.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { InitOptions } from './arguments.ts';
import { checkNetwork } from './check-network.ts';
import { checkRunCloud } from './check-runcloud.ts';
import type { Values } from './questions.ts';
import { Refusal, WrongAnswer } from './refusal.ts';

/** How often wrong answers may be given again. Whoever needs more has to look something up first. */
const MOST_ROUNDS = 3;

export type CheckDependencies = {
  readonly parse: (values: Values) => ParsedSettings;
  readonly print: (line: string) => void;
  readonly clock: Clock;
  /** Asks for these settings anew. Undefined where answers cannot be given again, as from a pipe. */
  readonly askAgain: ((values: Values, settings: readonly string[]) => Promise<Values>) | undefined;
};

/**
 * The values once all checks went well, with the answers that were given again.
 * @throws Refusal
 */
export async function checkedValues(
  values: Values,
  { runcloud, network }: Pick<InitOptions, 'runcloud' | 'network'>,
  deps: CheckDependencies,
): Promise<Values> {
  for (const warning of settingsIn(values, deps).warnings) deps.print(warning);
  const known = await insist(values, deps, async ({ api }) =>
    runcloud === 'asked'
      ? checkRunCloud(api, deps)
      : 'RunCloud was not asked: whether token and ids are right shows in the first run of the service.',
  );
  return insist(known, deps, async ({ network: settings }) => {
    if (settings === undefined) return undefined;
    return network === 'asked'
      ? checkNetwork(settings, deps)
      : 'The network was not asked: whether its address and its key are right shows in the first run of the service.';
  });
}

async function insist(
  values: Values,
  deps: CheckDependencies,
  check: (settings: Settings) => Promise<string | undefined>,
): Promise<Values> {
  let current = values;
  for (let round = 0; ; round++) {
    const settings = settingsIn(current, deps);
    try {
      const found = await check(settings);
      if (found !== undefined) deps.print(found);
      return current;
    } catch (error) {
      if (!(error instanceof WrongAnswer) || !deps.askAgain || round === MOST_ROUNDS) throw error;
      deps.print(error.message);
      current = await deps.askAgain(current, error.settings);
    }
  }
}

/** @throws Refusal, which lists all that is wrong */
function settingsIn(values: Values, { parse }: CheckDependencies): Settings {
  const parsed = parse(values);
  if (parsed.ok) return parsed.settings;
  const list = parsed.faults.map((fault) => `  - ${fault}`).join('\n');
  throw new Refusal(`The settings are not right:\n${list}\nWith --change <NAME> one is asked for anew.`);
}
