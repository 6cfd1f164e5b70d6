/**
 * Where the AWS SDK looks for credentials that are not in the environment, where Lambda puts them. It loads these packages
 * when it needs them, which is never: without them a function is 50 kB smaller.
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * Defaults of every function that is made later, so it is called first. The role of each may write to the log of its own
 * function. AWS's policy AWSLambdaBasicExecutionRole, which SST would add instead, covers all logs of the account.
 */
export function setFunctionDefaults(): void {
  // SST's own policy trusts the root of the account in every stage, although it means `sst dev` only: its condition is
  // an output, and so always true. With that policy anybody in the account with sts:AssumeRole could take the role.
  const lambdaOnly = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });
  const arnPrefix = (service: string) => $interpolate`arn:${aws.getPartitionOutput().partition}:${service}`;
  const { region } = aws.getRegionOutput();
  const { accountId } = aws.getCallerIdentityOutput();

  $transform(sst.aws.Function, (args) => {
    args.runtime ??= 'nodejs24.x';
    args.architecture ??= 'arm64';
    args.logging ??= { format: 'json', retention: '1 month' };
    // The AWS SDK is imported when first needed. Splitting keeps it out of what every cold start reads.
    args.nodejs ??= { minify: true, splitting: true, esbuild: { external: OTHER_CREDENTIALS } };
    const { environment, vpc, permissions = [] } = args;
    args.permissions = $output(permissions).apply((given) => [
      ...given,
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        // Lambda names the streams of a log, so this ends with an asterisk.
        resources: [$interpolate`${arnPrefix('logs')}:${region}:${accountId}:log-group:/aws/lambda/${args.name}:*`],
      },
    ]);
    args.transform = {
      ...args.transform,
      role: (role) => {
        role.assumeRolePolicy = lambdaOnly;
        // To make network interfaces, and nothing else. AWS has no narrower right for that.
        const network = $interpolate`${arnPrefix('iam')}::aws:policy/service-role/AWSLambdaENIManagementAccess`;
        role.managedPolicyArns = vpc === undefined ? [] : [network];
      },
      function: (fn) => {
        // SST adds a key and names for its links, which `sst dev` needs. Nothing is linked here, and everybody who may
        // read the function's configuration would see a key that looks like a secret.
        if (!$dev) fn.environment = { variables: environment ?? {} };
      },
    };
  });
}
