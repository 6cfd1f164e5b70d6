/** What a customer's page shows, from the ledger alone: two reads, however many domains there are. */
import { type CustomerView, customerView } from './core/report/customer.ts';
import { standingHolds } from './core/report/kept-holds.ts';
import type { HostName } from './core/values/host-name.ts';
import type { Dependencies } from './loop/dependencies.ts';
import { rememberedServerInfo } from './loop/observe/remembered-server.ts';
import { readPresent, readPresentApplication } from './loop/present.ts';

/** @throws if the ledger fails */
export async function recallCustomer(
  source: Pick<Dependencies, 'ledger' | 'clock'>,
  domain: HostName,
): Promise<CustomerView> {
  const [application, { records }] = await Promise.all([readPresentApplication(source), readPresent(source, [domain])]);
  const { settingsInUse, keptHolds, lastReconcile, sharedCertificate, certificateMode } = application;
  const serverAddresses = settingsInUse?.serverAddresses ?? [];
  const { server } = rememberedServerInfo(application, { serverAddresses });
  const held = standingHolds(keptHolds, records, lastReconcile?.at).filter((hold) => hold.domain === domain);
  return customerView({
    record: records.get(domain) ?? { domain, request: undefined, state: {} },
    server,
    held,
    subdomains: settingsInUse?.plan.subdomains ?? 'create',
    shared: certificateMode?.mode === 'basic' ? (sharedCertificate ?? undefined) : undefined,
    now: source.clock.now(),
  });
}
