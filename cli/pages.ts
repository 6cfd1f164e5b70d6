/** All rows of `status`, page by page: Lambda carries 6 MB, which are some ten thousand rows. */
import type { ListFilter } from '../lib/core/report/listing.ts';
import { type Asked, readAnswer, SCHEMAS, type StatusAnswer } from './answers.ts';
import type { Service } from './service/service.ts';

export const PAGE = 4_000;

/** `first` is the answer to `filter` with the limit of a page. @throws CouldNotAskError */
export async function withRest(service: Service, filter: ListFilter, first: StatusAnswer): Promise<StatusAnswer> {
  const domains = [...first.domains];
  let read = first.domains.length;
  // A domain that comes or goes meanwhile moves the rows: one of them may then be missing, or come twice.
  while (read > 0 && domains.length < first.matching) {
    const page = { action: 'status', ...filter, from: domains.length, limit: PAGE };
    const next: Asked<StatusAnswer> = readAnswer(await service.invoke('query', page), SCHEMAS.status, service);
    read = next.kind === 'answered' ? next.answer.domains.length : 0;
    if (next.kind === 'answered') domains.push(...next.answer.domains);
  }
  return { ...first, domains };
}
