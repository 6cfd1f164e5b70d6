/**
 * Runs `run()` of sst.config.ts as SST would, with Pulumi's own mocks in the place of AWS, and writes what came out. A
 * process of its own (evaluation.ts starts it): it changes folder, environment and globals, and its end is told by an
 * empty event loop, because Pulumi never settles a value whose source failed.
 *
 * Proves that the configuration runs to its end, and what it asks AWS for. Not that AWS would agree: nothing is
 * deployed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { place } from './bundle.ts';
import { ask, create, REGION, type Resource } from './cloud.ts';
import { PLATFORM, ROOT } from './platform.ts';
import { built } from './sst-cli.ts';

type Inputs = Readonly<Record<string, unknown>>;
type Pulumi = {
  readonly runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean, organization: string): Promise<void>;
    setConfig(key: string, value: string): void;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    registerStackTransformation(look: (args: { name: string; type: string; opts: ResourceOptions }) => undefined): void;
  };
};
type ResourceOptions = { readonly retainOnDelete?: boolean };
type Mocks = {
  newResource(args: { type: string; name: string; inputs: Inputs; custom?: boolean }): { id: string; state: Inputs };
  call(args: { token: string; inputs: Inputs }): Inputs;
};
type App = Inputs & { readonly name: string; readonly stage: string };

const [stage = '', folder = '', command = ''] = process.argv.slice(2);
Object.assign(place, { root: ROOT, into: folder });
// Inside the platform: what is left out of the bundles below is found beside it.
const scratch = mkdtempSync(join(PLATFORM, 'evaluation-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

const app = await readApp();
const resources: Omit<Resource, 'isRetained'>[] = [];
const pulumi: Pulumi = createRequire(join(PLATFORM, 'package.json'))('@pulumi/pulumi');
await pulumi.runtime.setMocks(
  {
    newResource: ({ type, name: id, inputs: given, custom }) => {
      const inputs = readable(given) as Inputs;
      const { arn, state } = create(type, id, inputs);
      if (custom) resources.push({ type, id, arn, inputs });
      return { id: `${id}-id`, state: { ...given, ...state } };
    },
    call: ({ token, inputs }) => {
      try {
        return ask(token, inputs);
      } catch (error) {
        // Pulumi passes on `details` only.
        throw Object.assign(new Error(), { details: (error as Error).message });
      }
    },
  },
  app.name,
  app.stage,
  false,
  'organization',
);
pulumi.runtime.setConfig('aws:region', REGION);

let outputs: unknown;
process.once('beforeExit', () => {
  if (outputs === undefined) {
    process.stderr.write('run() does not end: it waits for a value that never comes.\n');
    process.exitCode = 1;
    return;
  }
  const functions = Object.fromEntries([...built].sort());
  const all = resources.map((each): Resource => {
    return { ...each, isRetained: optionsOf.get(`${each.type} ${each.id}`)?.retainOnDelete === true };
  });
  writeFileSync(join(folder, 'evaluation.json'), JSON.stringify({ app, functions, resources: all, outputs }, null, 2));
});
const program = await loadProgram();
// Mocks are not told of options. SST changes these very objects afterwards, so they are read at the end.
const optionsOf = new Map<string, ResourceOptions>();
outputs = await pulumi.runtime.runInPulumiStack(async () => {
  pulumi.runtime.registerStackTransformation(({ type, name, opts }) => void optionsOf.set(`${type} ${name}`, opts));
  return program();
});

/** The configuration's `app()`, as SST completes it. */
async function readApp(): Promise<App> {
  Object.assign(globalThis, { $config: (config: unknown) => config });
  const { default: config } = await load(
    'app',
    `export { default } from ${JSON.stringify(join(ROOT, 'sst.config.ts'))}`,
  );
  return { ...(await config.app({ stage })), stage, providers: { aws: { region: REGION } } };
}

async function loadProgram(): Promise<() => Promise<unknown>> {
  // Not the project itself: what is pinned there, and was deployed from there, concerns no evaluation.
  const paths = { home: scratch, root: folder, work: folder, platform: PLATFORM };
  const { default: program } = await load(
    'run',
    `import { run } from ${JSON.stringify(join(PLATFORM, 'src/auto/run.ts'))};
     import * as sst from ${JSON.stringify(join(PLATFORM, 'src/components/index.ts'))};
     import * as aws from '@pulumi/aws';
     import config from ${JSON.stringify(join(ROOT, 'sst.config.ts'))};
     Object.assign(globalThis, { sst, aws });
     export default () => run(config.run);`,
    {
      inject: [join(PLATFORM, 'src/shim/run.js')],
      define: {
        $app: JSON.stringify(app),
        $dev: String(command === 'dev'),
        $cli: JSON.stringify({ command, dev: command === 'dev', state: { version: {} }, paths }),
      },
    },
  );
  return program;
}

/** Bundles a module with the configuration and the platform, and loads it. */
async function load(name: string, contents: string, options: BuildOptions = {}) {
  const outfile = join(scratch, `${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    nodePaths: [join(PLATFORM, 'node_modules')],
    // Pulumi must be the very one that has the mocks; the others are of use to components that are not used here.
    external: ['@pulumi/*', '@pulumiverse/*', '@aws-sdk/*', 'archiver', 'esbuild', 'glob', 'undici', 'vite'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'answers in the place of the sst program',
        setup({ onResolve }) {
          const path = pathToFileURL(join(import.meta.dirname, 'sst-cli.ts')).href;
          onResolve({ filter: /\/rpc\/rpc(\.js)?$/ }, () => ({ path, external: true }));
        },
      },
    ],
    ...options,
  });
  return import(pathToFileURL(outfile).href);
}

/** Unwraps secrets, and names assets by their kind. */
function readable(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(readable);
  const fields = value as Inputs;
  // How Pulumi marks what is not a plain value.
  if ('4dabf18193072939515e22adb298388d' in fields) return 'value' in fields ? readable(fields['value']) : '[asset]';
  if ('__pulumiAsset' in fields || '__pulumiArchive' in fields) return '[asset]';
  return Object.fromEntries(Object.entries(fields).map(([name, entry]) => [name, readable(entry)]));
}
