/** Questions on a terminal, or answers from standard input. What is secret is never echoed. */
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { COLUMNS, wrap } from '../wrap.ts';
import type { Asker } from './questions.ts';
import { Refusal } from './refusal.ts';

export type Terminal = Asker & {
  /** Gives standard input back. */
  close(): void;
};

/** Takes where answers come from and where questions go; returns whom to ask. Reads nothing before the first question. */
export function openTerminal(
  input: Readable & { readonly isTTY?: boolean },
  output: Writable,
  columns = COLUMNS,
): Terminal {
  const isTerminal = input.isTTY === true;
  let lines: ReturnType<typeof openLines> | undefined;
  return {
    canRepeat: isTerminal,
    say: (line) => void output.write(`${wrap(line, columns)}\n`),
    ask: async (question, echo) => {
      // First, because the terminal echoes by itself until then.
      lines ??= openLines(input, output, isTerminal);
      const answer = await lines.next(`${wrap(question.trimEnd(), columns)} `, echo);
      // The Enter key was not echoed either, or there was none.
      if (echo === 'hidden' || !isTerminal) output.write('\n');
      if (answer === undefined && isTerminal) throw new Refusal('It was stopped.');
      return answer;
    },
    close: () => lines?.close(),
  };
}

/** One reader of lines for the whole program: with one for each question, what is typed or piped ahead would be lost. */
function openLines(input: Readable, output: Writable, isTerminal: boolean) {
  const waiting: ((line: string | undefined) => void)[] = [];
  const ahead: string[] = [];
  let isShown = false;
  let hasEnded = false;
  const echo = new Writable({
    write: (part, _, done) => {
      if (isShown) output.write(part);
      done();
    },
  });
  const reader = createInterface({
    input,
    output: echo,
    terminal: isTerminal,
    // Else it would put its own before the line, in the place of the question, whenever it draws the line anew.
    prompt: '',
    // Else the arrow keys would bring a hidden answer back, in sight.
    historySize: 0,
  });
  reader.on('line', (line) => {
    // Also what is pasted ahead of the next question may be secret.
    isShown = false;
    const next = waiting.shift();
    if (next) next(line);
    else ahead.push(line);
  });
  // The end of the input, Ctrl-D, or Ctrl-C, which readline answers so as long as nobody else does.
  reader.on('close', () => {
    hasEnded = true;
    for (const next of waiting.splice(0)) next(undefined);
  });
  return {
    next: async (question: string, shown: 'shown' | 'hidden'): Promise<string | undefined> => {
      output.write(question);
      // Where it draws the line anew, it draws the last line of the question alone.
      reader.setPrompt(isTerminal ? (question.split('\n').at(-1) ?? '') : '');
      const line = ahead.shift();
      if (line !== undefined || hasEnded) return line;
      isShown = shown === 'shown' && isTerminal;
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => reader.close(),
  };
}
