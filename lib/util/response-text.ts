import type { Dispatcher } from 'undici';

/** @throws Error once the body is longer than `longestBytes`: a broken server must not fill the memory */
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
