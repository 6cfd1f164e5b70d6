import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { inherited } from './inherited.ts';

export type Running = {
  readonly child: ChildProcess;
  /** All it printed so far, on either stream. */
  printed(): string;
  /** Resolves with the first match in what it prints. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
};

/**
 * Runs a file of this project until it ends, at the latest with the test. It inherits of the environment only
 * PATH and where Node keeps what it compiled. If `input` is undefined, its standard input stays open.
 */
export function run(
  file: string,
  environment: Record<string, string>,
  cwd = process.cwd(),
  { args = [], input }: { args?: readonly string[]; input?: string } = {},
): Running {
  const env = { ...inherited(), ...environment };
  const child = spawn(process.execPath, [file, ...args], { cwd, env });
  if (input !== undefined) child.stdin.end(input);
  let text = '';
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    text += part.toString();
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    printed: () => text,
    // After its streams have ended too, so that nothing printed is missed.
    ended: new Promise((resolve) => child.once('close', resolve)),
    until: async (pattern) => {
      for (const end = Date.now() + 30_000; Date.now() < end; ) {
        const match = pattern.exec(text);
        if (match) return match;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`it never printed ${pattern}, but:\n${text}`);
    },
  };
}
