/** The names that pages may use: of commands and of settings, taken from the code that reads them. */
import type { Service } from '../../cli/service/service.ts';
import { readLocalSettings } from '../../local/environment.ts';
import { screen } from '../cli/bad-day.ts';
import { textOf } from './pages.ts';

const NOBODY_ASKED: Service = {
  place: 'nowhere',
  pollEveryMs: 0,
  invoke: async () => undefined,
  close: async () => undefined,
};

/** The help of `mrc`, or of one of its commands. */
export async function helpOf(command = ''): Promise<string> {
  return (await screen(NOBODY_ASKED, `${command} --help`.trim(), { columns: 200 })).text;
}

/** The commands of `mrc`, as its help lists them. */
export async function commandNames(): Promise<string[]> {
  const [, listed = ''] = (await helpOf()).split('Commands:');
  return [...listed.matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/** Every setting that is read: the names stand in the source as keys of the schema and of what is taken apart. */
export function settingNames(): Set<string> {
  const source = ['lib/settings.ts', 'lib/intake/settings.ts', 'lib/notify/settings.ts'].map(textOf).join('\n');
  const names = new Set([...source.matchAll(/\b([A-Z][A-Z0-9_]+): /g)].map(([, name = '']) => name));
  const environment = new Proxy<NodeJS.ProcessEnv>({}, { get: (_, name) => void names.add(String(name)) });
  readLocalSettings(environment);
  return names;
}
