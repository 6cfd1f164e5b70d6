/**
 * The certificates of the stand-in for RunCloud: its SSL routes in all three modes, and what the server shows. Options
 * choose among the answers that the documentation leaves open. Certificates come from the stand-in authority. What
 * RunCloud does by itself (late issuing, AutoSSL, renewals) is made up for at the next request or handshake, in the
 * order of time.
 */

import type { CertificateMode } from '../../lib/core/certificates/mode.ts';
import { DAY, iso } from '../../lib/core/values/time.ts';
import type { Clock } from '../../lib/util/clock.ts';
import type { StandInAuthority } from './authority.ts';
import { type StandInAnswer, type StandInDomain, serves } from './runcloud-domain.ts';
import type { ServerCertificate } from './tls.ts';

export type SslOptions = {
  readonly mode: CertificateMode;
  /** Without an authority nothing is issued. */
  readonly authority?: StandInAuthority | undefined;
  /** Status of "SSL not installed!". */
  readonly notInstalledStatus?: 200 | 400 | 404 | 422;
  /** Body of the answer to an accepted POST or PUT. */
  readonly acceptedBody?: 'certificate' | 'empty-object' | 'empty-text';
  readonly acceptedStatus?: 200 | 201;
  /** From the answer to the issuing (ms). Undefined: it is issued before the answer. */
  readonly issueAfterMs?: number;
  /** The answer if nothing can be issued: a refusal, `errors` in a 200, a 500, or as if all were well. */
  readonly failure?: 'refusal' | 'errors' | 'server-error' | 'silence';
  /** `GET ssl/advanced`: with booleans, with 0 and 1, or no such route. */
  readonly modeRoute?: 'booleans' | 'numbers' | 'missing';
  /** Whether the POST for one domain needs the two fields of the mode, which its documented sample has. */
  readonly modeFields?: 'optional' | 'required';
  /** AutoSSL asks once when a domain is added, as soon as its DNS points here, or never. */
  readonly autoIssue?: 'at-once' | 'when-pointing' | 'never';
  /** How long AutoSSL takes (ms). */
  readonly autoIssueAfterMs?: number;
  /** Whether RunCloud renews at two thirds of the life, and tries once a day where it fails. */
  readonly renewal?: 'by-itself' | 'never';
  /** Certificate for names without one of their own. Undefined: the server refuses their handshake. */
  readonly fallback?: ServerCertificate;
};

type Installed = ServerCertificate & { readonly id: number; renewAt: number };
/** The certificate of the application, or that of a domain object by its id. */
type Owner = 'application' | number;
type Job = { readonly at: number; run(at: number): void };
/** What certificates need of the stand-in server. */
export type SslHost = { readonly clock: Clock; readonly domains: () => readonly StandInDomain[] };

const ACCOUNT = 'server-7';
const NOT_INSTALLED = 'SSL not installed!';

export class StandInSsl {
  options: SslOptions;
  readonly #host: SslHost;
  readonly #installed = new Map<Owner, Installed>();
  readonly #pending: { readonly at: number; readonly owner: Owner }[] = [];
  /** Domains that wait for AutoSSL. `dueAt` (epoch ms) is undefined until it is known. */
  readonly #auto = new Map<number, { readonly addedAt: number; readonly dueAt: number | undefined }>();
  #nextId = 501;

  constructor(host: SslHost, options: SslOptions) {
    this.#host = host;
    this.options = options;
  }

  /** The certificate that the server shows for a host name. */
  certificateFor(name: string): ServerCertificate | undefined {
    this.#catchUp();
    const domain = this.#host.domains().find((each) => serves(each, name));
    const owner = this.#isBasic ? 'application' : domain?.id;
    const own = domain && owner !== undefined ? this.#installed.get(owner) : undefined;
    return own ?? this.options.fallback;
  }

  /** Somebody installs a certificate in the panel: for the whole application, or for one domain by its name. */
  installByHand(certificate: Omit<ServerCertificate, 'isStaging'> & { isStaging?: boolean }, name?: string): void {
    const owner = name === undefined ? 'application' : this.#host.domains().find((each) => each.name === name)?.id;
    if (owner === undefined) throw new Error(`there is no domain ${name}`);
    this.#keep(owner, { isStaging: false, ...certificate });
  }

  /** A domain was added. */
  added({ id }: StandInDomain): void {
    this.#auto.set(id, { addedAt: this.#host.clock.now(), dueAt: undefined });
  }

  /** A domain was removed, and its certificate with it. That of the application stays as it is. */
  removed({ id }: StandInDomain): void {
    this.#installed.delete(id);
    this.#auto.delete(id);
  }

  /** `path` is relative to the application. Undefined: it is no route of certificates. */
  answer(method: string, path: string, text: string): StandInAnswer | undefined {
    this.#catchUp();
    const [, domainId, rest] = /^(?:\/domains\/(\d+))?\/ssl(?:\/(advanced|\d+))?$/.exec(path) ?? [];
    if (!/^(?:\/domains\/\d+)?\/ssl(?:\/|$)/.test(path)) return undefined;
    if (rest === 'advanced' && domainId === undefined) return this.#answerMode(method, text);
    const owner = domainId === undefined ? 'application' : Number(domainId);
    if (rest === 'advanced' || (owner !== 'application' && !this.#host.domains().some(({ id }) => id === owner))) {
      return notFound();
    }
    const installed = this.#installed.get(owner);
    if (method === 'GET' && rest === undefined) return installed ? ok(this.#show(installed)) : this.#notInstalled();
    if (this.#isBasic !== (owner === 'application')) return refusal(422, 'The SSL mode does not allow this.');
    if (method === 'POST' && rest === undefined) return this.#install(owner, text);
    if (method !== 'PUT' || rest === undefined) return { status: 405, body: { message: 'Method not allowed.' } };
    if (!installed || installed.id !== Number(rest)) return this.#notInstalled();
    return this.#issue(owner);
  }

  get #isBasic(): boolean {
    return this.options.mode === 'basic';
  }

  #answerMode(method: string, text: string): StandInAnswer {
    const { modeRoute = 'booleans' } = this.options;
    if (modeRoute === 'missing') return notFound();
    if (method === 'POST') this.#switchMode(JSON.parse(text));
    const { mode } = this.options;
    const [advancedSSL, autoSSL] = [mode !== 'basic', mode === 'auto-ssl'];
    const numbers = { advancedSSL: Number(advancedSSL), autoSSL: Number(autoSSL) };
    return ok(modeRoute === 'numbers' ? numbers : { advancedSSL, autoSSL });
  }

  /** The worst that the two fields may do, wherever they come along. */
  #switchMode({ advancedSSL, autoSSL }: { advancedSSL?: unknown; autoSSL?: unknown }): void {
    if (advancedSSL === undefined) return;
    const mode = advancedSSL ? (autoSSL ? 'auto-ssl' : 'advanced') : 'basic';
    this.options = { ...this.options, mode };
  }

  #install(owner: Owner, text: string): StandInAnswer {
    const fields = JSON.parse(text);
    if (fields.provider !== 'letsencrypt') return refusal(422, 'The provider is invalid.');
    if (typeof fields.enableHttp !== 'boolean' || typeof fields.enableHsts !== 'boolean') {
      return refusal(422, 'The enable http field is required.');
    }
    if (owner !== 'application') {
      const isMissing = fields.advancedSSL === undefined || fields.autoSSL === undefined;
      if (this.options.modeFields === 'required' && isMissing)
        return refusal(422, 'The advanced ssl field is required.');
      this.#switchMode(fields);
    }
    return this.#issue(owner);
  }

  #issue(owner: Owner): StandInAnswer {
    const { issueAfterMs, failure = 'refusal', acceptedStatus = 200, acceptedBody = 'certificate' } = this.options;
    const now = this.#host.clock.now();
    if (issueAfterMs !== undefined) this.#pending.push({ at: now + issueAfterMs, owner });
    const why = issueAfterMs === undefined ? this.#order(owner, now) : undefined;
    if (why !== undefined && failure === 'refusal') return refusal(422, why);
    if (why !== undefined && failure === 'errors') return refusal(200, why);
    if (why !== undefined && failure === 'server-error') return { status: 500, body: { message: 'Server Error' } };
    const installed = this.#installed.get(owner);
    if (acceptedBody === 'empty-text') return { status: acceptedStatus, body: undefined };
    const shows = acceptedBody === 'certificate' && why === undefined && issueAfterMs === undefined && installed;
    return { status: acceptedStatus, body: shows ? this.#show(installed) : {} };
  }

  /** Orders a certificate. Returns why there is none; the old one stays then. */
  #order(owner: Owner, at: number): string | undefined {
    const { authority } = this.options;
    if (!authority) return 'The certificate authority cannot be reached.';
    const names = this.#namesOf(owner);
    if (names.length === 0) return 'There is no name to ask for.';
    const answer = authority.order(names, ACCOUNT, at);
    if (answer.kind === 'refused') return answer.why;
    this.#keep(owner, { ...answer, isStaging: false });
    return undefined;
  }

  #keep(owner: Owner, { names, notBefore, notAfter, isStaging }: ServerCertificate): void {
    const id = this.#installed.get(owner)?.id ?? this.#nextId++;
    const renewAt = notBefore + ((notAfter - notBefore) * 2) / 3;
    this.#installed.set(owner, { id, names, notBefore, notAfter, isStaging, renewAt });
  }

  /** All that the application serves, or all that one domain object serves. */
  #namesOf(owner: Owner): string[] {
    return this.#host
      .domains()
      .filter(({ id, wildcard }) => !wildcard && (owner === 'application' || id === owner))
      .flatMap(({ name, www }) => (www ? [name, `www.${name}`] : [name]));
  }

  #catchUp(): void {
    const now = this.#host.clock.now();
    for (;;) {
      const [next] = this.#jobs().sort((a, b) => a.at - b.at);
      if (!next || next.at > now) return;
      next.run(next.at);
    }
  }

  #jobs(): Job[] {
    const pending = this.#pending.map((each): Job => {
      const run = (at: number): void => {
        this.#pending.splice(this.#pending.indexOf(each), 1);
        this.#order(each.owner, at);
      };
      return { at: each.at, run };
    });
    return [...pending, ...this.#autoJobs(), ...this.#renewals()];
  }

  #autoJobs(): Job[] {
    const { mode, autoIssue = 'when-pointing', autoIssueAfterMs = 0, authority } = this.options;
    if (mode !== 'auto-ssl' || autoIssue === 'never') return [];
    const jobs: Job[] = [];
    for (const [id, { addedAt, dueAt }] of this.#auto) {
      const isReady = autoIssue === 'at-once' || this.#namesOf(id).every((name) => !authority?.whyInvalid(name));
      if (this.#installed.has(id) || !isReady) continue;
      // DNS has no history: that it points here is noticed now.
      const from = autoIssue === 'at-once' ? addedAt : this.#host.clock.now();
      const at = dueAt ?? from + autoIssueAfterMs;
      this.#auto.set(id, { addedAt, dueAt: at });
      const run = (moment: number): void => {
        const why = this.#order(id, moment);
        if (autoIssue === 'at-once' || why === undefined) this.#auto.delete(id);
        else this.#auto.set(id, { addedAt, dueAt: moment + DAY });
      };
      jobs.push({ at, run });
    }
    return jobs;
  }

  #renewals(): Job[] {
    if (this.options.renewal !== 'by-itself') return [];
    return [...this.#installed].map(([owner, installed]): Job => {
      const run = (at: number): void => {
        if (this.#order(owner, at) !== undefined) installed.renewAt = at + DAY;
      };
      return { at: installed.renewAt, run };
    });
  }

  #notInstalled(): StandInAnswer {
    return { status: this.options.notInstalledStatus ?? 200, body: { message: NOT_INSTALLED } };
  }

  /** Has the secrets that real answers have. */
  #show({ id, notBefore, notAfter, renewAt, isStaging }: Installed): object {
    return {
      id,
      method: 'letsencrypt',
      validUntil: panelTime(notAfter),
      renewalDate: panelTime(renewAt),
      enableHttp: true,
      enableHsts: false,
      ssl_protocol_id: 2,
      authorizationMethod: 'http-01',
      staging: isStaging ? 1 : 0,
      api_id: null,
      privateKey: '-----BEGIN PRIVATE KEY-----\nMARKED-PRIVATE-KEY\n-----END PRIVATE KEY-----\n',
      certificate: '-----BEGIN CERTIFICATE-----\nMARKED-CERTIFICATE\n-----END CERTIFICATE-----\n',
      created_at: panelTime(notBefore),
    };
  }
}

function panelTime(ms: number): string {
  return iso(ms).slice(0, 19).replace('T', ' ');
}

function ok(body: object): StandInAnswer {
  return { status: 200, body };
}

function notFound(): StandInAnswer {
  return { status: 404, body: { message: 'Not found.' } };
}

/** Has a key in it, as the output of a failed shell command may: the service must not pass it on. */
function refusal(status: number, why: string): StandInAnswer {
  const leak = '-----BEGIN PRIVATE KEY-----\nMARKED-PRIVATE-KEY\n-----END PRIVATE KEY-----';
  return { status, body: { message: 'The certificate could not be installed.', errors: { ssl: [why, leak] } } };
}
