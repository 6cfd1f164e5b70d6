/** What is held, failed or new is told: by the answer of the run, by `status`, and by the doctor. */
import { describe, expect, it } from 'vitest';
import { answer } from '../../../lib/console.ts';
import { MINUTE } from '../../../lib/core/values/time.ts';
import { StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, unmapped } from '../../support/world.ts';

type Check = { readonly name: string; readonly ok: boolean; readonly found: string; readonly what_to_do?: string };

const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

describe('90 removals held, and a certificate that failed', () => {
  async function inTrouble() {
    const names = shops(90);
    const world = await createWorld({
      settings: { brake: { count: 5, percent: 5 }, www: 'never' },
      probes: 'stand-ins',
      runcloud: UNLIMITED,
    });
    world.standInDns.point('cert.example', StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    Object.assign(world.authority, { whyInvalid: () => '203.0.113.10: Invalid response: 404' });
    await world.deliver(mapped('cert.example', world.clock));
    await world.workOff();
    await world.ledger.recordRequests(names.map((name) => unmapped(name, world.clock)));
    return world;
  }
  const needed = 'A person is needed for 91 domains: brake 90, certificate-failed 1.';

  it('are what the run speaks of first, and it is not ok', async () => {
    const world = await inTrouble();
    const ran = await world.ask({ action: 'reconcile' });
    expect(ran).toMatchObject({ ok: false, done: [], writes: 0 });
    expect(ran.summary.replace('certificate-failed 1, brake 90', 'brake 90, certificate-failed 1')).toBe(
      `${needed} Nothing was changed; 91 domains held or left alone, with the reason at each.`,
    );
    expect((await world.ledger.readApplication()).lastReconcile).toMatchObject({
      needsPerson: { brake: 90, 'certificate-failed': 1 },
    });
  });

  it('are what status says, before a run and after it', async () => {
    const world = await inTrouble();
    for (const _ of ['before', 'after']) {
      const { summary } = await world.ask({ action: 'status' });
      expect(summary.replace('certificate-failed 1, brake 90', 'brake 90, certificate-failed 1')).toContain(needed);
      await world.ask({ action: 'reconcile' });
    }
  });

  it('are one check of the doctor, with the remedy of each kind', async () => {
    const world = await inTrouble();
    await world.ask({ action: 'reconcile' });
    const checks = (await world.ask({ action: 'doctor' }))['checks'] as Check[];
    const held = checks.find(({ name }) => name === 'held');
    expect(held).toMatchObject({ ok: false });
    expect(held?.found).toMatch(/shop-0000\.example would be removed.*\(And 89 more like it\.\)/);
    expect(held?.found).toMatch(/cert\.example points here.*Invalid response/);
    expect(held?.what_to_do).toMatch(/brake: Read \{"action":"plan"\}/);
    expect(held?.what_to_do).toMatch(/certificate-failed: Make sure that http:\/\/cert\.example/);
  });

  it('are over once they are mended', async () => {
    const world = await inTrouble();
    const { checksum } = await world.ask({ action: 'plan' });
    // The certificate is still missing.
    expect(await world.ask({ action: 'apply', checksum })).toMatchObject({ ok: false, writes: 90 });
    await world.ask({ action: 'unmap', domain: 'cert.example' });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: false });
    const after = await world.ask({ action: 'plan' });
    expect(await world.ask({ action: 'apply', checksum: after['checksum'] })).toMatchObject({ ok: true, writes: 1 });
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, summary: 'Nothing had to be changed.' });
    expect((await world.ledger.readApplication()).lastReconcile).not.toHaveProperty('needsPerson');
  });
});

describe('what passes by itself', () => {
  it('makes no run other than ok: a domain that waits for its DNS', async () => {
    const world = await createWorld({ probes: 'stand-ins', runcloud: UNLIMITED, settings: { www: 'never' } });
    await world.deliver(mapped('shop.example', world.clock));
    await world.workOff();
    expect(await world.ask({ action: 'reconcile' })).toMatchObject({ ok: true, held: [{ code: 'dns' }] });
    expect((await world.ask({ action: 'status' })).summary).not.toMatch(/person/);
  });
});

describe('a network whose lists are not believed', () => {
  it('is remembered with the run, until they are', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
    site.map('shop.example');
    const world = await createWorld({ network: site });
    const answering = site.options;
    site.options = { ...answering, spoil: () => ({ status: 500, body: {} }) };
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).lastReconcile).toMatchObject({ network: 'doubted' });
    site.options = answering;
    await world.ask({ action: 'reconcile' });
    expect((await world.ledger.readApplication()).lastReconcile).not.toHaveProperty('network');
  });
});

describe('before the first run', () => {
  it('the doctor says so, and calls nothing wrong', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
    const world = await createWorld({ network: site, reconcileEveryMs: 5 * MINUTE });
    site.options = { ...site.options, clock: world.clock };
    const answer = await world.ask({ action: 'doctor' });
    const checks = answer['checks'] as Check[];
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(answer).toMatchObject({ ok: true, summary: `All ${checks.length} checks are well.` });
    expect(checks.find(({ name }) => name === 'last-reconcile')?.found).toBe(
      'No reconcile has ended yet. {"action":"reconcile"} starts one at once.',
    );
    expect((await world.ask({ action: 'status' })).summary).toMatch(/No reconcile has ended yet\.$/);
  });
});

describe('verify names every reason, the cause first', () => {
  const SERVER = StandInRunCloud.address;

  it('of a domain behind a proxy whose www is to change: the proxy', async () => {
    const site = new StandInMultisite({ host: 'network.example', key: 'k', secret: 's' });
    site.map('shop.example');
    const world = await createWorld({
      network: site,
      probes: 'stand-ins',
      runcloud: UNLIMITED,
      settings: { www: 'never' },
    });
    world.standInDns.point('shop.example', '104.16.0.1');
    await world.ask({ action: 'reconcile' });
    const changed = { ...world, settings: { ...world.settings, www: 'always' as const } };
    const request = { action: 'verify', domain: 'shop.example' };
    const { ok, summary, reason } = await answer(changed, request, world.clock.now() + 5 * MINUTE);
    expect(ok).toBe(false);
    expect(summary).toMatch(
      /^shop\.example is proxied by Cloudflare, .* shop\.example: is served with www off, .* is right\. Switch the proxy off .*Under way: www and redirection will be changed\. Records to set: /,
    );
    expect(reason).toMatch(/^shop\.example is proxied by Cloudflare/);
    const status = await answer(changed, { action: 'status' }, world.clock.now() + 5 * MINUTE);
    const row = (status['domains'] as { domain: string; reason?: string; next: string }[]).find(
      ({ domain }) => domain === 'shop.example',
    );
    expect(row?.reason).toMatch(/^shop\.example is proxied by .* is served with www off/);
    expect(row?.next).toMatch(/^held: .* Also: www and redirection will be changed\.$/);
  });

  it.each([
    ['ours', 'shop.example'],
    ['the primary one', 'network.example'],
    ['nobody mapped', 'handmade.example'],
  ])(
    'where the server shows the certificate of another name, with that name: a domain that is %s',
    async (_whose, domain) => {
      const world = await createWorld({ probes: 'stand-ins', runcloud: UNLIMITED, settings: { www: 'never' } });
      world.standIn.addByHand('handmade.example');
      for (const name of ['shop.example', 'network.example', 'handmade.example']) world.standInDns.point(name, SERVER);
      await world.deliver(mapped('shop.example', world.clock));
      await world.ask({ action: 'reconcile' });
      const shown = { names: ['default.invalid'], notBefore: 0, notAfter: world.clock.now() * 2, isStaging: false };
      Object.assign(world.standIn, { certificateFor: () => shown });
      const { ok, summary } = await world.ask({ action: 'verify', domain });
      expect(ok).toBe(false);
      expect(summary).toContain(`For ${domain} the server shows a certificate of other names (default.invalid).`);
      expect(summary).not.toMatch(/not live yet/);
      const doctor = (await world.ask({ action: 'doctor' }))['checks'] as Check[];
      expect(doctor.find(({ name }) => name === 'server-tls')).toMatchObject({
        ok: false,
        found: `For network.example the server ${SERVER} shows a certificate of another name (default.invalid).`,
      });
    },
  );
});
