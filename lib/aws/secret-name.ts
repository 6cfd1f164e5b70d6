const PREFIX = 'multisite-runcloud/';

/** The same as in infra/storage.ts. */
export function secretNameOf(stage: string): string {
  return `${PREFIX}${stage}`;
}

/** The name in an ARN, or the name itself. Secrets Manager ends an ARN with a hyphen and six characters. */
export function nameOfSecret(id: string): string {
  const [, name] = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(id) ?? [];
  return name?.replace(/-[A-Za-z0-9]{6}$/, '') ?? id;
}

/** Undefined for a secret that the deployment did not name. `id` is a name or an ARN. */
export function stageOf(id: string): string | undefined {
  const name = nameOfSecret(id);
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

/** The command that fills a secret. `id` is a name or an ARN. */
export function commandFor(id: string): string {
  const stage = stageOf(id);
  return stage === undefined ? `npm run secret -- --secret ${nameOfSecret(id)}` : `npm run secret -- --stage ${stage}`;
}
