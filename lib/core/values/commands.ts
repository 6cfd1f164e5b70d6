/** The service speaks of actions of its console, as JSON. People are told the command that does the same. */
import { parseMapping } from './host-name.ts';

/** How the command is called where it is shown, and what names the service, such as ` --stage production`. */
export type Spoken = { readonly program: 'mrc' | 'npx mrc'; readonly options: string };

export function inCommands(text: string, spoken: Spoken): string {
  return text.replace(/(\{"action":[^{}]*\})(?: of the console)?/g, (found, json: string) => {
    const words = wordsOf(json);
    return words === undefined ? found : commandFor(words, spoken);
  });
}

export function commandFor(words: string, { program, options }: Spoken): string {
  return `${program} ${words}${options}`;
}

/** Undefined for what is no action, and where it may be a quotation: what is shown as a command is copied. */
function wordsOf(json: string): string | undefined {
  const { action, domain, domains, checksum } = fieldsOf(json);
  const named = [domain ?? [], domains === 'all' ? [] : (domains ?? [])].flat();
  const isName = (each: unknown): each is string => typeof each === 'string' && parseMapping(each).ok;
  if (typeof action !== 'string' || !/^[a-z]+$/.test(action) || !named.every(isName)) return undefined;
  const isCode = typeof checksum === 'string' && /^[0-9a-f]{16}$/.test(checksum);
  return [
    action === 'domain' ? 'why' : action,
    ...named,
    ...(domains === 'all' ? ['--all'] : []),
    ...(isCode ? [checksum] : []),
  ].join(' ');
}

function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
