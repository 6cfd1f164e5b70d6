import type { Answer } from '../console.ts';

// Lambda carries 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. The rest is for its
// envelope.
const LONGEST_ANSWER_BYTES = 5_500_000;
// What needs a person is a short list, and is not what makes an answer long.
const SHORT = 50;

/**
 * Cuts an answer that Lambda cannot carry, and says so in its summary. The Markdown goes first, because it repeats the
 * data, then the ends of the lists.
 */
export function withinPayload(answer: Answer, longestBytes = LONGEST_ANSWER_BYTES): Answer {
  if (bytesOf(answer) <= longestBytes) return answer;
  const { markdown: _, ...data } = answer;
  const summaryWith = (cut: string): string => `${answer.summary} (AWS Lambda carries no longer answers: ${cut}.)`;
  const plain: Answer = { ...data, ok: answer.ok, summary: summaryWith('the Markdown is left out') };
  if (bytesOf(plain) <= longestBytes) return plain;
  // Nobody can approve a plan that is not shown whole, so its checksum goes too.
  const { checksum: __, ...uncheckable } = data;
  for (let share = 0.9; ; share *= 0.8) {
    const cut = Object.entries(uncheckable).map(([name, value]): [string, unknown] => [
      name,
      Array.isArray(value) && value.length > SHORT ? value.slice(0, Math.floor(value.length * share)) : value,
    ]);
    const what = `only the first ${Math.floor(share * 100)} % of each list are shown, without the Markdown and the checksum`;
    const shown = { ...Object.fromEntries(cut), ok: answer.ok, summary: summaryWith(what) };
    if (bytesOf(shown) <= longestBytes || share < 0.001) return shown;
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
