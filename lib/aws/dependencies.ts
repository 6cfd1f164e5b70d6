/** The loop on AWS: its settings from two secrets, its ledger in DynamoDB, its rechecks in SQS. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { connect } from '../connect.ts';
import type { ReceiverStanding } from '../core/report/receivers.ts';
import { publicDns } from '../dns/dns.ts';
import { dynamoLedger } from '../ledger/dynamo.ts';
import type { Dependencies, Startup } from '../loop/dependencies.ts';
import type { Receiver } from '../notify/settings.ts';
import type { Credentials } from '../runcloud/api.ts';
import { serverTls } from '../tls/tls.ts';
import { explain } from '../util/log.ts';
import { bothSecrets } from './both-secrets.ts';
import { CLIENT } from './client.ts';
import { resourceName } from './environment.ts';
import type { LambdaEnvironment } from './lambda.ts';
import { embeddedMetrics } from './metrics.ts';
import { delayedMessages } from './queue.ts';
import { type ReceiverStateStore, receiverStates } from './receiver-states.ts';
import { RECONCILE_EVERY_MS } from './schedule.ts';
import { SecretUnreadyError } from './secret-error.ts';

/**
 * Opens the dependencies of one run, with settings that are 5 minutes old at most. The environment has to hold
 * WEBHOOK_SECRET_ID, RUNCLOUD_SECRET_ID, LEDGER_TABLE, SYNC_QUEUE_URL, EVENT_BUS, API_URL and STAGE.
 * @throws Error if it lacks one of them
 */
export function dependenciesOnAws(
  environment: NodeJS.ProcessEnv,
  { clock, log, write }: LambdaEnvironment,
): () => Promise<Startup> {
  const secrets = bothSecrets(environment, { clock, log });
  const [client, table] = [new DynamoDBClient(CLIENT), resourceName(environment, 'LEDGER_TABLE')];
  const ledger = dynamoLedger(client, table, clock);
  const states = receiverStates(client, table, clock);
  const recheck = delayedMessages(resourceName(environment, 'SYNC_QUEUE_URL'), clock);
  const bus = resourceName(environment, 'EVENT_BUS');
  const apiUrl = resourceName(environment, 'API_URL');
  // Most runs have nothing to tell, and its client takes long to load.
  let teller: Promise<Dependencies['tell']> | undefined;
  const tell: Dependencies['tell'] = async (events) => {
    teller ??= import('./tell.ts').then(({ eventBridgeTell }) => eventBridgeTell(bus));
    await (await teller)(events);
  };
  const emitMetrics = embeddedMetrics(resourceName(environment, 'STAGE'), clock, write);
  let opened: { readonly from: string; readonly deps: Dependencies } | undefined;

  /** Somebody may have put new credentials into the secret since it was read. */
  const renewCredentials = async (): Promise<Credentials> =>
    secrets.parse(await secrets.refreshRunCloud()).api.credentials;

  const open = async (): Promise<Dependencies> => {
    const raw = await secrets.get();
    const from = JSON.stringify(raw);
    // The client knows how much of RunCloud's rate limit is left, so it is kept while the settings stay the same.
    if (opened?.from === from) return opened.deps;
    const settings = secrets.parse(raw);
    await Promise.all([opened?.deps.runcloud.close(), opened?.deps.network?.close()]);
    const deps = connect(settings, {
      ledger,
      dns: publicDns(settings.dnsServers),
      tls: serverTls({ port: settings.tlsPort }),
      clock,
      log,
      recheck,
      tell,
      receivers: async () => standingsOf(settings.notify.receivers, states),
      emitMetrics,
      reconcileEveryMs: RECONCILE_EVERY_MS,
      renewCredentials,
      ownUrl: () => apiUrl,
    });
    opened = { from, deps };
    return deps;
  };

  return async () => {
    try {
      return { kind: 'ready', deps: await open() };
    } catch (error) {
      if (!(error instanceof SecretUnreadyError)) throw error;
      return { kind: 'unready', why: explain(error), ledger, clock };
    }
  };
}

async function standingsOf(
  receivers: readonly Receiver[],
  states: Pick<ReceiverStateStore, 'read'>,
): Promise<readonly ReceiverStanding[]> {
  if (receivers.length === 0) return [];
  const known = await states.read(receivers);
  return receivers.map(({ name, host }) => ({ name, host, state: known.get(name) ?? {} }));
}
