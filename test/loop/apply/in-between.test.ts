/** Answers that are not RunCloud's: pages of a firewall or a proxy in the place of them, and statuses that judge nothing. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { type Call, type Fault, StandInRunCloud } from '../../../local/stand-in/runcloud.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../../support/world.ts';

const PAGE = '<!DOCTYPE html><html><title>Attention Required!</title></html>';
const UNLIMITED = { limit: { requests: 1_000_000, retryAfter: true, headers: true } };

type Failed = { readonly domain: string; readonly why: string; readonly whatToDo: string; readonly dueAt: string };
type Result = {
  readonly done: unknown[];
  readonly held: unknown[];
  readonly failed: Failed[];
  readonly writes: number;
};

function page(status: number, text = PAGE): Fault {
  return { kind: 'text', status, contentType: 'text/html', text };
}

/** Answers so to these requests until `over` is called. */
function interrupt(world: TestWorld, is: (call: Pick<Call, 'method' | 'path'>) => boolean, fault: Fault): () => void {
  const { options } = world.standIn;
  world.standIn.options = { ...options, fault: (call) => (is(call) ? fault : undefined) };
  return () => {
    world.standIn.options = options;
  };
}

async function deliver(world: TestWorld, ...events: Parameters<TestWorld['deliver']>): Promise<Result> {
  const ran = await world.deliver(...events);
  if (ran.kind === 'busy') throw new Error('busy');
  return ran.result as unknown as Result;
}

function dueIn(world: TestWorld, { failed }: Result): number {
  return Date.parse(failed[0]?.dueAt ?? '') - world.clock.now();
}

const PAGES = [302, 400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 422, 451];
const FORMS: [string, string, string][] = [
  ['a page', PAGE, 'an HTML page'],
  ['nothing', '', 'an empty body'],
  ['a word', 'Forbidden', 'something that is not JSON'],
  ['a number, which is JSON and no body of RunCloud', '403', 'something that is not JSON'],
  ['a text in quotes', '"blocked"', 'something that is not JSON'],
];

describe('a page in the place of RunCloud’s answer', () => {
  it.each(PAGES)('to an add (%i) says who answered, and is asked again within minutes', async (status) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const over = interrupt(world, ({ method }) => method === 'POST', page(status));
    const result = await deliver(world, mapped('shop.example', world.clock));
    expect(result.failed).toEqual([
      expect.objectContaining({
        why: `RunCloud's list does not show it after it was sent: something in between answered POST /servers/7/webapps/12/domains with ${status} and an HTML page.`,
        whatToDo: expect.stringMatching(/firewall or a proxy.*another application or workspace/),
      }),
    ]);
    expect(dueIn(world, result)).toBe(MINUTE);
    // It was sent again only after each reading of the list.
    expect(world.standIn.listCalls.length).toBeGreaterThanOrEqual(world.standIn.writes.length);
    over();
    await world.workOff();
    expect(world.standIn.names).toEqual(['network.example', 'shop.example']);
    expect((await world.ledger.readApplication()).removals).toMatchObject({ owned: 1 });
  });

  it.each(FORMS)('is told from an answer by its form: %s', async (_, text, form) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    interrupt(world, ({ method }) => method === 'POST', page(403, text));
    const { failed } = await deliver(world, mapped('shop.example', world.clock));
    expect(failed[0]?.why).toContain(
      `something in between answered POST /servers/7/webapps/12/domains with 403 and ${form}`,
    );
  });

  it.each([302, 400, 401, 403, 404, 405, 451])(
    'to a removal (%i) leaves the domain to the next attempt',
    async (status) => {
      const world = await createWorld();
      await world.ask({ action: 'reconcile' });
      await world.deliver(mapped('shop.example', world.clock));
      world.clock.advance(MINUTE);
      const over = interrupt(world, ({ method }) => method === 'DELETE', page(status));
      const result = await deliver(world, unmapped('shop.example', world.clock));
      expect(result.failed).toEqual([
        expect.objectContaining({
          why: expect.stringMatching(
            new RegExp(
              `^RunCloud still shows it: something in between answered DELETE .* with ${status} and an HTML page\\.$`,
            ),
          ),
          whatToDo: expect.not.stringMatching(/another application/),
        }),
      ]);
      expect(dueIn(world, result)).toBe(MINUTE);
      over();
      await world.workOff();
      expect(world.standIn.names).toEqual(['network.example']);
    },
  );

  it('to a change of www says what RunCloud still shows', async () => {
    const world = await createWorld({ settings: { www: 'never' } });
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    const always: TestWorld = { ...world, settings: { ...world.settings, www: 'always' } };
    const over = interrupt(world, ({ method }) => method === 'PATCH', page(403));
    const { reconcile } = await import('../../../lib/loop/runs/reconcile.ts');
    const run = async () => reconcile(always, world.clock.now() + 5 * MINUTE);
    expect(await run()).toMatchObject({
      result: {
        applied: {
          failed: [
            { why: expect.stringMatching(/^RunCloud still shows the old www and redirection: something in between/) },
          ],
        },
      },
    });
    over();
    world.clock.advance(2 * MINUTE);
    expect(await run()).toMatchObject({ result: { applied: { done: [{ action: 'update' }] } } });
  });

  it('to a reading is not taken for "there is no such domain": a removal that was lost is not called done', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    await world.deliver(mapped('shop.example', world.clock));
    world.clock.advance(MINUTE);
    const isOfDomain = ({ path }: Pick<Call, 'path'>) => /\/domains\/\d+$/.test(path);
    interrupt(world, isOfDomain, page(404));
    const { done, failed } = await deliver(world, unmapped('shop.example', world.clock));
    expect(done).toEqual([]);
    expect(world.standIn.find('shop.example')).toBeDefined();
    expect(failed).toEqual([
      expect.objectContaining({
        why: expect.stringMatching(
          /RunCloud could not be asked: something in between answered GET .* with 404 and an HTML page/,
        ),
        whatToDo: expect.stringMatching(/firewall or a proxy/),
      }),
    ]);
  });

  it.each([400, 403, 404, 405, 406, 451])(
    'to every reading (%i) is no fault of the plan, the ids or the token',
    async (status) => {
      const world = await createWorld();
      await world.ask({ action: 'reconcile' });
      interrupt(world, () => true, page(status));
      for (const action of ['reconcile', 'plan', 'status']) {
        const { ok, summary } = await world.ask({ action });
        expect(ok).toBe(false);
        expect(summary).toMatch(
          new RegExp(`something in between answered GET .* with ${status} and an HTML page, 5 times in a row`),
        );
        expect(summary).not.toMatch(/Business and Enterprise|WU_RUNCLOUD_APP_ID|allow-list/);
      }
    },
  );

  it('with 401 is named beside the two causes that RunCloud documents', async () => {
    const world = await createWorld();
    interrupt(world, () => true, page(401));
    expect((await world.ask({ action: 'plan' })).summary).toMatch(
      /credentials \(401\).*allow-list.*It came with an HTML page, so a proxy in between may want credentials of its own\./,
    );
    interrupt(world, () => true, { kind: 'status', status: 401, carriedOut: false });
    expect((await world.ask({ action: 'plan' })).summary).not.toMatch(/proxy/);
  });

  it('to eight writes in a row ends the run, and says what they were answered with', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    interrupt(world, ({ method }) => method === 'POST', page(403));
    await deliver(world, ...shops(20).map((name) => mapped(name, world.clock)));
    expect(world.standIn.writes).toHaveLength(8);
    expect((await world.ledger.readApplication()).abort).toMatchObject({
      why: expect.stringMatching(
        /^RunCloud left 8 changes in a row .* the last one so: something in between answered POST /,
      ),
      whatToDo: expect.stringMatching(/reads back.*firewall or a proxy/),
    });
  });
});

describe('a status that judges nothing', () => {
  it.each([408, 421, 425])('(%i, also with JSON) is no refusal', async (status) => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const over = interrupt(world, ({ method }) => method === 'POST', { kind: 'status', status, carriedOut: false });
    const result = await deliver(world, mapped('shop.example', world.clock));
    expect(result.failed).toEqual([
      expect.objectContaining({ why: expect.stringContaining(`it answered ${status} to POST`) }),
    ]);
    expect(dueIn(world, result)).toBe(MINUTE);
    over();
    await world.workOff();
    expect(world.standIn.names).toEqual(['network.example', 'shop.example']);
  });
});

describe('500 for a name that is taken', () => {
  const taken = { kind: 'status', status: 500, carriedOut: false } as const;

  it('is read back: what somebody else added to this application is found, and stays theirs', async () => {
    const world = await createWorld();
    world.standIn.addByHand('shop.example');
    await world.ask({ action: 'reconcile' });
    await world.ask({ action: 'unmap', domain: 'shop.example' });
    world.clock.advance(MINUTE);
    // The ledger has forgotten the object, so an add is planned.
    const { ledger } = world;
    const blind = {
      ...world,
      ledger: {
        ...ledger,
        recordRequests: async (...given: Parameters<typeof ledger.recordRequests>) => {
          const records = await ledger.recordRequests(...given);
          return new Map([...records].map(([domain, record]) => [domain, { ...record, state: {} }]));
        },
      },
    };
    interrupt(world, ({ method }) => method === 'POST', taken);
    const { syncEvents } = await import('../../../lib/loop/runs/sync.ts');
    const ran = await syncEvents(blind, [mapped('shop.example', world.clock)], world.clock.now() + 5 * MINUTE);
    expect(ran).toMatchObject({ result: { done: [], failed: [], held: [{ code: 'not-ours' }], writes: 1 } });
  });

  it('is read back: one that the list lacks is tried again soon, with the advice to look elsewhere', async () => {
    const world = await createWorld();
    await world.ask({ action: 'reconcile' });
    const over = interrupt(world, ({ method }) => method === 'POST', taken);
    const result = await deliver(world, mapped('shop.example', world.clock));
    expect(result.failed).toEqual([
      expect.objectContaining({
        why: "RunCloud's list does not show it after it was sent: it answered 500 to POST /servers/7/webapps/12/domains.",
        whatToDo: expect.stringMatching(
          /outage.*another application or workspace in RunCloud, and remove it there first\.$/,
        ),
      }),
    ]);
    expect(dueIn(world, result)).toBe(MINUTE);
    over();
    await world.workOff();
    expect(world.standIn.names).toEqual(['network.example', 'shop.example']);
  });
});

describe('a page in the place of RunCloud’s answer to a certificate’s request', () => {
  const isRequest = ({ method, path }: Pick<Call, 'method' | 'path'>) =>
    method !== 'GET' && /\/ssl(\/\d+)?$/.test(path);

  async function pointed(names: readonly string[], mode: 'advanced' | 'basic'): Promise<TestWorld> {
    const world = await createWorld({
      probes: 'stand-ins',
      settings: { www: 'never' },
      runcloud: { ...UNLIMITED, ssl: { mode } },
    });
    for (const name of ['network.example', ...names]) world.standInDns.point(name, StandInRunCloud.address);
    await world.ask({ action: 'reconcile' });
    await world.deliver(...names.map((name) => mapped(name, world.clock)));
    world.clock.advance(2 * MINUTE);
    return world;
  }

  it.each([
    [302, 'advanced'],
    [401, 'advanced'],
    [403, 'advanced'],
    [405, 'advanced'],
    [422, 'advanced'],
    [403, 'basic'],
  ] as const)('(%i, mode %s) is no refusal, says who answered, and spends no day', async (status, mode) => {
    const world = await pointed(['shop.example'], mode);
    const over = interrupt(world, isRequest, page(status));
    const first = await world.ask({ action: 'reconcile' });
    expect(first).toMatchObject({
      failed: [],
      writes: 1,
      held: [
        {
          code: 'stopped',
          reason: expect.stringMatching(/something in between answered POST .*\/ssl with \d+ and an HTML page/),
          what_to_do: expect.stringMatching(/firewall or a proxy/),
        },
      ],
    });
    let asked = 1;
    for (const end = world.clock.now() + DAY; world.clock.now() < end; world.clock.advance(5 * MINUTE)) {
      const { held, writes } = (await world.ask({ action: 'reconcile' })) as unknown as Result;
      asked += writes;
      if (writes === 0)
        expect(held).toEqual([
          expect.objectContaining({
            code: 'unasked',
            reason: expect.stringMatching(/This service asked RunCloud for it, but something in between answered/),
          }),
        ]);
    }
    // Every hour at last, and never more than four within one.
    expect(asked).toBeGreaterThanOrEqual(24);
    const times = world.standIn.calls.filter(isRequest).map(({ at }) => at);
    expect(times.filter((time, index) => index >= 4 && time - (times[index - 4] ?? 0) < HOUR)).toEqual([]);
    over();
    world.clock.advance(HOUR);
    await world.ask({ action: 'reconcile' });
    expect(world.authority.issued).toHaveLength(1);
  });

  it('at three domains in a row keeps the others for the next run', async () => {
    const world = await pointed(shops(6), 'advanced');
    interrupt(world, isRequest, page(403));
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.calls.filter(isRequest)).toHaveLength(3);
  });

  it('to the question what is installed is not taken for "none"', async () => {
    const world = await pointed(['shop.example'], 'advanced');
    // For ten minutes RunCloud is not asked what is installed for a new domain.
    world.clock.advance(10 * MINUTE);
    const over = interrupt(
      world,
      ({ method, path }) => method === 'GET' && /\/domains\/\d+\/ssl$/.test(path),
      page(404),
    );
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.calls.filter(isRequest)).toEqual([]);
    over();
    world.clock.advance(5 * MINUTE);
    await world.ask({ action: 'reconcile' });
    expect(world.standIn.calls.filter(isRequest)).toHaveLength(1);
  });
});
