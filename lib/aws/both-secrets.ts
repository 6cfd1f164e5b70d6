import { parseReceiverSettings } from '../intake/settings.ts';
import { SETTING_NAMES } from '../setting-names.ts';
import { parseSettings, type Settings } from '../settings.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';
import { type SecretRef, settingsFor } from './secret-name.ts';

/** All settings, from the secrets `webhook` and `runcloud`. */
export type BothSecrets = {
  /** Values that are 5 minutes old at most. @throws SecretUnreadyError */
  get(): Promise<RawSettings>;
  /** The same, but for newer values of `runcloud`, which are read once a minute at most. @throws SecretUnreadyError */
  refreshRunCloud(): Promise<RawSettings>;
  /** @throws SecretUnreadyError, which names the secret where a setting is missing or wrong */
  parse(raw: RawSettings): Settings;
};

/** @throws Error if the environment lacks the name of a secret */
export function bothSecrets(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<LambdaEnvironment, 'clock' | 'log'>,
): BothSecrets {
  const webhook: SecretRef = { kind: 'webhook', id: resourceName(environment, 'WEBHOOK_SECRET_ID') };
  const runcloud: SecretRef = { kind: 'runcloud', id: resourceName(environment, 'RUNCLOUD_SECRET_ID') };
  const ofWebhook = new SecretSource(webhook, { clock, log });
  const ofRunCloud = new SecretSource(runcloud, { clock, log });

  const merge = async (...reads: [runcloud: Promise<RawSettings>, webhook: Promise<RawSettings>]) => {
    // If neither can be read, the error is always that of the first.
    const [fromRunCloud, fromWebhook] = await Promise.allSettled(reads);
    if (fromRunCloud.status === 'rejected') throw fromRunCloud.reason;
    if (fromWebhook.status === 'rejected') throw fromWebhook.reason;
    // Names that are not known stay in, to be warned of.
    const unknown = Object.entries(fromWebhook.value).filter(([name]) => !SETTING_NAMES.includes(name));
    return {
      ...Object.fromEntries(unknown),
      ...settingsFor('runcloud', fromRunCloud.value),
      ...settingsFor('webhook', fromWebhook.value),
    };
  };

  return {
    get: async () => merge(ofRunCloud.get(), ofWebhook.get()),
    refreshRunCloud: async () => merge(ofRunCloud.refresh(), ofWebhook.get()),
    parse: (raw) => {
      const parsed = parseSettings(raw);
      if (parsed.ok) return parsed.settings;
      const receiver = parseReceiverSettings(raw);
      const inWebhook = receiver.ok ? [] : receiver.faults;
      const inRunCloud = parsed.faults.filter((fault) => !inWebhook.includes(fault));
      const [first, second] = [wrongSettings(inRunCloud, runcloud), wrongSettings(inWebhook, webhook)];
      if (inRunCloud.length === 0) throw second;
      throw inWebhook.length === 0 ? first : wrongSettings([...inRunCloud, second.message], runcloud);
    },
  };
}
