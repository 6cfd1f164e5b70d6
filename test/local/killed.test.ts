/** A process of `npm run serve` that dies in the middle of its work. */
import { expect, it } from 'vitest';
import { systemClock } from '../../lib/util/clock.ts';
import { StandInNetwork } from '../../local/stand-in/network.ts';
import { run } from '../support/process.ts';
import { runsOf } from '../support/property-runs.ts';
import { SERVE, setUpServe } from '../support/serve.ts';
import { key } from '../support/webhooks.ts';
import { shops } from '../support/world.ts';

const WEBHOOKS = runsOf('webhooks before a kill').numRuns;
const DONE_BEFORE = Math.ceil(WEBHOOKS / 5);

it(`a service that is killed right after ${WEBHOOKS} webhooks were accepted loses none of them`, {
  timeout: 120_000,
}, async () => {
  const { runcloud, environment } = await setUpServe();
  // So that the process surely dies in the middle of the work, RunCloud stops it there with a 429.
  const tooMany = { kind: 'status', status: 429, carriedOut: false } as const;
  const fault = () => (runcloud.domains.length > DONE_BEFORE ? tooMany : undefined);
  runcloud.options = { ...runcloud.options, fault };
  const first = run(SERVE, environment);
  const [, url = ''] = await first.until(/"url":"(http:[^"]+)"/);
  const network = new StandInNetwork(url, key(1), systemClock);
  const names = shops(WEBHOOKS);
  const answers: number[] = [];
  const workers = Array.from({ length: 20 }, async (_, worker) => {
    for (let index = worker; index < names.length; index += 20) {
      answers.push((await network.map(names[index] ?? '')).status);
    }
  });
  await Promise.all(workers);
  await first.until(/asks for a pause/);
  first.child.kill('SIGKILL');
  await first.ended;
  expect(answers).toEqual(Array(WEBHOOKS).fill(202));
  expect(runcloud.domains).toHaveLength(1 + DONE_BEFORE);
  runcloud.options = { ...runcloud.options, fault: () => undefined };

  const second = run(SERVE, environment);
  const end = Date.now() + 60_000;
  while (runcloud.domains.length < 1 + WEBHOOKS && Date.now() < end) await new Promise((next) => setTimeout(next, 50));
  expect(runcloud.names).toEqual(['network.example', ...names].sort());
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(first.printed() + second.printed()).not.toMatch(/MARKED|AQEBAQEB/);
});
