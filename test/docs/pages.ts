/** The pages that people read, and what of their Markdown the tests go by. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Those of the root and of docs/, as paths from the root. */
export function pages(): string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join('docs', file),
  );
  return [...readdirSync(ROOT), ...inDocs].filter((file) => file.endsWith('.md')).sort();
}

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A link within a page: its target as it is written, and as a file from the root with an anchor, where it leads to one of these. */
export type Link = {
  readonly page: string;
  readonly target: string;
  readonly leadsTo: { readonly file: string; readonly anchor: string | undefined } | 'outside';
};

/** What stands in code is no link. */
export function linksOf(page: string): Link[] {
  const prose = withoutCode(textOf(page)).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => {
    if (/^[a-z]+:/i.test(target)) return { page, target, leadsTo: 'outside' };
    const [path = '', anchor] = target.split('#', 2);
    const file = path === '' ? page : join(dirname(page), path);
    return { page, target, leadsTo: { file, anchor } };
  });
}

/** As GitHub makes them of headings. */
export function anchorsOf(page: string): Set<string> {
  return new Set(headingsOf(page).map(anchorOf));
}

export function headingsOf(page: string): string[] {
  return [...withoutCode(textOf(page)).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** What stands as code in the first column of tables: `NAME`, or several in one cell. */
export function namesInTables(page: string): string[] {
  const cells = [...textOf(page).matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

export function withoutCode(text: string): string {
  return text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
}
