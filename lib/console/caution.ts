import type { Plan } from '../core/plan/plan.ts';
import type { Answer } from './answer.ts';

/** A doubted list removes nothing, and a row that is not understood leaves its domain. Every answer in which that could be missed says so. */
export function withCaution(answer: Answer, { caution, remark }: Plan): Answer {
  const sentences = [answer.summary, caution, remark].filter((sentence) => sentence !== undefined);
  const remarks = [caution, remark].filter((each) => each !== undefined);
  return { ...answer, summary: sentences.join(' '), ...(remarks.length > 0 && { remarks }) };
}
