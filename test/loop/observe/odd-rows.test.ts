/** One odd row in the network's lists: it is named, its own domain stays, and everybody else's changes go on. */
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../lib/core/values/time.ts';
import { type MultisiteOptions, type NetworkReply, StandInMultisite } from '../../../local/stand-in/multisite.ts';
import { createWorld, mapped, type TestWorld, unmapped } from '../../support/world.ts';

const OPTIONS: MultisiteOptions = { host: 'network.example', key: 'key', secret: 'secret' };
const NAMES = ['odd.example', 'gone.example', 'a.example', 'b.example', 'c.example'];

type Row = Readonly<Record<string, unknown>>;
type OddWorld = TestWorld & { readonly site: StandInMultisite };

/** The network maps these, and RunCloud has them. */
async function reconciled(): Promise<OddWorld> {
  const site = new StandInMultisite(OPTIONS);
  for (const name of NAMES) site.map(name);
  const world = await createWorld({ network: site });
  site.options = { ...OPTIONS, clock: world.clock };
  await world.ask({ action: 'reconcile' });
  world.clock.advance(MINUTE);
  return Object.assign(world, { site });
}

/** From now on rows are shown as `change` makes them, in lists and in answers by name. Undefined: as they are. */
function show({ site }: OddWorld, route: '/domain' | '/site', change: (row: Row) => unknown): void {
  const changed = (row: Row): unknown => change(row) ?? row;
  site.options = {
    ...site.options,
    spoil: ({ path }, right): NetworkReply | undefined => {
      if (!path.startsWith(route) || (right.status ?? 200) !== 200) return undefined;
      const body = right.body as Row | readonly Row[];
      return { ...right, body: Array.isArray(body) ? body.map(changed) : changed(body as Row) };
    },
  };
}

/** A new domain is mapped without an event, and another one is not mapped any more: beyond its grace. */
async function passTime(world: OddWorld): Promise<void> {
  world.site.map('new.example');
  world.site.unmap('gone.example');
  await world.ask({ action: 'reconcile' });
  world.clock.advance(2 * HOUR);
  await world.ask({ action: 'reconcile' });
}

async function toldOf(world: OddWorld): Promise<string> {
  const [status, doctor] = [await world.ask({ action: 'status' }), await world.ask({ action: 'doctor' })];
  const check = (doctor['checks'] as { name: string; ok: boolean; found: string }[]).find(
    ({ name }) => name === 'network-lists',
  );
  expect(check?.ok).toBe(false);
  const sentence =
    /(?:A row|\d+ rows) of the network's lists .*?left alone: .*/.exec(check?.found ?? '')?.[0] ?? 'none';
  expect(status.summary).toContain(sentence);
  expect(world.logged.join('\n')).toContain(JSON.stringify(sentence).slice(1, -1));
  return sentence;
}

describe('a row of the list of mappings', () => {
  it.each<[string, Row, RegExp]>([
    ['active null', { active: null }, /mapping 1 \("odd\.example"\): its "active" is neither 1 nor 0\.$/],
    ['active 2', { active: '2' }, /mapping 1 \("odd\.example"\): its "active" is neither/],
    ['blog_id 0', { blog_id: '0' }, /mapping 1 \("odd\.example"\): its "blog_id" is no number of a site\.$/],
    ['blog_id null', { blog_id: null }, /its "blog_id" is no number/],
    ['stage null', { stage: null }, /mapping 1 \("odd\.example"\): its "stage" is empty or no text/],
    ['all three', { active: null, blog_id: 0, stage: null }, /mapping 1 \("odd\.example"\)/],
    ['a port', { domain: 'odd.example:8080' }, /mapping 1: "odd\.example:8080" has a port/],
    ['a star', { domain: '*.odd.example' }, /mapping 1: "\*\.odd\.example" has a label/],
    ['a scheme', { domain: 'https://odd.example' }, /mapping 1: "https:\/\/odd\.example" has a scheme/],
  ])('with %s is named, and keeps its domain and nothing else', async (_, changes, what) => {
    const world = await reconciled();
    show(world, '/domain', (row) => (String(row['id']) === '1' ? { ...row, ...changes } : undefined));
    await passTime(world);
    expect(world.standIn.names).toEqual(
      ['a.example', 'b.example', 'c.example', 'network.example', 'new.example', 'odd.example'].sort(),
    );
    expect(await toldOf(world)).toMatch(what);
    // Nor does an event remove it.
    await world.deliver(unmapped('odd.example', world.clock));
    expect(world.standIn.find('odd.example')).toBeDefined();
    expect(world.measured.at(-1)).toMatchObject({ NetworkRead: 1 });
  });

  it.each([
    ['my_shop.example', /mapping 6: "my_shop\.example" has a label that is not made of letters/],
    ['port.example:8080', /mapping 6: "port\.example:8080" has a port/],
    ['co.uk', /mapping 6: "co\.uk" is a public suffix/],
    ['*.x', /mapping 6: "\*\.x" has a label/],
    ['a b', /mapping 6: "a b" has a space/],
  ])('of the name "%s" is named, and is all that is not carried out', async (name, what) => {
    const world = await reconciled();
    world.site.map(name);
    await passTime(world);
    expect(world.standIn.names).toEqual(
      ['a.example', 'b.example', 'c.example', 'network.example', 'new.example', 'odd.example'].sort(),
    );
    expect(await toldOf(world)).toMatch(what);
  });

  it('in Unicode is none: it is served in punycode', async () => {
    const world = await reconciled();
    world.site.map('käse.example');
    await passTime(world);
    expect(world.standIn.find('xn--kse-qla.example')).toBeDefined();
    expect(await world.ask({ action: 'doctor' })).toMatchObject({ ok: true });
  });

  it.each<[string, unknown]>([
    ['no row at all', 7],
    ['null', null],
    ['without a name', { id: '1', blog_id: '2', active: '1', stage: 'done' }],
    ['of an empty name', { id: '1', blog_id: '2', active: '1', stage: 'done', domain: '' }],
  ])('that is %s may stand for any: nothing goes for want of being listed, and all else goes on', async (_, odd) => {
    const world = await reconciled();
    show(world, '/domain', (row) => (String(row['id']) === '1' ? { odd } : undefined));
    const spoil = world.site.options.spoil;
    world.site.options = {
      ...world.site.options,
      spoil: (request, right) => {
        const reply = spoil?.(request, right);
        if (!reply || !Array.isArray(reply.body)) return reply;
        return { ...reply, body: (reply.body as Row[]).map((row) => ('odd' in row ? row['odd'] : row)) };
      },
    };
    await passTime(world);
    expect(world.standIn.find('new.example')).toBeDefined();
    expect(world.standIn.find('gone.example')).toBeDefined();
    expect(world.standIn.find('odd.example')).toBeDefined();
    expect((await world.ask({ action: 'status' })).summary).toMatch(/is doubted.*: mapping \d has no name\./);
  });

  it('that cannot be understood when asked for by name lets an event add it, and removes nothing', async () => {
    const world = await reconciled();
    world.site.map('late.example');
    show(world, '/domain', (row) => ({ ...row, active: null }));
    expect(await world.deliver(mapped('late.example', world.clock))).toMatchObject({
      result: { done: [{ action: 'add', domain: 'late.example' }] },
    });
    world.clock.advance(1);
    expect(await world.deliver(unmapped('late.example', world.clock))).toMatchObject({
      result: {
        writes: 0,
        held: [{ code: 'incomplete', reason: expect.stringMatching(/its "active" is neither 1 nor 0/) }],
      },
    });
  });
});

describe('a row of the list of sites', () => {
  it.each<[string, Row]>([
    ['deleted "2", as of a site that was not activated yet', { deleted: '2' }],
    ['deleted 2', { deleted: 2 }],
    ['spam "-1"', { spam: '-1' }],
    ['archived true', { archived: true }],
    ['deleted 2 and archived null', { deleted: '2', archived: null }],
  ])('with %s is not living: its mapping goes after its grace', async (_, changes) => {
    const world = await reconciled();
    show(world, '/site', (row) => (String(row['id']) === '2' ? { ...row, ...changes } : undefined));
    await passTime(world);
    expect(world.standIn.names).toEqual(['a.example', 'b.example', 'c.example', 'network.example', 'new.example']);
    expect(await world.ask({ action: 'doctor' })).toMatchObject({ ok: true });
  });

  it.each<[string, Row, RegExp]>([
    ['deleted null', { deleted: null }, /site 2 \("network\.example"\): its "deleted" is no number\.$/],
    ['spam "maybe"', { spam: 'maybe' }, /site 2 \("network\.example"\): its "spam" is no number\.$/],
    ['a number that is none', { blog_id: 'x' }, /site 0 \("network\.example"\): its "blog_id" is no number\.$/],
  ])('with %s is named, and keeps the domains of its site', async (_, changes, what) => {
    const world = await reconciled();
    show(world, '/site', (row) => (String(row['id']) === '2' ? { ...row, ...changes } : undefined));
    await passTime(world);
    expect(world.standIn.names).toEqual(
      ['a.example', 'b.example', 'c.example', 'network.example', 'new.example', 'odd.example'].sort(),
    );
    expect(await toldOf(world)).toMatch(what);
  });

  it('that is the main site does not make another network of it', async () => {
    const world = await reconciled();
    show(world, '/site', (row) => (String(row['id']) === '1' ? { ...row, deleted: null } : undefined));
    await passTime(world);
    expect(world.standIn.find('new.example')).toBeDefined();
    expect(world.standIn.find('gone.example')).toBeUndefined();
    expect(await toldOf(world)).toMatch(/site 1 \("network\.example"\)/);
  });

  it.each(['texts', 'numbers'] as const)('with %s for ids is like any other', async (ids) => {
    const world = await reconciled();
    world.site.options = { ...world.site.options, ids };
    await passTime(world);
    expect(world.standIn.find('new.example')).toBeDefined();
    expect(world.standIn.find('gone.example')).toBeUndefined();
    expect(await world.ask({ action: 'doctor' })).toMatchObject({ ok: true });
  });
});
