/** The program that runs a package: AWS's own client where it was installed, else the one that comes with SST. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LambdaPackage } from '../infra/evaluation.ts';
import { PLATFORM, ROOT } from '../infra/platform.ts';
import type { LambdaSettings } from '../support/lambda.ts';

// `.ci/run` puts it there where it can be compiled: it is no dependency, because it needs cmake and a C++ compiler.
const AWS_CLIENT = join(ROOT, '.cache/lambda/node_modules/aws-lambda-ric/index.mjs');
const SST_CLIENT = join(PLATFORM, 'dist/nodejs-runtime/index.js');

/** What runs the packages, as a person would say it. */
export const RUNTIME = existsSync(AWS_CLIENT) ? 'the runtime client of AWS' : "SST's runtime";

/** The names in `environment` come before those of the package. */
export function runtimeOf(
  { folder, handler, environment, timeoutMs }: LambdaPackage,
  more: Readonly<Record<string, string>>,
): LambdaSettings {
  const command = existsSync(AWS_CLIENT)
    ? [process.execPath, AWS_CLIENT, handler]
    : [process.execPath, SST_CLIENT, join(folder, handler)];
  return { command, folder, handler, environment: { ...environment, ...more }, timeoutMs };
}
