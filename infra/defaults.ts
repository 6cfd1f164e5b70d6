/** What holds for every function. Called before the first one is made, because SST applies it to later ones only. */

/**
 * Sets runtime, logging, bundling and the limits of the role of every function made from here on. What SST gives each role
 * besides is AWS's own AWSLambdaBasicExecutionRole: to write logs, and nothing else.
 */
export function setFunctionDefaults(): void {
  // SST also trusts the root of the account, in every stage: its condition for "only in `sst dev`" is an output, and so
  // always true. With it, anybody in the account who may call sts:AssumeRole could take the role.
  const lambdaOnly = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });

  $transform(sst.aws.Function, (args) => {
    args.runtime ??= 'nodejs24.x';
    args.architecture ??= 'arm64';
    args.logging ??= { format: 'json', retention: '1 month' };
    // Splitting keeps the AWS SDK, which is imported when first needed, out of what every cold start reads.
    args.nodejs ??= { minify: true, splitting: true };
    const { environment } = args;
    args.transform = {
      ...args.transform,
      role: (role) => {
        role.assumeRolePolicy = lambdaOnly;
      },
      function: (fn) => {
        // SST adds a key and names for its links. Nothing is linked here, and a key that anybody who may read the
        // function's configuration sees would look like a secret that is not one. `sst dev` needs them.
        if (!$dev) fn.environment = { variables: environment ?? {} };
      },
    };
  });
}
