/** The server of one machine in front of a world in memory: what answers the operator's page and those of customers, and nothing else. */
import type { AddressInfo } from 'node:net';
import { queries } from '../../functions/query.ts';
import { MINUTE } from '../../lib/core/values/time.ts';
import { recallCustomer } from '../../lib/customer.ts';
import { pageLimits } from '../../lib/intake/page-limits.ts';
import { type PageDependencies, receivePage } from '../../lib/intake/receive-page.ts';
import { checkDomains } from '../../lib/loop/runs/check.ts';
import { answerQuery } from '../../lib/query.ts';
import { operatorPage } from '../../local/operator.ts';
import { createHttpServer } from '../../local/server.ts';
import { key } from './webhooks.ts';
import type { TestWorld } from './world.ts';

export type PagesServer = { readonly url: string; close(): Promise<void> };

/** `port`: 0 for any that is free. */
export async function servePages(world: TestWorld, port = 0): Promise<PagesServer> {
  const { clock, log } = world;
  const ask = async (query: unknown) => answerQuery(world, query);
  const open = async () => ({ keys: [key(1)], publicUrl: undefined });
  const pages: PageDependencies = {
    open,
    view: async (domain) => recallCustomer(world, domain),
    check: async (domain) => checkDomains(world, [domain], clock.now() + MINUTE),
    // The clock of a world stands still, so no reader would ever be let in again.
    limits: { ...pageLimits(), admitPage: () => true, admitGuess: () => true },
    clock,
    log,
  };
  const server = createHttpServer(
    {
      webhook: async () => ({ statusCode: 404, body: 'not found' }),
      reconcile: async () => ({ ok: false, summary: 'not asked for' }),
      queries: queries({ open, ask, clock, log }, async (request) => receivePage(request, pages)),
      operator: operatorPage({ ask, log }),
      health: async () => ({ ok: true }),
    },
    { clock, log },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
