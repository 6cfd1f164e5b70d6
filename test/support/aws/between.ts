/** An address that stands between an AWS SDK and moto. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Body = Readonly<Record<string, unknown>>;
/** What goes on to moto in the place of the request, or what is answered without asking it. */
export type Turn = { readonly forward: Body } | { readonly status: number; readonly answer: Body };

export type Between = { readonly url: string; close(): void };

/** `action` is what the request asks for, such as `SendMessage`. */
export async function between(url: string, turn: (action: string, body: Body) => Turn): Promise<Between> {
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { host: _, 'content-length': __, connection: ___, ...headers } = request.headers;
      const action = String(headers['x-amz-target']).split('.').at(-1) ?? '';
      const next = turn(action, JSON.parse(Buffer.concat(parts).toString()));
      const type = { 'content-type': String(headers['content-type']) };
      if ('answer' in next) {
        response.writeHead(next.status, type).end(JSON.stringify(next.answer));
        return;
      }
      const answer = await fetch(url, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: JSON.stringify(next.forward),
      });
      response.writeHead(answer.status, type).end(await answer.text());
    };
    serve().catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
