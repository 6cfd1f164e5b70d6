/** The certificate that a server shows: a handshake as a browser makes it, and no request after it. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Handshake } from '../core/probe/handshake.ts';
import { formatDuration, iso, SECOND } from '../core/values/time.ts';
import { messageOf } from '../util/log.ts';
import { cleanWord } from '../util/outside-text.ts';
import { whyUntrusted } from './trust.ts';

export type Tls = {
  /** Connects to an IP address and asks for `name` (SNI). A fault is an answer: it never throws. */
  shakeHands(address: string, name: string): Promise<Handshake>;
};

export type TlsOptions = {
  readonly port: number;
  /** For the whole handshake, connecting included (ms). */
  readonly timeoutMs?: number;
  /** Certificates of authorities (PEM), in the place of Node's own with NODE_EXTRA_CA_CERTS. */
  readonly authorities?: readonly string[];
};

/** Keeps no connection and no session: each handshake shows the certificate of its moment. */
export function serverTls({ port, timeoutMs = 10 * SECOND, authorities }: TlsOptions): Tls {
  // Made once, because it parses all authorities.
  let context: SecureContext | undefined;
  return {
    shakeHands: async (address, name) =>
      new Promise((resolve) => {
        if (isIP(address) === 0) return resolve({ kind: 'could-not-ask', why: `"${address}" is not an IP address` });
        let socket: TLSSocket | undefined;
        let timer: NodeJS.Timeout | undefined;
        const end = (handshake: Handshake): void => {
          clearTimeout(timer);
          socket?.destroy();
          resolve(handshake);
        };
        try {
          context ??= createSecureContext(authorities && { ca: [...authorities] });
          socket = connect({
            host: address,
            port,
            servername: name,
            secureContext: context,
            // A bad certificate is a result here. Nothing is sent, so nothing can leak.
            rejectUnauthorized: false,
            checkServerIdentity: () => undefined,
          });
          const asked = socket;
          timer = setTimeout(() => {
            end({ kind: 'could-not-ask', why: `it did not finish the handshake within ${formatDuration(timeoutMs)}` });
          }, timeoutMs);
          // Errors that come after the end change nothing: a promise resolves once.
          asked.on('error', (error) => end(failure(error)));
          asked.once('secureConnect', () => {
            try {
              end(shown(asked, name, authorities));
            } catch (error) {
              end({ kind: 'could-not-ask', why: `its certificate cannot be read (${messageOf(error)})` });
            }
          });
        } catch (error) {
          end({ kind: 'could-not-ask', why: `the handshake could not begin (${messageOf(error)})` });
        }
      }),
  };
}

function shown(socket: TLSSocket, name: string, authorities: TlsOptions['authorities']): Handshake {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { kind: 'none', why: 'it finished the handshake without showing a certificate' };
  const untrusted = whyUntrusted(certificate, socket.authorizationError, authorities);
  return {
    kind: 'certificate',
    notBefore: iso(certificate.validFromDate.getTime()),
    notAfter: iso(certificate.validToDate.getTime()),
    names: namesOf(certificate),
    fits: checkServerIdentity(name, certificate.toLegacyObject()) === undefined ? 'fits' : 'other-name',
    trust: untrusted === undefined ? 'trusted' : { untrusted },
  };
}

/**
 * Node quotes values with characters that no host name has, such as commas that would fake another name. They are left
 * out.
 */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  const plain = subjectAltName.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return [...plain.matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = '']) => cleanWord(name.toLowerCase()));
}

/** Fields of OpenSSL's errors. The message of an alert ends with `SSL alert number 112`. */
type TransportError = Error & { readonly code?: string; readonly syscall?: string; readonly reason?: string };

const NOT_TLS = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'];

/**
 * A refusal and an orderly close are answers of the server. Time-outs and faults of the network are none. Nor is a
 * reset: firewalls send them too, and overloaded servers.
 */
function failure({ code = '', syscall, reason = '', message }: TransportError): Handshake {
  if (code === 'ECONNREFUSED') return { kind: 'none', why: 'nobody listens on the port' };
  if (NOT_TLS.includes(code)) return { kind: 'none', why: 'it answers with something that is not TLS' };
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const what = reason.replace(/^(?:tlsv\d+|sslv3|ssl\/tls) (?:alert )?/i, '') || code;
    const isAlert = message.includes('SSL alert number');
    return { kind: 'none', why: `${isAlert ? 'it refused the handshake' : 'the handshake failed'} (${what})` };
  }
  // Node's error for an early end has no system call. That of a reset names one.
  if (code === 'ECONNRESET' && syscall === undefined) {
    return { kind: 'none', why: 'it closed the connection in the middle of the handshake' };
  }
  return { kind: 'could-not-ask', why: `${REASONS[code] ?? 'the connection failed'} (${code || message})` };
}

const REASONS: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
};
