import { describe, expect, it } from 'vitest';
import { SecretSource } from '../../lib/aws/secret.ts';
import { SecretUnreadyError } from '../../lib/aws/secret-error.ts';
import { HOUR, MINUTE } from '../../lib/core/values/time.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { simulatedClock } from '../support/clock.ts';

const SECRET = { kind: 'runcloud', id: 'multisite-runcloud/production/runcloud' } as const;

/** Secrets Manager as the source sees it: a put moves the current version to the previous stage. */
function setUp(first?: string) {
  const clock = simulatedClock();
  const log: string[] = [];
  const reads: string[] = [];
  const state = {
    versions: [] as string[],
    failure: undefined as Error | undefined,
  };
  const put = (text: string): void => {
    state.versions.unshift(text);
  };
  if (first !== undefined) put(first);
  const reader = {
    read: async (stage: 'AWSCURRENT' | 'AWSPREVIOUS') => {
      reads.push(stage);
      const version = state.versions[stage === 'AWSCURRENT' ? 0 : 1];
      await Promise.resolve();
      if (state.failure) throw state.failure;
      return version;
    },
  };
  const source = new SecretSource(SECRET, { reader, clock, log: jsonLog(clock, (line) => log.push(line)) });
  return { source, clock, reads, log, state, put };
}

const value = (key: string) => JSON.stringify({ WEBHOOK_SECRET: key });

async function failureOf(promise: Promise<unknown>): Promise<SecretUnreadyError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SecretUnreadyError)) throw new Error(`expected SecretUnreadyError, not ${error}`);
  return error;
}

describe('the settings from the secret', () => {
  it('are read when first needed, and once for all who ask meanwhile', async () => {
    const { source, reads } = setUp(value('one'));
    expect(reads).toEqual([]);
    const all = await Promise.all([source.get(), source.get(), source.refresh()]);
    expect(all).toEqual(Array(3).fill({ WEBHOOK_SECRET: 'one' }));
    expect(reads).toEqual(['AWSCURRENT']);
  });

  it('are kept for 5 minutes', async () => {
    const { source, clock, reads, put } = setUp(value('one'));
    await source.get();
    put(value('two'));
    clock.advance(5 * MINUTE - 1);
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'one' });
    expect(reads).toHaveLength(1);
    clock.advance(1);
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'two' });
    expect(reads).toHaveLength(2);
  });

  it('are read again at once on demand, but not twice within a minute', async () => {
    const { source, clock, reads, put } = setUp(value('one'));
    await source.get();
    put(value('two'));
    expect(await source.refresh()).toEqual({ WEBHOOK_SECRET: 'two' });
    put(value('three'));
    clock.advance(MINUTE - 1);
    expect(await source.refresh()).toEqual({ WEBHOOK_SECRET: 'two' });
    clock.advance(1);
    expect(await source.refresh()).toEqual({ WEBHOOK_SECRET: 'three' });
    expect(reads).toHaveLength(3);
  });

  it('go on being used for an hour while they cannot be read again, with one attempt and one line of the log a minute', async () => {
    const { source, clock, reads, log, state } = setUp(value('MARKED'));
    await source.get();
    state.failure = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    clock.advance(5 * MINUTE);
    for (let count = 0; count < 10; count++) expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'MARKED' });
    expect(reads).toHaveLength(2);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/could not be read again.*Could not read the secret .*ECONNREFUSED.*2026-11-22T08:00:00/);
    expect(log[0]).not.toContain('MARKED');
    clock.advance(MINUTE);
    await source.get();
    expect(reads).toHaveLength(3);
    clock.advance(HOUR - 6 * MINUTE - 1);
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'MARKED' });
    clock.advance(1);
    expect((await failureOf(source.get())).fault).toBe('unreadable');
  });

  it('are the new ones as soon as they can be read again', async () => {
    const { source, clock, state, put } = setUp(value('one'));
    await source.get();
    state.failure = new Error('no');
    clock.advance(5 * MINUTE);
    await source.get();
    state.failure = undefined;
    put(value('two'));
    clock.advance(MINUTE);
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'two' });
  });

  it('are not taken from a value that somebody spoilt, while older ones are there', async () => {
    const { source, clock, log, put } = setUp(value('one'));
    await source.get();
    put('{"WEBHOOK_SECRET":"two"');
    clock.advance(5 * MINUTE);
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'one' });
    expect(log[0]).toMatch(/is not JSON/);
  });

  it('that could not be had are asked for again by the next who needs them', async () => {
    const { source, state, put } = setUp();
    expect((await failureOf(source.get())).fault).toBe('empty');
    state.failure = new Error('no');
    expect((await failureOf(source.get())).fault).toBe('unreadable');
    state.failure = undefined;
    put(value('one'));
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'one' });
  });
});

describe('the settings from before', () => {
  it('cost nothing until somebody asks, and are kept for 5 minutes', async () => {
    const { source, clock, reads, put } = setUp(value('one'));
    put(value('two'));
    await source.get();
    expect(reads).toEqual(['AWSCURRENT']);
    const both = await Promise.all([source.previous(), source.previous()]);
    expect(both).toEqual(Array(2).fill({ WEBHOOK_SECRET: 'one' }));
    clock.advance(5 * MINUTE - 1);
    await source.previous();
    expect(reads).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    clock.advance(1);
    await source.previous();
    expect(reads).toHaveLength(3);
  });

  it('leave no gap when the key is changed: old and new are taken within a minute, whatever was kept', async () => {
    const { source, clock, put } = setUp(value('old'));
    await source.get();
    expect(await source.previous()).toBeUndefined();
    put(value('new'));
    expect(await source.get()).toEqual({ WEBHOOK_SECRET: 'old' });
    clock.advance(MINUTE);
    expect(await source.refresh()).toEqual({ WEBHOOK_SECRET: 'new' });
    expect(await source.previous()).toEqual({ WEBHOOK_SECRET: 'old' });
  });

  it.each([
    ['there are none', undefined],
    ['they were empty', '{}'],
    ['they were not JSON', 'MARKED'],
  ])('are none where %s, which is kept as well: garbage causes no reads', async (_, before) => {
    const { source, reads, put } = setUp(before);
    put(value('one'));
    for (let count = 0; count < 1_000; count++) {
      await source.refresh();
      expect(await source.previous()).toBeUndefined();
    }
    expect(reads).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('that cannot be read are none for a minute', async () => {
    const { source, clock, reads, log, state, put } = setUp(value('one'));
    put(value('two'));
    await source.get();
    state.failure = new Error('no');
    for (let count = 0; count < 10; count++) expect(await source.previous()).toBeUndefined();
    expect(reads).toHaveLength(2);
    expect(log).toEqual([expect.stringContaining('from before could not be read')]);
    state.failure = undefined;
    clock.advance(MINUTE);
    expect(await source.previous()).toEqual({ WEBHOOK_SECRET: 'one' });
  });

  it('that were read while the change was made are asked for anew', async () => {
    const { source, clock, put } = setUp(value('oldest'));
    put(value('old'));
    await source.get();
    const early = source.previous();
    put(value('new'));
    expect(await early).toEqual({ WEBHOOK_SECRET: 'oldest' });
    clock.advance(MINUTE);
    await source.refresh();
    expect(await source.previous()).toEqual({ WEBHOOK_SECRET: 'old' });
  });
});

describe('a secret that is not ready', () => {
  it.each([
    ['has no value', undefined, 'empty', /is empty/],
    ['is blank', ' \n', 'empty', /is empty/],
    ['is an empty object', '{}', 'empty', /is empty/],
    ["is the console's empty form", '{"":" "}', 'empty', /is empty/],
    ['is not JSON', 'MARKED', 'malformed', /is not JSON\./],
    ['is a text', '"MARKED"', 'malformed', /is not a JSON object/],
    ['is null', 'null', 'malformed', /is not a JSON object/],
    ['is a list', '["MARKED"]', 'malformed', /is not a JSON object/],
    [
      'has an object in it',
      '{"WEBHOOK_SECRET":{"a":"MARKED"}}',
      'malformed',
      /a value of WEBHOOK_SECRET .* not a text/,
    ],
    ['has a number in the name', '{"MARKED1":null}', 'malformed', /has a value that is not a text/],
    ['has a key for a name', '{"whsec_MARKED_A":null}', 'malformed', /has a value that is not a text/],
    ['has more than a name', '{"A_MARKED_B=":null}', 'malformed', /has a value that is not a text/],
  ])(
    'because it %s says which one, what belongs there and how, and repeats no value',
    async (_, text, fault, words) => {
      const failure = await failureOf(setUp(text).source.get());
      expect(failure.fault).toBe(fault);
      expect(failure.message).toMatch(words);
      expect(failure.message).toContain(SECRET.id);
      for (const name of ['WU_RUNCLOUD_API_TOKEN', 'WU_RUNCLOUD_SERVER_ID', 'WU_RUNCLOUD_APP_ID', 'POLICY']) {
        expect(failure.whatToDo).toContain(name);
      }
      expect(failure.whatToDo).toContain('`npx mrc init --stage production`');
      expect(failure.whatToDo).toContain('Secrets Manager console');
      expect(`${failure.message}${failure.whatToDo}`).not.toContain('MARKED');
    },
  );

  it('takes numbers and booleans as their text', async () => {
    const { source } = setUp('{"WU_RUNCLOUD_SERVER_ID":7,"UNKNOWN":true,"EMPTY":""}');
    expect(await source.get()).toEqual({ WU_RUNCLOUD_SERVER_ID: '7', UNKNOWN: 'true', EMPTY: '' });
  });
});
