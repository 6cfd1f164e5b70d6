/** docs/openapi.yaml says what the routes do: addresses, statuses, and which bodies are taken. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HostName } from '../../lib/core/values/host-name.ts';
import type { NetworkName } from '../../lib/core/values/network-name.ts';
import { iso, MINUTE } from '../../lib/core/values/time.ts';
import { recallCustomer } from '../../lib/customer.ts';
import { parseAddress } from '../../lib/intake/address.ts';
import { webhookReceiver } from '../../lib/intake/delivery.ts';
import { pageLimits } from '../../lib/intake/page-limits.ts';
import { receive } from '../../lib/intake/receive.ts';
import { type PageDependencies, receivePage } from '../../lib/intake/receive-page.ts';
import { receiveQuery } from '../../lib/intake/receive-query.ts';
import { type HttpRequest, LONGEST_BODY_BYTES } from '../../lib/intake/request.ts';
import { customerToken } from '../../lib/pages/link.ts';
import { answerQuery } from '../../lib/query.ts';
import { Secret } from '../../lib/util/secret.ts';
import { watchHealth } from '../../local/health.ts';
import { signedHeaders } from '../../local/stand-in/network.ts';
import { keep } from '../support/ledger.ts';
import { key } from '../support/webhooks.ts';
import { createWorld, mapped, type TestWorld } from '../support/world.ts';
import { textOf } from './pages.ts';

type Operation = {
  readonly requestBody: {
    readonly content: { readonly 'application/json': { readonly examples: Record<string, { value: unknown }> } };
  };
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
};
/** For people: no body goes in, and what comes out is a page. */
type PageOperation = Pick<Operation, 'responses'> & { readonly requestBody?: undefined };
type Api = {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, { readonly post?: Operation | PageOperation; readonly get?: PageOperation }>>;
};

const TOKEN = 'MARKED-url-token-0123456789';
const api: Api = parse(textOf('docs/openapi.yaml'));
const routes = Object.entries(api.paths).flatMap(([path, { post }]) => (post?.requestBody ? [{ path, post }] : []));
const pathOf = (path: string) => path.replace('{token}', TOKEN);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ ...api, $id: 'api' });
const validatorOf = (pointer: string) => {
  const validate = ajv.getSchema(`api#${pointer}`);
  if (!validate) throw new Error(`nothing at ${pointer}`);
  return validate;
};
const escaped = (path: string) => path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');

let world: TestWorld;
beforeAll(async () => {
  world = await createWorld();
  await world.deliver(mapped('shop.example', world.clock));
  await world.ask({ action: 'reconcile' });
});

/** As the service answers it. `on`: what is out of order. */
async function send(
  request: HttpRequest,
  on: 'well' | 'no settings' = 'well',
): Promise<{ status: number; body: unknown }> {
  const { clock, log } = world;
  const unready = async () => Promise.reject(new Error('no settings'));
  if (parseAddress(request.path).kind === 'queries') {
    const open = async () => ({ keys: [key(1)] });
    const ask = async (query: unknown) => answerQuery(world, query);
    return receiveQuery(request, { open: on === 'well' ? open : unready, ask, clock, log });
  }
  const settings = {
    keys: [key(1)],
    urlToken: new Secret(TOKEN),
    network: 'network.example' as NetworkName,
    publicUrl: undefined,
  };
  const receiver = webhookReceiver(settings, { put: async () => {} }, clock);
  return receive(request, { open: on === 'well' ? async () => receiver : unready, clock, log });
}

function requestTo(path: string, body: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    path: pathOf(path),
    headers: signedHeaders(key(1), body, world.clock.now(), 'msg_1'),
    body: Buffer.from(body),
    ...more,
  };
}

describe('docs/openapi.yaml', () => {
  it('is OpenAPI 3.1, of the version of this software', async () => {
    expect(await new Validator().validate(textOf('docs/openapi.yaml'))).toMatchObject({ valid: true });
    expect(api.info.version).toBe(JSON.parse(textOf('package.json')).version);
  });

  it('has every address that the service knows', () => {
    const kinds = Object.keys(api.paths).map((path) => parseAddress(pathOf(path)).kind);
    const known = ['signed', 'plugin', 'page', 'page-check', 'queries'] satisfies ReturnType<
      typeof parseAddress
    >['kind'][];
    expect(kinds.filter((kind) => kind !== 'elsewhere')).toEqual(known);
  });

  it.each(routes)(
    'shows examples for $path that are taken, that its own schema allows, and whose answers it describes',
    async ({ path, post }) => {
      const { examples } = post.requestBody.content['application/json'];
      const allows = validatorOf(`/paths/${escaped(path)}/post/requestBody/content/application~1json/schema`);
      for (const { value } of Object.values(examples)) {
        expect([value, allows(value)]).toEqual([value, true]);
        const { status, body } = await send(requestTo(path, JSON.stringify(value)));
        expect(status).toBeLessThan(300);
        const { $ref } = post.responses[status] ?? {};
        const pointer = $ref?.slice(1) ?? `/paths/${escaped(path)}/post/responses/${status}`;
        const allowsAnswer = validatorOf(`${pointer}/content/application~1json/schema`);
        expect([body, allowsAnswer(body), allowsAnswer.errors]).toEqual([body, true, null]);
      }
    },
  );

  it.each<[string, readonly unknown[]]>([
    [
      '/webhooks',
      [
        [],
        'text',
        {},
        { type: 'domain.mapped' },
        { type: 'domain.mapped', data: {} },
        { type: 'domain.mapped', data: { domain: 7 } },
        { type: 'domain.mapped', data: { domain: 'shop.example', siteId: 'x' } },
        { type: 'domain.mapped', data: { domain: 'shop.example', network: 7 } },
        { type: 'domain.mapped', data: { domain: 'shop.example', network: '' } },
        { type: 'domain.mapped', timestamp: 7, data: { domain: 'shop.example' } },
        { type: 'domain.changed', data: { domain: 'shop.example' } },
        { type: 'bridge.test', data: {} },
        { type: 'domain.unmapped', data: { domain: 'shop.example', more: 1 }, more: 1 },
      ],
    ],
    [
      '/webhooks/ultimate-multisite/{token}',
      [
        [],
        {},
        { domain_id: 1 },
        { domain_id: -1, domain_domain: 'shop.example' },
        { domain_id: '12', domain_domain: 'shop.example' },
        { domain_id: 'x', domain_domain: 'shop.example' },
        { domain_id: 1, domain_domain: 7 },
        { domain_id: 1, domain_domain: 'shop.example', domain_active: 'perhaps', domain_site_id: 'x' },
      ],
    ],
    [
      '/queries',
      [
        [],
        {},
        { type: 'status', data: {} },
        { type: 'domain' },
        { type: 'domain', data: {} },
        { type: 'domain', data: { domain: 7 } },
        { type: 'domain', data: { domain: 'x.example', more: 1 } },
        { type: 'plan' },
        { type: 'events' },
        { type: 'events', data: {} },
        { type: 'events', data: { domain: 7 } },
        { type: 'events', data: { domain: 'x.example', more: 1 } },
      ],
    ],
  ])('allows for %s the bodies that are taken, and no others', async (path, bodies) => {
    const allows = validatorOf(`/paths/${escaped(path)}/post/requestBody/content/application~1json/schema`);
    for (const body of bodies) {
      const { status } = await send(requestTo(path, JSON.stringify(body)));
      expect([body, allows(body)]).toEqual([body, status < 300]);
    }
  });

  it.each(routes)('names for $path each status that it answers with, and what its body is', async ({ path, post }) => {
    const [example] = Object.values(post.requestBody.content['application/json'].examples);
    const good = JSON.stringify(example?.value);
    const unsigned = { headers: { 'content-type': 'application/json' } };
    const copy = '{"type":"domain.mapped","data":{"domain":"shop.example","network":"copy.example"}}';
    const answers = [
      await send(requestTo(path, good)),
      await send(requestTo(path, '{}')),
      await send(requestTo(path, good, { method: 'GET' })),
      await send(requestTo(path, good, { body: Buffer.alloc(LONGEST_BODY_BYTES + 1) })),
      await send(requestTo(path, good, { headers: {} })),
      await send(requestTo(path, good), 'no settings'),
      ...(path.includes('{token}')
        ? [await send(requestTo(path.replace('{token}', 'wrong'), good))]
        : [await send(requestTo(path, good, unsigned))]),
      ...(path === '/webhooks' ? [await send(requestTo(path, copy))] : []),
    ];
    expect([...new Set(answers.map(({ status }) => String(status)))].sort()).toEqual(
      Object.keys(post.responses).sort(),
    );
    for (const { status, body } of answers) {
      const { $ref } = post.responses[status] ?? {};
      const pointer = $ref?.slice(1) ?? `/paths/${escaped(path)}/post/responses/${status}`;
      const allows = validatorOf(`${pointer}/content/application~1json/schema`);
      expect([body, allows(body), allows.errors]).toEqual([body, true, null]);
    }
  });

  it('names each status that a page is answered with', async () => {
    const { clock, log } = world;
    const expiresAt = clock.now() + MINUTE;
    const token = customerToken({ domain: 'shop.example' as HostName, expiresAt }, key(1));
    const [limits, view] = [pageLimits(), async (domain: HostName) => recallCustomer(world, domain)];
    const deps = { view, check: async () => {}, clock, log };
    const open = async () => ({ keys: [key(1)], publicUrl: undefined });
    const well: PageDependencies = { ...deps, open, limits: { ...limits, admitCheck: () => true } };
    const statuses = async (path: string, method: string) => {
      const ask = async (more: Partial<PageDependencies>, to = path, by = method) =>
        (await receivePage({ method: by, path: to, headers: {}, body: Buffer.alloc(0) }, { ...well, ...more })).status;
      const busy = { ...limits, admitPage: () => false };
      const unready = async () => Promise.reject(new Error('no settings'));
      const answers = [
        ask({}),
        ask({}, path.replace('.', '_')),
        ask({}, path, 'PUT'),
        ask({ limits: busy }),
        ask({ open: unready }),
      ];
      return (await Promise.all(answers)).map(String).sort();
    };
    const [page, check] = [api.paths['/domains/{token}']?.get, api.paths['/domains/{token}/check']?.post];
    expect(await statuses(`/domains/${token}`, 'GET')).toEqual(Object.keys(page?.responses ?? {}));
    expect(await statuses(`/domains/${token}/check`, 'POST')).toEqual(Object.keys(check?.responses ?? {}));
  });

  it('says what a query is answered while a run is at work, and how far that is', async () => {
    const busy = await createWorld();
    await busy.ask({ action: 'reconcile' });
    const [startedAt, at] = [iso(busy.clock.now() - 5 * MINUTE), iso(busy.clock.now())];
    await keep(busy.ledger, { application: { progress: { startedAt, at, done: 134, of: 388 } } });
    await busy.ledger.acquire({ holder: 'other', now: busy.clock.now(), ttlMs: MINUTE, pendingAdds: [] });
    const allows = validatorOf('/components/schemas/Answer');
    for (const query of [{ action: 'status' }, { action: 'domain', domain: 'network.example' }]) {
      const answer = JSON.parse(JSON.stringify(await answerQuery(busy, query)));
      expect(answer).toMatchObject({ run: 'at work', progress: { done: 134, of: 388, seconds_left: 569 } });
      expect([answer, allows(answer), allows.errors]).toEqual([answer, true, null]);
    }
  });

  it('says what /health answers, well and ill', async () => {
    const files: { fault: { why: string; whatToDo: string } | undefined } = { fault: undefined };
    const health = watchHealth({
      ledger: world.ledger,
      queue: { count: () => ({ waiting: 1, failing: 2, dead: 3 }) },
      pump: () => undefined,
      receivers: () => [],
      storage: { noticed: undefined, freeBytes: () => 1, check: () => files.fault },
      clock: world.clock,
      reconcileEveryMs: MINUTE,
    });
    const allows = validatorOf('/components/responses/Health/content/application~1json/schema');
    const [startedAt, at] = [iso(world.clock.now()), iso(world.clock.now())];
    const abort = { at, why: 'No time.', whatToDo: 'Wait.', progress: true } as const;
    await keep(world.ledger, { application: { abort, progress: { startedAt, at, done: 1, of: 2 } } });
    const ill = await health.report();
    expect(ill.progress).toEqual({ done: 1, of: 2 });
    expect(ill.problems).toEqual(expect.arrayContaining(['disk', 'dead-letters']));
    files.fault = { why: 'It is gone.', whatToDo: 'Restore it.' };
    for (const answer of [ill, await health.report()]) {
      expect([answer, allows(answer), allows.errors]).toEqual([answer, true, null]);
    }
    const words = [...textOf('docs/one-machine.md').matchAll(/^ {2}\| ([a-z-]+) \| (?!meaning)/gm)].map(
      ([, word]) => word,
    );
    const text = textOf('docs/openapi.yaml');
    const listed = [...text.matchAll(/^ {20}- ([a-z-]+)$/gm)].map(([, word]) => word);
    expect(words.toSorted()).toEqual(listed.toSorted());
  });
});
