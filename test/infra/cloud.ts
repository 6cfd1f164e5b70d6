/** What AWS would answer while a configuration is evaluated: identities and addresses, and nothing that AWS decides. */

export const ACCOUNT = '123456789012';
/** Not SST's default, so that a region written down somewhere shows. */
export const REGION = 'eu-central-1';

type Inputs = Readonly<Record<string, unknown>>;

export type Resource = {
  /** Pulumi's type: `aws:sqs/queue:Queue`. */
  readonly type: string;
  /** Its name in the configuration. */
  readonly id: string;
  readonly arn: string;
  readonly inputs: Inputs;
  /** Whether it stays in AWS when the configuration lacks it, or is removed. */
  readonly isRetained: boolean;
};

/** The last parts of ARNs that matter: those that appear in policies and dimensions are written as AWS writes them. */
const paths: Readonly<Record<string, (name: string, inputs: Inputs) => string>> = {
  'aws:cloudwatch/eventBus:EventBus': (name) => `events:${REGION}:${ACCOUNT}:event-bus/${name}`,
  'aws:cloudwatch/eventRule:EventRule': (name, { eventBusName }) =>
    `events:${REGION}:${ACCOUNT}:rule/${eventBusName}/${name}`,
  'aws:cloudwatch/logGroup:LogGroup': (name) => `logs:${REGION}:${ACCOUNT}:log-group:${name}`,
  'aws:cloudwatch/metricAlarm:MetricAlarm': (name) => `cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`,
  'aws:dynamodb/table:Table': (name) => `dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'aws:iam/role:Role': (name) => `iam::${ACCOUNT}:role/${name}`,
  'aws:lambda/function:Function': (name) => `lambda:${REGION}:${ACCOUNT}:function:${name}`,
  'aws:secretsmanager/secret:Secret': (name) => `secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`,
  'aws:sns/topic:Topic': (name) => `sns:${REGION}:${ACCOUNT}:${name}`,
  'aws:sqs/queue:Queue': (name) => `sqs:${REGION}:${ACCOUNT}:${name}`,
};

/** Attributes that AWS gives a resource beside its ARN. */
const attributes: Readonly<Record<string, (name: string, inputs: Inputs) => Inputs>> = {
  'aws:acm/certificate:Certificate': (_, { domainName }) => ({
    domainValidationOptions: [
      {
        domainName,
        resourceRecordName: `_1.${domainName}.`,
        resourceRecordType: 'CNAME',
        resourceRecordValue: '_2.acm-validations.aws.',
      },
    ],
  }),
  'aws:apigatewayv2/api:Api': () => ({
    apiEndpoint: `https://api.execute-api.${REGION}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:api`,
  }),
  'aws:apigatewayv2/domainName:DomainName': () => ({
    domainNameConfiguration: { targetDomainName: `d-1.execute-api.${REGION}.amazonaws.com`, hostedZoneId: 'Z1' },
  }),
  'aws:ec2/eip:Eip': () => ({ publicIp: '192.0.2.7' }),
  // SST's own: it looks up the zone of a domain in Route 53.
  'pulumi-nodejs:dynamic:Resource': () => ({ zoneId: 'Z2' }),
  'aws:sqs/queue:Queue': (name) => ({ url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}` }),
  'random:index/randomBytes:RandomBytes': () => ({
    base64: Buffer.from('not a key of anything, 32 bytes.').toString('base64'),
  }),
};

/** The ARN and the state with which AWS would answer. */
export function create(type: string, id: string, inputs: Inputs): { readonly arn: string; readonly state: Inputs } {
  const name = typeof inputs['name'] === 'string' ? inputs['name'] : id;
  const [, service = ''] = type.split(/[:/]/);
  const path = paths[type]?.(name, inputs) ?? `${service}:${REGION}:${ACCOUNT}:${type.split(':')[2]}/${name}`;
  const arn = `arn:aws:${path}`;
  return { arn, state: { ...inputs, name, arn, ...attributes[type]?.(name, inputs) } };
}

/** @throws for a question that is not known here */
export function ask(token: string, inputs: Inputs): Inputs {
  switch (token) {
    case 'aws:index/getPartition:getPartition':
      return { id: 'aws', partition: 'aws', dnsSuffix: 'amazonaws.com' };
    case 'aws:index/getRegion:getRegion':
      return { id: REGION, name: REGION, region: REGION };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { id: ACCOUNT, accountId: ACCOUNT };
    case 'aws:index/getAvailabilityZones:getAvailabilityZones':
      return { id: REGION, names: [`${REGION}a`, `${REGION}b`, `${REGION}c`] };
    case 'aws:dynamodb/getTable:getTable': {
      const { name } = inputs;
      // A table that is no ledger shows by its name.
      const hashKey = String(name).startsWith('foreign') ? 'pk' : 'id';
      return { id: name, name, hashKey, arn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}` };
    }
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return policyDocument(inputs as { statements?: readonly Statement[] });
    default:
      throw new Error(`SST asked AWS for ${token}: no answer stands in test/infra/cloud.ts`);
  }
}

type Statement = {
  readonly effect?: string;
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly conditions?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
};

/** The provider itself writes policies, as JSON; this is that, for what is used of it. */
function policyDocument({ statements = [] }: { readonly statements?: readonly Statement[] }): Inputs {
  const json = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ effect = 'Allow', actions, resources, principals, conditions = [] }) => ({
      Effect: effect,
      Action: actions,
      Resource: resources,
      Principal: principals && Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
      ...(conditions.length > 0 && {
        Condition: Object.fromEntries(conditions.map(({ test, variable, values }) => [test, { [variable]: values }])),
      }),
    })),
  });
  // SST gives a role no inline policy only where there are no statements at all, told by undefined.
  return { id: 'policy', json, statements: statements.length > 0 ? statements : undefined };
}
