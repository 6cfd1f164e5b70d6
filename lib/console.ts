/** What an operator can ask for by hand, and the answers: the actions of the `reconcile` function. */
import * as z from 'zod';
import { type Check, wrong } from './core/doctor/check.ts';
import { diagnose, summariseChecks } from './core/doctor/diagnose.ts';
import type { MappingRequest } from './core/domain/mapping-request.ts';
import type { ToAdopt } from './core/plan/adopt.ts';
import type { Hold } from './core/plan/hold.ts';
import type { Plan } from './core/plan/plan.ts';
import { isReadOnly } from './core/plan/policy.ts';
import { isProtected } from './core/plan/protected-domains.ts';
import { reportHold, reportPlan, summarisePlan, summariseRun } from './core/report/plan-report.ts';
import { type DomainStatus, statusOf } from './core/report/status.ts';
import { type HostName, parseMapping } from './core/values/host-name.ts';
import { quantity } from './core/values/text.ts';
import { epoch, iso } from './core/values/time.ts';
import { type ApplicationState, LeaseLostError } from './ledger/ledger.ts';
import { NewerLedgerError } from './ledger/schema.ts';
import type { Applied } from './loop/apply/context.ts';
import type { Dependencies } from './loop/dependencies.ts';
import type { WithLease } from './loop/lease.ts';
import { examine } from './loop/runs/doctor.ts';
import { adopt, applyChecked, dryRun, planFromLedger, reconcile } from './loop/runs/reconcile.ts';
import { syncEvents } from './loop/runs/sync.ts';
import { type Verified, verifyDomain } from './loop/runs/verify.ts';
import { RunCloudError } from './runcloud/error.ts';

/** Every answer says whether it went well, and puts it in words. The rest depends on the action. */
export type Answer = { readonly ok: boolean; readonly summary: string; readonly [more: string]: unknown };

const name = z.string('must be text');
const DOMAINS = 'must be a list of domains, or "all"';
const actions = {
  reconcile: z.strictObject({ action: z.literal('reconcile') }),
  plan: z.strictObject({ action: z.literal('plan') }),
  apply: z.strictObject({
    action: z.literal('apply'),
    checksum: z
      .string('must be the checksum of a plan')
      .regex(/^[0-9a-f]{16}$/, 'must be the 16 digits that "plan" gave'),
  }),
  verify: z.strictObject({ action: z.literal('verify'), domain: name }),
  map: z.strictObject({ action: z.literal('map'), domain: name }),
  unmap: z.strictObject({ action: z.literal('unmap'), domain: name }),
  adopt: z.strictObject({
    action: z.literal('adopt'),
    domains: z.union([z.literal('all'), z.array(name).min(1, DOMAINS)], DOMAINS),
  }),
  status: z.strictObject({ action: z.literal('status') }),
  doctor: z.strictObject({ action: z.literal('doctor') }),
};

type Request = { [Action in keyof typeof actions]: z.infer<(typeof actions)[Action]> }[keyof typeof actions];

const EXAMPLES: Readonly<Record<keyof typeof actions, string>> = {
  reconcile: '{"action":"reconcile"}',
  plan: '{"action":"plan"}',
  apply: '{"action":"apply","checksum":"0123456789abcdef"}',
  verify: '{"action":"verify","domain":"shop.example"}',
  map: '{"action":"map","domain":"shop.example"}',
  unmap: '{"action":"unmap","domain":"shop.example"}',
  adopt: '{"action":"adopt","domains":["shop.example"]}',
  status: '{"action":"status"}',
  doctor: '{"action":"doctor"}',
};

/**
 * Takes what an operator sent and the moment (ms) to end by; does it and returns the answer. What is asked wrongly, and
 * what RunCloud could not be asked, is an answer too (`ok` false), and so is a ledger that only a newer version reads.
 * Throws only where the ledger fails.
 */
export async function answer(deps: Dependencies, sent: unknown, deadline: number): Promise<Answer> {
  const request = parse(sent);
  if (typeof request === 'string') return refuse(request);
  try {
    return await carryOut(deps, request, deadline);
  } catch (error) {
    if (error instanceof NewerLedgerError && request.action === 'doctor') {
      return tellChecks([wrong('ledger', error.message, error.whatToDo)]);
    }
    const isExplained =
      error instanceof RunCloudError || error instanceof LeaseLostError || error instanceof NewerLedgerError;
    if (!isExplained) throw error;
    return { ok: false, summary: `${error.message} ${error.whatToDo} Nothing was changed.` };
  }
}

function parse(sent: unknown): Request | string {
  const known = `The known actions are ${Object.values(EXAMPLES).join(', ')}.`;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return `Send a JSON object. ${known}`;
  const { action } = sent as { action?: unknown };
  if (typeof action !== 'string' || !Object.hasOwn(actions, action)) {
    return `${action === undefined ? 'There is no "action" in it.' : `The action ${JSON.stringify(action)} is unknown.`} ${known}`;
  }
  const wanted = action as keyof typeof actions;
  const parsed = actions[wanted].safeParse(sent);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.map((key) => JSON.stringify(key)).join(', ')} does not belong there`
      : `"${issue.path.join('.')}" ${Object.hasOwn(sent, issue.path[0] ?? '') ? issue.message : 'is missing'}`,
  );
  return `The action "${wanted}" was not understood: ${faults.join('; ')}. Right is ${EXAMPLES[wanted]}.`;
}

async function carryOut(deps: Dependencies, request: Request, deadline: number): Promise<Answer> {
  const { policy } = deps.settings;
  switch (request.action) {
    case 'plan': {
      const { plan } = await dryRun(deps, deadline);
      return { ok: true, summary: summarisePlan(plan, policy), ...reportPlan(plan) };
    }
    case 'status':
      return status(deps, deadline);
    case 'verify': {
      const parsed = parseMapping(request.domain);
      return parsed.ok ? tellVerified(await verifyDomain(deps, parsed.domain, deadline)) : refuse(sentence(parsed.why));
    }
    case 'doctor':
      return tellChecks(diagnose(await examine(deps, deadline)));
    case 'reconcile': {
      const ran = await reconcile(deps, deadline);
      if (ran.kind === 'busy') return busy(ran.until);
      return withCaution(tell(ran.result.applied), ran.result.plan);
    }
    case 'apply': {
      if (isReadOnly(policy)) return refuse('POLICY is observe, so nothing is applied. Set POLICY=sync first.');
      const ran = await applyChecked(deps, request.checksum, deadline);
      if (ran.kind === 'busy') return busy(ran.until);
      if (ran.result.kind === 'applied') {
        const { applied } = ran.result.ran;
        const told = tell(applied);
        // What was approved was this run. The brake looks at the rest anew.
        return applied.abort
          ? { ...told, summary: `${told.summary} Make a new plan for the rest, and apply that.` }
          : told;
      }
      const { plan } = ran.result;
      return {
        ...refuse(
          `The plan is not the one with checksum ${request.checksum} any more: something changed, or a run did a part of it meanwhile. Look through the new one first.`,
        ),
        ...reportPlan(plan),
      };
    }
    case 'adopt': {
      const wanted = parseAll(request.domains);
      if (!wanted.ok) return refuse(wanted.why);
      const ran = await adopt(deps, wanted.domains, deadline);
      if (ran.kind === 'busy') return busy(ran.until);
      const told = tell(ran.result.applied);
      if (wanted.domains !== 'all' || ran.result.applied.done.length > 0) return told;
      const { caution } = ran.result.plan;
      if (caution !== undefined) return { ...told, ok: false, summary: `Nothing was adopted. ${caution}` };
      return {
        ...told,
        summary:
          'Nothing was adopted: "all" means what is mapped, on RunCloud and not ours, and there is no such domain. A mapping is known once an event told of it; name the domains to adopt others.',
      };
    }
    case 'map':
    case 'unmap':
      return record(deps, request.action === 'map' ? 'mapped' : 'unmapped', request.domain, deadline);
  }
}

async function record(
  deps: Dependencies,
  kind: MappingRequest['kind'],
  text: string,
  deadline: number,
): Promise<Answer> {
  const parsed = parseMapping(text);
  if (!parsed.ok) return refuse(sentence(parsed.why));
  const { domain, namedAs } = parsed;
  const { ledger, clock, settings, newId } = deps;
  const application = await ledger.readApplication();
  const names = [domain, namedAs === 'www' ? `www.${domain}` : domain];
  if (application.snapshot?.primary?.name === domain || isProtected(settings.protectedDomains, names)) {
    return refuse(
      `${domain} is the application's primary domain or is listed in PROTECTED_DOMAINS, so it is neither added nor removed here.`,
    );
  }
  // An operator's word is the newest, also where the clock of the network runs ahead of this one.
  const standing = (await ledger.read([domain])).get(domain)?.request;
  const occurredAt = iso(Math.max(clock.now(), standing ? epoch(standing.occurredAt) + 1 : 0));
  const origin = { eventId: newId(), occurredAt, trust: 'signed' } as const;
  const request: MappingRequest = kind === 'mapped' ? { ...origin, kind, namedAs } : { ...origin, kind };
  const ran = await syncEvents(deps, [{ domain, request }], deadline);
  return explain(domain, kind, ran);
}

function explain(domain: HostName, kind: MappingRequest['kind'], ran: WithLease<Applied>): Answer {
  const recorded = `It is recorded that ${domain} is ${kind}.`;
  if (ran.kind === 'busy') {
    return { ...busy(ran.until), ok: true, summary: `${recorded} Another run is at work, which it waits for.` };
  }
  const applied = ran.result;
  const told = tell(applied);
  const hold = applied.held.at(0);
  const failure = applied.failed.at(0);
  if (failure)
    return { ...told, summary: `${recorded} ${failure.why} ${failure.whatToDo} Tried again at ${failure.dueAt}.` };
  if (hold) return { ...told, summary: `${recorded} ${hold.reason} ${hold.whatToDo}` };
  if (applied.done.length === 0) return { ...told, summary: `${recorded} RunCloud is as it should be already.` };
  return { ...told, summary: `${domain} was ${kind === 'mapped' ? 'added to' : 'removed from'} RunCloud.` };
}

async function status(deps: Dependencies, deadline: number): Promise<Answer> {
  try {
    const { plan, observation, application } = await dryRun(deps, deadline);
    return withCaution({ ok: true, ...tellStatus(statusOf(observation.input, plan), application) }, plan);
  } catch (error) {
    if (!(error instanceof RunCloudError)) throw error;
    const { plan, observation, application } = await planFromLedger(deps);
    const told = tellStatus(statusOf(observation.input, plan), application);
    const since = application.snapshot ? `what was seen at ${application.snapshot.observedAt}` : 'what was asked for';
    return { ok: false, ...told, summary: `${error.message} ${error.whatToDo} Shown is ${since}. ${told.summary}` };
  }
}

function tellStatus(
  domains: readonly DomainStatus[],
  application: ApplicationState,
): { summary: string; domains: readonly DomainStatus[] } {
  const { lastReconcile: run, abort } = application;
  const last = run
    ? `The last whole run ended at ${run.at}: ${summariseRun({ ...run, abort: undefined })}`
    : 'No whole run has ended yet.';
  const stopped = abort ? ` A run ended early at ${abort.at}. ${abort.why} ${abort.whatToDo}` : '';
  const on = domains.filter((each) => each.mapping === 'on RunCloud');
  const owned = on.filter((each) => each.owned).length;
  return {
    summary: `${quantity(on.length, 'domain')} on RunCloud, ${owned} of them owned by this service. ${last}${stopped}`,
    domains,
  };
}

/** In words that can be sent to a customer. */
function tellVerified({ status, records, server, isLive, holds, isUnderWay }: Verified): Answer {
  const { domain } = status;
  const wrong = records.filter((record) => !record.ok);
  const set = wrong.map(({ type, name, value, now }) =>
    value === 'none' ? `delete ${type} ${name} (now ${now})` : `${type} ${name} → ${value} (now ${now})`,
  );
  const [hold] = holds;
  const sentences = [
    isLive
      ? `${domain} is live: it points to ${server.main}, and its certificate is valid.`
      : (hold?.reason ?? status.reason ?? `${domain} is not live yet.`),
    ...(isLive || !hold ? [] : [hold.whatToDo]),
    ...(isUnderWay ? [`Under way: ${status.next}.`] : []),
    ...(set.length > 0 ? [`Records to set: ${set.join('; ')}.`] : []),
  ];
  return { ok: isLive, summary: sentences.map(asSentence).join(' '), ...status, records };
}

function asSentence(words: string): string {
  return /[.!?…]$/.test(words) ? words : `${words}.`;
}

function tellChecks(checks: readonly Check[]): Answer {
  return {
    ok: checks.every(({ verdict }) => verdict === 'ok'),
    summary: summariseChecks(checks),
    checks: checks.map(({ name, verdict, found, whatToDo }) => ({
      name,
      ok: verdict === 'ok',
      found,
      ...(whatToDo !== undefined && { what_to_do: whatToDo }),
    })),
  };
}

/** Takes what an operator sent, and why there are no settings to work with; returns the answer. */
export function answerUnready(sent: unknown, why: string): Answer {
  const isDoctor = actions.doctor.safeParse(sent).success;
  const refused = refuse(why);
  return isDoctor ? { ...refused, ...tellChecks([{ name: 'settings', verdict: 'wrong', found: why }]) } : refused;
}

/** Why the network's word counts for adding at most belongs to every answer that a removal could be missed in. */
function withCaution(told: Answer, { caution }: Plan): Answer {
  return caution === undefined ? told : { ...told, summary: `${told.summary} ${caution}` };
}

function tell({ done, held, failed, writes, abort }: Applied): Answer {
  return {
    ok: failed.length === 0 && !abort,
    summary: summariseRun({
      done: done.length,
      held: held.length,
      failed: failed.length,
      abort: abort && `${abort.why} ${abort.whatToDo}`,
    }),
    done,
    held: held.map((hold: Hold) => reportHold(hold)),
    failed: failed.map(({ domain, action, why, whatToDo, dueAt }) => ({
      domain,
      action,
      why,
      what_to_do: whatToDo,
      due_at: dueAt,
    })),
    writes,
  };
}

function parseAll(
  domains: readonly string[] | 'all',
): { readonly ok: true; readonly domains: ToAdopt } | { readonly ok: false; readonly why: string } {
  if (domains === 'all') return { ok: true, domains };
  const parsed = domains.map((domain) => parseMapping(domain));
  const faults = parsed.flatMap((each) => (each.ok ? [] : [each.why]));
  if (faults.length > 0) return { ok: false, why: sentence(faults.join('; ')) };
  return { ok: true, domains: parsed.flatMap((each) => (each.ok ? [each.domain] : [])) };
}

function sentence(why: string): string {
  return `The domain is refused: ${why}.`;
}

function refuse(why: string): Answer {
  return { ok: false, summary: `${why} Nothing was changed.` };
}

function busy(until: string): Answer {
  return {
    ok: false,
    busy: true,
    summary: `Another run is at work and holds the lease until ${until} at the latest. Nothing was changed; ask again in a moment.`,
    done: [],
    held: [],
    failed: [],
    writes: 0,
  };
}
