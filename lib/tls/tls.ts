/** What the server shows over TLS: a handshake as a visitor's browser makes it, and no request after it. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Handshake } from '../core/probe/handshake.ts';
import { formatDuration, iso, SECOND } from '../core/values/time.ts';
import { messageOf } from '../util/log.ts';
import { whyUntrusted } from './trust.ts';

export type Tls = {
  /** Takes an IP address and the host name to ask it for; returns what was shown. Never throws. */
  shakeHands(address: string, name: string): Promise<Handshake>;
};

export type TlsOptions = {
  readonly port: number;
  /** For the whole handshake, from connecting on (ms). */
  readonly timeoutMs?: number;
  /** Certificates of authorities (PEM) in the place of Node's own, to which NODE_EXTRA_CA_CERTS adds. */
  readonly authorities?: readonly string[];
};

/** Takes the port and what else there is to choose; returns what looks at certificates. It keeps no connection. */
export function serverTls({ port, timeoutMs = 10 * SECOND, authorities }: TlsOptions): Tls {
  // Made once: it holds all authorities, and no session, so that each handshake shows the certificate of its moment.
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
            // All is looked at here: nothing is sent, so nobody can be deceived.
            rejectUnauthorized: false,
            checkServerIdentity: () => undefined,
          });
          const asked = socket;
          timer = setTimeout(() => {
            end({ kind: 'could-not-ask', why: `it did not finish the handshake within ${formatDuration(timeoutMs)}` });
          }, timeoutMs);
          // Errors may still come after the end, and are then of no interest.
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

/** Values that Node puts in quotes hold what no host name has, commas to deceive among it. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  const plain = subjectAltName.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return [...plain.matchAll(/(?:^|, )DNS:([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase());
}

/** OpenSSL's errors have this; its text of an alert ends with `SSL alert number 112`. */
type TransportError = Error & { readonly code?: string; readonly syscall?: string; readonly reason?: string };

const NOT_TLS = ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'];

/**
 * A refusal and an orderly close are answers. What is not: time-outs and everything of the network, and a reset, which
 * comes from what stands between as well, and from a server in distress.
 */
function failure({ code = '', syscall, reason = '', message }: TransportError): Handshake {
  if (code === 'ECONNREFUSED') return { kind: 'none', why: 'nobody listens on the port' };
  if (NOT_TLS.includes(code)) return { kind: 'none', why: 'it answers with something that is not TLS' };
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    const words = reason.replace(/^(?:tlsv\d+|sslv3|ssl\/tls) (?:alert )?/i, '') || code;
    const isAlert = message.includes('SSL alert number');
    return { kind: 'none', why: `${isAlert ? 'it refused the handshake' : 'the handshake failed'} (${words})` };
  }
  // Node's own words for an end before its time; a reset names the system call that met it.
  if (code === 'ECONNRESET' && syscall === undefined) {
    return { kind: 'none', why: 'it closed the connection in the middle of the handshake' };
  }
  return { kind: 'could-not-ask', why: `${WORDS[code] ?? 'the connection failed'} (${code || message})` };
}

const WORDS: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
};
