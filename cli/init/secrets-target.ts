/** The two secrets of a stage, as a place for settings. */
import { join } from 'node:path';
import { commandFor } from '../../lib/aws/secret-name.ts';
import { parseSettings } from '../../lib/settings.ts';
import type { NamedSecrets } from './arguments.ts';
import { type ExistingSettings, SecretStores } from './stores.ts';
import type { SettingsTarget } from './target.ts';
import { readServiceUrl } from './wordpress.ts';

const OUTPUTS = '.sst/outputs.json';
const FROM_DEPLOYMENT = 'The address is that of the last deployment from this folder.';
const FROM_OUTPUT = 'The address is "webhookUrl" in what `npx sst deploy` prints at its end.';

/** `folder` is the one that was deployed from. */
export function secretsTarget({ secrets, stage }: NamedSecrets, folder: string): SettingsTarget {
  const stores = new SecretStores(secrets, stage);
  return {
    keyWords: {
      dropped:
        'The older webhook key was removed, and the previous version of the secret with it. Within 5 minutes the service refuses what it signs.',
      afterRotation:
        'Enter the new one in WordPress. Then wait 10 minutes for webhooks that are under way, and remove the old one',
      dropCommand: `${commandFor(secrets.webhook)} --drop-old-key`,
    },
    async read(kept) {
      const stored = await stores.read();
      const existing: ExistingSettings =
        kept === 'replaced' ? { values: {}, takenOverFrom: undefined } : await stores.existing(stored);
      const { values, takenOverFrom: former } = existing;
      return {
        values,
        origin:
          former === undefined
            ? []
            : [`Values that are missing are taken from ${former}, where version 0.1.0 kept all of them.`],
        finishDrop: async () =>
          (await stores.endHalfDropped(stored, values))
            ? 'The older webhook key was taken out of the version before as well: what it signs is refused within 5 minutes.'
            : undefined,
        checkUnchanged: async () => stores.checkUnchanged(stored),
        // The functions look back at one version: the second write leaves none that has the old key.
        write: async (changed, keyChange) => [
          ...(await stores.write(changed, stored, keyChange === 'drop-old' ? 'twice' : 'once')),
          ...(former === undefined
            ? []
            : [
                `Nothing reads the secret ${former} any more. It holds the token too, so delete it once you are sure that you do not go back: aws secretsmanager delete-secret --secret-id ${former}`,
              ]),
        ],
      };
    },
    parse: (values) => parseSettings(values),
    addressOf: () => {
      const url = readServiceUrl(join(folder, OUTPUTS), stage);
      return { url, words: url ? FROM_DEPLOYMENT : FROM_OUTPUT };
    },
    nextSteps: () => [],
  };
}
