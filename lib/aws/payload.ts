import type { Answer } from '../console.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB for an answer; the rest is for what wraps it.
const LONGEST_ANSWER_BYTES = 5_500_000;

/**
 * Takes an answer; returns it as it is where Lambda can carry it. Otherwise it is cut and says so: first its Markdown, which
 * says what its data says, then the ends of its lists.
 */
export function withinPayload(answer: Answer, longestBytes = LONGEST_ANSWER_BYTES): Answer {
  if (bytesOf(answer) <= longestBytes) return answer;
  const { markdown: _, ...data } = answer;
  const size = bytesOf(data);
  const share = Math.min(1, (longestBytes * 0.95) / size);
  const cut = Object.entries(data).map(([name, value]): [string, unknown] => [
    name,
    share < 1 && Array.isArray(value) ? value.slice(0, Math.floor(value.length * share)) : value,
  ]);
  const what = share < 1 ? `only the first ${Math.floor(share * 100)} % of each list` : 'everything but the Markdown';
  return {
    ...Object.fromEntries(cut),
    ok: answer.ok,
    summary: `${answer.summary} (AWS Lambda carries no longer answers, so ${what} is shown.)`,
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
