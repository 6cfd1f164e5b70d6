/**
 * What a list lacks is asked for by name before it goes. A page cache, a replica that lags or a broken query leaves a list that is whole
 * and out of date: then the question for the name finds what the list lacks.
 */
import { formatHostName, type HostName } from '../values/host-name.ts';
import type { AgreeingAnswer, DesiredSource, DomainAnswer, Mapping } from './desired-source.ts';

/**
 * The list together with the network's answers by name. Where one of them finds what the list lacks, the list is doubted: it may lack
 * others too. What was found counts as mapped.
 */
export function withAnswers(desired: DesiredSource, answers: ReadonlyMap<HostName, DomainAnswer>): DesiredSource {
  if (desired.from !== 'network' || desired.doubt !== undefined) return desired;
  const listed = new Set(desired.mappings.map(({ domain }) => domain));
  const asked = new Map<HostName, AgreeingAnswer>(desired.asked);
  const found: Mapping[] = [];
  for (const [domain, answer] of answers) {
    if (listed.has(domain)) continue;
    if (answer.kind === 'mapped') found.push({ domain, namedAs: answer.namedAs });
    else asked.set(domain, answer);
  }
  if (found.length === 0) return { ...desired, asked };
  const { asked: _, ...list } = desired;
  return { ...list, mappings: [...list.mappings, ...found], doubt: doubtOf(found) };
}

function doubtOf(found: readonly Mapping[]): string {
  const names = found.map(({ domain }) => formatHostName(domain)).sort();
  const [first = '', ...rest] = names;
  const which = rest.length === 0 ? first : `${first} and ${rest.length} more`;
  return `it lacks ${which}, but asked by name the network maps ${rest.length === 0 ? 'it' : 'them'}. A cache may answer in the place of the network, so exclude /wp-json/ from caching`;
}
