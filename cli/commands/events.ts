import { inCommands } from '../../lib/core/values/commands.ts';
import { listOf } from '../../lib/core/values/text.ts';
import { type EventsAnswer, SCHEMAS } from '../answers.ts';
import { asking, type Context, say } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { tableOf } from '../render/table.ts';

/** What happened to a domain, or to all, newest first. */
export async function events(context: Context, domain: string | undefined): Promise<ExitStatus> {
  const about = domain === undefined ? {} : { domain };
  const request = ['query', { action: 'events', ...about }, SCHEMAS.events] as const;
  return asking(
    context,
    request,
    () => EXIT.fine,
    (answer) => showEvents(context, answer),
  );
}

function showEvents(context: Context, { events: listed, matching, summary }: EventsAnswer): void {
  const { page, spoken } = context;
  if (listed.length === 0) {
    say(context, summary);
    return;
  }
  const rows = listed.map(({ at, type, domain, domains = [], reason }) => [
    at.slice(0, 16).replace('T', ' '),
    type,
    domain ?? listOf(domains, 1),
    reason === undefined ? '' : inCommands(reason, spoken),
  ]);
  const columns = [
    { head: 'time (UTC)' },
    { head: 'what' },
    { head: 'domain' },
    { head: 'why', width: 'rest' },
  ] as const;
  page.line(tableOf(page, columns, rows));
  const more = matching - listed.length;
  if (more > 0) page.line(`and ${more} older ones.`);
}
