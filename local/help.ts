/** What every program of this project does with `--help`, and with arguments that it does not know. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { messageOf } from '../lib/util/log.ts';
import { wrap } from './wrap.ts';

const HELP = { help: { type: 'boolean' } } as const;

/**
 * Takes what `--help` says, and the options there are beside it; returns those that were given. Where `--help` is asked for the process
 * ends here, and with 1 where an argument is not known.
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
