import { describe, expect, it } from 'vitest';
import { SecretStores } from '../../../cli/init/stores.ts';
import { settingsFor } from '../../../lib/aws/secret-name.ts';
import { AwsFault } from '../../support/aws/secrets-manager.ts';
import { stubbedSecrets } from '../../support/aws/stubbed-secrets.ts';

const WEBHOOK = 'multisite-runcloud/production/webhook';
const RUNCLOUD = 'multisite-runcloud/production/runcloud';
const FORMER = 'multisite-runcloud/production';
const VALUES = { WEBHOOK_SECRET: 'whsec_a', POLICY: 'sync', SOMETHING_ELSE: 'b' };

async function setUp(texts: { readonly webhook?: object; readonly runcloud?: object; readonly former?: object } = {}) {
  const aws = await stubbedSecrets();
  const text = (value: object | undefined) => value && JSON.stringify(value);
  aws.create(WEBHOOK, text(texts.webhook));
  aws.create(RUNCLOUD, text(texts.runcloud));
  if (texts.former) aws.create(FORMER, text(texts.former));
  const refs = { webhook: { kind: 'webhook', id: WEBHOOK }, runcloud: { kind: 'runcloud', id: RUNCLOUD } } as const;
  const inSecret = (id: string): unknown => JSON.parse(aws.value(id) ?? 'null');
  return { aws, stores: new SecretStores(refs, 'production'), inSecret };
}

describe('both secrets of a stage', () => {
  it('are one set of settings, and each setting is written into its own', async () => {
    const { stores, inSecret } = await setUp({ runcloud: {}, webhook: {} });
    const stored = await stores.read();
    expect(await stores.existing(stored)).toEqual({ values: {}, takenOverFrom: undefined });
    expect(await stores.write(VALUES, stored, 'once')).toHaveLength(2);
    expect([inSecret(WEBHOOK), inSecret(RUNCLOUD)]).toEqual([
      settingsFor('webhook', VALUES),
      settingsFor('runcloud', VALUES),
    ]);
    const again = await stores.read();
    expect((await stores.existing(again)).values).toEqual(VALUES);
    expect(await stores.write(VALUES, again, 'twice')).toEqual(['The secrets have all of this already.']);
  });

  it('are put right where a setting stands in the wrong one', async () => {
    const { stores, inSecret } = await setUp({
      webhook: { WU_RUNCLOUD_API_TOKEN: 'token', WEBHOOK_TOKEN: 'right' },
      runcloud: { WEBHOOK_SECRET: 'whsec_a', WEBHOOK_TOKEN: 'wrong', POLICY: 'sync' },
    });
    const stored = await stores.read();
    const { values } = await stores.existing(stored);
    await stores.write(values, stored, 'once');
    expect(inSecret(WEBHOOK)).toEqual({ WEBHOOK_SECRET: 'whsec_a', WEBHOOK_TOKEN: 'right' });
    expect(inSecret(RUNCLOUD)).toEqual({ WU_RUNCLOUD_API_TOKEN: 'token', POLICY: 'sync' });
  });

  it('take over what version 0.1.0 kept in one, as long as either never had a value', async () => {
    const { stores, aws } = await setUp({ former: VALUES, webhook: { WEBHOOK_SECRET: 'whsec_newer' } });
    expect(await stores.existing(await stores.read())).toEqual({
      values: { ...VALUES, WEBHOOK_SECRET: 'whsec_newer' },
      takenOverFrom: FORMER,
    });
    aws.put(RUNCLOUD, '{"POLICY":"observe"}');
    expect(await stores.existing(await stores.read())).toEqual({
      values: { WEBHOOK_SECRET: 'whsec_newer', POLICY: 'observe' },
      takenOverFrom: undefined,
    });
  });

  it('say which one was written where the second write fails, and the next run ends it', async () => {
    const { aws, stores, inSecret } = await setUp({ former: VALUES });
    const stored = await stores.read();
    let puts = 0;
    aws.fault = (action) =>
      action === 'PutSecretValue' && ++puts === 2 ? new AwsFault('AccessDeniedException', 'not now') : undefined;
    await expect(stores.write(VALUES, stored, 'once')).rejects.toMatchObject({
      message: expect.stringMatching(/^The secret .*\/webhook was written, but then: Could not write .*\/runcloud/),
      whatToDo: expect.stringContaining('Then run it again.'),
    });
    const half = await stores.read();
    expect(await stores.existing(half)).toEqual({ values: VALUES, takenOverFrom: FORMER });
    expect(await stores.write(VALUES, half, 'once')).toHaveLength(1);
    expect(inSecret(RUNCLOUD)).toEqual(settingsFor('runcloud', VALUES));
  });
});
