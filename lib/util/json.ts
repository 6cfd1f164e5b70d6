// It keeps nothing from one text to the next, also after a fault.
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * What a JSON text holds, or undefined if it is none: JSON itself has no undefined. Bytes have to be UTF-8 (RFC 8259).
 */
export function parseJson(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : UTF8.decode(text));
  } catch {
    return undefined;
  }
}
