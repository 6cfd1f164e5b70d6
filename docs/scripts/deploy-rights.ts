/**
 * What the AWS provider of Pulumi calls to make, read, change, tag and delete a resource of each type, and on which ARNs.
 * By the provider's sources and AWS's service authorization reference; a deployment was never made with these alone.
 *
 * In ARNs REGION, ACCOUNT and STAGE stand for what an operator fills in.
 */
export type Right = { readonly actions: readonly string[]; readonly resources: readonly string[] };

const APP = 'multisite-runcloud-STAGE';
const arn = (service: string, path: string) => `arn:aws:${service}:REGION:ACCOUNT:${path}`;
const actions = (service: string, names: string) => names.split(' ').map((name) => `${service}:${name}`);
const TAGS = 'TagResource UntagResource ListTagsForResource';
/** Actions that AWS grants for all resources or none. */
const ALL = ['*'];

const functions: Right = {
  actions: actions(
    'lambda',
    'CreateFunction GetFunction GetFunctionCodeSigningConfig UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction ListVersionsByFunction AddPermission RemovePermission GetPolicy PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig PutFunctionRecursionConfig GetFunctionRecursionConfig TagResource UntagResource ListTags',
  ),
  resources: [arn('lambda', `function:${APP}-*`)],
};
const eventBus: Right = {
  actions: actions(
    'events',
    `CreateEventBus DescribeEventBus UpdateEventBus DeleteEventBus PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule CreateArchive DescribeArchive UpdateArchive DeleteArchive ${TAGS}`,
  ),
  resources: [
    arn('events', `event-bus/${APP}`),
    arn('events', `rule/${APP}/${APP}-*`),
    arn('events', `archive/${APP}`),
  ],
};
const queues: Right = {
  actions: actions(
    'sqs',
    'CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue TagQueue UntagQueue ListQueueTags',
  ),
  resources: [arn('sqs', `${APP}-*`)],
};
const topic: Right = {
  actions: actions(
    'sns',
    `CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic Subscribe GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe ${TAGS}`,
  ),
  resources: [arn('sns', `${APP}-alarms`), arn('sns', `${APP}-alarms:*`)],
};
const api: Right = {
  actions: actions('apigateway', 'GET POST PUT PATCH DELETE'),
  // Their ids are AWS's, so no ARN tells those of this stage from others.
  resources: [
    'arn:aws:apigateway:REGION::/apis',
    'arn:aws:apigateway:REGION::/apis/*',
    'arn:aws:apigateway:REGION::/tags/*',
  ],
};
/** What API Gateway needs of whoever turns its access log on. */
const logDelivery: Right = {
  actions: actions(
    'logs',
    'CreateLogDelivery GetLogDelivery UpdateLogDelivery DeleteLogDelivery ListLogDeliveries PutResourcePolicy DescribeResourcePolicies DescribeLogGroups',
  ),
  resources: ALL,
};
const network: Right = {
  actions: actions(
    'ec2',
    'CreateVpc DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute DeleteVpc CreateSubnet DescribeSubnets ModifySubnetAttribute DeleteSubnet CreateInternetGateway AttachInternetGateway DescribeInternetGateways DetachInternetGateway DeleteInternetGateway AllocateAddress DescribeAddresses DescribeAddressesAttribute ReleaseAddress DisassociateAddress CreateNatGateway DescribeNatGateways DeleteNatGateway CreateRouteTable CreateRoute DescribeRouteTables DeleteRoute DeleteRouteTable AssociateRouteTable DisassociateRouteTable DescribeSecurityGroups DescribeSecurityGroupRules AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress DescribeNetworkAcls DescribeNetworkInterfaces DetachNetworkInterface DeleteNetworkInterface CreateVpcEndpoint DescribeVpcEndpoints ModifyVpcEndpoint DeleteVpcEndpoints DescribePrefixLists DescribeAvailabilityZones CreateTags DeleteTags',
  ),
  resources: ALL,
};
const domain: Right = {
  actions: actions('apigateway', 'GET POST PUT PATCH DELETE'),
  resources: ['arn:aws:apigateway:REGION::/domainnames', 'arn:aws:apigateway:REGION::/domainnames/*'],
};
const certificate: Right = {
  actions: actions(
    'acm',
    'RequestCertificate DescribeCertificate DeleteCertificate AddTagsToCertificate RemoveTagsFromCertificate ListTagsForCertificate',
  ),
  resources: ALL,
};
const records: Right = {
  actions: actions(
    'route53',
    'ListHostedZones ListHostedZonesByName GetHostedZone ChangeResourceRecordSets ListResourceRecordSets GetChange',
  ),
  resources: ALL,
};

/** Which document of docs/aws-deploy-policy a type belongs to. Managed policies have at most 6,144 characters. */
export type Part = 'stage' | 'network' | 'domain';

/** By the type in Pulumi. */
export const RIGHTS: Readonly<Record<string, { readonly part: Part; readonly rights: readonly Right[] }>> = {
  'aws:apigatewayv2/api:Api': { part: 'stage', rights: [api] },
  'aws:apigatewayv2/integration:Integration': { part: 'stage', rights: [api] },
  'aws:apigatewayv2/route:Route': { part: 'stage', rights: [api] },
  'aws:apigatewayv2/stage:Stage': { part: 'stage', rights: [api, logDelivery] },
  'aws:cloudwatch/dashboard:Dashboard': {
    part: 'stage',
    rights: [
      {
        actions: actions('cloudwatch', 'PutDashboard GetDashboard DeleteDashboards'),
        resources: [`arn:aws:cloudwatch::ACCOUNT:dashboard/${APP}`],
      },
    ],
  },
  'aws:cloudwatch/eventArchive:EventArchive': { part: 'stage', rights: [eventBus] },
  'aws:cloudwatch/eventBus:EventBus': { part: 'stage', rights: [eventBus] },
  'aws:cloudwatch/eventRule:EventRule': { part: 'stage', rights: [eventBus] },
  'aws:cloudwatch/eventTarget:EventTarget': { part: 'stage', rights: [eventBus] },
  'aws:cloudwatch/logGroup:LogGroup': {
    part: 'stage',
    rights: [
      {
        actions: actions('logs', `CreateLogGroup PutRetentionPolicy DeleteRetentionPolicy DeleteLogGroup ${TAGS}`),
        resources: [
          arn('logs', `log-group:/aws/lambda/${APP}-*`),
          arn('logs', `log-group:/aws/vendedlogs/apis/${APP}-*`),
        ],
      },
      logDelivery,
    ],
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    part: 'stage',
    rights: [
      {
        actions: actions('cloudwatch', `PutMetricAlarm DescribeAlarms DeleteAlarms ${TAGS}`),
        resources: [arn('cloudwatch', `alarm:${APP}-*`)],
      },
    ],
  },
  'aws:dynamodb/table:Table': {
    part: 'stage',
    rights: [
      {
        actions: actions(
          'dynamodb',
          'CreateTable DescribeTable UpdateTable DeleteTable DescribeContinuousBackups UpdateContinuousBackups DescribeTimeToLive UpdateTimeToLive TagResource UntagResource ListTagsOfResource',
        ),
        resources: [arn('dynamodb', `table/${APP}-*`)],
      },
    ],
  },
  'aws:iam/role:Role': {
    part: 'stage',
    rights: [
      {
        actions: actions(
          'iam',
          'CreateRole GetRole UpdateRole UpdateAssumeRolePolicy DeleteRole PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole TagRole UntagRole PassRole',
        ),
        resources: [`arn:aws:iam::ACCOUNT:role/${APP}-*`],
      },
    ],
  },
  'aws:lambda/eventSourceMapping:EventSourceMapping': {
    part: 'stage',
    rights: [
      {
        actions: actions(
          'lambda',
          'CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping ListTags TagResource UntagResource',
        ),
        resources: ALL,
      },
    ],
  },
  'aws:lambda/function:Function': { part: 'stage', rights: [functions] },
  'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig': { part: 'stage', rights: [functions] },
  'aws:lambda/functionRecursionConfig:FunctionRecursionConfig': { part: 'stage', rights: [functions] },
  'aws:lambda/permission:Permission': { part: 'stage', rights: [functions] },
  // The packages lie in SST's own bucket.
  'aws:s3/bucketObjectv2:BucketObjectv2': { part: 'stage', rights: [] },
  'aws:scheduler/schedule:Schedule': {
    part: 'stage',
    rights: [
      {
        actions: actions('scheduler', 'CreateSchedule GetSchedule UpdateSchedule DeleteSchedule'),
        resources: [arn('scheduler', `schedule/default/${APP}-*`)],
      },
    ],
  },
  'aws:secretsmanager/secret:Secret': {
    part: 'stage',
    rights: [
      {
        // Not their values: `mrc init` needs GetSecretValue and PutSecretValue besides.
        actions: actions(
          'secretsmanager',
          'CreateSecret DescribeSecret UpdateSecret DeleteSecret RestoreSecret GetResourcePolicy TagResource UntagResource',
        ),
        resources: [arn('secretsmanager', 'secret:multisite-runcloud/STAGE/*')],
      },
    ],
  },
  'aws:sns/topic:Topic': { part: 'stage', rights: [topic] },
  'aws:sns/topicPolicy:TopicPolicy': { part: 'stage', rights: [topic] },
  'aws:sns/topicSubscription:TopicSubscription': { part: 'stage', rights: [topic] },
  'aws:sqs/queue:Queue': { part: 'stage', rights: [queues] },
  'aws:sqs/queuePolicy:QueuePolicy': { part: 'stage', rights: [queues] },
  // Made by Pulumi alone.
  'random:index/randomBytes:RandomBytes': { part: 'stage', rights: [] },

  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': { part: 'network', rights: [network] },
  'aws:ec2/eip:Eip': { part: 'network', rights: [network] },
  'aws:ec2/internetGateway:InternetGateway': { part: 'network', rights: [network] },
  'aws:ec2/natGateway:NatGateway': { part: 'network', rights: [network] },
  'aws:ec2/routeTable:RouteTable': { part: 'network', rights: [network] },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': { part: 'network', rights: [network] },
  'aws:ec2/subnet:Subnet': { part: 'network', rights: [network] },
  'aws:ec2/vpc:Vpc': { part: 'network', rights: [network] },
  'aws:ec2/vpcEndpoint:VpcEndpoint': { part: 'network', rights: [network] },
  // SST makes one in every network. It is a private zone of Route 53.
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace': {
    part: 'network',
    rights: [
      {
        actions: [
          ...actions('servicediscovery', `CreatePrivateDnsNamespace GetNamespace GetOperation DeleteNamespace ${TAGS}`),
          ...actions('route53', 'CreateHostedZone GetHostedZone ListHostedZonesByName DeleteHostedZone'),
        ],
        resources: ALL,
      },
    ],
  },

  'aws:acm/certificate:Certificate': { part: 'domain', rights: [certificate] },
  'aws:acm/certificateValidation:CertificateValidation': { part: 'domain', rights: [certificate] },
  'aws:apigatewayv2/apiMapping:ApiMapping': { part: 'domain', rights: [domain] },
  'aws:apigatewayv2/domainName:DomainName': {
    part: 'domain',
    rights: [
      domain,
      {
        // API Gateway's own role, once for an account.
        actions: ['iam:CreateServiceLinkedRole'],
        resources: ['arn:aws:iam::ACCOUNT:role/aws-service-role/ops.apigateway.amazonaws.com/*'],
      },
    ],
  },
  'aws:route53/record:Record': { part: 'domain', rights: [records] },
  // SST looks up the zone of the domain.
  'pulumi-nodejs:dynamic:Resource': { part: 'domain', rights: [records] },
};

/** What SST itself needs in an account: buckets for packages and state, a repository, and parameters that find them. */
export const BOOTSTRAP: readonly Right[] = [
  {
    actions: actions(
      's3',
      'CreateBucket PutBucketVersioning PutBucketNotification PutBucketPolicy ListBucket GetObject PutObject DeleteObject GetObjectTagging PutObjectTagging',
    ),
    resources: ['arn:aws:s3:::sst-state-*', 'arn:aws:s3:::sst-asset-*'],
  },
  {
    actions: actions('ecr', 'CreateRepository DescribeRepositories'),
    resources: [arn('ecr', 'repository/sst-asset')],
  },
  {
    actions: actions('ssm', 'GetParameter GetParameters PutParameter'),
    resources: [arn('ssm', 'parameter/sst/bootstrap'), arn('ssm', 'parameter/sst/passphrase/multisite-runcloud/STAGE')],
  },
];
