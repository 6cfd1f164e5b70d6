/**
 * The forms in which ledgers have been stored, and how each becomes the next.
 *
 * A new form is one more `Upgrade` at the end of the list, and fixtures that the version before it made. An entry never
 * changes once it is released: ledgers of that form are out there. So entries work on names as they were stored, and not
 * on today's types.
 *
 * SQLite is brought up to date as a whole, in one transaction, when it is opened. In DynamoDB the item of the application
 * says the form of the table, and is brought up to date under the lease. Each domain's item says by itself which form its
 * state has: it is read in any form, and written in the newest.
 */
import type { DomainState } from '../core/domain/record.ts';
import { ExplainedError } from '../util/explained-error.ts';
import type { ApplicationState } from './ledger.ts';

/** What was stored, by the names it was stored under. */
export type Stored = Readonly<Record<string, unknown>>;

type Upgrade = {
  /** The first version of the software that reads and writes the form that comes out. */
  readonly since: string;
  /** Statements for SQLite. States and notes follow them. */
  readonly sqlite: string;
  readonly state: (stored: Stored) => Stored;
  readonly application: (stored: Stored) => Stored;
};

/** 0.1.0 wrote form 1, and no number. Form 2 calls the same things by the field's words, and knows no dates of RunCloud's. */
const toSchema2: Upgrade = {
  since: '0.2.0',
  sqlite: `
    ALTER TABLE domain RENAME COLUMN wish TO request;
    ALTER TABLE domain RENAME COLUMN wish_order TO request_order;
    ALTER TABLE lease RENAME COLUMN adding TO pending_adds;
    CREATE TABLE read_by (software TEXT NOT NULL);
  `,
  state: (stored) => {
    const state = rename(stored, { look: 'probe', issuing: 'issuance', trouble: 'failure', asked: 'requested' });
    const named = within(state, 'failure', (failure) => rename(failure, { under: 'requestOrder' }));
    return within(named, 'seen', withoutDate);
  },
  application: ({ clock: _, ...stored }) => {
    const named = rename(stored, { facts: 'snapshot', tally: 'removals', stop: 'abort' });
    return within(named, 'snapshot', ({ isDated: __, ...snapshot }) =>
      within(within(snapshot, 'primary', withoutDate), 'wildcards', withoutDate),
    );
  },
};

function withoutDate({ createdAt: _, ...domain }: Stored): Stored {
  return domain;
}

/** The first leads from form 1 to form 2. */
const UPGRADES: readonly [Upgrade, ...Upgrade[]] = [toSchema2];

/** The form that this software writes. */
export const SCHEMA = UPGRADES.length + 1;

/** The first version of the software that reads that form. It is stored beside the number, for older software to name. */
export const READ_BY = (UPGRADES.at(-1) ?? toSchema2).since;

/** The ledger has a form that this software does not know. Nothing was read from it or written to it. */
export class NewerLedgerError extends ExplainedError<'newer-ledger'> {
  override readonly name = 'NewerLedgerError';

  /** `readBy`: the version of the software that reads it, where the ledger says so. */
  constructor(schema: number, readBy: string | undefined) {
    const reader = readBy === undefined ? 'a newer version of this software' : `version ${readBy} of this software`;
    super(
      'newer-ledger',
      `The ledger has schema ${schema}, and this version of the software reads schemas up to ${SCHEMA} only. ${reader[0]?.toUpperCase()}${reader.slice(1)} or a later one reads it.`,
      `Run ${reader} or a later one. To stay with this version, restore the ledger from before the upgrade (docs/one-machine.md and docs/aws-operations.md say how).`,
    );
  }
}

/** @throws NewerLedgerError */
export function insistOnKnown(schema: number, readBy: string | undefined): void {
  if (schema > SCHEMA) throw new NewerLedgerError(schema, readBy);
}

/** A state that was stored in this form, as it is today. */
export function upgradeState(stored: Stored, schema: number): DomainState {
  return upgradesFrom(schema).reduce((state, upgrade) => upgrade.state(state), stored);
}

/** What was stored in this form of the application as a whole, as it is today. */
export function upgradeApplication(stored: Stored, schema: number): ApplicationState {
  return upgradesFrom(schema).reduce((application, upgrade) => upgrade.application(application), stored);
}

/** Statements that make today's tables of those of this form. */
export function upgradeTables(schema: number): readonly string[] {
  return upgradesFrom(schema).map(({ sqlite }) => sqlite);
}

function upgradesFrom(schema: number): readonly Upgrade[] {
  return UPGRADES.slice(schema - 1);
}

function rename(stored: Stored, names: Readonly<Record<string, string>>): Stored {
  return Object.fromEntries(Object.entries(stored).map(([name, value]) => [names[name] ?? name, value]));
}

/** Changes the object at this name, or each one in the list there. What is absent or null stays so. */
function within(stored: Stored, name: string, change: (inner: Stored) => Stored): Stored {
  const inner = stored[name];
  const changed = (each: unknown): unknown =>
    typeof each === 'object' && each !== null ? change(each as Stored) : each;
  return inner === undefined
    ? stored
    : { ...stored, [name]: Array.isArray(inner) ? inner.map(changed) : changed(inner) };
}
