/** Evaluates sst.config.ts for a stage, and finds one's way in what came out. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inherited } from '../support/inherited.ts';
import type { BuiltFunction } from './bundle.ts';
import { ACCOUNT, REGION, type Resource } from './cloud.ts';
import { ROOT } from './platform.ts';

export type Evaluation = {
  /** What `app()` answered, and the stage. */
  readonly app: Readonly<Record<string, unknown>>;
  /** The packages, by SST's id for the function. */
  readonly functions: Readonly<Record<string, BuiltFunction>>;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What it says to whoever deploys. */
  readonly warnings: string;
};

const folders: string[] = [];

/** Deletes the packages of all evaluations of this process. */
export function removePackages(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export type EvaluationOptions = {
  /** Of a deployment, such as `ALARM_EMAIL`. Nothing else of the environment reaches the configuration. */
  readonly options?: Readonly<Record<string, string>>;
  readonly command?: 'deploy' | 'dev';
  /** What stands in the folder that is deployed from: names and contents. */
  readonly files?: Readonly<Record<string, string>>;
};

/**
 * What a deployment would ask of AWS, and its packages, which stay until `removePackages`. Two evaluations at once do not
 * disturb each other.
 * @throws what the configuration or a bundle throws
 */
export async function evaluate(
  stage: string,
  { options = {}, command = 'deploy', files = {} }: EvaluationOptions = {},
): Promise<Evaluation> {
  // Outside the project, so that a package that lacks a module does not find it in the project's node_modules.
  const folder = mkdtempSync(join(tmpdir(), 'multisite-runcloud-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const program = [join(ROOT, 'test/infra/evaluator.ts'), stage, folder, command];
  const env = { ...inherited(), AWS_REGION: REGION, AWS_EC2_METADATA_DISABLED: 'true', ...options };
  try {
    const { stderr } = await promisify(execFile)(process.execPath, program, { cwd: ROOT, env });
    return { ...JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8')), warnings: stderr };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(stderr?.trim() || message);
  }
}

/** Existing secrets, for the options that name them. */
export const WEBHOOK_SECRET_ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:team/webhook-x7Yz09`;
export const RUNCLOUD_SECRET_ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:team/runcloud-x7Yz09`;

/** A table that was restored, for the option that names one. */
export const LEDGER_TABLE = 'restored-ledger';

export const WEBHOOK_DOMAIN = 'hooks.shop-network.example';
export const WEBHOOK_CERTIFICATE_ARN = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/0a1b2c3d`;

export type Evaluations = {
  readonly production: Evaluation;
  readonly dev: Evaluation;
  /** With every option, and the longest name that a stage may have. */
  readonly full: Evaluation;
};

/** Evaluates all that the tests look at. Throws as `evaluate` does. */
export async function evaluateAll(): Promise<Evaluations> {
  const options = {
    ALARM_EMAIL: 'ops@example.org',
    OUTGOING_ADDRESS: 'fixed',
    WEBHOOK_SECRET_ARN,
    RUNCLOUD_SECRET_ARN,
    LEDGER_TABLE,
    WEBHOOK_DOMAIN,
    WEBHOOK_CERTIFICATE_ARN,
  };
  const stage = 'a-stage-of-20-letter';
  const files = {
    [`.env.${stage}`]: `AWS_REGION=${REGION}`,
    '.sst/outputs.json': JSON.stringify({ stage, region: 'us-east-1' }),
  };
  const [production, dev, full] = await Promise.all([
    evaluate('production'),
    evaluate('dev', { options: { WEBHOOK_DOMAIN } }),
    evaluate(stage, { options, files }),
  ]);
  return { production, dev, full };
}

/** `type` is the end of a Pulumi type, such as `sqs/queue:Queue`. */
export function all({ resources }: Pick<Evaluation, 'resources'>, type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type === `aws:${type}`);
}

/** The one resource of this type with this text in its name. @throws unless there is exactly one */
export function one(evaluation: Pick<Evaluation, 'resources'>, type: string, name = ''): Resource {
  const found = all(evaluation, type).filter(({ id, inputs }) => `${inputs['name'] ?? id}`.includes(name));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} × ${type} with "${name}" in its name`);
  return only;
}

export type LambdaPackage = {
  /** Absolute. */
  readonly folder: string;
  /** File without ending, and export: `bundle.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutMs: number;
};

/** `source` is that of a handler, such as `functions/webhook`. @throws if there is no such function */
export function packageOf(evaluation: Pick<Evaluation, 'functions' | 'resources'>, source: string): LambdaPackage {
  const [id, built] = Object.entries(evaluation.functions).find(([, each]) => each.source === source) ?? [];
  if (id === undefined || built === undefined) throw new Error(`No function is made from ${source}`);
  const resource = all(evaluation, 'lambda/function:Function').find((each) => each.id === `${id}Function`);
  if (resource === undefined) throw new Error(`${id} was built, and not made`);
  const { environment, memorySize, timeout } = resource.inputs as {
    environment: { variables: Record<string, string> };
    memorySize: number;
    timeout: number;
  };
  return {
    folder: built.folder,
    handler: built.handler,
    environment: environment.variables,
    memoryMb: memorySize,
    timeoutMs: timeout * 1_000,
  };
}
