import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export type Running = {
  readonly child: ChildProcess;
  /** All it printed so far, on either stream. */
  printed(): string;
  /** Resolves with the first match in what it prints. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
};

/** Takes a file of this project and the environment (nothing is inherited but PATH); runs it. It ends with the test. */
export function run(file: string, environment: Record<string, string>, cwd = process.cwd()): Running {
  const child = spawn(process.execPath, [file], { cwd, env: { PATH: process.env['PATH'] ?? '', ...environment } });
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
    ended: new Promise((resolve) => child.once('exit', resolve)),
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
