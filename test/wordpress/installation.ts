/** The WordPress of a test run: a database server on a socket, files, a PHP that stays. All of it is gone afterwards. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Installed, PHP_FILES, TEMPLATE, WordPress } from './network.ts';
import { program, SHARED_WORDPRESS } from './parts.ts';

const run = promisify(execFile);

export class Installation {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wordpress-'));
  readonly #database = startDatabase(this.#folder);
  #server: { readonly port: number; stop(): void } | undefined;

  private constructor() {}

  /** Starts the database, installs WordPress and makes it a network. @throws where that fails. */
  static async start(): Promise<Installation> {
    const installation = new Installation();
    try {
      await installation.#install();
    } catch (error) {
      await installation.stop();
      throw error;
    }
    return installation;
  }

  get installed(): Installed {
    return { folder: this.#folder, port: this.#server?.port };
  }

  /** Ends everything, and removes it. */
  async stop(): Promise<void> {
    this.#server?.stop();
    const ended = new Promise((done) => this.#database.once('exit', done));
    this.#database.kill('SIGKILL');
    if (this.#database.exitCode === null && this.#database.signalCode === null) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #install(): Promise<void> {
    const wordpress = new WordPress(this.installed, TEMPLATE);
    cpSync(SHARED_WORDPRESS, wordpress.root, {
      recursive: true,
      dereference: true,
      filter: (from) =>
        !/\/(wp-content|\.htaccess|wp-config\.php)$/.test(from) && !/\.(js|css|svg|png|gif|jpg)$/.test(from),
    });
    symlinkSync(join(PHP_FILES, 'wp-config.php'), join(wordpress.root, 'wp-config.php'));
    const theme = join(wordpress.root, 'wp-content/themes/plain');
    mkdirSync(theme, { recursive: true });
    writeFileSync(join(theme, 'style.css'), '/* Theme Name: Plain */');
    writeFileSync(join(theme, 'index.php'), '<?php wp_head(); wp_footer(); ?>PAGE');
    await this.#untilDatabaseAnswers();
    await wordpress.install();
    this.#server = await wordpress.serve({}, { workers: 8, router: join(PHP_FILES, 'router.php') });
  }

  async #untilDatabaseAnswers(): Promise<void> {
    const code = `mysqli_report( MYSQLI_REPORT_OFF ); $db = @new mysqli( 'localhost', getenv( 'DB_USER' ), '', '', 0, getenv( 'DB_SOCKET' ) );
      exit( ! $db->connect_error && $db->query( 'CREATE DATABASE IF NOT EXISTS ${TEMPLATE}' ) ? 0 : 1 );`;
    const env = { DB_USER: userInfo().username, DB_SOCKET: join(this.#folder, 'socket') };
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
      const answers = await run(program('php') as string, ['-r', code], { env }).then(
        () => true,
        () => false,
      );
      if (answers) return;
    }
    throw new Error(`The database server did not start: ${readFileSync(join(this.#folder, 'database.log'), 'utf8')}`);
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
