import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  deployPolicies,
  evaluateEverything,
  FOLDER,
  fileOf,
  type PolicyDocument,
  textOf,
} from '../../docs/scripts/deploy-policy.ts';
import { RIGHTS } from '../../docs/scripts/deploy-rights.ts';
import { ACCOUNT, REGION } from '../infra/cloud.ts';
import type { Evaluation } from '../infra/evaluation.ts';
import { havePlatform } from '../infra/platform.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space does not count. */
const LONGEST_POLICY = 6_144;

describe.skipIf(!(await havePlatform()))('the rights of whoever deploys', () => {
  let evaluation: Evaluation;
  let policies: ReadonlyMap<string, PolicyDocument>;
  beforeAll(async () => {
    evaluation = await evaluateEverything();
    policies = deployPolicies(evaluation);
  });

  it('stand in docs/aws-deploy-policy as the evaluated deployment asks for them (npm run docs writes them)', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...policies.keys()].map((part) => `${part}.json`).sort());
    for (const [part, document] of policies) expect(readFileSync(fileOf(part), 'utf8')).toBe(textOf(document));
  });

  it('are known for every type of resource, and for none that a deployment does not make', () => {
    const made = new Set(evaluation.resources.map(({ type }) => type));
    expect(Object.keys(RIGHTS).filter((type) => !made.has(type))).toEqual([]);
    const unknown = {
      ...evaluation.resources[0],
      type: 'aws:ec2/instance:Instance',
    } as Evaluation['resources'][number];
    expect(() => deployPolicies({ resources: [unknown] })).toThrow(
      /aws:ec2\/instance:Instance: its rights are missing/,
    );
  });

  it('cover every resource by its name, and only where AWS names it by an id of its own all of a kind', () => {
    const named = [
      'cloudwatch/eventBus:EventBus',
      'cloudwatch/eventRule:EventRule',
      'cloudwatch/logGroup:LogGroup',
      'cloudwatch/metricAlarm:MetricAlarm',
      'dynamodb/table:Table',
      'iam/role:Role',
      'lambda/function:Function',
      'secretsmanager/secret:Secret',
      'sns/topic:Topic',
      'sqs/queue:Queue',
    ];
    for (const { type, arn } of evaluation.resources.filter(({ type }) => named.includes(type.replace('aws:', '')))) {
      const patterns = RIGHTS[type]?.rights.flatMap(({ resources }) => resources) ?? [];
      const filled = patterns
        .filter((pattern) => pattern !== '*')
        .map((pattern) =>
          pattern.replace('REGION', REGION).replace('ACCOUNT', ACCOUNT).replaceAll('STAGE', 'production'),
        );
      expect([arn, filled.some((pattern) => matches(pattern, arn))]).toEqual([arn, true]);
    }
  });

  it('are named one by one, fit into policies of IAM, and hold no value of a secret', () => {
    for (const [part, document] of policies) {
      const all = document.Statement.flatMap(({ Action }) => Action);
      expect([part, all.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))]).toEqual([part, []]);
      expect(textOf(document).replaceAll(/\s/g, '').length).toBeLessThanOrEqual(LONGEST_POLICY);
      expect(all).not.toContain('secretsmanager:GetSecretValue');
    }
  });
});

/** As IAM compares: an asterisk stands for any characters. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
