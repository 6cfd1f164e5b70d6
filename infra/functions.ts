/** The three functions: what each is given, and what it may do. Nothing is linked; every right stands here by its name. */
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';

export type Functions = {
  readonly webhook: sst.aws.Function;
  readonly sync: sst.aws.Function;
  readonly reconcile: sst.aws.Function;
};

/**
 * Takes what the functions use; makes them. No concurrency is reserved: a new account may run ten at once and must keep
 * that many unreserved, so that a reservation would fail there; and the lease in the ledger admits one writer anyway.
 */
export function createFunctions(storage: Storage, { bus, queue }: Messages, network: Network): Functions {
  const readSettings = { actions: ['secretsmanager:GetSecretValue'], resources: [storage.secretArn] };
  const common = { RUNCLOUD_SECRET_ID: storage.secretArn, STAGE: $app.stage };

  const webhook = new sst.aws.Function('Webhook', {
    name: nameOf('webhook'),
    description: 'Takes webhooks: verifies them and puts them on the bus',
    handler: 'functions/webhook.handler',
    memory: '1024 MB',
    // In the usual case two calls of AWS, each repeated twice at most; API Gateway itself waits for 30 s.
    timeout: '25 seconds',
    environment: { ...common, EVENT_BUS: bus.name },
    permissions: [readSettings, { actions: ['events:PutEvents'], resources: [bus.arn] }],
  });

  const environment = { ...common, LEDGER_TABLE: storage.ledger.name, SYNC_QUEUE_URL: queue.url };
  const keepAndSend = [
    readSettings,
    {
      // Transactions go by the rights of the actions within them:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
      actions: [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:Scan',
        'dynamodb:UpdateItem',
        'dynamodb:ConditionCheckItem',
      ],
      resources: [storage.ledger.arn],
    },
    { actions: ['sqs:SendMessage'], resources: [queue.arn] },
  ];
  // Lambda's own policy for functions in a network comes with it: AWS gives no narrower right than that for making
  // network interfaces.
  const within = network.kind === 'fixed' ? { vpc: network.vpc } : {};

  const sync = new sst.aws.Function('Sync', {
    ...within,
    name: nameOf('sync'),
    description: 'Works on mappings as they come through the queue',
    handler: 'functions/sync.handler',
    memory: '512 MB',
    timeout: '2 minutes',
    environment,
    permissions: [
      ...keepAndSend,
      // What Lambda needs to poll the queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      {
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        resources: [queue.arn],
      },
    ],
  });
  const reconcile = new sst.aws.Function('Reconcile', {
    ...within,
    name: nameOf('reconcile'),
    description: 'Compares everything and mends it, every ten minutes; the console, when it is invoked by hand',
    handler: 'functions/reconcile.handler',
    memory: '512 MB',
    // The most Lambda allows.
    timeout: '15 minutes',
    environment,
    permissions: keepAndSend,
    // The next run comes in ten minutes and does what this one left: neither a repeat nor a late start is of use.
    retries: 0,
    transform: { eventInvokeConfig: { maximumEventAgeInSeconds: 600 } },
  });
  return { webhook, sync, reconcile };
}
