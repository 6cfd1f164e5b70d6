/** The rooms of the code: who may import whom. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const IMPORT = /(?:from|import) ?\(?'(\.{1,2}\/[^']+)'/g;

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** The files that a file imports, types included, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map(([, path = '']) => normalize(join(dirname(file), path)));
}

/** The packages that a file imports, and the parts of Node. */
function packagesOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import) ?\(?'([^.'][^']*)'/g)].map(([, name = '']) => name);
}

/** Folders that a folder imports from; files of a folder itself are no arrow. */
function arrows(files: readonly string[]): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const file of files) {
    const from = dirname(file);
    for (const to of importsOf(file).map((path) => dirname(path))) {
      if (to !== from) all.set(from, (all.get(from) ?? new Set()).add(to));
    }
  }
  return all;
}

describe('rooms of the code', () => {
  const lib = filesBelow('lib');

  it('has at most nine rooms in lib/core, and no file beside them', () => {
    const entries = readdirSync(join(ROOT, 'lib/core'));
    expect(entries.filter((name) => !statSync(join(ROOT, 'lib/core', name)).isDirectory())).toEqual([]);
    expect(entries.length).toBeLessThanOrEqual(9);
  });

  it('has no two folders of lib that import each other', () => {
    const all = arrows(lib);
    const mutual = [...all].flatMap(([from, tos]) =>
      [...tos].filter((to) => from < to && all.get(to)?.has(from)).map((to) => `${from} and ${to}`),
    );
    expect(mutual).toEqual([]);
  });

  it('keeps lib/core free of everything that does I/O', () => {
    const foreign = lib
      .filter((file) => file.startsWith('lib/core/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((path) => !path.startsWith('lib/core/'))
          .map((path) => `${file} imports ${path}`),
      );
    expect(foreign).toEqual([]);
  });

  it("keeps the operator's page to one machine: no other part of the code knows of it", () => {
    const isPage = (path: string): boolean => path.startsWith('lib/pages/operator/');
    const users = [...lib, ...['functions', 'infra', 'cli', 'local'].flatMap(filesBelow)]
      .filter((file) => !isPage(file) && importsOf(file).some(isPage))
      .sort();
    expect(users).toEqual(['local/operator.ts']);
  });

  it('keeps the texts of pages to themselves', () => {
    const foreign = lib
      .filter((file) => file.startsWith('lib/pages/texts/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((path) => !path.startsWith('lib/pages/texts/'))
          .map((path) => `${file} imports ${path}`),
      );
    expect(foreign).toEqual([]);
  });

  it('keeps lib/core to packages that only compute', () => {
    const packages = lib.filter((file) => file.startsWith('lib/core/')).flatMap(packagesOf);
    expect([...new Set(packages)].sort()).toEqual(['ipaddr.js', 'node:crypto', 'node:url', 'tldts']);
  });
});
