/** The network's record of a live domain, which the plugin has given up on, is set to `done`: once, and nothing else of it. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../../lib/core/values/time.ts';
import { type MultisiteOptions, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, shops, type TestWorld, type WorldOptions } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'MARKED-SECRET' };
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };
const SETTLING_RUNS = 3;

type NetworkWorld = TestWorld & { readonly site: StandInMultisite };

/** The network maps these and has given up on each. RunCloud has them already. */
async function givenUp(names: readonly string[], options: WorldOptions = {}): Promise<NetworkWorld> {
  const site = new StandInMultisite(OPTIONS);
  const world = await createWorld({ network: site, writeBack: true, runcloud: UNLIMITED, ...options });
  for (const name of names) {
    site.map(name).stage = 'failed';
    world.standIn.addByHand(name);
  }
  return Object.assign(world, { site });
}

async function reconcile(world: TestWorld): Promise<void> {
  expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, failed: [] });
  world.clock.advance(MINUTE);
}

/** What was sent to the network that may have changed it. */
function changes({ site }: NetworkWorld): string[] {
  return site.calls.filter(({ method }) => method !== 'GET').map((call) => `${call.method} ${call.path} ${call.body}`);
}

const DONE = '{"stage":"done","secure":true}';

describe('writing back', () => {
  it('sets the record of a live domain to done and secure, and nothing else of it', async () => {
    const world = await givenUp(['shop.example', 'other.example']);
    const before = structuredClone(world.site.mappings);
    await reconcile(world);
    expect(changes(world)).toEqual([`PUT /domain/1 ${DONE}`, `PUT /domain/2 ${DONE}`]);
    // The plugin makes the domain the address of its site.
    const after = { stage: 'done', secure: true, primary: true };
    expect(world.site.mappings).toEqual(before.map((mapping) => ({ ...mapping, ...after })));
    expect(world.logged.join()).toMatch(/"info".*record of a live domain is set to done.*shop\.example/);
    expect(world.logged.join()).not.toContain('MARKED');
  });

  it('does so once: what somebody makes of it afterwards stays', async () => {
    const world = await givenUp(['shop.example']);
    await reconcile(world);
    const [mapping] = world.site.mappings;
    Object.assign(mapping ?? {}, { stage: 'checking-dns', secure: false });
    await reconcile(world);
    world.clock.advance(7 * DAY);
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
    expect(mapping).toMatchObject({ stage: 'checking-dns', secure: false });
  });

  it('does so for what it added itself, in a later run', async () => {
    const world = await givenUp([]);
    world.site.map('shop.example');
    await reconcile(world);
    expect(changes(world)).toEqual([]);
    await reconcile(world);
    expect(world.site.mappings).toMatchObject([{ stage: 'done', secure: true }]);
  });

  it.each<[string, WorldOptions]>([
    ['without the setting', { writeBack: false }],
    ['under the policy observe', { settings: { policy: 'observe' } }],
  ])('does not exist %s', async (_, options) => {
    const world = await givenUp(['shop.example'], options);
    for (let run = 0; run < SETTLING_RUNS; run++) await reconcile(world);
    expect(changes(world)).toEqual([]);
  });

  it('belongs to whole runs: a plan, a status, an adoption and an old checksum write nothing; apply does', async () => {
    const world = await givenUp(['shop.example']);
    // Now every domain is probed and recorded, so the first run that may write does.
    const off = Object.assign(world, { writeBack: false });
    await reconcile(off);
    const on = Object.assign(world, { writeBack: true });
    for (const action of ['plan', 'status', 'doctor']) await on.ask({ action });
    await on.ask({ action: 'adopt', domains: ['shop.example'] });
    await on.ask({ action: 'apply', checksum: '0123456789abcdef' });
    expect(changes(world)).toEqual([]);
    const { checksum } = await on.ask({ action: 'plan' });
    await on.ask({ action: 'apply', checksum });
    expect(changes(world)).toHaveLength(1);
  });

  it('waits while DNS leads elsewhere, and while the server shows no certificate for the name', async () => {
    const world = await givenUp(['shop.example'], { probes: 'stand-ins' });
    for (let run = 0; run < SETTLING_RUNS; run++) await reconcile(world);
    world.standInDns.point('shop.example', StandInRunCloud.address);
    await reconcile(world);
    expect(changes(world)).toEqual([]);
    const shop = world.standIn.find('shop.example');
    expect(world.standIn.certificateFor('shop.example')).toBeUndefined();
    // Now it is ours, so its certificate is asked for.
    await world.ask({ action: 'adopt', domains: [shop?.name ?? ''] });
    for (let run = 0; run < SETTLING_RUNS; run++) {
      world.clock.advance(HOUR);
      await reconcile(world);
    }
    expect(world.standIn.certificateFor('shop.example')).toBeDefined();
    expect(changes(world)).toEqual([`PUT /domain/1 ${DONE}`]);
  });

  it('probes once more right before: what was live hours ago and is not now is not called live', async () => {
    const world = await givenUp(['shop.example'], { probes: 'stand-ins', writeBack: false });
    world.standInDns.point('shop.example', StandInRunCloud.address);
    await reconcile(world);
    await world.ask({ action: 'adopt', domains: ['shop.example'] });
    for (let run = 0; run < SETTLING_RUNS; run++) {
      world.clock.advance(HOUR);
      await reconcile(world);
    }
    world.standInTls.breakDown();
    Object.assign(world, { writeBack: true });
    await reconcile(world);
    expect(changes(world)).toEqual([]);
    world.standInTls.recover();
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
  });

  it('leaves the bare name as it is where only `www.` of it leads here, served by an object of its own', async () => {
    const world = await givenUp([], { probes: 'stand-ins' });
    const [bare, www] = ['shop.example', 'www.shop.example'];
    for (const name of ['network.example', www]) world.standInDns.point(name, StandInRunCloud.address);
    world.standInDns.point(bare, '198.51.100.1');
    for (const name of [bare, www]) world.site.map(name).stage = 'failed';
    for (let run = 0; run < 12; run++) {
      world.clock.advance(HOUR);
      await world.ask({ action: 'reconcile' });
    }
    expect(world.standIn.names).toContain(www);
    expect(changes(world)).toEqual([`PUT /domain/2 ${DONE}`]);
    world.standInDns.point(bare, StandInRunCloud.address);
    for (let run = 0; run < 30; run++) {
      world.clock.advance(HOUR);
      await world.ask({ action: 'reconcile' });
    }
    expect(changes(world)).toEqual([`PUT /domain/2 ${DONE}`, `PUT /domain/1 ${DONE}`]);
  });

  it('does not touch a network that is not believed to be the same', async () => {
    const world = await givenUp(['shop.example'], { writeBack: false });
    await reconcile(world);
    world.site.options = { ...OPTIONS, label: 'Another' };
    Object.assign(world, { writeBack: true });
    await reconcile(world);
    expect(changes(world)).toEqual([]);
  });

  it('survives a network that forbids changes, and asks it one thing a day', async () => {
    const world = await givenUp(shops(5));
    world.site.options = { ...OPTIONS, changes: 'forbidden' };
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
    expect(world.logged.join()).toMatch(
      /"warn".*record of a live domain could not be set to done.*\(401\).*forbids changes/,
    );
    expect(await world.ledger.readApplication()).toMatchObject({ lastReconcile: { failed: 0 } });
    expect(world.logged.join()).not.toContain('ended early');
    world.clock.advance(DAY - HOUR);
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
    world.clock.advance(HOUR);
    await reconcile(world);
    expect(changes(world)).toHaveLength(2);
    world.site.options = OPTIONS;
    world.clock.advance(DAY);
    await reconcile(world);
    expect(changes(world)).toHaveLength(2 + 5);
    expect(world.site.mappings.map(({ stage }) => stage)).toEqual(Array(5).fill('done'));
  });

  it.each([
    ['a row that is gone', { status: 404, body: { code: 'wu_rest_domain_invalid_id' } }, 3],
    [
      'a change that is answered and not made',
      { body: { id: '1', domain: 'x.example', blog_id: '2', active: '1', stage: 'failed' } },
      3,
    ],
    ['an answer that is no row', { body: 1 }, 3],
    ['a network that is down', { status: 503, body: 'down' }, 1],
    ['an error of PHP', { status: 500, body: { code: 'internal_server_error', data: { status: 500 } } }, 1],
    ['a refusal of its name', { status: 500, body: { code: 'domain', message: 'is not valid', data: null } }, 3],
    ['a refusal without a reason', { status: 500, body: { code: 'wu_rest_domain', message: '(Code 2)' } }, 3],
  ] as const)('is not repeated for a day after %s, and that keeps no other from its turn', async (_, answer, first) => {
    const names = shops(3);
    const world = await givenUp(names);
    const spoil = ({ path }: { readonly path: string }) => {
      if (path !== '/domain/1') return undefined;
      Object.assign(world.site.mappings[0] ?? {}, { stage: 'failed', secure: false });
      return answer;
    };
    world.site.options = { ...OPTIONS, spoil };
    await reconcile(world);
    expect(changes(world)).toHaveLength(first);
    await reconcile(world);
    expect(changes(world)).toHaveLength(3);
    world.clock.advance(DAY);
    await reconcile(world);
    expect(changes(world)).toHaveLength(4);
  });

  it('goes on for all others where the plugin refuses a row that was not made by its API', async () => {
    const world = await givenUp(['käse.example', 'shop.example']);
    await reconcile(world);
    expect(world.site.mappings).toMatchObject([
      { domain: 'käse.example', stage: 'failed' },
      { domain: 'shop.example', stage: 'done' },
    ]);
    expect(world.logged.join()).toMatch(/"warn".*could not be set to done.*xn--kse-qla\.example.*Domain is not valid/);
  });

  it('takes it for done where the network says that nothing was changed, and does not ask again', async () => {
    const world = await givenUp(['shop.example']);
    let turn = 0;
    world.site.options = {
      ...OPTIONS,
      spoil: ({ method }) => {
        if (method !== 'PUT' || turn++ > 0) return undefined;
        // Carried out, as after an answer that was lost.
        return { status: 500, body: { code: 'wu_rest_domain', message: 'Something went wrong (Code 2).', data: null } };
      },
    };
    await reconcile(world);
    world.clock.advance(2 * DAY);
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
    expect(world.logged.join()).not.toContain('could not be set to done');
  });

  it('asks one thing a day where a firewall answers changes with a page', async () => {
    const world = await givenUp(shops(3));
    const page = { status: 403, body: '<html>Just a moment...</html>' };
    world.site.options = { ...OPTIONS, spoil: ({ method }) => (method === 'PUT' ? page : undefined) };
    await reconcile(world);
    await reconcile(world);
    expect(changes(world)).toHaveLength(1);
  });

  it('leaves what this run recorded of a domain as it is, and comes to it in the next run', async () => {
    const world = await givenUp([]);
    world.site.map('other.example');
    world.site.map('shop.example');
    await reconcile(world);
    world.site.unmap('shop.example');
    await reconcile(world);
    world.site.map('shop.example').stage = 'failed';
    await reconcile(world);
    const shop = [...(await world.ledger.readAll()).values()].find(({ domain }) => domain === 'shop.example');
    expect(shop?.state.missingSince).toBeUndefined();
    expect(changes(world)).toEqual([`PUT /domain/1 ${DONE}`]);
    await reconcile(world);
    expect(changes(world)).toEqual([`PUT /domain/1 ${DONE}`, `PUT /domain/3 ${DONE}`]);
  });

  it('is bounded in each run', async () => {
    const world = await givenUp(shops(60));
    await reconcile(world);
    expect(changes(world)).toHaveLength(50);
    await reconcile(world);
    expect(changes(world)).toHaveLength(60);
  });

  it('ends with the time of the run, and the next one goes on', async () => {
    const world = await givenUp(shops(5));
    world.site.options = {
      ...OPTIONS,
      spoil: ({ method }) => {
        if (method === 'PUT') world.clock.advance(2 * MINUTE);
        return undefined;
      },
    };
    await reconcile(world);
    expect(changes(world)).toHaveLength(3);
    expect(world.logged.join()).not.toMatch(/ended early|could not be set to done/);
    await reconcile(world);
    expect(changes(world)).toHaveLength(5);
  });

  it('begins when all else is recorded, and keeps the lease through every slow probe', async () => {
    const world = await givenUp(shops(12), { writeBack: false });
    await reconcile(world);
    // What changed within a day is probed in every run, twenty at a time.
    world.clock.advance(DAY + MINUTE);
    await reconcile(world);
    const { tls, ledger, clock } = world;
    const lasts: boolean[] = [];
    const records: unknown[] = [];
    const shakeHands: typeof tls.shakeHands = async (...parameters) => {
      clock.advance(29 * SECOND);
      lasts.push(Date.parse((await ledger.leaseUntil()) ?? '') > clock.now());
      records.push((await ledger.readApplication()).lastReconcile?.at);
      return tls.shakeHands(...parameters);
    };
    const before = (await ledger.readApplication()).lastReconcile?.at;
    await world.ask({ action: 'adopt', domains: shops(1) });
    Object.assign(world, { writeBack: true, tls: { shakeHands } });
    await world.ask({ action: 'reconcile' });
    expect(lasts.length).toBeGreaterThan(8);
    expect(lasts).not.toContain(false);
    expect(records).not.toContain(before);
  });

  it('ends where another run took the lease meanwhile', async () => {
    const world = await givenUp(shops(5), { writeBack: false });
    await reconcile(world);
    const { tls, ledger, clock } = world;
    const shakeHands: typeof tls.shakeHands = async (...parameters) => {
      clock.advance(3 * MINUTE);
      await ledger.acquire({ holder: 'another', now: clock.now(), ttlMs: HOUR, pendingAdds: [] });
      return tls.shakeHands(...parameters);
    };
    Object.assign(world, { writeBack: true, tls: { shakeHands } });
    await world.ask({ action: 'reconcile' });
    expect(changes(world)).toEqual([]);
  });
});
