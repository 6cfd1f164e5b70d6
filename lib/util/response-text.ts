import type { Dispatcher } from 'undici';

/** Takes the body of an answer and how many bytes it may have; returns its text. Throws Error where it is longer. */
export async function responseText(body: Dispatcher.ResponseData['body'], longestBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > longestBytes) throw new Error(`its answer is longer than ${longestBytes} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}
