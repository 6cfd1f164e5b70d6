/**
 * Rows of the network's lists. A field that is not understood makes its row unclear and no more: one odd row must not blind the service
 * to all others. What an unclear row may stand for is decided in core/plan/odd-rows.ts.
 */
import * as z from 'zod';
import type { NetworkDomain, NetworkSite } from '../core/network/mappings.ts';

const fields = z.record(z.string(), z.unknown()).catch({});

/** Of a list, of a single question, or of the answer to a change. What is no row at all comes out as one without anything known. */
export const domainSchema = fields.transform((row): NetworkDomain => {
  const [id, siteId, name, isActive] = [
    idOf(row['id']),
    idOf(row['blog_id']),
    textOf(row['domain']),
    flagOf(row['active']),
  ];
  const unclear = [
    name === undefined && 'its "domain" is no text',
    siteId === 0 && 'its "blog_id" is no number of a site',
    isActive === 'unclear' && 'its "active" is neither 1 nor 0',
  ].find((fault) => fault !== false);
  return {
    id,
    name: name ?? '',
    siteId,
    isActive: isActive === 'on',
    stage: textOf(row['stage']) ?? '',
    isSecure: flagOf(row['secure']) === 'on',
    ...(unclear && { unclear }),
  };
});

export const siteSchema = fields.transform((row): NetworkSite => {
  const [id, host] = [idOf(row['blog_id']), textOf(row['domain'])];
  const marks = MARKS.map((name) => ({ name, mark: markOf(row[name]) }));
  const isGone = marks.some(({ mark }) => mark === 'on');
  const odd = marks.find(({ mark }) => mark === 'unclear');
  const unclear = [
    id === 0 && 'its "blog_id" is no number',
    host === undefined && 'its "domain" is no text',
    odd !== undefined && !isGone && `its "${odd.name}" is no number`,
  ].find((fault) => fault !== false);
  return { id, host: host ?? '', isGone, ...(unclear && { unclear }) };
});

/** Any of them means that the site does not live. */
const MARKS = ['deleted', 'archived', 'spam'] as const;

type Flag = 'on' | 'off' | 'unclear';

/** Lists have "0" and "1", answers to a change have numbers and booleans. */
function flagOf(value: unknown): Flag {
  if (value === true || value === 1 || value === '1' || value === 'true') return 'on';
  return value === false || value === 0 || value === '0' || value === 'false' || value === '' ? 'off' : 'unclear';
}

/** WordPress sets `deleted` to 2 for a site that was not activated yet, so every number but zero counts. */
function markOf(value: unknown): Flag {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value))
    ? flagOf(Number(value) !== 0)
    : flagOf(value);
}

/** 0 where it is none. Versions before 2.9 send text. */
function idOf(value: unknown): number {
  const id = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
