/**
 * A resolver on loopback that knows one zone, as small as the protocol allows (RFC 1035 section 4, RFC 8659 section
 * 4.1).
 */
import { createSocket } from 'node:dgram';
import { onTestFinished } from 'vitest';

export type ResolverEntry = {
  readonly a?: readonly string[];
  readonly aaaa?: readonly Buffer[];
  readonly cname?: string;
  readonly ns?: readonly string[];
  readonly caa?: readonly { readonly flags: number; readonly tag: string; readonly value: string }[];
  /** Response code; without one it is NOERROR. */
  readonly code?: number;
  /** Record types whose questions get no answer at all. */
  readonly silentFor?: readonly number[];
};
export type Zone = Readonly<Record<string, ResolverEntry>>;

export const TYPE = { A: 1, NS: 2, CNAME: 5, AAAA: 28, CAA: 257 } as const;
const NXDOMAIN = 3;
// Points to the name in the question, at the 12th byte.
const THE_NAME_ASKED = Buffer.from([0xc0, 12]);

/** Starts a resolver for a zone and returns its address, `ip:port`. It answers NXDOMAIN for all other names. */
export async function startResolver(zone: Zone): Promise<{ readonly address: string; readonly asked: string[] }> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(name);
    const entry = zone[name];
    if (entry?.silentFor?.includes(type)) return;
    const answers = entry ? recordsOf(entry, type) : [];
    const code = entry ? (entry.code ?? 0) : NXDOMAIN;
    const header = Buffer.from([0, 0, 0x81, 0x80 | code, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    query.copy(header, 0, 0, 2);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** An alias is told of whatever is asked, and followed, as resolvers do. */
function recordsOf({ a = [], aaaa = [], cname, ns = [], caa = [] }: ResolverEntry, type: number): Buffer[] {
  const alias = cname ? [record(THE_NAME_ASKED, TYPE.CNAME, nameOf(cname))] : [];
  if (type === TYPE.CNAME) return alias;
  const owner = cname ? nameOf(cname) : THE_NAME_ASKED;
  const data =
    type === TYPE.A
      ? a.map((address) => Buffer.from(address.split('.').map(Number)))
      : type === TYPE.AAAA
        ? aaaa
        : type === TYPE.NS
          ? ns.map(nameOf)
          : type === TYPE.CAA
            ? caa.map(({ flags, tag, value }) =>
                Buffer.concat([Buffer.from([flags, tag.length]), Buffer.from(tag + value)]),
              )
            : [];
  return [...alias, ...data.map((each) => record(owner, type, each))];
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

function nameOf(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
