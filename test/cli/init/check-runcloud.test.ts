import { describe, expect, it, onTestFinished } from 'vitest';
import { checkRunCloud } from '../../../cli/init/check-runcloud.ts';
import { Secret } from '../../../lib/util/secret.ts';
import { type StandInOptions, StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { simulatedClock } from '../../support/clock.ts';

async function setUp(options: Partial<StandInOptions> = {}) {
  const clock = simulatedClock();
  const runcloud = new StandInRunCloud({ clock, authorization: 'Bearer MARKED', ...options });
  const baseUrl = new URL(await runcloud.listen());
  onTestFinished(() => runcloud.close());
  const printed: string[] = [];
  const check = async (changes: { serverId?: number; appId?: number; token?: string; baseUrl?: URL } = {}) =>
    checkRunCloud(
      {
        baseUrl: changes.baseUrl ?? baseUrl,
        credentials: { kind: 'bearer', token: new Secret(changes.token ?? 'MARKED') },
        serverId: changes.serverId ?? 7,
        appId: changes.appId ?? 12,
      },
      { clock, print: (line) => printed.push(line) },
    );
  return { runcloud, check, printed };
}

describe('the check against RunCloud', () => {
  it('says how many domains there are, and the primary one, and changes nothing', async () => {
    const { runcloud, check } = await setUp();
    expect(await check()).toMatch(/web application 12 on server 7 has 1 domain; primary is network\.example\.$/);
    for (let count = 0; count < 99; count++) runcloud.addByHand(`shop-${count}.example`);
    expect(await check()).toContain('has 100 domains');
    expect(runcloud.writes).toEqual([]);
  });

  it('waits where RunCloud asks for it, and says so', async () => {
    const { check, printed } = await setUp({ limit: { requests: 1, retryAfter: true, headers: true } });
    await check();
    expect(await check()).toContain('has 1 domain');
    expect(printed).toEqual(['A 429 asks for a pause …']);
  });

  it.each([
    ['401', { token: 'MARKED-WRONG' }, /credentials \(401\).*allow-list.*compare the token.*--skip-runcloud-check/],
    ['404 of the server', { serverId: 8 }, /does not show a server 8 \(404\).*Check WU_RUNCLOUD_SERVER_ID/],
    ['404 of the application', { appId: 13 }, /has server 7, but no web application 13/],
    ['no connection', { baseUrl: new URL('http://127.0.0.1:9/api/v3') }, /could not be asked.*ECONNREFUSED.*5 times/],
  ])('says what %s means', async (_, changes, words) => {
    const { check } = await setUp();
    await expect(check(changes)).rejects.toThrow(words);
    await expect(check(changes)).rejects.not.toThrow(/MARKED/);
  });

  it('names the settings to ask for anew, where an answer may be the cause', async () => {
    const { check } = await setUp();
    const cases = [
      [{ token: 'MARKED-WRONG' }, ['WU_RUNCLOUD_API_TOKEN']],
      [{ serverId: 8 }, ['WU_RUNCLOUD_SERVER_ID', 'WU_RUNCLOUD_APP_ID']],
      [{ appId: 13 }, ['WU_RUNCLOUD_SERVER_ID', 'WU_RUNCLOUD_APP_ID']],
    ] as const;
    for (const [changes, settings] of cases) await expect(check(changes)).rejects.toMatchObject({ settings });
    await expect(check({ baseUrl: new URL('http://127.0.0.1:9/api/v3') })).rejects.not.toHaveProperty('settings');
  });

  it('says what 403 means', async () => {
    const { check } = await setUp({ fault: () => ({ kind: 'status', status: 403, carriedOut: false }) });
    await expect(check()).rejects.toThrow(/\(403\).*Business and Enterprise/);
  });
});
