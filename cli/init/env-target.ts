/** `.env` of a folder, as a place for settings: what the service on one machine reads. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SETTING_NAMES } from '../../lib/setting-names.ts';
import { parseSettings } from '../../lib/settings.ts';
import { warnOfUnknown } from '../../lib/util/unknown-names.ts';
import { LOCAL_NAMES, readLocalSettings } from '../../local/environment.ts';
import { checkSame, type EnvFile, isWide, narrow, readEnvFile, replaceEnvFile } from './env-file.ts';
import { editEnv, readEnv } from './env-text.ts';
import type { Values } from './questions.ts';
import type { Reading, SettingsTarget } from './target.ts';

const COMMAND = 'npx mrc init';
const KNOWN = [...SETTING_NAMES, ...LOCAL_NAMES];
/** What a new file begins as: every setting with a comment. */
const TEMPLATE = resolve(import.meta.dirname, '../../.env.example');
const RESTART = 'A service that runs reads it when it is started again.';

export function envTarget(folder: string, environment: NodeJS.ProcessEnv = process.env): SettingsTarget {
  const file = join(folder, '.env');
  return {
    keyWords: {
      dropped:
        'The older webhook key was removed. Start the service again: from then on it refuses what that key signs.',
      afterRotation:
        'Start the service again, and enter the new one in WordPress after that. Then wait 10 minutes for webhooks that are under way, and remove the old one',
      dropCommand: `${COMMAND} --drop-old-key`,
    },
    read: async (existing) => readingOf(file, existing, environment),
    parse: (values) => {
      const parsed = parseSettings(values, warnOfUnknown({ names: Object.keys(values), from: 'settings' }, KNOWN));
      const { faults } = readLocalSettings(values);
      if (faults.length === 0) return parsed;
      return { ok: false, faults: [...(parsed.ok ? [] : parsed.faults), ...faults] };
    },
    addressOf: (values) => ({
      url: undefined,
      words: `The address is the https address of the proxy in front of the service, with /webhooks at its end (docs/one-machine.md#nginx). Where WordPress runs on this machine, it is http://127.0.0.1:${readLocalSettings(values).settings.port}/webhooks.`,
    }),
    nextSteps: () => [
      'What comes next: `npm run serve` starts the service in this folder (docs/one-machine.md has a unit for systemd), `npx mrc doctor` says whether all is well, and docs/migrate.md goes on from there.',
    ],
  };
}

function readingOf(file: string, existing: 'kept' | 'replaced', environment: NodeJS.ProcessEnv): Reading {
  const before = readEnvFile(file);
  const kept = existing === 'kept' ? before.there : undefined;
  const text = kept?.text ?? template();
  const base = withoutEmpty(readEnv(text));
  return {
    values: kept === undefined ? {} : base,
    origin: [],
    // One write makes one file, so nothing is ever left half done.
    finishDrop: async () => undefined,
    checkUnchanged: async () => checkSame(file, before),
    write: async (wanted) => {
      const edited = editEnv(text, changesBetween(base, wanted));
      const said = edited === before.there?.text ? keep(file, before) : replace(file, before, edited);
      return [...said, ...overruled(wanted, environment)];
    },
  };
}

function keep(file: string, before: EnvFile): string[] {
  if (!isWide(before)) return ['.env has all of this already.'];
  narrow(file, before);
  return ['.env has all of this already.', narrowed(before)];
}

function replace(file: string, before: EnvFile, text: string): string[] {
  replaceEnvFile(file, before, text);
  const where = before.path === file ? '' : `, as ${before.path}, where the link leads to`;
  if (before.there === undefined) return [`.env was made${where}. Only its owner can read it (mode 600).`, ...ofRoot()];
  return [`.env was written${where}. ${RESTART}`, ...(isWide(before) ? [narrowed(before)] : [])];
}

function narrowed({ there }: EnvFile): string {
  return `Others than its owner could open .env (mode ${there?.mode.toString(8)}). Now only its owner can (mode 600), so the service has to run as its owner.`;
}

/** A service that has a user of its own could not read the file. */
function ofRoot(): string[] {
  return process.geteuid?.() === 0
    ? ['It belongs to root: give it to the user that the service runs as, with chown.']
    : [];
}

function overruled(values: Values, environment: NodeJS.ProcessEnv): string[] {
  const names = KNOWN.filter(
    (name) => environment[name]?.trim() && values[name] !== undefined && environment[name] !== values[name],
  );
  if (names.length === 0) return [];
  return [`The environment has another value for ${names.join(', ')}. A service that is started in it takes that one.`];
}

function changesBetween(before: Values, after: Values): Values {
  const removed = Object.keys(before).filter((name) => after[name] === undefined);
  const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
  return Object.fromEntries([...changed, ...removed.map((name) => [name, ''])]);
}

/** An empty value counts as not given. */
function withoutEmpty(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
}

function template(): string {
  return existsSync(TEMPLATE) ? readFileSync(TEMPLATE, 'utf8') : '';
}
