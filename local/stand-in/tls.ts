/** A stand-in for the TLS handshake, without sockets. */
import type { Handshake } from '../../lib/core/probe/handshake.ts';
import { iso } from '../../lib/core/values/time.ts';
import type { Tls } from '../../lib/tls/tls.ts';

/** Dates in epoch ms. */
export type ServerCertificate = {
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** Issued by the staging environment, which no browser trusts. */
  readonly isStaging: boolean;
};

/** Knows which certificate the server shows for a name. */
export type CertificateSource = { certificateFor(name: string): ServerCertificate | undefined };

export class StandInTls implements Tls {
  /** Names of all handshakes, in their order. */
  readonly questions: string[] = [];
  /** Where these handshakes went. */
  readonly addresses: string[] = [];
  /** Addresses that cannot be reached from here. */
  readonly outOfReach = new Set<string>();
  /** Addresses of others, and what they show whatever the name. */
  readonly elsewhere = new Map<string, ServerCertificate>();
  readonly #source: CertificateSource;
  #isBroken = false;

  constructor(source: CertificateSource) {
    this.#source = source;
  }

  /** The server cannot be reached any more. */
  breakDown(): void {
    this.#isBroken = true;
  }

  /** The server can be reached again. */
  recover(): void {
    this.#isBroken = false;
  }

  async shakeHands(address: string, name: string): Promise<Handshake> {
    this.questions.push(name);
    this.addresses.push(address);
    if (this.#isBroken || this.outOfReach.has(address))
      return { kind: 'could-not-ask', why: 'it did not finish the handshake within 10 seconds' };
    const shown = this.elsewhere.get(address) ?? this.#source.certificateFor(name);
    if (!shown) return { kind: 'none', why: 'it refused the handshake (unrecognized name)' };
    const { names, notBefore, notAfter, isStaging } = shown;
    return {
      kind: 'certificate',
      notBefore: iso(notBefore),
      notAfter: iso(notAfter),
      names,
      fits: names.some((each) => covers(each, name)) ? 'fits' : 'other-name',
      trust: isStaging ? { untrusted: 'it comes from an authority that is not known' } : 'trusted',
    };
  }
}

/** A wildcard stands for one label. */
function covers(pattern: string, name: string): boolean {
  return pattern === name || (pattern.startsWith('*.') && name.slice(name.indexOf('.')) === pattern.slice(1));
}
