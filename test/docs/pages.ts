/** The pages that people read, and what of their Markdown the tests go by. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Returns the pages of the root and of docs/, by their paths from the root. */
export function pages(): string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join('docs', file),
  );
  return [...readdirSync(ROOT), ...inDocs].filter((file) => file.endsWith('.md')).sort();
}

/** Returns a file of this project as text. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A link within a page: its target as it is written, and as a file from the root with an anchor, where it leads to one of these. */
export type Link = {
  readonly page: string;
  readonly target: string;
  readonly leadsTo: { readonly file: string; readonly anchor: string | undefined } | 'outside';
};

/** Returns the links of a page. What stands in code is none. */
export function linksOf(page: string): Link[] {
  const prose = withoutCode(textOf(page)).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => {
    if (/^[a-z]+:/i.test(target)) return { page, target, leadsTo: 'outside' };
    const [path = '', anchor] = target.split('#', 2);
    const file = path === '' ? page : join(dirname(page), path);
    return { page, target, leadsTo: { file, anchor } };
  });
}

/** Returns the anchors of a page, as GitHub makes them of its headings. */
export function anchorsOf(page: string): Set<string> {
  return new Set(headingsOf(page).map(anchorOf));
}

/** Returns the headings of a page, as they are written. */
export function headingsOf(page: string): string[] {
  return [...withoutCode(textOf(page)).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** Returns what stands in the first column of the tables of a page as code: `NAME`, or several in one cell. */
export function namesInTables(page: string): string[] {
  const cells = [...textOf(page).matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

function withoutCode(text: string): string {
  return text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
}
