/** `verify`, and what runs say, while RunCloud or the server cannot be asked. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { type Fault, StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, type TestWorld } from '../../support/world.ts';

const SHOP = { action: 'verify', domain: 'shop.example' };

/** A domain that is live, seen a minute ago. */
async function live(): Promise<TestWorld> {
  const world = await createWorld({ probes: 'stand-ins', settings: { www: 'never' } });
  for (const name of ['network.example', 'shop.example']) world.standInDns.point(name, StandInRunCloud.address);
  await world.ask({ action: 'reconcile' });
  await world.deliver(mapped('shop.example', world.clock));
  await world.workOff();
  world.clock.advance(MINUTE);
  return world;
}

function goDown(world: TestWorld, fault: Fault): void {
  world.standIn.options = { ...world.standIn.options, fault: () => fault };
}

describe('verify, while RunCloud cannot be asked', () => {
  it.each([
    ['503', { kind: 'status', status: 503, carriedOut: false }, /it answered 503/],
    ['401', { kind: 'status', status: 401, carriedOut: false }, /did not accept the credentials/],
    ['403', { kind: 'status', status: 403, carriedOut: false }, /refuses to show/],
    ['no answer', { kind: 'no-answer', carriedOut: false }, /the connection failed/],
    [
      'a page',
      { kind: 'text', status: 403, contentType: 'text/html', text: '<html>' },
      /something in between answered/,
    ],
    [
      'a page with 404',
      { kind: 'text', status: 404, contentType: 'text/html', text: '<html>' },
      /something in between answered/,
    ],
  ] as const)('still shows DNS and certificate as they are now (%s)', async (_, fault, words) => {
    const world = await live();
    const seenAt = (await world.ledger.readApplication()).snapshot?.observedAt;
    goDown(world, fault);
    const first = await world.ask(SHOP);
    expect(first).toMatchObject({
      ok: true,
      mapping: 'on RunCloud',
      dns: 'pointing',
      certificate: 'valid',
      records: [{ type: 'A', name: 'shop.example', value: StandInRunCloud.address, ok: true }],
      summary: expect.stringMatching(
        new RegExp(
          `^shop\\.example is live: .* DNS and certificate were asked for now\\. Of RunCloud this is what was seen there at ${seenAt}, because: .*${words.source}`,
        ),
      ),
    });
    world.standInDns.point('shop.example', '198.51.100.7');
    expect(await world.ask(SHOP)).toMatchObject({
      ok: false,
      dns: 'moved away',
      records: [{ type: 'A', now: '198.51.100.7', ok: false }],
      summary: expect.stringMatching(/198\.51\.100\.7.*Of RunCloud this is what was seen/),
    });
  });

  it('shows a certificate that ran out meanwhile', async () => {
    const world = await live();
    goDown(world, { kind: 'status', status: 503, carriedOut: false });
    world.clock.advance(100 * DAY);
    expect(await world.ask(SHOP)).toMatchObject({ ok: false, certificate: expect.not.stringMatching(/^valid$/) });
  });

  it('says that the address is not known where RunCloud never told it', async () => {
    const world = await createWorld();
    goDown(world, { kind: 'status', status: 503, carriedOut: false });
    expect(await world.ask(SHOP)).toMatchObject({
      ok: false,
      summary: expect.stringMatching(/^What shop\.example should point to is not known: RunCloud could not be asked/),
    });
  });

  it('does not mention RunCloud once it answers again', async () => {
    const world = await live();
    const { options } = world.standIn;
    goDown(world, { kind: 'status', status: 503, carriedOut: false });
    await world.ask(SHOP);
    world.standIn.options = options;
    expect((await world.ask(SHOP)).summary).toBe(
      `shop.example is live: it points to ${StandInRunCloud.address}, and its certificate is valid.`,
    );
  });
});

describe('a server that cannot be reached any more', () => {
  const WHY = 'The server 203.0.113.10 could not be asked for the certificate of shop.example';

  it('is no live domain for verify, whatever its certificate was', async () => {
    const world = await live();
    world.standInTls.breakDown();
    expect(await world.ask(SHOP)).toMatchObject({ ok: false, summary: expect.stringContaining(WHY) });
  });

  it('needs a person after six hours, though the last certificate that was seen is valid', async () => {
    const world = await live();
    world.standInTls.breakDown();
    const runFor = async (hours: number) => {
      let last = await world.ask({ action: 'reconcile' });
      for (let hour = 0; hour < hours; hour++) {
        world.clock.advance(HOUR);
        last = await world.ask({ action: 'reconcile' });
      }
      return last;
    };
    await runFor(7);
    const last = await runFor(7);
    expect(last['held']).toMatchObject([{ domain: 'shop.example', code: 'unasked' }]);
    const { lastReconcile } = await world.ledger.readApplication();
    expect(lastReconcile).toMatchObject({ needsPerson: { unasked: 1 } });
    expect((await world.ask({ action: 'status' }))['domains']).toContainEqual(
      expect.objectContaining({ domain: 'shop.example', reason: expect.stringContaining(WHY) }),
    );
  });
});
