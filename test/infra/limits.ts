/**
 * What AWS or its Terraform provider would refuse, read off the evaluated resources: an evaluation against mocks
 * accepts a time-out of an hour. Limits by AWS's API references of 2026.
 */
import type { Resource } from './cloud.ts';

type Inputs = Resource['inputs'];

/** One sentence for each thing that AWS would refuse. */
export function complaints(resources: readonly Resource[]): string[] {
  const of = (type: string) => resources.filter((resource) => resource.type === `aws:${type}`);
  return [
    ...NUMBERS.flatMap(([type, path, least, most]) =>
      of(type).flatMap((each) => number(each, path, at(each.inputs, path), least, most)),
    ),
    ...TEXTS.flatMap(([type, path, pattern]) =>
      of(type).flatMap((each) => {
        const value = at(each.inputs, path);
        return value === undefined || pattern.test(String(value)) ? [] : [`${each.id}: ${path} is "${value}"`];
      }),
    ),
    ...of('sqs/queue:Queue').flatMap((queue) => redrive(queue, of('sqs/queue:Queue'))),
    ...of('lambda/eventSourceMapping:EventSourceMapping').flatMap((mapping) =>
      polling(mapping, of('sqs/queue:Queue'), of('lambda/function:Function')),
    ),
    ...of('lambda/function:Function').flatMap(environment),
    ...of('cloudwatch/metricAlarm:MetricAlarm').flatMap(alarm),
    ...of('dynamodb/table:Table').flatMap(keys),
    ...of('cloudwatch/logGroup:LogGroup').flatMap(retention),
    ...of('secretsmanager/secret:Secret').flatMap(recovery),
    ...of('scheduler/schedule:Schedule').flatMap(schedule),
  ];
}

/** Type, field, least, most. A field that is not set is left to AWS's default. */
const NUMBERS: readonly (readonly [string, string, number, number])[] = [
  ['lambda/function:Function', 'timeout', 1, 900],
  ['lambda/function:Function', 'memorySize', 128, 10_240],
  ['lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', 'maximumRetryAttempts', 0, 2],
  ['lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', 'maximumEventAgeInSeconds', 60, 21_600],
  ['lambda/eventSourceMapping:EventSourceMapping', 'batchSize', 1, 10_000],
  ['lambda/eventSourceMapping:EventSourceMapping', 'maximumBatchingWindowInSeconds', 0, 300],
  ['lambda/eventSourceMapping:EventSourceMapping', 'scalingConfig.maximumConcurrency', 2, 1_000],
  ['sqs/queue:Queue', 'visibilityTimeoutSeconds', 0, 43_200],
  ['sqs/queue:Queue', 'messageRetentionSeconds', 60, 1_209_600],
  ['sqs/queue:Queue', 'delaySeconds', 0, 900],
  ['cloudwatch/eventTarget:EventTarget', 'retryPolicy.maximumRetryAttempts', 0, 185],
  ['cloudwatch/eventTarget:EventTarget', 'retryPolicy.maximumEventAgeInSeconds', 60, 86_400],
  ['cloudwatch/eventArchive:EventArchive', 'retentionDays', 0, 36_500],
  ['scheduler/schedule:Schedule', 'target.retryPolicy.maximumRetryAttempts', 0, 185],
  ['scheduler/schedule:Schedule', 'target.retryPolicy.maximumEventAgeInSeconds', 60, 86_400],
  // The account's own throttling, which no stage can exceed.
  ['apigatewayv2/stage:Stage', 'defaultRouteSettings.throttlingRateLimit', 0, 10_000],
  ['apigatewayv2/stage:Stage', 'defaultRouteSettings.throttlingBurstLimit', 0, 5_000],
];

/** Type, field, what it must look like. */
const TEXTS: readonly (readonly [string, string, RegExp])[] = [
  ['lambda/function:Function', 'name', /^[\w-]{1,64}$/],
  ['lambda/function:Function', 'description', /^.{0,256}$/s],
  ['sqs/queue:Queue', 'name', /^[\w-]{1,80}$/],
  ['iam/role:Role', 'name', /^[\w+=,.@-]{1,64}$/],
  ['dynamodb/table:Table', 'name', /^[\w.-]{3,255}$/],
  ['secretsmanager/secret:Secret', 'name', /^[\w/+=.@-]{1,512}$/],
  ['secretsmanager/secret:Secret', 'description', /^.{0,2048}$/s],
  ['cloudwatch/eventBus:EventBus', 'name', /^[\w./-]{1,256}$/],
  ['cloudwatch/eventRule:EventRule', 'name', /^[\w.-]{1,64}$/],
  ['cloudwatch/eventRule:EventRule', 'description', /^.{0,512}$/s],
  ['cloudwatch/eventTarget:EventTarget', 'targetId', /^[\w.-]{1,64}$/],
  ['cloudwatch/eventArchive:EventArchive', 'name', /^[\w.-]{1,48}$/],
  ['cloudwatch/eventArchive:EventArchive', 'description', /^.{0,512}$/s],
  ['cloudwatch/metricAlarm:MetricAlarm', 'name', /^.{1,255}$/s],
  ['cloudwatch/metricAlarm:MetricAlarm', 'alarmDescription', /^.{0,1024}$/s],
  ['cloudwatch/dashboard:Dashboard', 'dashboardName', /^[\w-]{1,255}$/],
  ['cloudwatch/logGroup:LogGroup', 'name', /^[\w.\-/#]{1,512}$/],
  ['scheduler/schedule:Schedule', 'name', /^[\w.-]{1,64}$/],
  ['sns/topic:Topic', 'name', /^[\w-]{1,256}$/],
  ['apigatewayv2/route:Route', 'routeKey', /^(\$default|(ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \/\S*)$/],
];

/** Days that CloudWatch Logs accepts; 0 is for ever. */
const RETENTIONS = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const MOST_ENVIRONMENT_BYTES = 4_096;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** The field at a path of names with dots between them. */
function at(inputs: Inputs, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Inputs | undefined)?.[name], inputs);
}

function number({ id }: Resource, field: string, value: unknown, least: number, most: number): string[] {
  if (value === undefined) return [];
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return fits ? [] : [`${id}: ${field} is ${value}, and may be ${least} to ${most}`];
}

function redrive(queue: Resource, queues: readonly Resource[]): string[] {
  if (queue.inputs['redrivePolicy'] === undefined) return [];
  const policy = JSON.parse(String(queue.inputs['redrivePolicy'])) as Inputs;
  return [
    ...number(queue, 'maxReceiveCount', policy['maxReceiveCount'], 1, 1_000),
    ...(queues.some(({ arn }) => arn === policy['deadLetterTargetArn'])
      ? []
      : [`${queue.id}: has no dead-letter queue`]),
  ];
}

/**
 * How Lambda may take messages out of a queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
function polling(mapping: Resource, queues: readonly Resource[], functions: readonly Resource[]): string[] {
  const { batchSize = 10, maximumBatchingWindowInSeconds: windowS = 0 } = mapping.inputs as Record<string, number>;
  const queue = queues.find(({ arn }) => arn === mapping.inputs['eventSourceArn']);
  const fn = functions.find(({ arn }) => arn === mapping.inputs['functionName']);
  if (queue === undefined || fn === undefined) return [`${mapping.id}: connects what is not there`];
  const visibleS = Number(queue.inputs['visibilityTimeoutSeconds'] ?? 30);
  const neededS = 6 * Number(fn.inputs['timeout'] ?? 3) + windowS;
  return [
    ...(batchSize > 10 && windowS < 1
      ? [`${mapping.id}: more than 10 messages at once need a window of a second`]
      : []),
    ...(visibleS < neededS
      ? [`${queue.id}: messages come back after ${visibleS} s, before ${neededS} s have passed`]
      : []),
  ];
}

function environment({ id, inputs }: Resource): string[] {
  const bytes = Buffer.byteLength(JSON.stringify(at(inputs, 'environment.variables') ?? {}));
  return bytes > MOST_ENVIRONMENT_BYTES ? [`${id}: ${bytes} bytes of environment, of ${MOST_ENVIRONMENT_BYTES}`] : [];
}

/** Periods, and how far back an alarm may look: a day, or a week where the period is an hour or more. */
function alarm({ id, inputs }: Resource): string[] {
  const queries = (inputs['metricQueries'] ?? []) as readonly { metric?: { period?: number } }[];
  const periods = [inputs['period'], ...queries.map(({ metric }) => metric?.period)].filter(
    (each) => each !== undefined,
  );
  const count = Number(inputs['evaluationPeriods']);
  return [
    ...(count >= 1 ? [] : [`${id}: looks at no period`]),
    ...(periods.length === 0 ? [`${id}: has no period`] : []),
    ...periods.flatMap((each) => {
      const period = Number(each);
      const known = [10, 20, 30].includes(period) || (period > 0 && period % 60 === 0);
      const most = period < HOUR_S ? DAY_S : 7 * DAY_S;
      return [
        ...(known ? [] : [`${id}: a period of ${period} s is not 10, 20, 30 or a multiple of 60`]),
        ...(period * count > most ? [`${id}: looks back ${period * count} s, and may ${most} s`] : []),
      ];
    }),
    ...(Number(inputs['datapointsToAlarm'] ?? 1) > count ? [`${id}: waits for more periods than it looks at`] : []),
  ];
}

/** Every attribute that is named is part of a key, and every key is named. */
function keys({ id, inputs }: Resource): string[] {
  const indexes = [
    inputs,
    ...['globalSecondaryIndexes', 'localSecondaryIndexes'].flatMap((name) => inputs[name] ?? []),
  ];
  const used = new Set((indexes as Inputs[]).flatMap((index) => [index['hashKey'], index['rangeKey']]).filter(Boolean));
  const named = new Set(((inputs['attributes'] ?? []) as readonly { name: string }[]).map(({ name }) => name));
  return [
    ...[...used].filter((name) => !named.has(String(name))).map((name) => `${id}: the key ${name} is no attribute`),
    ...[...named].filter((name) => !used.has(name)).map((name) => `${id}: the attribute ${name} is in no key`),
  ];
}

function retention({ id, inputs }: Resource): string[] {
  const days = Number(inputs['retentionInDays'] ?? 0);
  return RETENTIONS.includes(days)
    ? []
    : [`${id}: CloudWatch keeps logs for ${RETENTIONS.join(', ')} days, not ${days}`];
}

function recovery({ id, inputs }: Resource): string[] {
  const days = Number(inputs['recoveryWindowInDays'] ?? 30);
  return days === 0 || (days >= 7 && days <= 30)
    ? []
    : [`${id}: can be brought back for 0 or 7 to 30 days, not ${days}`];
}

function schedule({ id, inputs }: Resource): string[] {
  const expression = String(inputs['scheduleExpression']);
  const known = [
    /^rate\([1-9]\d* (minute|hour|day)s?\)$/,
    /^cron\(\S+( \S+){5}\)$/,
    /^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/,
  ];
  return known.some((form) => form.test(expression)) ? [] : [`${id}: "${expression}" is no schedule`];
}
