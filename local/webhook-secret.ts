/** `npm run webhook-secret`: prints a new key for WEBHOOK_SECRET. */
import { newWebhookKey } from '../lib/intake/new-key.ts';
import { readArguments } from './help.ts';

const HELP = `npm run --silent webhook-secret

Prints a new key for WEBHOOK_SECRET. Nothing is written anywhere.
\`npx mrc init\` makes a key too, and puts it where it belongs.
`;

readArguments(HELP);
process.stdout.write(`${newWebhookKey()}\n`);
