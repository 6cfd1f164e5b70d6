/** What RunCloud, the network and DNS say, on its way to the log, the ledger and whoever asks. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../lib/connect.ts';
import { memoryLedger } from '../../lib/ledger/memory.ts';
import { createAccountReader } from '../../lib/runcloud/account.ts';
import { parseSettings } from '../../lib/settings.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { type Fault, StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld, TOKEN } from '../support/world.ts';

// JSON writes those below U+0020 as escapes.
const OBEYED = /[\u007f-\u009f\u2028\u2029\u202e]|\\u00[01]/;
const COMMAND = '\u009b31m\u001b[2J\u202e\u2028';
const UNPAUSE = `https://portal.letsencrypt.org/sfe/v1/unpause?jwt=eyJhbGciOiJIUzI1NiJ9.${'QUJDREVGabcdef0123456789'.repeat(20)}.c2ln`;

function refusing(message: string): Fault {
  return { kind: 'text', status: 422, contentType: 'application/json', text: JSON.stringify({ message }) };
}

/** All that leaves the service, and what it keeps. The log keeps what it was given, as escapes. */
async function everything(world: TestWorld): Promise<string> {
  const answers: string[] = [];
  for (const action of ['status', 'plan', 'doctor', 'reconcile']) {
    answers.push(JSON.stringify(await world.ask({ action })));
  }
  answers.push(JSON.stringify(await world.ask({ action: 'verify', domain: 'shop.example' })));
  const kept = JSON.stringify([[...(await world.ledger.readAll())], await world.ledger.readApplication()]);
  const logged = world.logged.map((line) => line.replaceAll('\\u00', '').trimEnd());
  return [...answers, ...logged, kept].join('\n');
}

describe('a message of RunCloud', () => {
  it('that repeats the token reaches neither log nor status nor ledger', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const fault = refusing(`The token ${TOKEN} may not add shop.example. ${COMMAND}`);
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method }) => (method === 'POST' ? fault : undefined),
    };
    await world.deliver(mapped('shop.example', world.clock));
    const shown = await everything(world);
    expect(shown).toContain('The token [removed] may not add shop.example.');
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toMatch(OBEYED);
  });

  it('repeats none of all secrets of the settings, also short ones and such that it was never sent', async () => {
    const secrets = { WU_RUNCLOUD_API_TOKEN: 'tok-7', MULTISITE_API_KEY: 'key-8', MULTISITE_API_SECRET: 'sec-9' };
    const [WEBHOOK_TOKEN, webhookKey] = ['webhook-token-in-the-address', Buffer.alloc(24, 'k3y').toString('base64')];
    const standIn = new StandInRunCloud({
      clock: { now: () => Date.now(), sleep: async () => {} },
      authorization: 'Bearer tok-7',
      fault: () => refusing(`${Object.values(secrets).join(' ')} ${WEBHOOK_TOKEN} whsec_${webhookKey}`),
    });
    const parsed = parseSettings({
      ...secrets,
      WEBHOOK_TOKEN,
      WEBHOOK_SECRET: `whsec_${webhookKey}`,
      WU_RUNCLOUD_SERVER_ID: '7',
      WU_RUNCLOUD_APP_ID: '12',
      POLICY: 'sync',
      MULTISITE_URL: 'https://network.example',
      RUNCLOUD_API_URL: await standIn.listen(),
    });
    if (!parsed.ok) throw new Error(parsed.faults.join(' '));
    const world = await createWorld();
    const { runcloud, network } = connect(parsed.settings, {
      ...world,
      ledger: memoryLedger(),
      ownUrl: () => undefined,
    });
    const asked = createAccountReader(runcloud, { deadline: world.clock.now() + 1_000 }).ping();
    await expect(asked).rejects.toThrow(
      'RunCloud answered GET /ping with 422: [removed] [removed] [removed] [removed] whsec_[removed].',
    );
    expect(network?.clean('tok-7 key-8')).toBe('[removed] [removed]');
    await Promise.all([runcloud.close(), network?.close(), standIn.close()]);
  });

  it('keeps the link that un-pauses an account, up to the status', async () => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
    for (const name of ['network.example', 'shop.example']) world.standInDns.point(name, StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    const fault = refusing(
      `Error creating new order :: Your account is temporarily prevented from requesting certificates for shop.example and possibly others. Please visit: ${UNPAUSE}`,
    );
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ method, path }) => (method === 'POST' && path.endsWith('/ssl') ? fault : undefined),
    };
    world.clock.advance(120_000);
    await world.ask({ action: 'reconcile' });
    expect(JSON.stringify((await world.ask({ action: 'status' }))['domains'])).toContain(`Please visit: ${UNPAUSE}`);
    expect(world.logged.join('')).toContain(UNPAUSE);
  });
});

describe('names that others chose', () => {
  it('in RunCloud’s list bring no command to a terminal, however long they are', async () => {
    const world = await createWorld({ settings: { www: 'always' } });
    world.standIn.addByHand(`evil${COMMAND}.example`);
    world.standIn.addByHand(`*.${COMMAND}${'long'.repeat(1_000)}`);
    world.standIn.addByHand('shop.example', {
      redirection: `w${COMMAND}${'w'.repeat(1_000)}` as 'www',
      type: `al${COMMAND}` as 'alias',
    });
    await world.ask({ action: 'adopt', domains: ['shop.example'] });
    await world.ledger.recordRequests([mapped('shop.example', world.clock)]);
    const shown = await everything(world);
    expect(shown).not.toMatch(OBEYED);
    expect(shown).not.toMatch(/long(long){100}|w{300}/);
  });

  it('of servers and applications are cut to ten, with a count', async () => {
    const world = await createWorld();
    const data = Array.from({ length: 40 }, (_, index) => ({ id: index + 100, name: `web${COMMAND}${index}` }));
    world.standIn.options = {
      ...world.standIn.options,
      fault: ({ path }) => {
        if (path.startsWith('/servers?'))
          return { kind: 'text', status: 200, contentType: 'application/json', text: JSON.stringify({ data }) };
        return path.startsWith('/servers/7') ? { kind: 'status', status: 404, carriedOut: false } : undefined;
      },
    };
    const doctor = JSON.stringify(await world.ask({ action: 'doctor' }));
    expect(doctor).toContain('109 (web 31m [2J 9) and 30 more.');
    expect(doctor).not.toMatch(OBEYED);
  });

  it('of the network repeat no key, and bring no command', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'key-8', secret: 'sec-9' });
    const world = await createWorld({ network: site });
    site.options = {
      ...site.options,
      clock: world.clock,
      spoil: ({ path }) =>
        path.includes('/auth')
          ? { status: 200, body: { success: true, label: `Net key-8 sec-9 ${COMMAND}` } }
          : undefined,
    };
    const shown = await everything(world);
    expect(shown).toContain('Net [removed] [removed] ');
    expect(shown).not.toMatch(/key-8|sec-9/);
    expect(shown).not.toMatch(OBEYED);
  });

  it('in what an operator asks for come back without a command', async () => {
    const world = await createWorld();
    for (const request of [
      { action: COMMAND },
      { action: 'plan', [COMMAND]: 1 },
      { action: 'map', domain: `a${COMMAND}.example` },
      { action: 'verify', domain: `a${COMMAND}/` },
    ]) {
      expect((await world.ask(request)).summary).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u);
    }
  });
});

describe('1,500 addresses of a domain', () => {
  it('are shown as five and a count, in every answer and in every line of the log', async () => {
    const world = await createWorld({ probes: 'stand-ins', settings: { www: 'always' } });
    const many = Array.from({ length: 1_500 }, (_, index) => `198.18.${Math.floor(index / 250)}.${index % 250}`);
    world.standInDns.point('network.example', StandInRunCloud.address);
    for (const name of ['shop.example', 'www.shop.example']) world.standInDns.point(name, ...many);
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    const answers: string[] = [...world.logged];
    for (const action of ['reconcile', 'status', 'plan', 'doctor'])
      answers.push(JSON.stringify(await world.ask({ action })));
    const verified = await world.ask({ action: 'verify', domain: 'shop.example' });
    answers.push(JSON.stringify(verified), ...world.logged);
    expect(verified.summary).toContain('and 1,495 more');
    expect(answers.filter((each) => (each.match(/198\.18\./g) ?? []).length > 60)).toEqual([]);
    expect(Math.max(...answers.map((each) => each.length))).toBeLessThan(10_000);
  });
});
