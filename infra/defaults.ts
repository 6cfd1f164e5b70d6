/**
 * Defaults of every function that is made later, so it is called first. SST adds AWS's AWSLambdaBasicExecutionRole to
 * each role, which may write logs and nothing else.
 */
export function setFunctionDefaults(): void {
  // SST's own policy trusts the root of the account in every stage, although it means `sst dev` only: its condition is
  // an output, and so always true. With that policy anybody in the account with sts:AssumeRole could take the role.
  const lambdaOnly = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });

  $transform(sst.aws.Function, (args) => {
    args.runtime ??= 'nodejs24.x';
    args.architecture ??= 'arm64';
    args.logging ??= { format: 'json', retention: '1 month' };
    // The AWS SDK is imported when first needed. Splitting keeps it out of what every cold start reads.
    args.nodejs ??= { minify: true, splitting: true };
    const { environment } = args;
    args.transform = {
      ...args.transform,
      role: (role) => {
        role.assumeRolePolicy = lambdaOnly;
      },
      function: (fn) => {
        // SST adds a key and names for its links, which `sst dev` needs. Nothing is linked here, and everybody who may
        // read the function's configuration would see a key that looks like a secret.
        if (!$dev) fn.environment = { variables: environment ?? {} };
      },
    };
  });
}
