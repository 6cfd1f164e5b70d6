/** `npm run webhook-secret`: prints a new key for WEBHOOK_SECRET. */

import { newWebhookKey } from '../cli/init/webhook-keys.ts';
import { readArguments } from './help.ts';

const HELP = `npm run --silent webhook-secret

Prints a new key for WEBHOOK_SECRET. Nothing is written anywhere. On AWS
\`npm run secret\` makes the key and puts it where it belongs.
`;

readArguments(HELP);
process.stdout.write(`${newWebhookKey()}\n`);
