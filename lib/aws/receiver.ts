/** The way in on AWS: its settings from Secrets Manager, its bus in EventBridge. */

import { type Intake, intakeWith } from '../intake/deliver.ts';
import { type IntakeSettings, parseIntakeSettings } from '../intake/settings.ts';
import type { SigningKey } from '../intake/signature.ts';
import type { Given } from '../util/raw-settings.ts';
import { eventBridgeBus } from './bus.ts';
import { resourceName } from './environment.ts';
import type { Surroundings } from './lambda.ts';
import { SecretSource } from './secret.ts';
import { wrongSettings } from './secret-error.ts';

/**
 * Takes the environment (RUNCLOUD_SECRET_ID, EVENT_BUS); returns what opens the way in for a request, with settings that
 * are at most 5 minutes old. That throws SecretUnreadyError. Throws Error where the environment lacks a name.
 */
export function intakeOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log }: Pick<Surroundings, 'clock' | 'log'>,
): () => Promise<Intake> {
  const secretId = resourceName(environment, 'RUNCLOUD_SECRET_ID');
  const bus = eventBridgeBus(resourceName(environment, 'EVENT_BUS'));
  const source = new SecretSource(secretId, { clock, log });

  const settingsOf = (given: Given): IntakeSettings => {
    const parsed = parseIntakeSettings(given);
    if (!parsed.ok) throw wrongSettings(parsed.faults, secretId);
    return parsed.settings;
  };

  const keysOf = (given: Given | undefined): readonly SigningKey[] => {
    const parsed = parseIntakeSettings(given ?? {});
    return parsed.ok ? parsed.settings.keys : [];
  };

  return async () => {
    const settings = settingsOf(await source.get());
    return {
      ...intakeWith(settings, bus, clock),
      // A key may be newer than what is kept here, or the network may not have changed its own yet.
      moreKeys: async () => [...keysOf(await source.refresh()), ...keysOf(await source.previous())],
    };
  };
}
