/** Asks on a terminal, or reads answers from standard input. Never echoes a secret. */
// Not with @inquirer/prompts (8.7): Ctrl-D or the end of the input leaves its question waiting for ever, and what is pasted ahead is lost.
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { COLUMNS, wrap } from '../../lib/util/wrap.ts';
import type { Asker } from './questions.ts';
import { Refusal } from './refusal.ts';

export type Terminal = Asker & {
  /** Releases standard input. */
  close(): void;
};

/** Reads nothing before the first question. Wraps at so many columns. */
export function openTerminal(
  input: Readable & { readonly isTTY?: boolean },
  output: Writable,
  columns = COLUMNS,
): Terminal {
  const isTerminal = input.isTTY === true;
  let lines: ReturnType<typeof openLines> | undefined;
  return {
    canRepeat: isTerminal,
    print: (line) => void output.write(`${wrap(line, columns)}\n`),
    ask: async (question, echo) => {
      // Before the question: until then the terminal echoes by itself.
      lines ??= openLines(input, output, isTerminal);
      const answer = await lines.next(`${wrap(question.trimEnd(), columns)} `, echo);
      // The Enter key was not echoed either, or there was none.
      if (echo === 'hidden' || !isTerminal) output.write('\n');
      if (answer === undefined && isTerminal) throw new Refusal('The operator stopped it.');
      return answer;
    },
    close: () => lines?.close(),
  };
}

/** One reader for the whole program: a reader for each question would lose what is typed or piped ahead. */
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
    // readline redraws the line with its own prompt, in the place of the question.
    prompt: '',
    // With a history the arrow keys would bring a hidden answer back, in clear.
    historySize: 0,
  });
  reader.on('line', (line) => {
    // What is pasted ahead of the next question may be secret too.
    isShown = false;
    const next = waiting.shift();
    if (next) next(line);
    else ahead.push(line);
  });
  // The end of the input, Ctrl-D or Ctrl-C: readline closes on SIGINT if nobody listens for it.
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
