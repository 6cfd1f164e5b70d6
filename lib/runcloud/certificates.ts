/** The certificates of the web application, as RunCloud keeps them. */
import type { CertificateMode } from '../core/certificate-mode.ts';
import type { ChangeAnswer } from './domains.ts';

/** Whose certificate: that of the whole application (mode `basic`), or that of one domain object by its id. */
export type Scope = { readonly kind: 'application' } | { readonly kind: 'domain'; readonly id: number };

/** A certificate as RunCloud's panel has it. What a visitor sees is another question. */
export type InstalledCertificate = {
  readonly id: number;
  readonly method: string | undefined;
  readonly authorizationMethod: string | undefined;
  /** `YYYY-MM-DD HH:MM:SS`, in a zone that RunCloud does not tell. */
  readonly validUntil: string | undefined;
  /** Issued by the staging environment, which no browser trusts. */
  readonly isStaging: boolean | undefined;
};

/** What plans and reports need to know. Throws RunCloudError where RunCloud could not be asked. */
export type CertificateReader = {
  /** How certificates are kept; undefined where RunCloud does not tell. */
  readMode(): Promise<CertificateMode | undefined>;
  /** The certificate, or undefined where none is installed. */
  find(scope: Scope): Promise<InstalledCertificate | undefined>;
};

/**
 * What changes certificates. It exists only in runs that may write; each call may cost an issuance, and is sent at most
 * once. `done` means accepted, and proves nothing: RunCloud may answer before there is a certificate. Throws RunCloudError.
 */
export type CertificateWriter = {
  /** Has a first certificate issued. */
  install(scope: Scope): Promise<ChangeAnswer>;
  /** Has the certificate of this id issued again, for the names that are there now. */
  redeploy(scope: Scope, id: number): Promise<ChangeAnswer>;
};
