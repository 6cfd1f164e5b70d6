import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAlarms } from './alarms.ts';
import { describeDashboard } from './dashboard.ts';
import {
  all,
  type Evaluation,
  type Evaluations,
  evaluate,
  evaluateAll,
  LEDGER_TABLE,
  one,
  packageOf,
  RUNCLOUD_SECRET_ARN,
  removePackages,
  WEBHOOK_CERTIFICATE_ARN,
  WEBHOOK_DOMAIN,
  WEBHOOK_SECRET_ARN,
} from './evaluation.ts';
import { complaints } from './limits.ts';
import { describeMessages } from './messages.ts';
import { havePlatform } from './platform.ts';
import { describeRights } from './rights.ts';

const PARTS = ['webhook', 'sync', 'reconcile', 'query', 'notify'];

describe.skipIf(!(await havePlatform()))('the deployment', () => {
  let evaluations: Evaluations;
  let production: Evaluation;
  let dev: Evaluation;
  let full: Evaluation;

  beforeAll(async () => {
    evaluations = await evaluateAll();
    ({ production, dev, full } = evaluations);
    // The first one reads half of SST from a cold disk.
  }, 120_000);
  afterAll(removePackages);

  describe('rights', () => describeRights(() => evaluations));
  describe('messages', () => describeMessages(() => evaluations));
  describe('alarms', () => describeAlarms(() => evaluations));
  describe('dashboard', () => describeDashboard(() => evaluations));

  const lambda = (evaluation: Evaluation, part: string) =>
    one(evaluation, 'lambda/function:Function', `-${part}`).inputs;

  it('asks for nothing that AWS would refuse', () => {
    for (const each of [production, dev, full]) expect(complaints(each.resources)).toEqual([]);
  });

  it('is kept and protected, with its ledger and its secrets; a stage called dev goes without a trace', () => {
    for (const kept of [production, full]) expect(kept.app).toMatchObject({ removal: 'retain', protect: true });
    expect(dev.app).toMatchObject({ removal: 'remove', protect: false });
    const ledger = 'dynamodb/table:Table';
    const secret = 'secretsmanager/secret:Secret';
    for (const [type, name] of [
      [ledger, ''],
      [secret, '/webhook'],
      [secret, '/runcloud'],
    ] as const) {
      expect([name, one(production, type, name).isRetained, one(dev, type, name).isRetained]).toEqual([
        name,
        true,
        false,
      ]);
    }
    expect(one(production, ledger).inputs).toMatchObject({ deletionProtectionEnabled: true });
    expect(one(dev, ledger).inputs).toMatchObject({ deletionProtectionEnabled: false });
    for (const { inputs } of all(production, secret)) expect(inputs).toMatchObject({ recoveryWindowInDays: 7 });
    for (const { inputs } of all(dev, secret)) expect(inputs).toMatchObject({ recoveryWindowInDays: 0 });
  });

  it('is made by one version of SST, in AWS', () => {
    expect(production.app).toMatchObject({ name: 'multisite-runcloud', home: 'aws', version: '4.17.1' });
  });

  it('has five functions, with names that a person can type', () => {
    expect(all(production, 'lambda/function:Function').map(({ inputs }) => inputs['name'])).toEqual(
      expect.arrayContaining(PARTS.map((part) => `multisite-runcloud-production-${part}`)),
    );
    expect(all(production, 'lambda/function:Function')).toHaveLength(5);
  });

  it.each([
    ['webhook', 1024, 25],
    ['sync', 512, 120],
    ['reconcile', 512, 900],
    ['query', 512, 25],
    ['notify', 512, 120],
  ])('gives %s %i MB and %i s, Node 24 on arm64, and a log as JSON', (part, memorySize, timeout) => {
    expect(lambda(production, part)).toMatchObject({
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      memorySize,
      timeout,
      loggingConfig: { logFormat: 'JSON', logGroup: `/aws/lambda/multisite-runcloud-production-${part}` },
    });
  });

  it('reserves no concurrency, which an account of ten could not give', () => {
    for (const part of PARTS) expect(lambda(production, part)['reservedConcurrentExecutions']).toBeUndefined();
  });

  it('starts reconcile afresh rather than again or late', () => {
    expect(one(production, 'lambda/functionEventInvokeConfig:FunctionEventInvokeConfig').inputs).toEqual({
      functionName: 'multisite-runcloud-production-reconcile',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 600,
    });
  });

  it('keeps every log for a month', () => {
    const groups = all(production, 'cloudwatch/logGroup:LogGroup');
    expect(groups.map(({ inputs }) => inputs['retentionInDays'])).toEqual([30, 30, 30, 30, 30, 30]);
  });

  it('tells each function the names it needs, and nothing else', () => {
    const table = one(production, 'dynamodb/table:Table').inputs['name'];
    const urlOf = (queue: string) =>
      `https://sqs.eu-central-1.amazonaws.com/123456789012/multisite-runcloud-production-${queue}`;
    const secret = (kind: string) => one(production, 'secretsmanager/secret:Secret', kind).arn;
    const common = { WEBHOOK_SECRET_ID: secret('/webhook'), STAGE: 'production' };
    const apiUrl = 'https://api.execute-api.eu-central-1.amazonaws.com';
    const worker = {
      ...common,
      RUNCLOUD_SECRET_ID: secret('/runcloud'),
      LEDGER_TABLE: table,
      SYNC_QUEUE_URL: urlOf('sync'),
      EVENT_BUS: 'multisite-runcloud-production',
      API_URL: apiUrl,
    };
    const environment = (part: string) => packageOf(production, `functions/${part}`).environment;
    expect(environment('webhook')).toEqual({ ...common, EVENT_BUS: 'multisite-runcloud-production' });
    expect(environment('sync')).toEqual(worker);
    expect(environment('reconcile')).toEqual(worker);
    expect(environment('query')).toEqual({ ...common, LEDGER_TABLE: table, SYNC_QUEUE_URL: urlOf('sync') });
    expect(environment('notify')).toEqual({
      ...common,
      LEDGER_TABLE: table,
      NOTIFY_QUEUE_URL: urlOf('notify'),
      NOTIFY_DEAD_LETTERS_URL: urlOf('notify-dead-letters'),
      API_URL: apiUrl,
    });
  });

  it('writes no value into the secrets', () => {
    expect(all(production, 'secretsmanager/secretVersion:SecretVersion')).toEqual([]);
    expect(all(production, 'secretsmanager/secret:Secret')).toHaveLength(2);
    expect(one(production, 'secretsmanager/secret:Secret', '/webhook').inputs).toMatchObject({
      name: 'multisite-runcloud/production/webhook',
      description: expect.stringContaining('WEBHOOK_SECRET'),
    });
    expect(one(production, 'secretsmanager/secret:Secret', '/runcloud').inputs).toMatchObject({
      name: 'multisite-runcloud/production/runcloud',
      description: expect.stringContaining('WU_RUNCLOUD_API_TOKEN'),
    });
  });

  it('keeps the ledger by id, paid by use, to be restored to any second, with leases that end', () => {
    expect(one(production, 'dynamodb/table:Table').inputs).toMatchObject({
      attributes: [{ name: 'id', type: 'S' }],
      hashKey: 'id',
      billingMode: 'PAY_PER_REQUEST',
      pointInTimeRecovery: { enabled: true },
      ttl: { attributeName: 'expiresAt', enabled: true },
    });
  });

  it('says where webhooks go, and what else a person needs next', () => {
    const address = 'https://api.execute-api.eu-central-1.amazonaws.com/webhooks';
    expect(production.outputs).toEqual({
      stage: 'production',
      region: 'eu-central-1',
      webhookUrl: address,
      pluginWebhookUrl: `${address}/ultimate-multisite/<WEBHOOK_TOKEN>`,
      eventBus: 'multisite-runcloud-production',
      webhookSecret: one(production, 'secretsmanager/secret:Secret', '/webhook').arn,
      runcloudSecret: one(production, 'secretsmanager/secret:Secret', '/runcloud').arn,
      ledger: one(production, 'dynamodb/table:Table').inputs['name'],
      reconcile: 'multisite-runcloud-production-reconcile',
      queryUrl: 'https://api.execute-api.eu-central-1.amazonaws.com/queries',
      query: 'multisite-runcloud-production-query',
      alarms: one(production, 'sns/topic:Topic').arn,
      dashboard: 'multisite-runcloud-production',
      // SST's own.
      _protect: true,
    });
  });

  it.each(PARTS)('packs functions/%s with its handler', (part) => {
    const built = Object.values(production.functions).find(({ source }) => source === `functions/${part}`);
    expect(built?.exports).toContain('handler');
    expect(packageOf(production, `functions/${part}`).handler).toBe('bundle.handler');
  });

  it.each([
    ['webhook', 120, 480],
    ['sync', 430, 1_565],
    ['reconcile', 490, 1_635],
    ['query', 120, 900],
    ['notify', 20, 600],
  ])('packs functions/%s so that a cold start reads at most %i KiB of %i', (part, most, mostInAll) => {
    const built = Object.values(production.functions).find(({ source }) => source === `functions/${part}`);
    expect((built?.startBytes ?? Number.POSITIVE_INFINITY) / 1_024).toBeLessThan(most);
    expect((built?.bytes ?? Number.POSITIVE_INFINITY) / 1_024).toBeLessThan(mostInAll);
  });

  it('packs no way to credentials but the environment, where Lambda puts them', () => {
    const packed = Object.values(production.functions).flatMap(({ files }) => files);
    const providers = packed.filter((file) => /credential-provider-(?!env|node)/.test(file));
    expect(providers).toEqual([]);
    expect(packed.filter((file) => file.includes('credential-provider-env')).length).toBeGreaterThan(0);
  });

  it('packs nothing into the way in that could speak to RunCloud', () => {
    const built = Object.values(production.functions).find(({ source }) => source === 'functions/webhook');
    expect(built?.files.filter((file) => /^lib\/(runcloud|loop|ledger)\/|node_modules\/undici\//.test(file))).toEqual(
      [],
    );
    expect(built?.files).toContain('lib/intake/receive.ts');
  });

  it('packs nothing into the function query that could speak to RunCloud, to the network or to the bus, and what speaks to its queue apart', () => {
    const built = Object.values(production.functions).find(({ source }) => source === 'functions/query');
    const foreign = /^lib\/(runcloud|multisite|dns|tls)\/|client-eventbridge|node_modules\/undici\//;
    expect(built?.files.filter((file) => foreign.test(file))).toEqual([]);
    expect(built?.files).toEqual(
      expect.arrayContaining(['lib/intake/receive-query.ts', 'lib/pages/customer/page.ts', 'lib/aws/queue.ts']),
    );
  });

  it('packs nothing into the function notify that could speak to RunCloud or to the network, or plan', () => {
    const built = Object.values(production.functions).find(({ source }) => source === 'functions/notify');
    const foreign =
      /^lib\/(runcloud|multisite|dns|tls|loop|ledger|core\/plan)\/|client-eventbridge|node_modules\/undici\//;
    expect(built?.files.filter((file) => foreign.test(file))).toEqual([]);
    expect(built?.files).toContain('lib/notify/post.ts');
  });

  it('packs functions/notify into less than 210 KB, zipped', () => {
    const files = readdirSync(packageOf(production, 'functions/notify').folder, {
      recursive: true,
      withFileTypes: true,
    }).filter((file) => file.isFile());
    const zipped = files.map(({ parentPath, name }) => deflateRawSync(readFileSync(join(parentPath, name))).length);
    expect(zipped.reduce((sum, bytes) => sum + bytes, 0) / 1_000).toBeLessThan(210);
  });

  it('has no network of its own unless one address is asked for', () => {
    expect(production.resources.filter(({ type }) => type.startsWith('aws:ec2/'))).toEqual([]);
    for (const part of PARTS) expect(lambda(production, part)['vpcConfig']).toBeUndefined();
  });

  describe('with one outgoing address', () => {
    it('has exactly one, and says which', () => {
      expect(all(full, 'ec2/eip:Eip')).toHaveLength(1);
      expect(one(full, 'ec2/natGateway:NatGateway').inputs).toMatchObject({
        allocationId: `${one(full, 'ec2/eip:Eip').id}-id`,
      });
      expect(full.outputs).toMatchObject({ outgoingAddress: '192.0.2.7' });
    });

    it('puts those who speak to RunCloud behind it, and leaves the way in outside', () => {
      const inside = [`${one(full, 'ec2/subnet:Subnet', 'Private').id}-id`];
      expect(lambda(full, 'sync')).toMatchObject({ vpcConfig: { subnetIds: inside } });
      expect(lambda(full, 'reconcile')).toMatchObject({ vpcConfig: { subnetIds: inside } });
      for (const part of ['webhook', 'query', 'notify']) expect(lambda(full, part)['vpcConfig']).toBeUndefined();
    });

    it('reaches the ledger without passing the gateway', () => {
      expect(one(full, 'ec2/vpcEndpoint:VpcEndpoint').inputs).toMatchObject({
        vpcEndpointType: 'Gateway',
        serviceName: 'com.amazonaws.eu-central-1.dynamodb',
        routeTableIds: [`${one(full, 'ec2/routeTable:RouteTable', 'Private').id}-id`],
      });
    });
  });

  it('reads existing secrets where they are named, and makes none', () => {
    expect(all(full, 'secretsmanager/secret:Secret')).toEqual([]);
    expect(full.outputs).toMatchObject({ webhookSecret: WEBHOOK_SECRET_ARN, runcloudSecret: RUNCLOUD_SECRET_ARN });
    for (const part of PARTS) {
      expect(packageOf(full, `functions/${part}`).environment['WEBHOOK_SECRET_ID']).toBe(WEBHOOK_SECRET_ARN);
    }
    for (const part of ['sync', 'reconcile']) {
      expect(packageOf(full, `functions/${part}`).environment['RUNCLOUD_SECRET_ID']).toBe(RUNCLOUD_SECRET_ARN);
    }
  });

  it('goes on with an existing table where one is named, and makes none', async () => {
    expect(all(full, 'dynamodb/table:Table')).toEqual([]);
    expect(full.outputs).toMatchObject({ ledger: LEDGER_TABLE });
    for (const part of ['sync', 'reconcile', 'query', 'notify']) {
      expect(packageOf(full, `functions/${part}`).environment).toMatchObject({ LEDGER_TABLE });
    }
    await expect(evaluate('dev', { options: { LEDGER_TABLE: 'foreign-table' } })).rejects.toThrow(
      'LEDGER_TABLE: the key of foreign-table is "pk", so it is no ledger.',
    );
  });

  it('asks to have its region pinned, and warns of another one than last time', () => {
    expect(production.warnings).toContain('Write AWS_REGION=eu-central-1 into .env.production.');
    expect(full.warnings).toContain('from this folder went to us-east-1, and this one goes to eu-central-1.');
    expect(dev.warnings).toBe('');
  });

  it('answers webhooks at a domain of its own where one is named, which outlives a deployment', () => {
    for (const evaluation of [dev, full]) {
      const domain = one(evaluation, 'apigatewayv2/domainName:DomainName').inputs;
      expect(domain).toMatchObject({ domainName: WEBHOOK_DOMAIN });
      expect(one(evaluation, 'apigatewayv2/apiMapping:ApiMapping').inputs).not.toHaveProperty('apiMappingKey');
      expect(evaluation.outputs).toMatchObject({ webhookUrl: `https://${WEBHOOK_DOMAIN}/webhooks` });
    }
    expect(all(production, 'apigatewayv2/domainName:DomainName')).toEqual([]);
  });

  it('has certificate and record made in Route 53, or takes the certificate and tells where the record has to point', () => {
    expect(one(dev, 'acm/certificate:Certificate').inputs).toMatchObject({ domainName: WEBHOOK_DOMAIN });
    expect(all(dev, 'route53/record:Record').map(({ inputs }) => inputs['name'])).toContain(WEBHOOK_DOMAIN);
    expect(dev.outputs).not.toHaveProperty('webhookDnsTarget');
    expect(all(full, 'acm/certificate:Certificate')).toEqual([]);
    expect(all(full, 'route53/record:Record')).toEqual([]);
    expect(one(full, 'apigatewayv2/domainName:DomainName').inputs).toMatchObject({
      domainNameConfiguration: { certificateArn: WEBHOOK_CERTIFICATE_ARN },
    });
    expect(full.outputs).toMatchObject({ webhookDnsTarget: 'd-1.execute-api.eu-central-1.amazonaws.com' });
  });

  it('ends with a sentence, before anything is made, where an option is wrong', async () => {
    await expect(evaluate('dev', { options: { OUTGOING_ADDRESS: 'yes' } })).rejects.toThrow(
      'OUTGOING_ADDRESS is "fixed", or left out.',
    );
  });

  it('is not turned into one of `sst dev`, before anything is made', async () => {
    await expect(evaluate('production', { command: 'dev' })).rejects.toThrow('`sst dev` is for a stage called "dev"');
  });
});
