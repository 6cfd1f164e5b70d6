/** The service speaks of actions of its console, as JSON. People are told the command that does the same. */

/** `options`: those that name the service, such as ` --stage production`. */
export function inCommands(text: string, options: string): string {
  const spoken = text.replace(/\{"action":[^{}]*\}/g, (found) => commandOf(found, options) ?? found);
  return spoken.replaceAll(' of the console', '');
}

/** Undefined for what is no action. */
function commandOf(json: string, options: string): string | undefined {
  const { action, domain, domains, checksum } = fieldsOf(json);
  if (typeof action !== 'string') return undefined;
  const isCode = typeof checksum === 'string' && /^[0-9a-f]{16}$/.test(checksum);
  const named = [
    action === 'domain' ? 'why' : action,
    ...(typeof domain === 'string' ? [domain] : []),
    ...(Array.isArray(domains) ? domains.map(String) : domains === 'all' ? ['--all'] : []),
    ...(isCode ? [checksum] : []),
  ];
  return `mrc ${named.join(' ')}${options}`;
}

function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
