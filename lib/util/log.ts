import { iso } from '../core/values/time.ts';
import type { Clock } from './clock.ts';
import { printableJson } from './outside-text.ts';

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One line for each thing that happened. Fields are plain values, so that no whole body or record can be logged. */
export type Log = {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
};

/** Writes one JSON object a line, which CloudWatch and `jq` read. */
export function jsonLog(clock: Clock, write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}) => {
      write(`${printableJson(JSON.stringify({ time: iso(clock.now()), level, message, ...fields }))}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes to standard output directly: Lambda's `console` would wrap each line in JSON of its own. */
export function writeLine(line: string): void {
  process.stdout.write(line);
}

/** The message of whatever was thrown. Stacks stay out of answers and logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message of whatever was thrown, followed by what to do if the error says so. */
export function explain(error: unknown): string {
  const whatToDo = error instanceof Error && 'whatToDo' in error ? ` ${String(error.whatToDo)}` : '';
  return `${messageOf(error)}${whatToDo}`;
}
