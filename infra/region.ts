/** The region of a deployment. In another region a stage begins anew, with an empty ledger, beside the one that works. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

export type RegionRecord = {
  /** `AWS_REGION` in `.env.<stage>`. */
  readonly pinned: string | undefined;
  /** Where the last deployment of this stage from this folder went. */
  readonly last: string | undefined;
};

/** Reads what the project's folder tells of the stage. SST writes the outputs of the last deployment there. */
export function readRegionRecord(root: string, stage: string): RegionRecord {
  const pins = parseEnv(readText(join(root, `.env.${stage}`)) ?? '');
  const outputs = parseOutputs(readText(join(root, '.sst/outputs.json')));
  return {
    pinned: pins['AWS_REGION']?.trim() || undefined,
    last: outputs?.stage === stage ? outputs.region : undefined,
  };
}

/**
 * A warning for whoever deploys, or undefined.
 * @throws Error if `.env.<stage>` names another region
 */
export function checkRegion(region: string, stage: string, { pinned, last }: RegionRecord): string | undefined {
  if (pinned !== undefined && pinned !== region) {
    throw new Error(
      `This would deploy to ${region}, and .env.${stage} says AWS_REGION=${pinned}. Set AWS_REGION=${pinned} in the environment, or change it in .env.${stage} if the stage is to move. See docs/aws-operations.md, section "Move to another region".`,
    );
  }
  if (last !== undefined && last !== region) {
    return `The last deployment of ${stage} from this folder went to ${last}, and this one goes to ${region}. It begins with an empty ledger, and the one in ${last} goes on working: two services change the same web application. See docs/aws-operations.md, section "Move to another region".`;
  }
  if (pinned === undefined) {
    return `Write AWS_REGION=${region} into .env.${stage}. A later deployment with another region in its environment would otherwise begin a second service with an empty ledger.`;
  }
  return undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Nothing was deployed from this folder, or nothing is pinned.
    return undefined;
  }
}

function parseOutputs(text: string | undefined): { readonly stage?: string; readonly region?: string } | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // SST was interrupted while it wrote. The warning is worth less than the deployment.
    return undefined;
  }
}
