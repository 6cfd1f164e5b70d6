/** Certificates made in the test, by an authority made in the test. ECDSA P-256, as Let's Encrypt may issue them. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { DAY } from '../../lib/core/values/time.ts';

/** A certificate and its key, as `node:tls` takes them. */
export type Pair = { readonly cert: string; readonly key: string };

export type Wishes = {
  /** Host names. */
  readonly names: readonly string[];
  /** From when and until when it holds (ms from now); from yesterday on for 90 days. */
  readonly from?: number;
  readonly until?: number;
};

/** What a certificate lets its owner be. */
type Kind = 'authority' | 'server';

export type Authority = {
  /** Its own certificate, PEM. */
  readonly own: string;
  /** Issues a certificate. */
  issue(requests: Wishes): Promise<Pair>;
  /**
   * Makes an authority below this one: what it issues comes with its own certificate. As a `server` it issues all the
   * same, although its own certificate does not let it.
   */
  intermediate(requests?: Pick<Wishes, 'from' | 'until'> & { readonly as?: Kind }): Promise<Authority>;
};

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export async function createAuthority(name = 'Test Authority'): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await signed({ name, keys, signer: undefined, ca: 'authority', requests: { names: [] } });
  return authorityOf({ name, keys, certificate, chain: [] });
}

/** A certificate that nobody but itself vouches for. */
export async function selfSigned(requests: Wishes): Promise<Pair> {
  const keys = await newKeys();
  const name = requests.names[0] ?? '';
  const certificate = await signed({ name, keys, signer: undefined, ca: 'server', requests });
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

type Signer = {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
};

function authorityOf(signer: Signer & { readonly chain: readonly string[] }): Authority {
  const { certificate, chain } = signer;
  return {
    own: certificate.toString('pem'),
    issue: async (requests) => {
      const keys = await newKeys();
      const leaf = await signed({ name: requests.names[0] ?? '', keys, signer, ca: 'server', requests });
      return { cert: [leaf.toString('pem'), ...chain].join('\n'), key: await pemOf(keys.privateKey) };
    },
    intermediate: async ({ as = 'authority', ...requests } = {}) => {
      const name = `${signer.name} R1`;
      const keys = await newKeys();
      const own = await signed({ name, keys, signer, ca: as, requests: { names: [], ...requests } });
      return authorityOf({ name, keys, certificate: own, chain: [own.toString('pem'), ...chain] });
    },
  };
}

async function signed({
  name,
  keys,
  signer,
  ca,
  requests: { names, from = -DAY, until = 90 * DAY },
}: {
  name: string;
  keys: webcrypto.CryptoKeyPair;
  signer: Signer | undefined;
  ca: Kind;
  requests: Wishes;
}): Promise<x509.X509Certificate> {
  const now = Date.now();
  return x509.X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: `CN=${signer?.name ?? name}`,
      notBefore: new Date(now + from),
      notAfter: new Date(now + until),
      publicKey: keys.publicKey,
      signingKey: (signer?.keys ?? keys).privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(ca === 'authority', undefined, true),
        ...(ca === 'authority'
          ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)]
          : []),
        ...(names.length > 0
          ? [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))]
          : []),
      ],
    },
    webcrypto as never,
  );
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
