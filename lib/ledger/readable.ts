/**
 * What of a ledger can be read. The rows are this program's own; but disks fail, and people repair things by hand. One row that cannot
 * be read is a fault of that row alone: its record says so, and nothing is decided or written from it (plan/rows.ts, lease.ts). What
 * is stored of the application as a whole holds for every domain, so there it is an error.
 */
import * as z from 'zod';
import type { MappingRequest } from '../core/domain/mapping-request.ts';
import type { DomainRecord, DomainState } from '../core/domain/record.ts';
import type { HostName } from '../core/values/host-name.ts';
import { ExplainedError } from '../util/explained-error.ts';
import { parseJson } from '../util/json.ts';
import type { Stored } from './schema.ts';

/** A part of the ledger that every run needs cannot be read. Nothing was changed. */
export class UnreadableLedgerError extends ExplainedError<'unreadable-ledger'> {
  override readonly name = 'UnreadableLedgerError';

  /** `part` as people find it: `the note "network"`. */
  constructor(part: string) {
    super(
      'unreadable-ledger',
      `The ledger cannot be read: ${part} in it is not JSON. No run changes anything on RunCloud until it can be read.`,
      'Restore the ledger from a backup (docs/one-machine.md and docs/aws-operations.md say how).',
    );
  }
}

/** @throws UnreadableLedgerError */
export function readPart(text: string, part: string): unknown {
  const read = parseJson(text);
  if (read === undefined) throw new UnreadableLedgerError(part);
  return read;
}

/** What a ledger stores of a domain. `request` is null or undefined where it has none. */
export type StoredRecord = {
  readonly domain: HostName;
  readonly request: string | null | undefined;
  readonly state: string;
};

/** `upgrade` brings the stored state into today's form. */
export function readRecord(
  { domain, request, state }: StoredRecord,
  upgrade: (stored: Stored) => Stored,
): DomainRecord {
  const readRequest = request === null || request === undefined ? undefined : read(request, requestForm);
  const readState = read(state, stateForm, upgrade);
  const [why] = [readRequest, readState].flatMap((each) => (typeof each === 'string' ? [each] : []));
  if (why !== undefined) return { domain, request: undefined, state: {}, unreadable: why };
  // The forms below let in what these types allow: `Fits` does not compile otherwise.
  return { domain, request: readRequest as MappingRequest | undefined, state: readState as DomainState };
}

export function isStored(value: unknown): value is Stored {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text says what is wrong. It quotes nothing: what stands in the row may be anything. */
function read(text: string, form: z.ZodType, upgrade = (stored: Stored): Stored => stored): object | string {
  const stored = parseJson(text);
  if (stored === undefined) return `its ${form.description} is not JSON`;
  if (!isStored(stored)) return `its ${form.description} is no object`;
  const upgraded = upgrade(stored);
  const { error } = form.safeParse(upgraded);
  if (!error) return upgraded;
  return `its ${form.description} has something else at "${error.issues[0]?.path.join('.')}" than this service writes`;
}

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const texts = z.array(z.string()).readonly();

const requestForm = z
  .looseObject({
    kind: z.enum(['mapped', 'unmapped']),
    trust: z.enum(['signed', 'hint']),
    eventId: z.string(),
    occurredAt: time,
    namedAs: z.enum(['bare', 'www']).optional(),
  })
  .refine(({ kind, namedAs }) => kind === 'unmapped' || namedAs !== undefined, { path: ['namedAs'] })
  .refine(({ kind, trust }) => kind === 'mapped' || trust === 'signed', { path: ['trust'] })
  .describe('request');

const serving = z.looseObject({ www: z.boolean(), redirection: z.string() });

const since = <Verdict extends z.ZodType>(verdict: Verdict) => z.looseObject({ verdict, since: time });

const dns = since(
  z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.enum(['pointing', 'absent', 'disagreed']) }),
    z.looseObject({ kind: z.literal('elsewhere'), addresses: texts }),
    z.looseObject({ kind: z.literal('proxied'), by: z.string(), addresses: texts }),
    z.looseObject({ kind: z.literal('partly'), foreign: texts }),
    z.looseObject({ kind: z.literal('blocked'), record: z.string() }),
  ]),
);

const certificate = since(
  z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.enum(['valid', 'expiring']), until: time, expiringFrom: time }),
    z.looseObject({ kind: z.literal('expired'), until: time }),
    z.looseObject({ kind: z.literal('other-name'), names: texts }),
    z.looseObject({ kind: z.enum(['untrusted', 'none']), why: z.string() }),
  ]),
);

const ownership = z.looseObject({
  id: z.number(),
  since: time,
  by: z.enum(['added', 'adopted']),
  removalSentAt: time.optional(),
});

const view = z.looseObject({ mapping: z.string(), dns: z.string(), certificate: z.string() });

const unrest = z.looseObject({ is: z.string(), at: time, since: time, times: z.number() });

const stateForm = z
  .looseObject({
    owned: ownership.optional(),
    ownedWww: ownership.optional(),
    seen: z
      .looseObject({
        id: z.number(),
        name: z.string(),
        type: z.string().optional(),
        www: z.boolean().optional(),
        redirection: z.string().optional(),
        wildcard: z.boolean(),
      })
      .optional(),
    failure: z
      .looseObject({
        attempts: z.number(),
        dueAt: time,
        why: z.string(),
        whatToDo: z.string(),
        requestOrder: z.string(),
      })
      .optional(),
    missingSince: time.optional(),
    goneSince: time.optional(),
    refuted: z.string().optional(),
    contested: z.looseObject({ eventId: z.string(), by: requestForm }).optional(),
    removedAt: time.optional(),
    probe: z
      .looseObject({
        at: time,
        dns: dns.optional(),
        www: dns.optional(),
        certificate: certificate.optional(),
        leftAt: time.optional(),
        unaskedSince: time.optional(),
        dnsHalfSince: time.optional(),
        wwwHalfSince: time.optional(),
        nameServers: texts.optional(),
      })
      .optional(),
    issuance: z
      .looseObject({
        requests: z
          .array(
            z.looseObject({
              at: time,
              names: texts,
              order: z.string(),
              answer: z.string(),
              spent: z.looseObject({ key: z.string(), until: time }).optional(),
            }),
          )
          .readonly(),
        attempts: z.number(),
        notBefore: time.optional(),
        obstacle: z.looseObject({ kind: z.enum(['unread', 'foreign', 'in-between']), at: time }).optional(),
        blamed: z
          .array(z.looseObject({ name: z.string(), at: time, says: z.string() }))
          .readonly()
          .optional(),
      })
      .optional(),
    writtenBack: z
      .array(z.looseObject({ row: z.number(), at: time, answer: z.string() }))
      .readonly()
      .optional(),
    requested: serving.optional(),
    told: z
      .looseObject({
        live: z.enum(['live', 'not live']).optional(),
        dns: z.enum(['here', 'lost']).optional(),
        certificate: z.enum(['wanting', 'valid', 'expiring', 'failed']).optional(),
        unrest: z.looseObject({ live: unrest.optional(), dns: unrest.optional() }).optional(),
      })
      .optional(),
    events: z
      .array(
        z.looseObject({
          number: z.number(),
          run: z.string(),
          type: z.string(),
          at: time,
          before: view,
          after: view,
        }),
      )
      .readonly()
      .optional(),
  })
  .describe('state');

type Fits<Written extends z.input<Form>, Form extends z.ZodType> = Written;
/** A new kind in a type that the form does not know would make the rows unreadable that this service writes. */
export type Checked = [Fits<DomainState, typeof stateForm>, Fits<MappingRequest, typeof requestForm>];
