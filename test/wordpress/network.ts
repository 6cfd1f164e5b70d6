/** A WordPress network, as one file of tests has it: a database and must-use plugins of its own in the run's installation. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { keyText } from '../support/webhooks.ts';
import { program } from './parts.ts';

export const PHP_FILES = resolve('test/wordpress/php');
const BRIDGE = 'multisite-runcloud-bridge';
const LOAD = "<?php require getenv( 'WORDPRESS' ) . '/wp-load.php';";
const run = promisify(execFile);

/** The database that WordPress is installed in. Files of tests get copies. */
export const TEMPLATE = 'network';

/** The installation: its folder, and the port of a PHP that stays. undefined: each run of PHP is a process of its own. */
export type Installed = { readonly folder: string; readonly port: number | undefined };

/** What one run of PHP is told by its environment. */
export type Situation = {
  /** Constants of wp-config.php; undefined leaves them out. */
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
  /** Seconds by which the bridge's clock is ahead. */
  readonly clockOffBy?: number;
  /** The version of Ultimate Multisite that is there; undefined: none. */
  readonly plugin?: string | undefined;
  readonly [more: `WU_${string}` | `AS_${string}`]: string;
  readonly host?: string;
  readonly path?: string;
  /** Further constants of wp-config.php. */
  readonly constants?: Readonly<Record<string, string>>;
  readonly kind?: 'subdomains' | 'folders' | 'single';
  /** Without the bridge, to compare. */
  readonly isWithoutBridge?: boolean;
};

export class WordPress {
  readonly #installed: Installed;
  readonly #database: string;
  /** What is this network's alone. */
  readonly #folder: string;

  constructor(installed: Installed, database: string) {
    this.#installed = installed;
    this.#database = database;
    this.#folder = join(installed.folder, database);
    const plugins = ['00-test.php', '01-ultimate-multisite.php', '02-action-scheduler.php'];
    for (const folder of [this.mustUse, this.#without]) {
      mkdirSync(folder, { recursive: true });
      for (const file of plugins) symlinkSync(join(PHP_FILES, file), join(folder, file));
    }
    this.copyBridge();
  }

  /** Copies the installed network, so that what one file of tests does is nothing to another that runs beside it. */
  static async open(installed: Installed): Promise<WordPress> {
    const wordpress = new WordPress(installed, `${TEMPLATE}_${randomBytes(6).toString('hex')}`);
    await wordpress.#copyDatabase();
    return wordpress;
  }

  get root(): string {
    return join(this.#installed.folder, 'www');
  }

  /** The folder of must-use plugins. */
  get mustUse(): string {
    return join(this.#folder, 'mu-plugins');
  }

  get #without(): string {
    return join(this.#folder, 'without');
  }

  /** Does what the documentation says: copies the bridge's file and its folder. */
  copyBridge(): void {
    for (const name of [`${BRIDGE}.php`, BRIDGE]) {
      rmSync(join(this.mustUse, name), { recursive: true, force: true });
      cpSync(resolve('wordpress', name), join(this.mustUse, name), { recursive: true });
    }
  }

  /** What PHP within WordPress printed. @throws if it fails or warns */
  async php(code: string, situation: Situation = {}): Promise<string> {
    return this.#run(`${LOAD} ${code}`, situation);
  }

  /** What PHP within WordPress returned. */
  async value<T>(code: string, situation: Situation = {}): Promise<T> {
    const code_ = `echo "\\n=" . wp_json_encode( ( function () { global $wpdb; ${code} } )() );`;
    const printed = await this.php(code_, situation);
    return JSON.parse(printed.slice(printed.lastIndexOf('\n=') + 2)) as T;
  }

  /** Rows of the last statement. Not through WordPress, which takes its time to load. */
  async sql<T>(...statements: string[]): Promise<readonly T[]> {
    const code = `<?php $db = new mysqli( 'localhost', getenv( 'DB_USER' ), '', getenv( 'DB_NAME' ), 0, getenv( 'DB_SOCKET' ) ); $db->set_charset( 'utf8mb4' );
      foreach ( ${JSON.stringify(statements).replaceAll('$', '\\$')} as $sql ) { $result = $db->query( $sql ); }
      echo json_encode( is_bool( $result ) ? array() : $result->fetch_all( MYSQLI_ASSOC ), JSON_INVALID_UTF8_SUBSTITUTE );`;
    return JSON.parse(await this.#run(code, {})) as readonly T[];
  }

  /** Does what the server does when wp-cron.php of the main site is called. */
  async cron(situation: Situation = {}): Promise<void> {
    await this.#run("<?php require getenv( 'WORDPRESS' ) . '/wp-cron.php';", situation);
  }

  /** As `php`, in a process of its own, which may be killed. Throws where it ends otherwise than well. */
  async phpOnItsOwn(code: string, situation: Situation = {}): Promise<string> {
    return this.#runOnItsOwn(`${LOAD} ${code}`, situation);
  }

  /** Fills the empty database, once for all that are copied from it. */
  async install(): Promise<void> {
    await this.#run(readFileSync(join(PHP_FILES, 'install.php'), 'utf8'), { kind: 'single', isWithoutBridge: true });
    await this.php(
      "update_site_option( 'allowedthemes', array( 'plain' => true ) ); switch_theme( 'plain' ); update_option( 'siteurl', 'http://network.example' ); update_option( 'home', 'http://network.example' );",
      { isWithoutBridge: true },
    );
    this.takeLog();
  }

  /** PHP's web server on loopback. A script may answer in the place of WordPress. */
  async serve(
    situation: Situation,
    { workers = 1, router }: { workers?: number; router?: string } = {},
  ): Promise<{ readonly port: number; stop(): void }> {
    const port = await freePort();
    const options = [...this.#options(), '-S', `127.0.0.1:${port}`, '-t', this.root, ...(router ? [router] : [])];
    const child = spawn(program('php') as string, options, {
      env: { ...this.#environment(situation), ...(workers > 1 && { PHP_CLI_SERVER_WORKERS: String(workers) }) },
      stdio: 'ignore',
      detached: true,
    });
    for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
      if (await isListening(port)) break;
    }
    return { port, stop: () => void process.kill(-(child.pid as number), 'SIGKILL') };
  }

  /** What WordPress logged since the last call: warnings, notices, and what plugins write. */
  takeLog(): string {
    const log = join(this.#folder, 'debug.log');
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    rmSync(log, { force: true });
    return text;
  }

  #options(): string[] {
    return ['error_reporting=E_ALL', 'memory_limit=512M', 'variables_order=EGPCS', 'opcache.enable_cli=1'].flatMap(
      (each) => ['-d', each],
    );
  }

  async #run(code: string, situation: Situation): Promise<string> {
    const { port } = this.#installed;
    if (port === undefined) return this.#runOnItsOwn(code, situation);
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-environment': JSON.stringify(this.#environment(situation)), 'content-type': 'application/x-php' },
      body: code,
    });
    const text = await answer.text();
    if (answer.status === 500 || text.includes('\nFATAL: ')) throw new Error(`PHP failed: ${text}${this.takeLog()}`);
    return text;
  }

  async #runOnItsOwn(code: string, situation: Situation): Promise<string> {
    const file = join(this.#folder, `run-${process.hrtime.bigint()}.php`);
    writeFileSync(file, code);
    const { stdout } = await run(program('php') as string, [...this.#options(), file], {
      env: this.#environment(situation),
      maxBuffer: 64 * 1024 * 1024,
    }).finally(() => rmSync(file));
    return stdout;
  }

  #environment({
    url,
    secret = keyText(1),
    clockOffBy,
    plugin,
    host = 'network.example',
    path = '/',
    kind = 'subdomains',
    constants,
    isWithoutBridge,
    ...more
  }: Situation): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      WORDPRESS: this.root,
      WP_LOG: join(this.#folder, 'debug.log'),
      DB_SOCKET: join(this.#installed.folder, 'socket'),
      DB_NAME: this.#database,
      DB_USER: userInfo().username,
      HTTP_HOST: host,
      REQUEST_PATH: path,
      NETWORK: kind,
      ...(constants && { CONSTANTS: JSON.stringify(constants) }),
      MU_PLUGINS: isWithoutBridge ? this.#without : this.mustUse,
      ...(url !== undefined && { MULTISITE_RUNCLOUD_URL: url, MULTISITE_RUNCLOUD_SECRET: secret }),
      ...(clockOffBy !== undefined && { CLOCK_OFF_BY: String(clockOffBy) }),
      ...(plugin !== undefined && { WU_VERSION: plugin }),
      ...more,
    };
  }

  async #copyDatabase(): Promise<void> {
    const code = `<?php $db = new mysqli( 'localhost', getenv( 'DB_USER' ), '', '', 0, getenv( 'DB_SOCKET' ) ); $to = getenv( 'DB_NAME' );
      $db->query( "CREATE DATABASE \`$to\`" );
      foreach ( $db->query( 'SHOW TABLES FROM ${TEMPLATE}' )->fetch_all() as list( $table ) ) {
        $db->query( "CREATE TABLE \`$to\`.\`$table\` LIKE ${TEMPLATE}.\`$table\`" );
        $db->query( "INSERT INTO \`$to\`.\`$table\` SELECT * FROM ${TEMPLATE}.\`$table\`" );
      }`;
    await this.#run(code, {});
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readme.html`).then(
    () => true,
    () => false,
  );
}
