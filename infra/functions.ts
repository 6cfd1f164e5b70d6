/**
 * The five functions, and all their rights by name. SST's links are not used, because they grant rights of their own.
 */
import type { Messages } from './messages.ts';
import { nameOf } from './names.ts';
import type { Network } from './network.ts';
import type { Storage } from './storage.ts';

export type Functions = {
  readonly webhook: sst.aws.Function;
  readonly sync: sst.aws.Function;
  readonly reconcile: sst.aws.Function;
  readonly query: sst.aws.Function;
  readonly notify: sst.aws.Function;
};

/**
 * What Lambda needs to poll a queue (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), and the function to say when
 * a failed message comes back.
 */
const TAKE_MESSAGES = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ChangeMessageVisibility',
];

/** The item with how receivers are: lib/aws/receiver-states.ts. */
const RECEIVERS_ITEM = 'notify';

const READ_LEDGER = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Scan'];

/**
 * Reserves no concurrency. A new account has ten concurrent executions and must keep ten unreserved, so a reservation
 * would fail there. The lease in the ledger admits one writer anyway.
 */
export function createFunctions(
  storage: Storage,
  { bus, queue, notifyQueue, deadLetters }: Messages,
  network: Network,
  { url }: sst.aws.ApiGatewayV2,
): Functions {
  const { webhookSecret, runcloudSecret } = storage;
  const readSecrets = (...resources: $util.Input<string>[]) => ({
    actions: ['secretsmanager:GetSecretValue'],
    resources,
  });
  const common = { WEBHOOK_SECRET_ID: webhookSecret, STAGE: $app.stage };

  const webhook = new sst.aws.Function('Webhook', {
    name: nameOf('webhook'),
    description: 'Receives webhooks: verifies them and puts them on the bus',
    handler: 'functions/webhook.handler',
    memory: '1024 MB',
    // Usually two calls of AWS, each repeated twice at most. API Gateway waits for 30 s.
    timeout: '25 seconds',
    environment: { ...common, EVENT_BUS: bus.name },
    permissions: [readSecrets(webhookSecret), { actions: ['events:PutEvents'], resources: [bus.arn] }],
  });

  const environment = {
    ...common,
    RUNCLOUD_SECRET_ID: runcloudSecret,
    LEDGER_TABLE: storage.ledger.name,
    SYNC_QUEUE_URL: queue.url,
    EVENT_BUS: bus.name,
    // Where customers' pages are.
    API_URL: url,
  };
  const ledgerQueueAndBus = [
    readSecrets(webhookSecret, runcloudSecret),
    {
      // A transaction needs the rights of the actions within it:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
      actions: [...READ_LEDGER, 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
      resources: [storage.ledger.arn],
    },
    { actions: ['sqs:SendMessage'], resources: [queue.arn] },
    // What changed, for whoever has a rule for it.
    { actions: ['events:PutEvents'], resources: [bus.arn] },
  ];
  const within = network.kind === 'fixed' ? { vpc: network.vpc } : {};

  const sync = new sst.aws.Function('Sync', {
    ...within,
    name: nameOf('sync'),
    description: 'Carries out mappings as they come through the queue',
    handler: 'functions/sync.handler',
    memory: '512 MB',
    timeout: '2 minutes',
    environment,
    permissions: [...ledgerQueueAndBus, { actions: TAKE_MESSAGES, resources: [queue.arn] }],
  });
  // `sync` sends rechecks to its own queue. After some 16 of them in a row Lambda would take that for an endless loop, and
  // drop the message. lib/core/values/recheck-delay.ts ends these chains instead.
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
  new aws.lambda.FunctionRecursionConfig('SyncRecursion', { functionName: sync.name, recursiveLoop: 'Allow' });
  const reconcile = new sst.aws.Function('Reconcile', {
    ...within,
    name: nameOf('reconcile'),
    description: 'Compares all domains every ten minutes and mends them. Invoked by hand, it is the console',
    handler: 'functions/reconcile.handler',
    memory: '512 MB',
    // The most Lambda allows.
    timeout: '15 minutes',
    environment,
    permissions: ledgerQueueAndBus,
    // The next run comes in ten minutes and does the rest, so neither a repeat nor a late start is of use.
    retries: 0,
    transform: { eventInvokeConfig: { maximumEventAgeInSeconds: 600 } },
  });
  const query = new sst.aws.Function('Query', {
    name: nameOf('query'),
    description: 'Answers from the ledger what is the state of domains, and shows customers their pages',
    handler: 'functions/query.handler',
    memory: '512 MB',
    // It reads the whole ledger. API Gateway waits for 30 s.
    timeout: '25 seconds',
    environment: { ...common, LEDGER_TABLE: storage.ledger.name, SYNC_QUEUE_URL: queue.url },
    permissions: [
      readSecrets(webhookSecret),
      { actions: READ_LEDGER, resources: [storage.ledger.arn] },
      // A customer may ask for a look at the own domain.
      { actions: ['sqs:SendMessage'], resources: [queue.arn] },
    ],
  });
  const notify = new sst.aws.Function('Notify', {
    name: nameOf('notify'),
    description: 'Tells NOTIFY_URL and SLACK_WEBHOOK_URL of what changed',
    handler: 'functions/notify.handler',
    memory: '512 MB',
    // Ten messages, ten seconds each, if all of them go to one receiver that is slow.
    timeout: '2 minutes',
    environment: {
      ...common,
      LEDGER_TABLE: storage.ledger.name,
      NOTIFY_QUEUE_URL: notifyQueue.url,
      NOTIFY_DEAD_LETTERS_URL: deadLetters.notify.url,
      API_URL: url,
    },
    permissions: [
      readSecrets(webhookSecret),
      {
        actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        resources: [storage.ledger.arn],
        conditions: [
          { test: 'ForAllValues:StringEquals', variable: 'dynamodb:LeadingKeys', values: [RECEIVERS_ITEM] },
          // For a request that names no key the one above is true.
          { test: 'Null', variable: 'dynamodb:LeadingKeys', values: ['false'] },
        ],
      },
      { actions: TAKE_MESSAGES, resources: [notifyQueue.arn] },
      { actions: ['sqs:SendMessage'], resources: [deadLetters.notify.arn] },
    ],
  });
  return { webhook, sync, reconcile, query, notify };
}
