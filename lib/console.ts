/** What an operator can ask for by hand: the actions of the function `reconcile`. */
import {
  type Answer,
  formatBusy,
  formatChecks,
  formatRecorded,
  formatRun,
  formatUsage,
  formatVerified,
  refuse,
  refuseDomain,
} from './console/answer.ts';
import { withCaution } from './console/caution.ts';
import { showEvents } from './console/events.ts';
import { showLink } from './console/link.ts';
import { sendTest } from './console/notify.ts';
import { type ConsoleRequest, parseRequest } from './console/request.ts';
import { showStatus } from './console/status.ts';
import { wrong } from './core/doctor/check.ts';
import { diagnose } from './core/doctor/diagnose.ts';
import type { MappingRequest } from './core/domain/mapping-request.ts';
import { planAfter, type ToAdopt } from './core/plan/adopt.ts';
import { durationOf } from './core/plan/duration.ts';
import type { Plan } from './core/plan/plan.ts';
import { isCarriedOut } from './core/plan/policy.ts';
import { isProtected } from './core/plan/protected-domains.ts';
import { consequencesOf, summariseConsequences } from './core/report/adoption.ts';
import { reportPlan, summarisePlan } from './core/report/plan-report.ts';
import { countPressing } from './core/report/pressing.ts';
import { parseMapping } from './core/values/host-name.ts';
import { quantity } from './core/values/text.ts';
import { epoch, iso, SECOND } from './core/values/time.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { readPresent, readPresentApplication } from './loop/present.ts';
import { examine } from './loop/runs/doctor.ts';
import { adopt, adoptionOf, applyChecked, dryRun, type RunResult, reconcile } from './loop/runs/reconcile.ts';
import { syncEvents } from './loop/runs/sync.ts';
import { verifyDomain } from './loop/runs/verify.ts';
import { usageNow } from './loop/usage.ts';
import { RunCloudError } from './runcloud/error.ts';
import { ExplainedError } from './util/explained-error.ts';
import { messageOf } from './util/log.ts';
import { printableIn } from './util/outside-text.ts';

export type { Answer } from './console/answer.ts';

/**
 * Carries out what an operator sent, until `deadline` (epoch ms). A wrong request and a RunCloud that cannot be asked are
 * answers with `ok` false.
 * @throws if the ledger fails
 */
export async function answer(deps: Dependencies, payload: unknown, deadline: number): Promise<Answer> {
  const request = parseRequest(payload);
  if (typeof request === 'string') return printableIn(refuse(request));
  try {
    return printableIn(await carryOut(deps, request, deadline));
  } catch (error) {
    const isRunCloud = error instanceof RunCloudError;
    if (error instanceof ExplainedError && !isRunCloud && request.action === 'doctor') {
      return formatChecks([wrong('ledger', error.message, error.whatToDo)]);
    }
    if (error instanceof ExplainedError) return printableIn(refuse(`${error.message} ${error.whatToDo}`));
    // Whoever asks what is wrong gets an answer in every state. What was to be done and failed is an error, and raises alarms.
    if (request.action === 'status') return printableIn(refuse(`${failedAt(error)} ${READ_THE_LOG}`));
    if (request.action === 'doctor') return printableIn(formatChecks([wrong('ledger', failedAt(error), READ_THE_LOG)]));
    throw error;
  }
}

function failedAt(error: unknown): string {
  return `The ledger could not be read, or this program is at fault: ${messageOf(error)}.`;
}

const READ_THE_LOG =
  'On one machine look whether the disk of DATA_DIR is full or damaged, on AWS at the table of the ledger. Then read the log.';
/** The answer where there is no ledger to work with. The doctor shows it as its only check. */
export function answerWithoutLedger(payload: unknown, { why, whatToDo }: CheckFault): Answer {
  const request = parseRequest(payload);
  const isDoctor = typeof request !== 'string' && request.action === 'doctor';
  return isDoctor ? formatChecks([wrong('ledger', why, whatToDo)]) : refuse(`${why} ${whatToDo}`);
}

type CheckFault = { readonly why: string; readonly whatToDo: string };

/** The answer while there are no settings to work with. The doctor shows `why` as its only check. */
export function answerUnready(payload: unknown, why: string): Answer {
  const request = parseRequest(payload);
  const isDoctor = typeof request !== 'string' && request.action === 'doctor';
  return isDoctor ? formatChecks([{ name: 'settings', verdict: 'wrong', found: why }]) : refuse(why);
}

async function carryOut(deps: Dependencies, request: ConsoleRequest, deadline: number): Promise<Answer> {
  switch (request.action) {
    case 'plan': {
      if (request.adopt !== undefined) return showAdoption(deps, request.adopt, deadline);
      const { plan } = await dryRun(deps, deadline);
      return { ok: true, ...describePlan(deps, plan) };
    }
    case 'status':
      return showStatus(deps, request, deadline);
    case 'verify': {
      const parsed = parseMapping(request.domain);
      return parsed.ok
        ? formatVerified(await verifyDomain(deps, parsed.domain, deadline), deps.settings.subdomains)
        : refuseDomain(parsed.why);
    }
    case 'doctor':
      return formatChecks(diagnose(await examine(deps, deadline)));
    case 'quota': {
      const application = await readPresentApplication(deps);
      return formatUsage(usageNow(deps, application), application, deps.clock.now());
    }
    case 'events':
      return showEvents(deps, request);
    case 'notify':
      return sendTest(deps);
    case 'link':
      return showLink(deps, request);
    case 'reconcile': {
      const ran = await reconcile(deps, deadline, request.by === 'schedule' ? 'scheduled' : 'asked');
      if (ran.kind === 'busy') return formatBusy(ran.until);
      return withCaution(formatRunOverAll(deps, ran.result), ran.result.plan);
    }
    case 'apply':
      return applyPlan(deps, request.checksum, deadline);
    case 'adopt':
      return adoptDomains(deps, request.domains, deadline);
    case 'map':
      return recordRequest(deps, 'mapped', request.domain, deadline);
    case 'unmap':
      return recordRequest(deps, 'unmapped', request.domain, deadline);
  }
}

function describePlan({ settings: { policy, subdomains }, runcloud }: Dependencies, planned: Plan) {
  const carriedOut = planned.steps.filter(({ action }) => isCarriedOut(policy, action));
  return {
    summary: summarisePlan(planned, policy),
    ...reportPlan(planned),
    policy,
    takes_seconds: Math.ceil(durationOf(carriedOut, runcloud.limits.rate) / SECOND),
    needs_person: countPressing(planned.holds, subdomains) ?? {},
    remarks: [planned.caution, planned.remark].filter((each) => each !== undefined),
  };
}

async function applyPlan(deps: Dependencies, checksum: string, deadline: number): Promise<Answer> {
  if (deps.settings.policy === 'observe') {
    return refuse('POLICY is observe, so nothing is applied. Set POLICY=sync first.');
  }
  const ran = await applyChecked(deps, checksum, deadline);
  if (ran.kind === 'busy') return formatBusy(ran.until);
  if (ran.result.kind === 'applied') {
    const { applied } = ran.result.ran;
    const answer = formatRunOverAll(deps, ran.result.ran);
    if (!applied.abort) return answer;
    // The approval was for this run. The brake judges the rest anew.
    return { ...answer, ok: false, summary: `${answer.summary} Make a new plan for the rest, and apply that.` };
  }
  const why = `The plan with checksum ${checksum} is out of date: something changed, or a run has done a part of it.`;
  return withCaution({ ...refuse(`${why} Read the new plan first.`), ...reportPlan(ran.result.plan) }, ran.result.plan);
}

function formatRunOverAll({ settings, clock }: Dependencies, { applied, work }: RunResult): Answer {
  const needsPerson = countPressing(applied.held, settings.subdomains);
  return formatRun(applied, { needsPerson, work, now: clock.now() });
}

async function adoptDomains(deps: Dependencies, domains: readonly string[] | 'all', deadline: number): Promise<Answer> {
  const toAdopt = parseDomains(domains);
  if (!toAdopt.ok) return refuseDomain(toAdopt.why);
  const ran = await adopt(deps, toAdopt.domains, deadline);
  if (ran.kind === 'busy') return formatBusy(ran.until);
  const { applied, plan, input } = ran.result;
  const answer = formatRun(applied);
  if (applied.done.length > 0) {
    const follows = consequencesOf(plan, planAfter(plan, input));
    const summary = `${answer.summary} ${summariseConsequences(follows, deps.settings.policy)}`;
    return { ...answer, summary, follows };
  }
  if (domains !== 'all') return answer;
  if (plan.caution !== undefined) return { ...answer, ok: false, summary: `Nothing was adopted. ${plan.caution}` };
  return {
    ...answer,
    summary:
      'Nothing was adopted. "all" means every domain that is mapped, on RunCloud and not ours, and there is none. Without MULTISITE_URL the service learns of a mapping by an event. Name other domains to adopt them.',
  };
}

/** What adopting these would do, and what would follow. It has no checksum: `adopt` does it, and no `apply`. */
async function showAdoption(deps: Dependencies, domains: readonly string[] | 'all', deadline: number): Promise<Answer> {
  const toAdopt = parseDomains(domains);
  if (!toAdopt.ok) return refuseDomain(toAdopt.why);
  const { input } = (await dryRun(deps, deadline)).observation;
  const adoption = adoptionOf(toAdopt.domains, input);
  const follows = consequencesOf(adoption, planAfter(adoption, input));
  const { steps, holds } = reportPlan(adoption);
  const what = `${quantity(steps.length, 'domain')} to adopt; nothing was changed.`;
  const summary = steps.length === 0 ? what : `${what} ${summariseConsequences(follows, deps.settings.policy)}`;
  return withCaution({ ok: true, summary, steps, holds, follows }, adoption);
}

async function recordRequest(
  deps: Dependencies,
  kind: MappingRequest['kind'],
  text: string,
  deadline: number,
): Promise<Answer> {
  const parsed = parseMapping(text);
  if (!parsed.ok) return refuseDomain(parsed.why);
  const { domain, namedAs } = parsed;
  const { clock, settings, newId } = deps;
  const application = await readPresentApplication(deps);
  const names = [domain, namedAs === 'www' ? `www.${domain}` : domain];
  if (application.snapshot?.primary?.name === domain || isProtected(settings.protectedDomains, names)) {
    return refuse(
      `${domain} is the application's primary domain or is listed in PROTECTED_DOMAINS, so the service neither adds nor removes it.`,
    );
  }
  // The operator's request has to be the newest, also if the network's clock runs ahead of this one.
  const standing = (await readPresent(deps, [domain])).records.get(domain)?.request;
  const occurredAt = iso(Math.max(clock.now(), standing ? epoch(standing.occurredAt) + 1 : 0));
  const origin = { eventId: newId(), occurredAt, trust: 'signed' } as const;
  const request: MappingRequest = kind === 'mapped' ? { ...origin, kind, namedAs } : { ...origin, kind };
  return formatRecorded(domain, kind, await syncEvents(deps, [{ domain, request }], deadline));
}

function parseDomains(
  domains: readonly string[] | 'all',
): { readonly ok: true; readonly domains: ToAdopt } | { readonly ok: false; readonly why: string } {
  if (domains === 'all') return { ok: true, domains };
  const parsed = domains.map((domain) => parseMapping(domain));
  const faults = parsed.flatMap((each) => (each.ok ? [] : [each.why]));
  if (faults.length > 0) return { ok: false, why: faults.join('; ') };
  return { ok: true, domains: parsed.flatMap((each) => (each.ok ? [each.domain] : [])) };
}
