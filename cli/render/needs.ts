/** What needs a person, with the command that helps. */

import { inCommands } from '../../lib/core/values/commands.ts';
import { quantity } from '../../lib/core/values/text.ts';
import type { Need } from '../answers.ts';
import { type Context, command } from '../context.ts';
import { cutLines } from './table.ts';

/** Of each on a terminal. */
const MOST_LINES = 3;

/** `lines`: how many there is room for. */
export function showNeeds(context: Context, needs: readonly Need[], lines: number): void {
  const { page } = context;
  if (needs.length === 0) return;
  page.line(page.style('bold', 'Needs you'));
  // As much of each as there is room for all.
  const room = page.terminal.kind === 'pipe' ? Number.POSITIVE_INFINITY : Math.floor((lines - 1) / needs.length);
  for (const need of needs) showNeed(context, need, room);
}

function showNeed(context: Context, need: Need, room: number): void {
  const { page, spoken } = context;
  const { columns } = page.terminal;
  const about = need.count === 0 ? need.code : `${need.code}, ${quantity(need.count, 'domain')}`;
  const helps = helpFor(context, need);
  // A command is copied, so it is not cut.
  page.line(`${page.style('red', '✘')} ${about}: ${helps}`);
  if (room < 2) return;
  const found = inCommands(need.found, spoken);
  const most = page.terminal.kind === 'pipe' ? room : Math.min(room - 1, MOST_LINES);
  for (const line of cutLines(found, columns - 4, most)) page.line(`    ${line}`);
}

/** The command that shows more, or does what is to be done. */
function helpFor(context: Context, { code, domains: [first] }: Need): string {
  if (code === 'brake') return `${command(context, 'plan')}, then ${command(context, 'apply')} if it is meant`;
  if (code === 'calls' || code === 'quota') return command(context, 'quota');
  return first === undefined ? command(context, 'doctor') : command(context, `why ${first}`);
}
