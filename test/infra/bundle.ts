/** Bundles a function as SST's command-line program does, for an evaluation: the same esbuild, the same options. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Metafile } from 'esbuild';

/** The part of SST's request that is used. */
export type BuildRequest = {
  readonly functionID: string;
  readonly handler: string;
  /** `nodejs` of the function, and its architecture. */
  readonly properties?: {
    readonly minify?: boolean;
    readonly splitting?: boolean;
    readonly architecture?: string;
    readonly esbuild?: { readonly external?: readonly string[] };
  };
};

export type BuiltFunction = {
  /** Folder of the package; absolute. */
  readonly folder: string;
  /** As Lambda is told it: file and export, `bundle.handler`. */
  readonly handler: string;
  /** The source it was made from, without its ending: `functions/webhook`. */
  readonly source: string;
  /** What is read at every cold start: the entry, and the chunks it imports at once. */
  readonly startBytes: number;
  /** All of the package. */
  readonly bytes: number;
  /** What the entry exports. */
  readonly exports: readonly string[];
  /** The files in it, relative to the project. */
  readonly files: readonly string[];
};

/** What CommonJS packages expect and ES modules lack; SST puts the same names in front of every package. */
export const COMMONJS = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __toPath } from "node:url";',
  'const require = __createRequire(import.meta.url);',
  'const __filename = __toPath(import.meta.url);',
  'const __dirname = __toPath(new URL(".", import.meta.url));',
].join('\n');

/** Where packages are put: `into` is set by the evaluator before the configuration runs. */
export const place = { root: '', into: '' };

/**
 * Writes the package that SST asks for.
 * @throws if the handler is missing or does not bundle, and for options of bundling that this does not know
 */
export async function buildFunction({ functionID, handler, properties = {} }: BuildRequest): Promise<BuiltFunction> {
  const { root, into } = place;
  const { minify = false, splitting = false, architecture: _, esbuild = {}, ...others } = properties;
  const { external = [], ...otherOptions } = esbuild;
  const unknown = [...Object.keys(others), ...Object.keys(otherOptions)];
  if (unknown.length > 0) throw new Error(`${functionID}: ${unknown} must be followed here too`);
  const dot = handler.lastIndexOf('.');
  const source = handler.slice(0, dot);
  const entry = join(root, `${source}.ts`);
  if (!existsSync(entry)) throw new Error(`${functionID}: there is no ${source}.ts`);
  const folder = join(into, 'artifacts', `${functionID}-src`);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: folder,
    entryNames: 'bundle',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting,
    // Documented as on by default; SST's program leaves it off unless it is set.
    minify,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'es2024',
    mainFields: ['module', 'main'],
    external: ['sharp', 'pg-native', ...external],
    banner: { js: COMMONJS },
    metafile: true,
    logLevel: 'silent',
  });
  const { outputs, inputs } = metafile;
  const main = Object.keys(outputs).find((file) => basename(file) === 'bundle.mjs') ?? '';
  return {
    folder,
    handler: `bundle${handler.slice(dot)}`,
    source,
    startBytes: sum(outputs, readAtOnce(outputs, main)),
    bytes: sum(outputs, Object.keys(outputs)),
    exports: outputs[main]?.exports ?? [],
    files: Object.keys(inputs),
  };
}

/** The file, and all that it imports other than by `import()`. */
function readAtOnce(outputs: Metafile['outputs'], file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { path, kind } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && path in outputs) readAtOnce(outputs, path, seen);
  }
  return seen;
}

function sum(outputs: Metafile['outputs'], files: Iterable<string>): number {
  return [...files].reduce((bytes, file) => bytes + (outputs[file]?.bytes ?? 0), 0);
}
