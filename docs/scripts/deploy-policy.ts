/** The rights of whoever deploys, as documents of IAM, made of the resources that a deployment consists of. */
import { join, resolve } from 'node:path';
import { type Evaluation, evaluate, removePackages } from '../../test/infra/evaluation.ts';
import { BOOTSTRAP, type Part, RIGHTS, type Right } from './deploy-rights.ts';

export const FOLDER = resolve(import.meta.dirname, '../aws-deploy-policy');

type Statement = { readonly Effect: 'Allow'; readonly Action: readonly string[]; readonly Resource: readonly string[] };
export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };

/** A deployment with every option that brings resources of its own. @throws what an evaluation throws */
export async function evaluateEverything(): Promise<Evaluation> {
  try {
    return await evaluate('production', {
      options: { ALARM_EMAIL: 'ops@example.org', OUTGOING_ADDRESS: 'fixed', WEBHOOK_DOMAIN: 'hooks.network.example' },
    });
  } finally {
    removePackages();
  }
}

/** By file name, without its ending. @throws Error for a type of resource whose rights are not known */
export function deployPolicies({ resources }: Pick<Evaluation, 'resources'>): ReadonlyMap<string, PolicyDocument> {
  const parts = new Map<Part, Set<Right>>([
    ['stage', new Set(BOOTSTRAP)],
    ['network', new Set()],
    ['domain', new Set()],
  ]);
  for (const { type } of resources) {
    const known = RIGHTS[type];
    if (known === undefined) throw new Error(`${type}: its rights are missing in docs/scripts/deploy-rights.ts`);
    for (const right of known.rights) parts.get(known.part)?.add(right);
  }
  return new Map([...parts].map(([part, rights]) => [part, documentOf([...rights])]));
}

export function textOf(document: PolicyDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function fileOf(part: string): string {
  return join(FOLDER, `${part}.json`);
}

/** Rights on the same resources become one statement. */
function documentOf(rights: readonly Right[]): PolicyDocument {
  const byResources = Map.groupBy(rights, ({ resources }) => resources.join());
  const statements = [...byResources.values()].map((same): Statement => {
    const names = [...new Set(same.flatMap(({ actions }) => actions))];
    return { Effect: 'Allow', Action: names.sort(), Resource: same[0]?.resources ?? [] };
  });
  const sorted = statements.toSorted((a, b) => `${a.Resource} ${a.Action}`.localeCompare(`${b.Resource} ${b.Action}`));
  return { Version: '2012-10-17', Statement: sorted };
}
