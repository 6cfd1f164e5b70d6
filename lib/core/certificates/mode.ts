/**
 * How RunCloud keeps the application's certificates. `basic`: one for all its names. `advanced`: one per domain. `auto-ssl`: one
 * per domain, which RunCloud asks for by itself.
 */
export type CertificateMode = 'basic' | 'advanced' | 'auto-ssl';
