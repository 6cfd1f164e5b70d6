import { iso } from '../core/values/time.ts';
import type { Clock } from './clock.ts';

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Says what happened, in one line. Fields are plain values on purpose: nothing whole (a body, a record) fits in. */
export type Log = {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
};

/** Takes the clock and where lines go; returns a log of one JSON object a line, as CloudWatch and `jq` read it. */
export function jsonLog(clock: Clock, write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}) => {
      write(`${JSON.stringify({ time: iso(clock.now()), level, message, ...fields })}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Writes a line to the standard output, past Lambda's `console`, which would wrap it. */
export function writeLine(line: string): void {
  process.stdout.write(line);
}

/** Takes whatever was thrown; returns its message. Stacks stay out of answers and logs: messages are made for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Takes whatever was thrown; returns its message, and what to do about it where it says so. */
export function explain(error: unknown): string {
  const whatToDo = error instanceof Error && 'whatToDo' in error ? ` ${String(error.whatToDo)}` : '';
  return `${messageOf(error)}${whatToDo}`;
}
