/** How the secret of a stage is called, and how an operator fills it. */

const PREFIX = 'multisite-runcloud/';

/** Takes a stage (`production`); returns the name of its secret, as the deployment calls it. */
export function secretNameOf(stage: string): string {
  return `${PREFIX}${stage}`;
}

/** Takes the name or the ARN of a secret; returns its name. Secrets Manager ends an ARN with a hyphen and six characters. */
export function nameOfSecret(id: string): string {
  const [, name] = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(id) ?? [];
  return name?.replace(/-[A-Za-z0-9]{6}$/, '') ?? id;
}

/** Takes the name or the ARN of a secret; returns the stage it belongs to, or undefined where it is called otherwise. */
export function stageOf(id: string): string | undefined {
  const name = nameOfSecret(id);
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

/** Takes the name or the ARN of a secret; returns the command that fills it. */
export function commandFor(id: string): string {
  const stage = stageOf(id);
  return stage === undefined ? `npm run secret -- --secret ${nameOfSecret(id)}` : `npm run secret -- --stage ${stage}`;
}
