/** What the bridge's tests need from the machine: Debian's packages wordpress, php-cli, php-mysql and mariadb-server. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts WordPress. */
export const SHARED_WORDPRESS = '/usr/share/wordpress';

// The server's folder is in the path of root alone.
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Whole path of a program. Undefined: it is not installed. */
export function program(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What is missing, in words. Undefined: nothing. */
export function missingParts(): string | undefined {
  const missing = ['php', 'mariadbd', 'mariadb-install-db'].filter((name) => program(name) === undefined);
  const php = program('php');
  if (php && !execFileSync(php, ['-m'], { encoding: 'utf8' }).split('\n').includes('mysqli'))
    missing.push("php's mysqli");
  if (!existsSync(join(SHARED_WORDPRESS, 'wp-load.php'))) missing.push(SHARED_WORDPRESS);
  return missing.length > 0 ? missing.join(', ') : undefined;
}
