import type { CertificateMode } from '../../core/certificates/mode.ts';
import type { ServerAddresses } from '../../core/probe/dns-verdict.ts';
import type { ApplicationState } from '../../ledger/ledger.ts';

export type ServerInfo = {
  /** Undefined: RunCloud never told the address. */
  readonly server: ServerAddresses | undefined;
  /** Undefined: RunCloud does not say. */
  readonly mode: CertificateMode | undefined;
  /** The parts of the application's state that were read just now, for the ledger. */
  readonly changes: ApplicationState;
};

/** Asks nobody. */
export function rememberedServerInfo({ server, certificateMode }: ApplicationState): ServerInfo {
  return { server, mode: certificateMode?.mode ?? undefined, changes: {} };
}
