/**
 * How RunCloud keeps the certificates of the application: one for all its names (`basic`), one for each domain
 * (`advanced`), or one for each domain that RunCloud asks for by itself (`auto-ssl`).
 */
export type CertificateMode = 'basic' | 'advanced' | 'auto-ssl';
