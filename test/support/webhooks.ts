import { decodeKey, type SigningKey } from '../../lib/intake/signature.ts';

/** A key of one byte repeated, in the form that operators keep. */
export function keyText(fill: number, bytes = 32): string {
  return `whsec_${Buffer.alloc(bytes, fill).toString('base64')}`;
}

/** The same, decoded. */
export function key(fill: number): SigningKey {
  const decoded = decodeKey(keyText(fill));
  if (typeof decoded === 'string') throw new Error(decoded);
  return decoded;
}
