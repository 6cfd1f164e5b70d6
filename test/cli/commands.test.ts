import { describe, expect, it } from 'vitest';
import type { Place } from '../../cli/main.ts';
import { CouldNotAskError, type Service } from '../../cli/service/service.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { answerQuery } from '../../lib/query.ts';
import { StandInMultisite } from '../../local/stand-in/multisite.ts';
import { createWorld, mapped, shops, type TestWorld, unmapped } from '../support/world.ts';
import { screen, serviceOf } from './bad-day.ts';

const FINE = 0;
const COULD_NOT_ASK = 1;
const CHANGES_DUE = 2;
const NEEDS_PERSON = 3;

async function wellWorld(): Promise<TestWorld> {
  const world = await createWorld({ reconcileEveryMs: 10 * MINUTE });
  await world.deliver(mapped('shop.example', world.clock));
  await world.workOff();
  await world.ask({ action: 'reconcile' });
  return world;
}

const answering = (answer: unknown): Service => ({
  place: 'the service at http://127.0.0.1:8787',
  pollEveryMs: 0,
  invoke: async () => answer,
  close: async () => undefined,
});

describe('how mrc ends', () => {
  it('is 0 where all is well, in each command that looks', async () => {
    const service = serviceOf(await wellWorld());
    for (const line of ['status', 'plan', 'why shop.example', 'verify shop.example', 'doctor', 'quota', 'reconcile']) {
      const { status, text } = await screen(service, line);
      expect([line, status, text]).toEqual([line, FINE, text]);
    }
  });

  it('is 2 where changes are due', async () => {
    const world = await wellWorld();
    const service = serviceOf(world);
    await world.ledger.recordRequests([mapped('new.example', world.clock)]);
    for (const line of ['status', 'plan', 'why new.example', 'verify new.example', 'apply']) {
      expect([line, (await screen(service, line)).status]).toEqual([line, CHANGES_DUE]);
    }
  });

  it('is 3 where a person is needed', async () => {
    const world = await createWorld({ settings: { brake: { count: 1, percent: 1 } } });
    for (const name of shops(10)) await world.deliver(mapped(name, world.clock));
    await world.workOff();
    await world.ledger.recordRequests(shops(10).map((name) => unmapped(name, world.clock)));
    const service = serviceOf(world);
    expect((await screen(service, 'reconcile')).status).toBe(NEEDS_PERSON);
    for (const line of ['status', 'plan', 'why shop-0003.example', 'doctor']) {
      expect([line, (await screen(service, line)).status]).toEqual([line, NEEDS_PERSON]);
    }
  });

  it('is 1 where the service refuses, and says why', async () => {
    const service = serviceOf(await createWorld());
    const { status, errors } = await screen(service, 'status');
    expect([status, errors]).toEqual([COULD_NOT_ASK, expect.stringMatching(/nothing to\s+show yet/)]);
    expect(await screen(service, 'map localhost')).toMatchObject({ status: COULD_NOT_ASK });
  });

  it('is never 0 where the answer is not well, with --json neither', async () => {
    const odd = { ok: false, summary: 'Something is wrong.', done: [], held: [], failed: [], writes: 0 };
    expect((await screen(answering(odd), 'reconcile')).status).toBe(NEEDS_PERSON);
    expect((await screen(answering(odd), 'reconcile --json')).status).toBe(NEEDS_PERSON);
    expect((await screen(answering({ ok: false, summary: 'No.' }), 'doctor --json')).status).toBe(COULD_NOT_ASK);
  });

  it('is 1 where another run is at work, and nothing was done', async () => {
    const world = await createWorld();
    await world.ledger.acquire({ holder: 'other', now: world.clock.now(), ttlMs: 60 * MINUTE, pendingAdds: [] });
    expect(await screen(serviceOf(world), 'reconcile')).toMatchObject({ status: COULD_NOT_ASK });
  });
});

describe('what is not well', () => {
  it('is a network whose lists are doubted, in every command that shows or does something', async () => {
    const network = new StandInMultisite({ host: 'network.example', key: 'MARKED-KEY', secret: 'MARKED-SECRET' });
    for (const name of shops(10)) network.map(name);
    const world = await createWorld({ network });
    await world.ask({ action: 'reconcile' });
    network.mappings.splice(0);
    world.clock.advance(10 * MINUTE);
    for (const line of ['plan', 'reconcile', 'apply --yes', 'status']) {
      const { status, text } = await screen(serviceOf(world), line);
      expect([line, status, text]).toEqual([line, NEEDS_PERSON, expect.stringMatching(/network/)]);
    }
  });

  it('is a name that was not adopted, with its reason', async () => {
    const world = await wellWorld();
    world.standIn.addByHand('mine.example');
    for (const line of ['adopt nope.example --dry-run', 'adopt mine.example nope.example --yes']) {
      const { status, text } = await screen(serviceOf(world), line);
      expect([line, status, text]).toEqual([
        line,
        CHANGES_DUE,
        expect.stringMatching(/nope\.example is not on\s+RunCloud/),
      ]);
    }
  });

  it('is the process too, where it tells', async () => {
    const world = await wellWorld();
    const disk = { kind: 'disk', found: 'The disk is full.', whatToDo: 'Make room.' } as const;
    const inner = serviceOf(world);
    const service: Service = {
      ...inner,
      invoke: async (_, payload) => answerQuery({ ...world, processProblems: () => [disk] }, payload),
    };
    const { status, text } = await screen(service, 'status');
    expect([status, text]).toEqual([NEEDS_PERSON, expect.stringMatching(/✘ disk: mrc doctor\n {4}The disk is full\./)]);
  });
});

describe('mrc --json', () => {
  it('has no word of its own on the output', async () => {
    const world = await wellWorld();
    for (const line of ['apply --json', 'unmap --json shop.example', 'adopt --json --all']) {
      expect([line, await screen(serviceOf(world), line)]).toEqual([
        line,
        { text: '', errors: expect.stringMatching(/Nobody can be asked here/), status: COULD_NOT_ASK },
      ]);
    }
  });

  it('is the answer as it is, and nothing else', async () => {
    const service = answering({ ok: true, summary: 'Well.', checks: [], odd: { deep: 1 } });
    const { text, errors } = await screen(service, 'doctor --json');
    expect(JSON.parse(text)).toEqual({ ok: true, summary: 'Well.', checks: [], odd: { deep: 1 } });
    expect(errors).toBe('');
  });

  it('may stand before the command too', async () => {
    const { text } = await screen(answering({ ok: true, summary: 'Well.', checks: [] }), '--json doctor');
    expect(JSON.parse(text)).toMatchObject({ ok: true });
  });
});

describe('a wrong command line', () => {
  it.each([
    ['statsu', /unknown command 'statsu'\n\(Did you mean status\?\)\nmrc --help/],
    ['status --sate dns', /unknown option '--sate'\n\(Did you mean --state\?\)/],
    ['status --state down', /Known are live, expiring, .*needs-person/],
    ['why', /missing required argument 'domain'/],
    ['map one.example two.example', /too many arguments/],
    ['status --stage a --url http://127.0.0.1:1', /name two services/],
    ['status --stage a_b', /A stage consists of letters/],
    ['status --url 127.0.0.1', /is no address of a service/],
    ['adopt', /Name the domains to adopt/],
    ['adopt --all shop.example', /Name the domains to adopt/],
    ['adopt --al', /Did you mean --all/],
  ])('mrc %s ends with 1, and says what would be right', async (line, words) => {
    const { status, text, errors } = await screen(serviceOf(await wellWorld()), line);
    expect([status, text + errors]).toEqual([COULD_NOT_ASK, expect.stringMatching(words)]);
  });

  it('without any command is answered with the help', async () => {
    const { status, text, errors } = await screen(serviceOf(await wellWorld()), '');
    expect([status, text + errors]).toEqual([COULD_NOT_ASK, expect.stringMatching(/Usage: mrc/)]);
  });
});

describe('the service that mrc asks', () => {
  const placeOf = async (line: string, environment: NodeJS.ProcessEnv): Promise<Place | undefined> => {
    let place: Place | undefined;
    const openService = async (asked: Place): Promise<Service> => {
      place = asked;
      return answering({ ok: true, summary: '', checks: [] });
    };
    await screen(answering({}), line, { openService, environment });
    return place;
  };

  it.each([
    ['doctor', {}, { kind: 'local', url: new URL('http://127.0.0.1:8787') }],
    ['doctor', { PORT: ' 9000 ' }, { kind: 'local', url: new URL('http://127.0.0.1:9000') }],
    ['doctor --url http://[::1]:9001', {}, { kind: 'local', url: new URL('http://[::1]:9001') }],
    ['--stage production doctor', {}, { kind: 'stage', stage: 'production' }],
  ])('of "mrc %s" with %o', async (line, environment, place) => {
    expect(await placeOf(line, environment)).toEqual(place);
  });

  it('is closed also where it gives no answer, and the reason is told', async () => {
    let closed = 0;
    const service: Service = {
      ...answering({}),
      invoke: async () => Promise.reject(new CouldNotAskError('Nobody answers.', 'Start it.')),
      close: async () => {
        closed += 1;
      },
    };
    const { status, errors } = await screen(service, 'doctor');
    expect([status, errors, closed]).toEqual([COULD_NOT_ASK, 'Nobody answers. Start it.\n', 1]);
  });

  it('may be of another version: then that is said, and no stack', async () => {
    const { status, errors } = await screen(answering({ ok: true, summary: 'Well.' }), 'status');
    expect([status, errors]).toEqual([
      COULD_NOT_ASK,
      expect.stringMatching(/"domains"\s+is not as\s+expected.*--json/s),
    ]);
    expect(await screen(answering('<html>'), 'status')).toMatchObject({ status: COULD_NOT_ASK });
  });

  it('is named in each command that is shown', async () => {
    const world = await wellWorld();
    await world.ledger.recordRequests([mapped('new.example', world.clock)]);
    const { text } = await screen(serviceOf(world), 'plan --stage production');
    expect(text).toMatch(/Apply it: mrc apply [0-9a-f]{16} --stage production\n/);
    const environment = { npm_command: 'exec' };
    const asked = await screen(serviceOf(world), 'plan', { environment });
    expect(asked.text).toMatch(/Apply it: npx mrc apply [0-9a-f]{16}\n/);
    const status = await screen(serviceOf(world), 'status --url http://127.0.0.1:9');
    expect(status.text).toMatch(/mrc plan --url http:\/\/127\.0\.0\.1:9 shows/);
  });
});

describe('mrc apply', () => {
  const due = async (): Promise<TestWorld> => {
    const world = await wellWorld();
    await world.ledger.recordRequests([mapped('new.example', world.clock)]);
    return world;
  };

  it('shows the plan, asks, and does it', async () => {
    const world = await due();
    const { text, status } = await screen(serviceOf(world), 'apply', { answers: [true] });
    expect(text).toMatch(/^\+ new\.example .*Apply this plan\? \(y\/N\)\n\n\+ new\.example.*1 change made/s);
    expect([status, world.standIn.names.includes('new.example')]).toEqual([FINE, true]);
  });

  it('does nothing where the answer is no', async () => {
    const world = await due();
    const { text, status } = await screen(serviceOf(world), 'apply', { answers: [false] });
    expect([text, status]).toEqual([expect.stringMatching(/Nothing was done\.\n$/), CHANGES_DUE]);
    expect(world.standIn.names).not.toContain('new.example');
  });

  it('does not do another plan than the one that was named', async () => {
    const world = await due();
    const { text, status } = await screen(serviceOf(world), 'apply 0123456789abcdef --yes');
    expect([text, status]).toEqual([expect.stringMatching(/out of date.*nothing was done/s), CHANGES_DUE]);
    expect(world.standIn.names).not.toContain('new.example');
  });

  it('ends as the plan does where there is nothing to apply, and asks nothing that would not be done', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    await world.ledger.recordRequests([mapped('new.example', world.clock)]);
    const { text, status } = await screen(serviceOf(world), 'apply', { answers: [true] });
    expect([text, status]).toEqual([expect.stringMatching(/while POLICY is\s+observe\.\n$/), CHANGES_DUE]);
  });

  it('cannot be where the plan is too long to be read whole', async () => {
    const world = await due();
    const inner = serviceOf(world);
    const service: Service = {
      ...inner,
      invoke: async (...asked) => {
        const { checksum: _, ...cut } = (await inner.invoke(...asked)) as { checksum?: string };
        return cut;
      },
    };
    const { text, status } = await screen(service, 'apply', { answers: [true] });
    expect([text, status]).toEqual([expect.stringMatching(/longer than AWS Lambda carries/), CHANGES_DUE]);
  });

  it('asks nobody in a pipe: it wants --yes', async () => {
    const world = await due();
    const refused = await screen(serviceOf(world), 'apply', { kind: 'pipe' });
    expect([refused.errors, refused.status]).toEqual([
      expect.stringMatching(/Nobody can be asked here/),
      COULD_NOT_ASK,
    ]);
    expect((await screen(serviceOf(world), 'apply --json', { kind: 'pipe' })).status).toBe(COULD_NOT_ASK);
    expect((await screen(serviceOf(world), 'apply --yes', { kind: 'pipe' })).status).toBe(FINE);
    expect(world.standIn.names).toContain('new.example');
    expect((await screen(serviceOf(world), 'apply')).text).toMatch(/^Nothing to do\./);
  });
});

describe('mrc map, unmap and adopt', () => {
  it('do what they say', async () => {
    const world = await wellWorld();
    const service = serviceOf(world);
    expect(await screen(service, 'map new.example')).toMatchObject({
      text: 'new.example was added to RunCloud.\n',
      status: FINE,
    });
    const unmap = await screen(service, 'unmap new.example', { answers: [true] });
    expect([unmap.text, unmap.status]).toEqual([expect.stringMatching(/was removed from RunCloud/), FINE]);
    world.standIn.addByHand('mine.example');
    await world.deliver(mapped('mine.example', world.clock));
    const adopted = await screen(service, 'adopt --all', { answers: [true] });
    expect([adopted.text, adopted.status]).toEqual([expect.stringMatching(/= mine\.example.*Adopt them\?/s), FINE]);
    expect((await screen(service, 'why mine.example')).text).toMatch(/there, added or adopted/);
  });

  it('are not fine where what they asked for is held', async () => {
    const world = await createWorld({ settings: { policy: 'observe' } });
    const { text, status } = await screen(serviceOf(world), 'map new.example');
    expect([text, status]).toEqual([expect.stringMatching(/POLICY is observe/), CHANGES_DUE]);
  });

  it('ask nobody in a pipe', async () => {
    const service = serviceOf(await wellWorld());
    for (const line of ['unmap shop.example', 'adopt --all']) {
      expect([line, (await screen(service, line, { kind: 'pipe' })).status]).toEqual([line, COULD_NOT_ASK]);
    }
  });
});

describe('mrc status --csv', () => {
  it('has a line for each domain, and no cell that a spreadsheet would run', async () => {
    const world = await wellWorld();
    const { text } = await screen(serviceOf(world), 'status --csv', { kind: 'pipe' });
    const [head, ...lines] = text.trim().split('\r\n');
    expect(head).toBe('domain,state,mapping,owned,dns,certificate,since,next,reason');
    expect(lines.map((line) => line.split(',').slice(0, 4))).toEqual([
      ['network.example', 'not-ours', 'on RunCloud', 'false'],
      ['shop.example', 'live', 'on RunCloud', 'true'],
    ]);
  });
});

describe('mrc init', () => {
  it.each([
    ['init --stage production --help', ['--stage', 'production', '--help']],
    ['--stage production init --rotate', ['--stage', 'production', '--rotate']],
    ['--json init', ['--json']],
    ['help init', ['--help']],
  ])('mrc %s hands its arguments over', async (line, args) => {
    const given: string[][] = [];
    const init = async (each: readonly string[]) => {
      given.push([...each]);
      return FINE as 0;
    };
    await screen(answering({}), line, { init });
    expect(given).toEqual([args]);
  });
});

describe('mrc watch', () => {
  it('tells what changes, and survives a restart of the service', async () => {
    const world = await wellWorld();
    const inner = serviceOf(world);
    const end = new AbortController();
    const steps: (() => unknown)[] = [
      async () => world.deliver(mapped('new.example', world.clock)),
      () => {
        throw new CouldNotAskError('No service answers.', 'Start it.');
      },
      async () => world.deliver(unmapped('shop.example', world.clock)),
      () => end.abort(),
    ];
    const service: Service = {
      ...inner,
      invoke: async (...asked) => {
        const answer = await inner.invoke(...asked);
        await steps.shift()?.();
        return answer;
      },
    };
    const { text, errors, status } = await screen(service, 'watch', { kind: 'pipe', ended: end.signal });
    expect(errors).toBe('No service answers. It is asked again.\n');
    const told = text
      .trim()
      .split('\n')
      .map((line) => line.replace(/^[\d:]+ {2}/, ''));
    expect([told, status]).toEqual([
      [
        '2 domains: 1 live, 1 not ours',
        expect.stringMatching(/^new\.example: on RunCloud, DNS \w+, certificate \w+$/),
        'shop.example: gone',
      ],
      FINE,
    ]);
  });

  it('is an error where nothing ever answered', async () => {
    const service: Service = {
      ...answering({}),
      invoke: async () => Promise.reject(new CouldNotAskError('No service answers.', 'Start it.')),
    };
    expect(await screen(service, 'watch', { kind: 'pipe' })).toMatchObject({ status: COULD_NOT_ASK });
  });
});

describe('a long list', () => {
  it('is asked for page by page', async () => {
    const world = await wellWorld();
    const inner = serviceOf(world);
    const asked: unknown[] = [];
    const service: Service = {
      ...inner,
      invoke: async (name, payload) => {
        asked.push(payload);
        return inner.invoke(name, 'limit' in payload ? { ...payload, limit: 1 } : payload);
      },
    };
    const { text } = await screen(service, 'status --all', { kind: 'pipe' });
    expect(text.match(/\.example/g)).toHaveLength(2);
    expect(asked).toMatchObject([{ action: 'status' }, { action: 'status', from: 1 }]);
  });

  it('is searched by what people write', async () => {
    const world = await wellWorld();
    await world.deliver(mapped('münchen.example', world.clock));
    const { text } = await screen(serviceOf(world), 'status --search münch');
    expect(text).toMatch(/xn--mnchen-3ya\.example/);
  });
});
