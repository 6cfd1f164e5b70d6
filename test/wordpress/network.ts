/** A real WordPress network for the tests: its own database server on a socket, its own files, gone afterwards. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { keyText } from '../support/webhooks.ts';
import { program, SHARED_WORDPRESS } from './parts.ts';

const PHP_FILES = resolve('test/wordpress/php');
const BRIDGE = resolve('wordpress/multisite-runcloud-bridge.php');
const LOAD = "<?php require getenv( 'WORDPRESS' ) . '/wp-load.php';";
const run = promisify(execFile);

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
  readonly kind?: 'subdomains' | 'folders' | 'single';
  /** Without the bridge, to compare. */
  readonly isWithoutBridge?: boolean;
};

export class WordPress {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wordpress-'));
  readonly #database: ChildProcess;
  #server: { readonly port: number; stop(): void } | undefined;

  private constructor(database: (folder: string) => ChildProcess) {
    this.#database = database(this.#folder);
  }

  /** Starts the database, installs WordPress and makes it a network. Throws where that fails. */
  static async start(): Promise<WordPress> {
    const wordpress = new WordPress(startDatabase);
    try {
      await wordpress.#install();
      wordpress.#server = await wordpress.serve({}, { workers: 8, router: join(PHP_FILES, 'router.php') });
    } catch (error) {
      await wordpress.stop();
      throw error;
    }
    return wordpress;
  }

  /** Ends everything, and removes it. */
  async stop(): Promise<void> {
    this.#server?.stop();
    const ended = new Promise((done) => this.#database.once('exit', done));
    this.#database.kill('SIGKILL');
    if (this.#database.exitCode === null && this.#database.signalCode === null) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get root(): string {
    return join(this.#folder, 'www');
  }

  /** Takes PHP, which runs within WordPress, and the situation; returns what it printed. Throws where it fails or warns. */
  async php(code: string, situation: Situation = {}): Promise<string> {
    return this.#run(`${LOAD} ${code}`, situation);
  }

  /** Takes PHP that returns something; returns that. */
  async value<T>(code: string, situation: Situation = {}): Promise<T> {
    const code_ = `echo "\\n=" . wp_json_encode( ( function () { global $wpdb; ${code} } )() );`;
    const printed = await this.php(code_, situation);
    return JSON.parse(printed.slice(printed.lastIndexOf('\n=') + 2)) as T;
  }

  /** Takes statements; returns the rows of the last one. Past WordPress, which takes its time to load. */
  async sql<T>(...statements: string[]): Promise<readonly T[]> {
    const code = `<?php $db = new mysqli( 'localhost', getenv( 'DB_USER' ), '', 'network', 0, getenv( 'DB_SOCKET' ) );
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

  /** Takes a situation, and perhaps a script that answers in the place of WordPress; returns PHP's web server, on loopback. */
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

  /** Returns what WordPress logged since the last time: warnings, notices, and what plugins write. */
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
    if (!this.#server) return this.#runOnItsOwn(code, situation);
    const answer = await fetch(`http://127.0.0.1:${this.#server.port}/`, {
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
    kind = 'subdomains',
    isWithoutBridge,
    ...more
  }: Situation): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      WORDPRESS: this.root,
      WP_LOG: join(this.#folder, 'debug.log'),
      DB_SOCKET: join(this.#folder, 'socket'),
      DB_USER: userInfo().username,
      HTTP_HOST: host,
      NETWORK: kind,
      ...(isWithoutBridge && { MU_PLUGINS: join(this.#folder, 'without') }),
      ...(url !== undefined && { MULTISITE_RUNCLOUD_URL: url, MULTISITE_RUNCLOUD_SECRET: secret }),
      ...(clockOffBy !== undefined && { CLOCK_OFF_BY: String(clockOffBy) }),
      ...(plugin !== undefined && { WU_VERSION: plugin }),
      ...more,
    };
  }

  async #install(): Promise<void> {
    cpSync(SHARED_WORDPRESS, this.root, {
      recursive: true,
      dereference: true,
      filter: (from) =>
        !/\/(wp-content|\.htaccess|wp-config\.php)$/.test(from) && !/\.(js|css|svg|png|gif|jpg)$/.test(from),
    });
    symlinkSync(join(PHP_FILES, 'wp-config.php'), join(this.root, 'wp-config.php'));
    const [mustUse, without] = [join(this.root, 'wp-content/mu-plugins'), join(this.#folder, 'without')];
    for (const folder of [mustUse, without, join(this.root, 'wp-content/themes/plain')]) {
      mkdirSync(folder, { recursive: true });
    }
    for (const file of ['00-test.php', '01-ultimate-multisite.php', '02-action-scheduler.php']) {
      for (const folder of [mustUse, without]) symlinkSync(join(PHP_FILES, file), join(folder, file));
    }
    symlinkSync(BRIDGE, join(mustUse, 'multisite-runcloud-bridge.php'));
    writeFileSync(join(this.root, 'wp-content/themes/plain/style.css'), '/* Theme Name: Plain */');
    writeFileSync(join(this.root, 'wp-content/themes/plain/index.php'), '<?php wp_head(); wp_footer(); ?>PAGE');
    await this.#untilDatabaseAnswers();
    await this.#run(readFileSync(join(PHP_FILES, 'install.php'), 'utf8'), { kind: 'single', isWithoutBridge: true });
    await this.php(
      "update_site_option( 'allowedthemes', array( 'plain' => true ) ); switch_theme( 'plain' ); update_option( 'siteurl', 'http://network.example' ); update_option( 'home', 'http://network.example' );",
      { isWithoutBridge: true },
    );
    this.takeLog();
  }

  async #untilDatabaseAnswers(): Promise<void> {
    const code = `<?php mysqli_report( MYSQLI_REPORT_OFF ); $db = @new mysqli( 'localhost', getenv( 'DB_USER' ), '', '', 0, getenv( 'DB_SOCKET' ) );
      exit( ! $db->connect_error && $db->query( 'CREATE DATABASE IF NOT EXISTS network' ) ? 0 : 1 );`;
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
      if (
        await this.#run(code, {}).then(
          () => true,
          () => false,
        )
      )
        return;
    }
    throw new Error('The database server did not start.');
  }
}

function startDatabase(folder: string): ChildProcess {
  const data = join(folder, 'data');
  const { username } = userInfo();
  const install = program('mariadb-install-db') as string;
  // As whoever runs the tests, with that name as its only account, and no care for the disk.
  const command = `"${install}" --no-defaults --user="${username}" --datadir="${data}" --auth-root-authentication-method=socket --auth-root-socket-user="${username}" --skip-test-db >"${folder}/install.log" 2>&1 &&
    exec "${program('mariadbd')}" --no-defaults --user="${username}" --datadir="${data}" --socket="${folder}/socket" --skip-networking --pid-file="${folder}/pid" --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=64M >"${folder}/database.log" 2>&1`;
  return spawn('sh', ['-c', command], { stdio: 'ignore' });
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
