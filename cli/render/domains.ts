/** The table of domains. */

import { inCommands } from '../../lib/core/values/commands.ts';
import type { Row } from '../answers.ts';
import type { Context } from '../context.ts';
import { shortAge } from './age.ts';
import { cut, tableOf } from './table.ts';

const ON_RUNCLOUD = { ours: 'yes', other: 'not ours', no: 'no' } as const;

/** Below that a sentence says less than the code of a hold. */
const LEAST_FOR_SENTENCES = 40;
/** Of all columns but the first and the last, with their gaps. */
const OTHER_COLUMNS = 46;

export function drawDomains({ page, spoken }: Context, rows: readonly Row[], now: string): string {
  const { kind, columns } = page.terminal;
  const longest = kind === 'pipe' ? Number.POSITIVE_INFINITY : Math.max(20, columns - OTHER_COLUMNS - 8);
  const names = rows.map(({ domain }) => cut(domain, longest));
  const left = columns - OTHER_COLUMNS - Math.max(0, ...names.map(({ length }) => length));
  const next = ({ codes, next: sentence }: Row): string =>
    kind === 'terminal' && codes && left < LEAST_FOR_SENTENCES ? codes.join(', ') : inCommands(sentence, spoken);
  return tableOf(
    page,
    [
      { head: 'domain' },
      { head: 'RunCloud' },
      { head: 'DNS' },
      { head: 'certificate' },
      { head: 'since' },
      { head: 'next', width: 'rest' },
    ],
    rows.map((row) => [
      cut(row.domain, longest),
      onRunCloud(row),
      row.dns,
      row.certificate,
      shortAge(row.since, now),
      next(row),
    ]),
  );
}

function onRunCloud({ mapping, owned }: Row): string {
  if (mapping === 'not on RunCloud') return ON_RUNCLOUD.no;
  return owned ? ON_RUNCLOUD.ours : ON_RUNCLOUD.other;
}

const CSV_COLUMNS = ['domain', 'state', 'mapping', 'owned', 'dns', 'certificate', 'since', 'next', 'reason'] as const;

/** By RFC 4180. A cell that a spreadsheet would take for a formula is text. */
export function csvOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => CSV_COLUMNS.map((column) => csvCell(String(row[column] ?? ''))).join(','));
  return [CSV_COLUMNS.join(','), ...lines].join('\r\n');
}

function csvCell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
