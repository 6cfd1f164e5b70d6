/** The service speaks of actions of its console, as JSON. People are told the command that does the same. */
import * as z from 'zod';
import { parseJson } from '../lib/util/json.ts';

const action = z.object({
  action: z.string(),
  domain: z.optional(z.string()),
  domains: z.optional(z.union([z.literal('all'), z.array(z.string())])),
  checksum: z.optional(z.string()),
});

/** `options`: those that name the service, such as ` --stage production`. */
export function inCommands(text: string, options: string): string {
  const spoken = text.replace(/\{"action":[^{}]*\}/g, (found) => {
    const parsed = action.safeParse(parseJson(found));
    return parsed.success ? commandOf(parsed.data, options) : found;
  });
  return spoken.replaceAll(' of the console', '');
}

function commandOf({ action: name, domain, domains, checksum }: z.infer<typeof action>, options: string): string {
  const isCode = checksum !== undefined && /^[0-9a-f]{16}$/.test(checksum);
  const named = [
    name === 'domain' ? 'why' : name,
    ...(domain === undefined ? [] : [domain]),
    ...(domains === undefined ? [] : domains === 'all' ? ['--all'] : domains),
    ...(isCode ? [checksum] : []),
  ];
  return `mrc ${named.join(' ')}${options}`;
}
