import type { CertificateMode } from '../../core/certificates/mode.ts';
import type { ServerAddresses } from '../../core/probe/dns-verdict.ts';
import { serverAddresses } from '../../core/probe/server-addresses.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';
import type { LedgerView } from '../dependencies.ts';

export type ServerInfo = {
  /** Undefined: RunCloud never told the address, and SERVER_ADDRESSES lists none. */
  readonly server: ServerAddresses | undefined;
  /** Undefined: RunCloud does not say. */
  readonly mode: CertificateMode | undefined;
  /** The parts of the application's state that were read just now, for the ledger. */
  readonly changes: ApplicationState;
};

/** Asks nobody. */
export function rememberedServerInfo(
  { server, certificateMode }: ApplicationState,
  { serverAddresses: listed }: Pick<LedgerView, 'serverAddresses'>,
): ServerInfo {
  return { server: serverAddresses(listed, server), mode: certificateMode?.mode ?? undefined, changes: {} };
}
