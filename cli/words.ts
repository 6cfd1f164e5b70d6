/** The service speaks of actions of its console, as JSON. People are told the command that does the same. */
import * as z from 'zod';
import { parseMapping } from '../lib/core/values/host-name.ts';
import { parseJson } from '../lib/util/json.ts';

const action = z.object({
  action: z.string(),
  domain: z.optional(z.string()),
  domains: z.optional(z.union([z.literal('all'), z.array(z.string())])),
  checksum: z.optional(z.string()),
});

/** How a command is called here, and what names the service, such as ` --stage production`. */
export type Spoken = { readonly program: 'mrc' | 'npx mrc'; readonly options: string };

export function inCommands(text: string, spoken: Spoken): string {
  return text.replace(/(\{"action":[^{}]*\})(?: of the console)?/g, (found, json: string) => {
    const parsed = action.safeParse(parseJson(json));
    const words = parsed.success ? wordsOf(parsed.data) : undefined;
    return words === undefined ? found : commandFor(words, spoken);
  });
}

export function commandFor(words: string, { program, options }: Spoken): string {
  return `${program} ${words}${options}`;
}

/** Undefined where it may be a quotation: what is shown as a command is copied. */
function wordsOf({ action: name, domain, domains = [], checksum }: z.infer<typeof action>): string | undefined {
  const isCode = checksum !== undefined && /^[0-9a-f]{16}$/.test(checksum);
  const named = [...(domain === undefined ? [] : [domain]), ...(domains === 'all' ? [] : domains)];
  if (!/^[a-z]+$/.test(name) || !named.every((each) => parseMapping(each).ok)) return undefined;
  const parts = [
    name === 'domain' ? 'why' : name,
    ...named,
    ...(domains === 'all' ? ['--all'] : []),
    ...(isCode ? [checksum] : []),
  ];
  return parts.join(' ');
}
