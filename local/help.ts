/** What every program of this project does with `--help`, and with arguments that it does not know. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '../lib/util/log.ts';
import { wrap } from '../lib/util/wrap.ts';

const HELP = { help: { type: 'boolean' } } as const;

/**
 * The arguments that were given. With `--help` the process prints it and ends here; with an argument that is not known it ends with
 * exit code 1.
 */
export function readArguments<Options extends ParseArgsOptionsConfig = typeof HELP>(help: string, options?: Options) {
  try {
    const { values } = parseArgs<{ options: Options & typeof HELP }>({
      options: { ...(options as Options), ...HELP },
    });
    if (!('help' in values)) return values;
    process.stdout.write(help);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${wrap(messageOf(error))}\n\n${help}`);
    process.exit(1);
  }
}
