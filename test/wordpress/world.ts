/** What the bridge's tests are made of: the network, the real service before the stand-in RunCloud, and what was told. */
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { SECOND } from '../../lib/core/values/time.ts';
import { parseSettings } from '../../lib/settings.ts';
import { type Clock, systemClock } from '../../lib/util/clock.ts';
import { jsonLog } from '../../lib/util/log.ts';
import { startService } from '../../local/service.ts';
import { StandInDns } from '../../local/stand-in/dns.ts';
import { StandInRunCloud } from '../../local/stand-in/runcloud.ts';
import { StandInTls } from '../../local/stand-in/tls.ts';
import { keyText } from '../support/webhooks.ts';
import type { Situation, WordPress } from './network.ts';

/** A row of the bridge's table. Numbers come as text. */
export type Row = {
  readonly id: string;
  readonly event_id: string;
  readonly kind: string;
  readonly domain: string;
  readonly site_id: string;
  readonly occurred_ms: string;
  readonly state: string;
  readonly attempts: string;
  readonly due: string;
  readonly status: string;
  readonly answer: string | null;
};

const PLENTY = { requests: 100_000, retryAfter: true, headers: true };

/** The real service before a stand-in RunCloud. Both end with the test. Port 0 is any. */
export async function startWorld({
  port = 0,
  dataDir = mkdtempSync(join(tmpdir(), 'bridge-')),
  runcloud = new StandInRunCloud({ clock: systemClock, authorization: 'Bearer MARKED-TOKEN', limit: PLENTY }),
  settings = {},
}: {
  port?: number;
  dataDir?: string;
  runcloud?: StandInRunCloud;
  settings?: Record<string, string>;
} = {}) {
  const clock: Clock = systemClock;
  const parsed = parseSettings({
    WU_RUNCLOUD_API_TOKEN: 'MARKED-TOKEN',
    WU_RUNCLOUD_SERVER_ID: '7',
    WU_RUNCLOUD_APP_ID: '12',
    RUNCLOUD_API_URL: await runcloud.listen(),
    WEBHOOK_SECRET: keyText(1),
    POLICY: 'sync',
    ...settings,
  });
  if (!parsed.ok) throw new Error(parsed.faults.join());
  const logged: string[] = [];
  const service = await startService({
    settings: parsed.settings,
    dataDir,
    port,
    host: '127.0.0.1',
    reconcileEveryMs: undefined,
    dns: new StandInDns(),
    tls: new StandInTls(runcloud),
    clock,
    log: jsonLog(clock, (line) => logged.push(line)),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= service.stop());
  onTestFinished(async () => {
    await stop();
    await runcloud.close();
  });
  return {
    runcloud,
    url: `${service.url}/webhooks`,
    port: Number(new URL(service.url).port),
    dataDir,
    logged,
    stop,
    /** Waits until RunCloud has exactly these beside the primary domain. */
    hasOnRunCloud: async (...names: string[]) => {
      await expect
        .poll(() => runcloud.names, { timeout: 10 * SECOND, interval: 20 })
        .toEqual(['network.example', ...names].sort());
    },
  };
}

export type Post = { readonly headers: IncomingHttpHeaders; readonly body: string };
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object };

/** A server that answers each request in turn; the last answer is for all that follow. */
export async function startListener(...answers: Answer[]) {
  const posts: Post[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { status, headers = {}, ...answer } = answers[Math.min(posts.length, answers.length - 1)] ?? { status: 202 };
    const body = answer.body ?? (status === 202 ? { accepted: true } : {});
    posts.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/webhooks`, posts };
}

/** The bridge's rows, in the order they were made. */
export async function rowsOf(wordpress: WordPress): Promise<readonly Row[]> {
  const [table] = await wordpress.sql("SHOW TABLES LIKE 'wp_runcloud_bridge_events'");
  return table ? wordpress.sql<Row>('SELECT * FROM wp_runcloud_bridge_events ORDER BY id') : [];
}

/** As in `mapped shop.example`. */
export async function toldBy(wordpress: WordPress): Promise<string[]> {
  return (await rowsOf(wordpress)).map(({ kind, domain }) => `${kind} ${domain}`);
}

/** As in `mapped shop.example: accepted`. */
export async function statesOf(wordpress: WordPress): Promise<string[]> {
  return (await rowsOf(wordpress)).map(({ kind, domain, state }) => `${kind} ${domain}: ${state}`);
}

/** One site, no mapping, no event. */
export async function reset(wordpress: WordPress): Promise<void> {
  await wordpress.sql(
    'DROP TABLE IF EXISTS wp_runcloud_bridge_events, wp_runcloud_bridge_news, wp_wu_domain_mappings, wp_stand_in_actions',
    'DELETE FROM wp_blogs WHERE blog_id > 1',
    'DELETE FROM wp_blogmeta',
    "UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'cron'",
    "DELETE FROM wp_options WHERE option_name = '_transient_doing_cron' OR option_name LIKE 'runcloud\\_bridge\\_%'",
    "UPDATE wp_blogs SET domain = 'network.example', path = '/' WHERE blog_id = 1",
  );
  wordpress.takeLog();
}

/** PHP that maps it as the plugin does, to the main site. */
export function map(domain: string, columns = ''): string {
  return `( new WP_Ultimo\\Models\\Domain( array( 'blog_id' => 1, 'domain' => '${domain}', ${columns} ) ) )->save();`;
}

/** PHP that changes its mapping. */
export function change(domain: string, columns: string): string {
  return `WP_Ultimo\\Models\\Domain::find( '${domain}' )->attributes( array( ${columns} ) )->save();`;
}

/** PHP that deletes its mapping. */
export function unmap(domain: string): string {
  return `WP_Ultimo\\Models\\Domain::find( '${domain}' )->delete();`;
}

/** PHP that creates a site there and leaves its id in $site. */
export function createSite(host: string): string {
  return `$site = wp_insert_site( array( 'domain' => '${host}', 'path' => '/', 'network_id' => 1, 'user_id' => 1, 'title' => 'Shop' ) );`;
}

/** The bridge with an address. */
export type Told = Situation & { readonly url: string };
