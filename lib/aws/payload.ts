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
  const say = (what: string): string => `${answer.summary} (AWS Lambda carries no longer answers: ${what}.)`;
  const plain: Answer = { ...data, ok: answer.ok, summary: say('the Markdown is left out') };
  if (bytesOf(plain) <= longestBytes) return plain;
  // A plan that is not shown whole cannot be approved by its checksum.
  const { checksum: __, ...uncheckable } = data;
  for (let share = 0.9; ; share *= 0.8) {
    const cut = Object.entries(uncheckable).map(([name, value]): [string, unknown] => [
      name,
      Array.isArray(value) ? value.slice(0, Math.floor(value.length * share)) : value,
    ]);
    const what = `only the first ${Math.floor(share * 100)} % of each list are shown, without the Markdown and the checksum`;
    const shown = { ...Object.fromEntries(cut), ok: answer.ok, summary: say(what) };
    if (bytesOf(shown) <= longestBytes || share < 0.001) return shown;
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
