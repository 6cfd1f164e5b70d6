/** The certificates of the web application, as RunCloud's panel has them. A handshake tells what a visitor sees. */
import * as z from 'zod';
import type { CertificateMode } from '../core/certificates/mode.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { detailsOf, messageIn, unexpected } from './answer.ts';
import type { RunCloudApi } from './api.ts';
import type { ChangeAnswer } from './domains.ts';
import { flag, id, positive } from './fields.ts';

/** Whose certificate: in basic mode that of the whole application, else that of one domain object. */
export type Scope = { readonly kind: 'application' } | { readonly kind: 'domain'; readonly id: number };

export type InstalledCertificate = {
  readonly id: number;
  readonly method: string | undefined;
  /** Issued by the staging environment, which no browser trusts. */
  readonly isStaging: boolean | undefined;
};

/**
 * Reads only.
 * @throws RunCloudError from each method
 */
export type CertificateReader = {
  /** Undefined if RunCloud does not tell how it keeps certificates. */
  readMode(): Promise<CertificateMode | undefined>;
  /** Undefined if no certificate is installed, or if RunCloud has no such domain. */
  find(scope: Scope): Promise<InstalledCertificate | undefined>;
};

/**
 * Changes certificates. Only runs that may write have one. Each call may use up one issuance of Let's Encrypt's limits
 * and is sent at most once. `done` means accepted: RunCloud may answer before there is a certificate.
 * @throws RunCloudError from each method
 */
export type CertificateWriter = {
  /** Requests a first certificate. `mode` has to be fresh: the request carries it, and RunCloud may set it. */
  install(scope: Scope, mode: CertificateMode): Promise<ChangeAnswer>;
  /** Requests a new certificate in the place of this one, for the names that are there now. */
  redeploy(scope: Scope, id: number): Promise<ChangeAnswer>;
};

/** RunCloud's object of a certificate holds its private key. Fields that are not named here are dropped. */
const certificateSchema = z
  .object({
    id,
    method: z
      .string()
      .regex(/^[a-z][a-z\d-]{1,30}$/)
      .optional()
      .catch(undefined),
    staging: flag.optional().catch(undefined),
  })
  .transform(({ id, method, staging }): InstalledCertificate => ({ id, method, isStaging: staging }));

const modeSchema = z.object({ advancedSSL: flag, autoSSL: flag.optional().catch(undefined) });
type ModeFields = z.infer<typeof modeSchema>;

/**
 * Statuses that may mean "SSL not installed!": the documentation names none, and 2xx was seen too. Others end the run.
 */
const NOT_INSTALLED = [400, 404, 409, 410, 422];

export function createCertificateReader(api: RunCloudApi, options: RequestOptions): CertificateReader {
  const find = async (scope: Scope): Promise<InstalledCertificate | undefined> => {
    const path = pathOf(api, scope);
    const answer = await api.ask(path, options);
    if (answer.kind === 'ok') return certificateSchema.safeParse(answer.body).data;
    if (NOT_INSTALLED.includes(answer.status)) return undefined;
    throw unexpected(path, answer);
  };

  return {
    find,
    async readMode() {
      const fields = await readModeFields(api, options);
      if (fields) return modeOf(fields);
      // Only basic mode has a certificate of the whole application. If there is none, the mode stays unknown.
      return (await find({ kind: 'application' })) ? 'basic' : undefined;
    },
  };
}

export function createCertificateWriter(api: RunCloudApi, options: RequestOptions): CertificateWriter {
  const change = async (method: 'POST' | 'PUT', path: string, body?: object): Promise<ChangeAnswer> => {
    const answer = await api.write(method, path, body, options);
    if (answer.kind !== 'ok') return answer;
    const { errors } = Object(answer.body) as { errors?: unknown };
    const isRefused = detailsOf(errors).some((each) => each !== null && each !== '');
    return isRefused
      ? { kind: 'refused', status: answer.status, message: messageIn(answer.body, api.clean) }
      : { kind: 'done' };
  };

  return {
    install: async (scope, mode) => {
      const path = pathOf(api, scope);
      // The documented sample for one domain carries the two fields of the mode. RunCloud may need them. The sample's
      // values might turn AutoSSL off for the whole application, so the present ones are sent.
      return change('POST', path, scope.kind === 'application' ? REQUEST : { ...REQUEST, ...fieldsOf(mode) });
    },
    redeploy: async (scope, id) => change('PUT', `${pathOf(api, scope)}/${positive(id)}`),
  };
}

/**
 * Plain HTTP stays open beside HTTPS: Let's Encrypt asks there at each renewal (http-01), and WordPress redirects its
 * visitors itself. No HSTS: with it browsers refuse a site whose certificate has failed once. RunCloud chooses the TLS
 * versions (`ssl_protocol_id`), because the meaning of their ids depends on the web server.
 */
const REQUEST = {
  provider: 'letsencrypt',
  enableHttp: true,
  enableHsts: false,
  authorizationMethod: 'http-01',
  environment: 'live',
};

async function readModeFields(api: RunCloudApi, options: RequestOptions): Promise<ModeFields | undefined> {
  const answer = await api.ask(`${api.appPath}/ssl/advanced`, options);
  return answer.kind === 'ok' ? modeSchema.safeParse(answer.body).data : undefined;
}

/** AutoSSL exists in advanced mode only. If it is unknown whether it is on, both sides might request a certificate. */
function modeOf({ advancedSSL, autoSSL }: ModeFields): CertificateMode | undefined {
  if (!advancedSSL) return autoSSL ? undefined : 'basic';
  if (autoSSL === undefined) return undefined;
  return autoSSL ? 'auto-ssl' : 'advanced';
}

function fieldsOf(mode: CertificateMode): ModeFields {
  return { advancedSSL: mode !== 'basic', autoSSL: mode === 'auto-ssl' };
}

function pathOf(api: RunCloudApi, scope: Scope): string {
  return scope.kind === 'application' ? `${api.appPath}/ssl` : `${api.appPath}/domains/${positive(scope.id)}/ssl`;
}
