/** Prints a new key for WEBHOOK_SECRET. */
import { randomBytes } from 'node:crypto';

process.stdout.write(`whsec_${randomBytes(32).toString('base64')}\n`);
