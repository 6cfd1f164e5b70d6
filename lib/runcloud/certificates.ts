/** The certificates of the web application, as RunCloud keeps them. */
import * as z from 'zod';
import type { CertificateMode } from '../core/certificates/mode.ts';
import type { RequestOptions } from '../util/request-options.ts';
import { detailsOf, messageIn, unexpected } from './answer.ts';
import type { RunCloudApi } from './api.ts';
import type { ChangeAnswer } from './domains.ts';
import { flag, id, positive } from './fields.ts';

/** Whose certificate: that of the whole application (mode `basic`), or that of one domain object by its id. */
export type Scope = { readonly kind: 'application' } | { readonly kind: 'domain'; readonly id: number };

/** A certificate as RunCloud's panel has it. What a visitor sees is another question. */
export type InstalledCertificate = {
  readonly id: number;
  readonly method: string | undefined;
  /** Issued by the staging environment, which no browser trusts. */
  readonly isStaging: boolean | undefined;
};

/** What plans and reports need to know. Throws RunCloudError where RunCloud could not be asked. */
export type CertificateReader = {
  /** How certificates are kept; undefined where RunCloud does not tell. */
  readMode(): Promise<CertificateMode | undefined>;
  /** The certificate, or undefined where none is installed (or, of a domain, where RunCloud has no such domain). */
  find(scope: Scope): Promise<InstalledCertificate | undefined>;
};

/**
 * What changes certificates. It exists only in runs that may write; each call may cost an issuance, and is sent at most
 * once. `done` means accepted, and proves nothing: RunCloud may answer before there is a certificate. Throws RunCloudError.
 */
export type CertificateWriter = {
  /** Has a first certificate issued; takes the mode too, as it was read right before: the request may set it. */
  install(scope: Scope, mode: CertificateMode): Promise<ChangeAnswer>;
  /** Has the certificate of this id issued again, for the names that are there now. */
  redeploy(scope: Scope, id: number): Promise<ChangeAnswer>;
};

/** Of the fields of a certificate only these are taken: its private key is another of them. */
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

/** How "SSL not installed!" may come, besides 2xx: its status is not documented. All other refusals say nothing of it. */
const NOT_INSTALLED = [400, 404, 409, 410, 422];

/** Takes the API and how long its requests may wait; returns the reading half. */
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
      // A certificate of the whole application is there in mode `basic` alone. Without one nobody knows.
      return (await find({ kind: 'application' })) ? 'basic' : undefined;
    },
  };
}

/** Takes the API and how long its requests may wait; returns the writing half. */
export function createCertificateWriter(api: RunCloudApi, options: RequestOptions): CertificateWriter {
  const change = async (method: 'POST' | 'PUT', path: string, body?: object): Promise<ChangeAnswer> => {
    const answer = await api.write(method, path, body, options);
    if (answer.kind !== 'ok') return answer;
    const { errors } = Object(answer.body) as { errors?: unknown };
    const isRefused = detailsOf(errors).some((each) => each !== null && each !== '');
    return isRefused ? { kind: 'refused', status: answer.status, says: messageIn(answer.body) } : { kind: 'done' };
  };

  return {
    install: async (scope, mode) => {
      const path = pathOf(api, scope);
      /*
       * The documented sample of the route of one domain carries the two fields of the mode. Left out, they might be missed;
       * sent with the sample's values, they might turn AutoSSL off for everybody. So they are sent as they are.
       */
      return change('POST', path, scope.kind === 'application' ? REQUEST : { ...REQUEST, ...fieldsOf(mode) });
    },
    redeploy: async (scope, id) => change('PUT', `${pathOf(api, scope)}/${positive(id)}`),
  };
}

/**
 * Plain HTTP stays open beside HTTPS: Let's Encrypt asks there at each renewal (http-01), and the application redirects its
 * visitors itself. No HSTS, which makes a browser refuse a site whose certificate fails for once. The TLS versions are left
 * to RunCloud (`ssl_protocol_id`): what their ids mean depends on the web server.
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

/** AutoSSL stands on top of advanced mode. Where it is not told, two might ask for the same certificate: unknown. */
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
