/** A receiver of events out, on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening, type RunningServer } from '../support/tls-server.ts';

export type Got = { readonly headers: IncomingMessage['headers']; readonly body: string; readonly url: string };

export type StandInReceiver = RunningServer & {
  readonly url: string;
  /** What it was sent, whole. */
  readonly got: Got[];
  /** How it answers from now on. */
  answer: (response: ServerResponse, got: Got) => void;
};

/** It answers 204 until `answer` is another one. */
export async function startReceiver(): Promise<StandInReceiver> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const each = { headers: request.headers, body: Buffer.concat(parts).toString(), url: request.url ?? '' };
      got.push(each);
      receiver.answer(response, each);
    };
    // Who is broken off sends no more.
    serve().catch(() => response.destroy());
  });
  const running = await listening(server);
  const receiver: StandInReceiver = {
    ...running,
    url: `http://127.0.0.1:${running.port}`,
    got,
    answer: (response) => response.writeHead(204).end(),
  };
  return receiver;
}

export function answering(status: number, body = '', headers: Record<string, string> = {}): StandInReceiver['answer'] {
  return (response) => response.writeHead(status, headers).end(body);
}
