/** What `mrc` writes on. */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { wrap } from '../lib/util/wrap.ts';

export type Terminal = {
  readonly output: Writable;
  readonly errors: Writable;
  /** How wide a line may be. Where the output goes into a pipe, tables are not cut. */
  readonly columns: number;
  /** How many lines are seen at once. */
  readonly rows: number;
  /** `pipe`: a program reads it, or nobody who could be asked. */
  readonly kind: 'terminal' | 'pipe';
  readonly colours: 'on' | 'off';
  /** Asks a question that is answered with yes or no. Never called on a pipe. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Aborted when somebody ends the command. */
  readonly ended: AbortSignal;
};

type Style = Parameters<typeof styleText>[0];

/** Lines for people, on a terminal or into a pipe. */
export class Page {
  readonly terminal: Terminal;
  #lines = 0;
  #hasProgress = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** How many lines were written. */
  get lines(): number {
    return this.#lines;
  }

  style(style: Style, text: string): string {
    return this.terminal.colours === 'on' ? styleText(style, text, { validateStream: false }) : text;
  }

  /** As it is: a row of a table, or a line to be copied. */
  line(text = ''): void {
    this.clearProgress();
    this.#lines += text.split('\n').length;
    this.terminal.output.write(`${text}\n`);
  }

  /** Wrapped at words. */
  prose(text: string, indent = ''): void {
    const wrapped = wrap(text, this.terminal.columns - indent.length);
    this.line(indent + wrapped.replaceAll('\n', `\n${indent}`));
  }

  /** Wrapped at words, and not among what programs read. */
  complain(text: string): void {
    this.clearProgress();
    this.terminal.errors.write(`${wrap(text, this.terminal.columns)}\n`);
  }

  /** One line that the next one replaces. Into a pipe nothing is written. */
  progress(text: string): void {
    if (this.terminal.kind === 'pipe') return;
    this.#hasProgress = true;
    this.terminal.errors.write(`\r\u001B[2K${text.slice(0, this.terminal.columns - 1)}`);
  }

  clearProgress(): void {
    if (!this.#hasProgress) return;
    this.#hasProgress = false;
    this.terminal.errors.write('\r\u001B[2K');
  }
}
