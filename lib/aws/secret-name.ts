/**
 * The two secrets of a stage. `webhook` holds what the functions may know that the internet reaches; `runcloud` holds the
 * rest, the RunCloud token among it.
 */
export type SecretKind = 'webhook' | 'runcloud';

export const SECRET_KINDS: readonly SecretKind[] = ['webhook', 'runcloud'];

/** `id` is a name or an ARN. */
export type SecretRef = { readonly kind: SecretKind; readonly id: string };

const PREFIX = 'multisite-runcloud/';

const WEBHOOK_SETTINGS: ReadonlySet<string> = new Set([
  'WEBHOOK_SECRET',
  'WEBHOOK_TOKEN',
  'NETWORK',
  'PUBLIC_URL',
  'NOTIFY_URL',
  'NOTIFY_SECRET',
  'NOTIFY_ALLOW_PRIVATE',
  'SLACK_WEBHOOK_URL',
]);

/** Those of the settings that belong into this secret. In the other one they count for nothing. */
export function settingsFor<T>(kind: SecretKind, values: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const own = Object.entries(values).filter(([name]) => WEBHOOK_SETTINGS.has(name) === (kind === 'webhook'));
  return Object.fromEntries(own);
}

/** The same as in infra/storage.ts. */
export function secretNameOf(stage: string, kind: SecretKind): string {
  return `${PREFIX}${stage}/${kind}`;
}

/** Where version 0.1.0 kept all settings. */
export function formerSecretNameOf(stage: string): string {
  return `${PREFIX}${stage}`;
}

/** The name in an ARN, or the name itself. Secrets Manager ends an ARN with a hyphen and six characters. */
export function nameOfSecret(id: string): string {
  const [, name] = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(id) ?? [];
  return name?.replace(/-[A-Za-z0-9]{6}$/, '') ?? id;
}

/** Undefined for a secret that the deployment did not name. */
export function stageOf({ id, kind }: SecretRef): string | undefined {
  const [, stage] = /^multisite-runcloud\/([^/]+)\/(?:webhook|runcloud)$/.exec(nameOfSecret(id)) ?? [];
  return stage !== undefined && nameOfSecret(id) === secretNameOf(stage, kind) ? stage : undefined;
}

/** The command that fills a secret. */
export function commandFor(ref: SecretRef): string {
  const stage = stageOf(ref);
  const named = stage === undefined ? ` --${ref.kind}-secret ${nameOfSecret(ref.id)}` : '';
  return `npx mrc init --stage ${stage ?? '<stage>'}${named}`;
}
