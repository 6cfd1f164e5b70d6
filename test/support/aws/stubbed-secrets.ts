import { onTestFinished, vi } from 'vitest';
import { CREDENTIALS } from './cloud.ts';
import { StandInSecretsManager } from './secrets-manager.ts';

/** Secrets Manager for one test, where the environment of this process says that AWS is. */
export async function stubbedSecrets(): Promise<StandInSecretsManager> {
  const aws = new StandInSecretsManager();
  vi.stubEnv('AWS_ENDPOINT_URL', await aws.listen());
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await aws.close();
  });
  return aws;
}
