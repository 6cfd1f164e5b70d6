/** The demonstration (`npm start`) as README.md shows it: what it prints, and the place where that stands. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const DEMONSTRATION = resolve(import.meta.dirname, '../../local/demo.ts');
/** The story ends here. What follows are commands with keys and ports of this one run. */
const END_OF_STORY = '\nIt stays up at ';
/** What changes from run to run: times, and the link to a customer's page, which has a port and a signature. */
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
const SAMPLE_TIME = '2026-11-22T08:00:00.000Z';
const LINK = /http:\/\/127\.0\.0\.1:\d+\/domains\/\S+/g;
const SAMPLE_LINK = 'http://127.0.0.1:8787/domains/moved.example.…';
// The demonstration gives up by itself after 20 s without progress.
const LONGEST_MS = 60_000;

const BEGIN = '<!-- Begin of the demonstration: written by `npm run docs` -->';
const END = '<!-- End of the demonstration -->';

/** Runs the demonstration on a free port. Returns its story, with samples in the place of what changes. @throws if it does not come to its end. */
export async function demonstrationStory(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'demonstration-'));
  const child = spawn(process.execPath, [DEMONSTRATION], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
  });
  let printed = '';
  const ended = new Promise<void>((done) => {
    const listen = (part: string): void => {
      printed += part;
      if (printed.includes(END_OF_STORY)) child.kill('SIGTERM');
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('close', () => done());
  });
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
  const end = printed.indexOf(END_OF_STORY);
  if (end < 0) throw new Error(`The demonstration did not come to its end. It printed:\n${printed}`);
  return printed.slice(0, end).trimEnd().replace(TIME, SAMPLE_TIME).replace(LINK, SAMPLE_LINK);
}

/** Puts the story between the two marks of a page. @throws if the page lacks them. */
export function withStory(page: string, story: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the marks "${BEGIN}" and "${END}".`);
  return `${page.slice(0, begin)}${BEGIN}\n\`\`\`text\n${story}\n\`\`\`\n${page.slice(end)}`;
}
