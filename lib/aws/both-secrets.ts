import { parseReceiverSettings } from '../intake/settings.ts';
import { parseNotifySettings } from '../notify/settings.ts';
import { SETTING_NAMES } from '../setting-names.ts';
import { parseSettings, type Settings } from '../settings.ts';
import type { RawSettings } from '../util/raw-settings.ts';
import { warnOfUnknown } from '../util/unknown-names.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';
import { nameOfSecret, type SecretRef, settingsFor } from './secret-name.ts';

/** All settings, from the secrets `webhook` and `runcloud`. */
export type BothSecrets = {
  /** Values that are 5 minutes old at most. @throws SecretUnreadyError */
  get(): Promise<Merged>;
  /** The same, but for newer values of `runcloud`, which are read once a minute at most. @throws SecretUnreadyError */
  refreshRunCloud(): Promise<Merged>;
  /** @throws SecretUnreadyError, which names the secret where a setting is missing or wrong */
  parse(merged: Merged): Settings;
};

/** `misplaced`: a sentence for each setting that stands in the secret that it does not belong into. */
export type Merged = { readonly values: RawSettings; readonly misplaced: readonly string[] };

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
    const values = {
      // Names that are not known stay in, to be warned of.
      ...unknownIn(fromWebhook.value),
      ...unknownIn(fromRunCloud.value),
      ...settingsFor('runcloud', fromRunCloud.value),
      ...settingsFor('webhook', fromWebhook.value),
    };
    const misplaced = [
      ...warnOfMisplaced(settingsFor('webhook', fromRunCloud.value), { in: runcloud, belongsInto: webhook }),
      ...warnOfMisplaced(settingsFor('runcloud', fromWebhook.value), { in: webhook, belongsInto: runcloud }),
    ];
    return { values, misplaced };
  };

  return {
    get: async () => merge(ofRunCloud.get(), ofWebhook.get()),
    refreshRunCloud: async () => merge(ofRunCloud.refresh(), ofWebhook.get()),
    parse: ({ values: raw, misplaced }) => {
      const unknown = warnOfUnknown({ names: Object.keys(raw), from: 'settings' }, SETTING_NAMES);
      const parsed = parseSettings(raw, [...unknown, ...misplaced]);
      if (parsed.ok) return parsed.settings;
      const receiver = parseReceiverSettings(raw);
      const notify = parseNotifySettings(raw);
      const inWebhook = [...(receiver.ok ? [] : receiver.faults), ...(notify.ok ? [] : notify.faults)];
      const inRunCloud = parsed.faults.filter((fault) => !inWebhook.includes(fault));
      const [first, second] = [wrongSettings(inRunCloud, runcloud), wrongSettings(inWebhook, webhook)];
      if (inRunCloud.length === 0) throw second;
      throw inWebhook.length === 0 ? first : wrongSettings([...inRunCloud, second.message], runcloud);
    },
  };
}

function unknownIn(values: RawSettings): RawSettings {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !SETTING_NAMES.includes(name)));
}

/** In the wrong secret NETWORK would silently let in the events of copies. */
function warnOfMisplaced(
  values: RawSettings,
  secrets: { readonly in: SecretRef; readonly belongsInto: SecretRef },
): readonly string[] {
  const [found, right] = [nameOfSecret(secrets.in.id), nameOfSecret(secrets.belongsInto.id)];
  return Object.keys(values)
    .filter((name) => SETTING_NAMES.includes(name))
    .map((name) => `${name} stands in the secret ${found}, where nothing reads it. It belongs into ${right}.`);
}
