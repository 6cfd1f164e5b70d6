import type * as z from 'zod';
import { commandFor, inCommands, type Spoken } from '../lib/core/values/commands.ts';
import { printableJson } from '../lib/util/outside-text.ts';
import { type AnyAnswer, readAnswer } from './answers.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import type { FunctionName, Service } from './service/service.ts';
import type { Page, Terminal } from './terminal.ts';

/** What every command works with. */
export type Context = {
  readonly service: Service;
  readonly terminal: Terminal;
  readonly page: Page;
  /** `json`: the service's answer as it is, and nothing else. */
  readonly form: 'text' | 'json';
  readonly spoken: Spoken;
  readonly sleep: (ms: number, ended: AbortSignal) => Promise<void>;
};

/** In the words of people: the service's sentences, with commands in the place of JSON. */
export function say({ page, spoken }: Context, text: string, indent = ''): void {
  page.prose(inCommands(text, spoken), indent);
}

/** Why nothing comes of the command: not among what programs read. */
export function refuse({ page, spoken }: Context, why: string): typeof EXIT.couldNotAsk {
  page.complain(inCommands(why, spoken));
  return EXIT.couldNotAsk;
}

/** A command to run, such as `mrc plan`, with what names the service. */
export function command({ spoken }: Pick<Context, 'spoken'>, words: string): string {
  return commandFor(words, spoken);
}

type Request<Schema> = readonly [FunctionName, object, Schema];

/**
 * Asks, and shows the answer: as it is with --json, otherwise by `show`. Where it was refused its summary says why.
 * @throws CouldNotAskError
 */
export async function asking<Schema extends z.ZodType<AnyAnswer>>(
  context: Context,
  [name, payload, schema]: Request<Schema>,
  judge: (answer: z.infer<Schema>) => ExitStatus,
  show: (answer: z.infer<Schema>) => void | Promise<void>,
): Promise<ExitStatus> {
  const answer = await context.service.invoke(name, payload);
  if (context.form === 'json') context.page.line(printableJson(JSON.stringify(answer, null, 2)));
  const read = readAnswer(answer, schema, context.service);
  if (read.kind === 'refused') {
    return context.form === 'text' ? refuse(context, read.answer.summary) : EXIT.couldNotAsk;
  }
  if (context.form === 'text') await show(read.answer);
  const status = judge(read.answer);
  // Whatever a command makes of it: what the service does not call well is not well.
  return status === EXIT.fine && !read.answer.ok ? EXIT.needsPerson : status;
}
