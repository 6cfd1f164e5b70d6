import { getBorderCharacters, table } from 'table';
import { wrap } from '../../lib/util/wrap.ts';
import type { Page } from '../terminal.ts';

const GAP = 2;

type Column = {
  readonly head: string;
  /** What is left of the line; cut where it is longer. Into a pipe nothing is cut. */
  readonly width?: 'rest';
};

/** Rows under a head. Empty where there are none. */
export function tableOf(page: Page, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const { kind } = page.terminal;
  const widths = columns.map(({ head }, index) => Math.max(head.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const taken = columns.reduce((sum, { width }, index) => sum + (width === 'rest' ? 0 : (widths[index] ?? 0) + GAP), 0);
  const left = Math.max(8, page.terminal.columns - taken);
  const cells = rows.map((row) =>
    row.map((cell, index) => (columns[index]?.width === 'rest' && kind === 'terminal' ? cut(cell, left) : cell)),
  );
  const drawn = table([columns.map(({ head }) => page.style('bold', head)), ...cells], {
    border: getBorderCharacters('void'),
    columnDefault: { paddingLeft: 0, paddingRight: GAP },
    drawHorizontalLine: () => false,
  });
  return drawn.replace(/ +$/gm, '').trimEnd();
}

/** To one line. */
export function cut(text: string, width: number): string {
  const line = text.replaceAll('\n', ' ');
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line;
}

/** To so many lines, wrapped at words. */
export function cutLines(text: string, width: number, lines: number): string[] {
  const all = wrap(text, width).split('\n');
  if (all.length <= lines) return all;
  const kept = all.slice(0, lines);
  const last = kept.pop() ?? '';
  return [...kept, last.length + 2 > width ? `${last.slice(0, width - 2)} …` : `${last} …`];
}
