import { describe, expect, it } from 'vitest';
import { readOptions } from '../../infra/options.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/runcloud-x7Yz09';
const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555';
const DEV = { stage: 'dev', removal: 'remove', command: 'deploy' } as const;
const PRODUCTION = { stage: 'production', removal: 'retain', command: 'deploy' } as const;

describe('the options of a deployment', () => {
  it('may all be left out', () => {
    expect(readOptions({}, DEV)).toEqual({
      stage: 'dev',
      lifetime: 'throwaway',
      alarmEmail: undefined,
      outgoingAddress: 'any',
      webhookSecret: { kind: 'new' },
      runcloudSecret: { kind: 'new' },
      ledger: { kind: 'new' },
      webhookDomain: { kind: 'none' },
    });
  });

  it('count as left out where they are empty', () => {
    expect(
      readOptions({ ALARM_EMAIL: '', OUTGOING_ADDRESS: ' ', RUNCLOUD_SECRET_ARN: '', SECRET_ARN: '' }, DEV),
    ).toEqual(readOptions({}, DEV));
  });

  it('are taken, trimmed', () => {
    expect(
      readOptions(
        {
          ALARM_EMAIL: ' ops@example.org ',
          OUTGOING_ADDRESS: 'fixed',
          RUNCLOUD_SECRET_ARN: ARN,
          LEDGER_TABLE: 'restored',
        },
        PRODUCTION,
      ),
    ).toEqual({
      stage: 'production',
      lifetime: 'kept',
      alarmEmail: 'ops@example.org',
      outgoingAddress: 'fixed',
      webhookSecret: { kind: 'new' },
      runcloudSecret: { kind: 'existing', arn: ARN },
      ledger: { kind: 'existing', table: 'restored' },
      webhookDomain: { kind: 'none' },
    });
  });

  it('take a domain for webhooks, with a certificate where Route 53 does not have its DNS', () => {
    const name = 'hooks.shop-network.example';
    expect(readOptions({ WEBHOOK_DOMAIN: name }, DEV).webhookDomain).toEqual({ kind: 'route-53', name });
    expect(readOptions({ WEBHOOK_DOMAIN: name, WEBHOOK_CERTIFICATE_ARN: CERTIFICATE }, DEV).webhookDomain).toEqual({
      kind: 'elsewhere',
      name,
      certificateArn: CERTIFICATE,
    });
  });

  it('take the ARNs of the other partitions of AWS', () => {
    const arn = ARN.replace('arn:aws:', 'arn:aws-us-gov:');
    expect(readOptions({ WEBHOOK_SECRET_ARN: arn }, DEV).webhookSecret).toEqual({ kind: 'existing', arn });
  });

  it.each([
    [{ ALARM_EMAIL: 'ops' }, 'ALARM_EMAIL is one e-mail address'],
    [{ OUTGOING_ADDRESS: 'true' }, 'OUTGOING_ADDRESS is "fixed", or left out.'],
    [{ RUNCLOUD_SECRET_ARN: 'multisite-runcloud/dev' }, 'RUNCLOUD_SECRET_ARN is the whole ARN of a secret'],
    [{ WEBHOOK_SECRET_ARN: ARN.replace('-x7Yz09', '') }, 'WEBHOOK_SECRET_ARN is the whole ARN of a secret'],
    [{ WEBHOOK_DOMAIN: 'https://hooks.example' }, 'WEBHOOK_DOMAIN is a host name in lower case'],
    [{ WEBHOOK_DOMAIN: 'hooks.example/webhooks' }, 'WEBHOOK_DOMAIN is a host name'],
    [{ WEBHOOK_DOMAIN: 'localhost' }, 'WEBHOOK_DOMAIN is a host name'],
    [{ WEBHOOK_DOMAIN: 'a.example', WEBHOOK_CERTIFICATE_ARN: ARN }, 'WEBHOOK_CERTIFICATE_ARN is the ARN'],
    [{ WEBHOOK_CERTIFICATE_ARN: CERTIFICATE }, 'WEBHOOK_CERTIFICATE_ARN is for a WEBHOOK_DOMAIN'],
    [{ LEDGER_TABLE: 'arn:aws:dynamodb:eu-central-1:123456789012:table/a' }, 'LEDGER_TABLE is the name of a table'],
    [{ RUNCLOUD_SECRET_ARN: 'arn:aws:s3:::a-bucket' }, 'RUNCLOUD_SECRET_ARN is the whole ARN of a secret'],
    // As version 0.1.0 had it.
    [{ SECRET_ARN: ARN }, /^SECRET_ARN is no option any more.*RUNCLOUD_SECRET_ARN.*WEBHOOK_SECRET_ARN/],
  ])('are refused by name where they are wrong: %j', (environment, words) => {
    expect(() => readOptions(environment, DEV)).toThrow(words);
  });

  it.each(['a-stage-of-21-letters', 'a_b', 'a.b', ''])(
    'refuse the stage "%s", because of the names made from it',
    (stage) => {
      expect(() => readOptions({}, { ...DEV, stage })).toThrow("The stage's name has at most 20");
    },
  );

  it('go for `sst dev` on a stage that may be thrown away, and on no other', () => {
    expect(readOptions({}, { ...DEV, command: 'dev' })).toEqual(readOptions({}, DEV));
    expect(() => readOptions({}, { ...PRODUCTION, command: 'dev' })).toThrow(
      /not for "production".*npx sst dev --stage dev/,
    );
  });

  it('take a stage of twenty letters', () => {
    expect(readOptions({}, { ...DEV, stage: 'a-stage-of-20-letter' }).stage).toBe('a-stage-of-20-letter');
  });

  it('are refused all at once', () => {
    const wrong = { ALARM_EMAIL: 'ops', OUTGOING_ADDRESS: 'yes', RUNCLOUD_SECRET_ARN: 'x' };
    expect(() => readOptions(wrong, { ...DEV, stage: 'a_b' })).toThrow(
      /^The stage.*\nALARM_EMAIL.*\nOUTGOING_ADDRESS.*\nRUNCLOUD_SECRET_ARN.*$/,
    );
  });
});
